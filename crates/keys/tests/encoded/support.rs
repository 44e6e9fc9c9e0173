//! Fresh keys, noise, and the one check that every test uses.

use coredact_keys::encoded::{scan_binary, scan_text};
use coredact_keys::{Hit, Kind};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A private key: its encodings and its numbers as `openssl pkey -text` prints them.
pub(crate) struct Key {
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
    pub(crate) values: BTreeMap<String, Vec<u8>>,
}

impl Key {
    /// Made by `openssl genpkey` with these arguments; PKCS#8.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        Self::of(&openssl(&[&["genpkey"], arguments].concat(), b""))
    }

    /// The key in this PEM.
    pub(crate) fn of(pem: &[u8]) -> Self {
        let text = openssl(&["pkey", "-text", "-noout"], pem);
        let der = openssl(&["pkey", "-outform", "DER"], pem);
        Self {
            pem: String::from_utf8(pem.to_vec()).unwrap(),
            der,
            values: values(&String::from_utf8(text).unwrap()),
        }
    }

    pub(crate) fn rsa() -> Self {
        Self::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    }

    pub(crate) fn p256() -> Self {
        Self::of_width(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], 65)
    }

    pub(crate) fn ed25519() -> Self {
        Self::of_width(&["-algorithm", "ED25519"], 32)
    }

    /// One whose values of 32 and of `public` bytes begin with no zero byte, which [`Self::value`] would leave out.
    fn of_width(arguments: &[&str], public: usize) -> Self {
        let keys = std::iter::repeat_with(|| Self::new(arguments));
        let is_whole = |key: &Self| key.value("priv").len() == 32 && key.value("pub").len() == public;
        keys.take(100).find(is_whole).unwrap()
    }

    /// PKCS#1, SEC1 or the traditional DSA form.
    pub(crate) fn traditional(&self) -> Vec<u8> {
        unarmour(&self.traditional_pem())
    }

    pub(crate) fn traditional_pem(&self) -> String {
        String::from_utf8(openssl(&["pkey", "-traditional"], self.pem.as_bytes())).unwrap()
    }

    /// A number without leading zeros; names as openssl prints them.
    pub(crate) fn value(&self, name: &str) -> &[u8] {
        let value = &self.values[name];
        &value[value.iter().take_while(|&&byte| byte == 0).count()..]
    }

    /// The private numbers.
    pub(crate) fn secrets(&self) -> Vec<&[u8]> {
        let names = [
            "privateExponent",
            "prime1",
            "prime2",
            "exponent1",
            "exponent2",
            "coefficient",
            "priv",
            "private-key",
        ];
        names.iter().filter(|name| self.values.contains_key(**name)).map(|name| self.value(name)).collect()
    }
}

/// The numbers that `openssl pkey -text` prints as colon-separated lines under a name.
fn values(text: &str) -> BTreeMap<String, Vec<u8>> {
    let mut out: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(hex) = line.strip_prefix("    ") {
            let bytes = hex.trim_end_matches(':').split(':').map(|digits| u8::from_str_radix(digits, 16));
            out.entry(name.clone()).or_default().extend(bytes.map_while(Result::ok));
        } else {
            name = line.split(':').next().unwrap().to_owned();
        }
    }
    out
}

pub(crate) fn run(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    output.stdout
}

pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    run("openssl", arguments, input)
}

/// A private key file of `ssh-keygen`.
pub(crate) fn ssh_keygen(arguments: &[&str], passphrase: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let path = file.to_str().unwrap();
    run(
        "ssh-keygen",
        &[arguments, &["-q", "-N", passphrase, "-C", "someone@somewhere", "-f", path]].concat(),
        b"",
    );
    std::fs::read_to_string(&file).unwrap()
}

/// The bytes inside an armour.
pub(crate) fn unarmour(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = pem.lines().filter(|line| !line.contains("--") && !line.contains(':')).collect();
    base64::prelude::BASE64_STANDARD.decode(body).unwrap()
}

/// Reproducible bytes that look random.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()[7]
    };
    (0..length).map(|_| next()).collect()
}

/// The encoding between two stretches of noise, at an odd offset.
pub(crate) fn planted(encoding: &[u8]) -> Vec<u8> {
    [noise(1, 4099), encoding.to_vec(), noise(2, 1021)].concat()
}

pub(crate) fn hits_in_memory(window: &[u8]) -> Vec<Hit> {
    let mut out = Vec::new();
    scan_binary(window, &mut out);
    out
}

pub(crate) fn hits_in_text(text: &str) -> Vec<Hit> {
    let mut out = Vec::new();
    scan_text(text.as_bytes(), &mut out);
    out
}

/// What is left after every hit is overwritten.
pub(crate) fn erased(window: &[u8], hits: &[Hit]) -> Vec<u8> {
    let mut left = window.to_vec();
    for hit in hits {
        left[hit.range.clone()].fill(b'#');
    }
    left
}

/// The window holds one key of this kind; its secrets are gone once the hits are
/// overwritten, and each that stood there whole is a component.
pub(crate) fn check_memory(window: &[u8], kind: Kind, secrets: &[&[u8]]) -> Vec<Hit> {
    let hits = hits_in_memory(window);
    assert!(!hits.is_empty(), "nothing found");
    let left = erased(window, &hits);
    for secret in secrets {
        for fragment in secret.windows(8) {
            assert!(!left.windows(8).any(|bytes| bytes == fragment), "a fragment of a secret is left");
        }
        if window.windows(secret.len()).any(|bytes| bytes == *secret) {
            assert!(holds(&hits, secret), "a whole secret is no component");
        }
    }
    assert!(hits.iter().any(|hit| hit.material.kind == kind), "kinds {:?}", kinds(&hits));
    hits
}

/// The text holds one key of this kind with these components; none of `private`
/// (text that encodes it) is left.
pub(crate) fn check_text(text: &str, kind: Kind, secrets: &[&[u8]], private: &[&str]) -> Vec<Hit> {
    let hits = hits_in_text(text);
    let left = String::from_utf8(erased(text.as_bytes(), &hits)).unwrap();
    for piece in private {
        assert!(!left.contains(piece), "left: {left}");
    }
    for secret in secrets {
        assert!(holds(&hits, secret), "a secret is no component; kinds {:?}", kinds(&hits));
    }
    assert!(hits.iter().any(|hit| hit.material.kind == kind), "kinds {:?} in {text}", kinds(&hits));
    hits
}

fn kinds(hits: &[Hit]) -> Vec<(Kind, &'static str)> {
    hits.iter().map(|hit| (hit.material.kind, hit.form)).collect()
}

/// True if some component has this value, leading zeros apart.
pub(crate) fn holds(hits: &[Hit], secret: &[u8]) -> bool {
    let components = hits.iter().flat_map(|hit| &hit.material.components);
    components.map(|component| component.value.bytes()).any(|value| {
        let zeros = value.len().saturating_sub(secret.len());
        value.ends_with(secret) && value[..zeros].iter().all(|&byte| byte == 0)
    })
}
