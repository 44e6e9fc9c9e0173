//! RSA keys: encoded, packed, cut, and as bare numbers in the order of every library.

use super::Matrix;
use super::aes::swapped;
use super::text::{base64, base64url, ssh_keygen, utf16};
use crate::folder::Folder;
use crate::keys::RsaKey;
use crate::process::output;
use anyhow::{Context, Result};
use flate2::write::GzEncoder;
use num_bigint::BigUint;
use std::io::Write;
use std::process::Command;

const KINDS: &[&str] = &["rsa-private-key"];
/// A part of an encoding is a key only if what is missing can be computed.
const PART: &[&str] = &["rsa-private-key", "private-key-fragment"];
const ENCRYPTED: &[&str] = &["encrypted-private-key"];

/// A fresh key with its numbers, as openssl wrote it.
struct Key {
    numbers: [BigUint; 8],
    pkcs1_pem: Vec<u8>,
    pkcs1_der: Vec<u8>,
    certificate: Vec<u8>,
}

impl Key {
    fn fresh(folder: &Folder) -> Result<Self> {
        Self::of_bits(folder, 2048)
    }

    fn of_bits(folder: &Folder, bits: u32) -> Result<Self> {
        let key = RsaKey::fresh(folder, "rsa", bits)?;
        let certificate =
            output(Command::new("openssl").args(["x509", "-outform", "DER"]), &folder.get("rsa.crt")?)?;
        Ok(Self {
            numbers: key.numbers().clone(),
            pkcs1_pem: folder.get("rsa.pem")?,
            pkcs1_der: folder.get("rsa.der")?,
            certificate,
        })
    }

    /// n, d, p, q, dp, dq, qinv.
    fn private(&self) -> [&BigUint; 7] {
        let [n, _, d, p, q, dp, dq, qinv] = &self.numbers;
        [n, d, p, q, dp, dq, qinv]
    }

    fn pkcs8(&self, form: &str, more: &[&str]) -> Result<Vec<u8>> {
        let convert = ["pkcs8", "-topk8", "-outform", form];
        output(Command::new("openssl").args(convert).args(more), &self.pkcs1_pem)
    }
}

pub(super) fn cases(out: &mut Matrix<'_>) -> Result<()> {
    encoded(out)?;
    packed(out)?;
    numbers(out)?;
    others(out)
}

const PLAIN: [&str; 1] = ["-nocrypt"];

fn encoded(out: &mut Matrix<'_>) -> Result<()> {
    let folder = out.folder;
    let fresh = || Key::fresh(folder);
    out.put("rsa_pkcs1_der", KINDS, &[&fresh()?.pkcs1_der])?;
    out.put("rsa_pkcs8_der", KINDS, &[&fresh()?.pkcs8("DER", &PLAIN)?])?;
    out.put("rsa_pkcs1_pem", KINDS, &[&fresh()?.pkcs1_pem])?;
    out.put("rsa_pkcs8_pem", KINDS, &[&fresh()?.pkcs8("PEM", &PLAIN)?])?;
    let pem = String::from_utf8(fresh()?.pkcs8("PEM", &PLAIN)?)?;
    let json = serde_json::json!({"type": "service_account", "private_key": pem}).to_string();
    out.put("rsa_pem_json_escaped", KINDS, &[json.as_bytes()])?;
    out.put("rsa_pem_utf16le", KINDS, &[&utf16(&String::from_utf8(fresh()?.pkcs8("PEM", &PLAIN)?)?)])?;
    out.put("rsa_base64_der_no_header", KINDS, &[base64(&fresh()?.pkcs8("DER", &PLAIN)?).as_bytes()])?;
    let (pem, der) = (fresh()?.pkcs8("PEM", &PLAIN)?, fresh()?.pkcs1_der);
    out.put("rsa_pem_truncated60pct", PART, &[&pem[..pem.len() * 6 / 10]])?;
    out.put("rsa_der_truncated60pct", PART, &[&der[..der.len() * 6 / 10]])?;
    out.put("rsa4096_pkcs1_der", KINDS, &[&Key::of_bits(folder, 4096)?.pkcs1_der])
}

