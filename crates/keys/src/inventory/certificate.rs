//! X.509 certificates (RFC 5280), by themselves and in chains, PKCS#7 and PKCS#12.

use super::entry::{Entry, Published, label};
use super::limits::ENTRIES_MAX;
use crate::encoded;
use crate::public::{PublicKey, hex, url};
use der::{Decode as _, Encode as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner};
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, SubjectAltName, name::GeneralName};

/// Object identifiers of RFC 5280, section 4.2.1.12, and what Microsoft adds for logging on.
const PURPOSES: [(&str, &str); 8] = [
    ("1.3.6.1.5.5.7.3.1", "serverAuth"),
    ("1.3.6.1.5.5.7.3.2", "clientAuth"),
    ("1.3.6.1.5.5.7.3.3", "codeSigning"),
    ("1.3.6.1.5.5.7.3.4", "emailProtection"),
    ("1.3.6.1.5.5.7.3.8", "timeStamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSPSigning"),
    ("1.3.6.1.4.1.311.20.2.2", "smartcardLogon"),
    ("2.5.29.37.0", "anyExtendedKeyUsage"),
];

/// Reads every certificate in a document, wherever it begins.
pub(super) fn read_all(bytes: &[u8], out: &mut Vec<Entry>) {
    if let Some(entry) = read(bytes) {
        out.push(entry);
        return;
    }
    let mut places = Vec::new();
    encoded::certificates(bytes, &mut places);
    for place in places.into_iter().take(ENTRIES_MAX.saturating_sub(out.len())) {
        out.extend(bytes.get(place).and_then(read));
    }
}

/// Reads one certificate.
pub(super) fn read(bytes: &[u8]) -> Option<Entry> {
    let certificate = CertificateInner::<Raw>::from_der(bytes).ok()?;
    let body = certificate.tbs_certificate();
    let info = body.subject_public_key_info().to_der().ok()?;
    let published = published(body);
    let entry = match PublicKey::from_spki(&info) {
        Some(key) => Entry::new(key, published),
        // A key of another kind is known by its name alone.
        None => Entry::named(Vec::new(), published)
            .with("spki-sha256", hex(&Sha256::digest(&info)))
            .with("spki-sha1", hex(&Sha1::digest(&info))),
    };
    let (sha1, sha256) = (Sha1::digest(bytes), Sha256::digest(bytes));
    Some(
        entry
            .with("certificate-sha256", hex(&sha256))
            .with("certificate-sha1", hex(&sha1))
            .with("x5t", url(&sha1))
            .with("x5t#S256", url(&sha256))
            .with("serial", hex(body.serial_number().as_bytes())),
    )
}

fn published(body: &TbsCertificateInner<Raw>) -> Published {
    let validity = body.validity();
    Published {
        kind: "certificate",
        label: alternative_names(body),
        subject: label(&body.subject().to_string()),
        issuer: label(&body.issuer().to_string()),
        not_before: Some(validity.not_before.to_unix_duration().as_secs()),
        not_after: Some(validity.not_after.to_unix_duration().as_secs()),
        uses: uses(body),
    }
}

/// The hosts and people that the certificate is for.
fn alternative_names(body: &TbsCertificateInner<Raw>) -> Option<String> {
    let (_, names) = body.get_extension::<SubjectAltName>().ok()??;
    let texts = names.0.iter().filter_map(|name| match name {
        GeneralName::DnsName(text)
        | GeneralName::Rfc822Name(text)
        | GeneralName::UniformResourceIdentifier(text) => Some(text.as_str()),
        _ => None,
    });
    label(&texts.collect::<Vec<_>>().join(", "))
}

fn uses(body: &TbsCertificateInner<Raw>) -> Vec<String> {
    let mut uses = Vec::new();
    if let Ok(Some((_, usage))) = body.get_extension::<KeyUsage>() {
        uses.extend(usage.0.into_iter().map(|one| {
            let name = format!("{one:?}");
            let (first, rest) = name.split_at(1);
            format!("{}{rest}", first.to_lowercase())
        }));
    }
    if let Ok(Some((_, purposes))) = body.get_extension::<ExtendedKeyUsage>() {
        uses.extend(purposes.0.iter().map(|oid| {
            let oid = oid.to_string();
            PURPOSES
                .iter()
                .find(|(known, _)| *known == oid)
                .map_or(oid.clone(), |(_, name)| (*name).to_owned())
        }));
    }
    uses
}