fn packed(out: &mut Matrix<'_>) -> Result<()> {
    let folder = out.folder;
    let fresh = || Key::fresh(folder);
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&fresh()?.pkcs8("PEM", &PLAIN)?)?;
    out.put("rsa_pem_gzip", KINDS, &[&packer.finish()?])?;
    let pem = fresh()?.pkcs8("PEM", &["-v2", "aes-256-cbc", "-passout", "pass:of the trial"])?;
    out.put("rsa_encrypted_pkcs8_pem", ENCRYPTED, &[&pem])?;
    let (pem, _) = ssh_keygen(folder, &["-t", "rsa", "-b", "2048"])?;
    out.put("rsa_openssh_pem", KINDS, &[&pem])?;
    let (_, binary) = ssh_keygen(folder, &["-t", "rsa", "-b", "2048"])?;
    out.put("rsa_openssh_binary", KINDS, &[&binary])
}

fn numbers(out: &mut Matrix<'_>) -> Result<()> {
    let folder = out.folder;
    let fresh = || Key::fresh(folder);
    let key = fresh()?;
    let limbs = key.private().map(limbs);
    out.put("rsa_bignum_le_all", KINDS, &limbs.each_ref().map(Vec::as_slice))?;
    type Write = fn(&BigUint) -> Vec<u8>;
    let lone: [(&str, usize, Write); 4] = [
        ("rsa_p_le_plus_cert", 2, self::limbs),
        ("rsa_q_be_plus_cert", 3, BigUint::to_bytes_be),
        ("rsa_d_le_plus_cert", 1, self::limbs),
        ("rsa_dp_le_plus_cert", 4, self::limbs),
    ];
    for (name, which, write) in lone {
        let key = fresh()?;
        let number =
            key.private().get(which).map(|number| write(number)).context("name a number of a key")?;
        out.put(name, KINDS, &[&number, &key.certificate])?;
    }
    let key = fresh()?;
    let [n, _, p, q, ..] = key.private().map(BigUint::to_bytes_be);
    out.put("rsa_be_n_p_q", KINDS, &[&n, &p, &q])?;
    let key = fresh()?;
    let [n, _, p, q, ..] = key.private().map(|number| swapped(&number.to_bytes_be()));
    out.put("rsa_java_int_array", KINDS, &[&n, &p, &q])
}

fn others(out: &mut Matrix<'_>) -> Result<()> {
    let folder = out.folder;
    let fresh = || Key::fresh(folder);
    let blob = ["rsa", "-outform", "MSBLOB"];
    out.put(
        "rsa_capi_RSA2_blob",
        KINDS,
        &[&output(Command::new("openssl").args(blob), &fresh()?.pkcs1_pem)?],
    )?;
    let key = fresh()?;
    let [n, d, p, q, dp, dq, qinv] = key.private();
    // BCRYPT_RSAKEY_BLOB, of a full key: the magic, then lengths, then numbers most significant byte first.
    let head: Vec<u8> =
        [0x3341_5352_u32, 2048, 3, 256, 128, 128].iter().flat_map(|word| word.to_le_bytes()).collect();
    let wide = |number: &BigUint, length: usize| {
        let digits = number.to_bytes_be();
        [vec![0; length - digits.len()], digits].concat()
    };
    let halves = [p, q, dp, dq, qinv].map(|number| wide(number, 128)).concat();
    let blob = [&head[..], &[1, 0, 1], &wide(n, 256), &halves, &wide(d, 256)].concat();
    out.put("rsa_cng_RSA3_blob", KINDS, &[&blob])?;
    let key = fresh()?;
    let [n, d, p, q, dp, dq, qi] = key.private().map(|number| base64url(&number.to_bytes_be()));
    let jwk = serde_json::json!({"kty": "RSA", "n": n, "e": "AQAB", "d": d, "p": p, "q": q, "dp": dp, "dq": dq, "qi": qi});
    out.put("rsa_jwk", KINDS, &[jwk.to_string().as_bytes()])
}

/// 64-bit limbs, least significant first.
fn limbs(number: &BigUint) -> Vec<u8> {
    number.to_u64_digits().iter().flat_map(|limb| limb.to_le_bytes()).collect()
}
