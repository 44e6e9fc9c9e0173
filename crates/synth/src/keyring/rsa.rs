//! RSA keys, one for each way in which a program may hold one.

use super::Keyring;
use super::encoded::{Encoded, base64url};
use super::number::{big_endian, digits, limbs_descending, little_endian};
use crate::random::Random;
use crate::secret::{Place, Role, Value};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};

/// Name, and what plants the key.
type Way = (&'static str, fn(&mut Planter<'_>));

/// Ways to hold a key; each gets a key of its own.
const WAYS: [Way; 20] = [
    ("limbs", limbs),
    ("bytes", bytes),
    ("int-array", int_array),
    ("digits-30", digits_30),
    ("digits-60", digits_60),
    ("montgomery", montgomery),
    ("crt-descending", crt_descending),
    ("split", split),
    ("register", register),
    ("printed", printed),
    ("der", der),
    ("pkcs8", pkcs8),
    ("der-cut", der_cut),
    ("pem", pem),
    ("pem-utf16", pem_utf16),
    ("pem-tail", pem_tail),
    ("jwk", jwk),
    ("gzip", gzip),
    ("base64-of-pem", base64_of_pem),
    ("base64-of-gzip", base64_of_gzip),
];

/// Makes a key for each way and plants it.
pub(super) fn plant(random: &mut Random, sizes: &[usize], keyring: &mut Keyring) {
    for ((name, way), bits) in WAYS.into_iter().zip(sizes.iter().cycle()) {
        let Some(key) = Numbers::make(random, *bits) else { continue };
        let secret = keyring.secret(format!("rsa-{bits}-{name}"), "rsa-private-key", *bits, key.values());
        way(&mut Planter { key: &key, secret, keyring });
    }
}

/// A key in numbers.
struct Numbers {
    key: RsaPrivateKey,
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    qinv: BigUint,
    /// R^2 modulo p and q, R being the least power of 2^64 above them: what Montgomery contexts keep.
    rr: [BigUint; 2],
}

impl Numbers {
    fn make(random: &mut Random, bits: usize) -> Option<Self> {
        let key = RsaPrivateKey::new(random, bits).ok()?;
        let [p, q] = [key.primes().first()?.clone(), key.primes().get(1)?.clone()];
        let rr =
            [&p, &q].map(|prime| (BigUint::from(1_u8) << (2 * prime.bits().next_multiple_of(64))) % prime);
        let (dp, dq) = (key.dp()?.clone(), key.dq()?.clone());
        let qinv = key.crt_coefficient()?;
        Some(Self { p, q, dp, dq, qinv, rr, key })
    }

    /// Bytes of a prime.
    fn half(&self) -> usize {
        self.key.size() / 2
    }

    fn secrets(&self) -> [(&'static str, &BigUint, usize); 6] {
        let (half, size) = (self.half(), self.key.size());
        [
            ("d", self.key.d(), size),
            ("p", &self.p, half),
            ("q", &self.q, half),
            ("dp", &self.dp, half),
            ("dq", &self.dq, half),
            ("qinv", &self.qinv, half),
        ]
    }

    fn values(&self) -> Vec<Value> {
        let value = |name, role, number: &BigUint| Value { name, role, bytes: number.to_bytes_be() };
        let mut values: Vec<Value> =
            self.secrets().map(|(name, number, _)| value(name, Role::Component, number)).into();
        values.push(value("rr_p", Role::Derived, &self.rr[0]));
        values.push(value("rr_q", Role::Derived, &self.rr[1]));
        values.push(value("n", Role::Public, self.key.n()));
        values
    }

    fn encoded(&self, der: &[u8]) -> Encoded {
        let values: Vec<Vec<u8>> = self.secrets().map(|(_, number, _)| number.to_bytes_be()).into();
        Encoded::holding(der.to_vec(), values.iter().map(Vec::as_slice))
    }

    fn pkcs1(&self) -> Encoded {
        self.encoded(self.key.to_pkcs1_der().as_ref().map_or(&[], |document| document.as_bytes()))
    }

    fn pkcs8(&self) -> Encoded {
        self.encoded(self.key.to_pkcs8_der().as_ref().map_or(&[], |document| document.as_bytes()))
    }

    /// The public key as a certificate or a key file has it.
    fn public(&self) -> Vec<u8> {
        self.key
            .to_public_key()
            .to_public_key_der()
            .as_ref()
            .map_or(&[][..], |document| document.as_bytes())
            .to_vec()
    }

    fn jwk(&self) -> Encoded {
        let [d, p, q, dp, dq, qinv] = self.secrets().map(|(_, number, _)| base64url(&number.to_bytes_be()));
        let [n, e] = [self.key.n(), self.key.e()].map(|number| base64url(&number.to_bytes_be()));
        let json = format!(
            r#"{{"kty":"RSA","kid":"synth","n":"{n}","e":"{e}","d":"{d}","p":"{p}","q":"{q}","dp":"{dp}","dq":"{dq}","qi":"{qinv}"}}"#
        );
        Encoded::holding(json.into_bytes(), [d, p, q, dp, dq, qinv].iter().map(String::as_bytes)).of_base64()
    }
}

/// Plants one key.
struct Planter<'a> {
    key: &'a Numbers,
    secret: usize,
    keyring: &'a mut Keyring,
}

impl Planter<'_> {
    fn number(&mut self, component: &'static str, form: &str, bytes: Vec<u8>, place: Place) {
        self.keyring.plant(self.secret, component, form, bytes, place);
    }

    fn text(&mut self, component: &'static str, form: &str, text: String, fragment: usize, place: Place) {
        let secret_ranges = std::iter::once(0..text.len()).collect();
        let encoded = Encoded { bytes: text.into_bytes(), secret_ranges, fragment };
        self.keyring.plant_encoded(self.secret, component, form, encoded, place);
    }

    /// The modulus, which is public and may stay.
    fn modulus(&mut self, form: &str, bytes: Vec<u8>) {
        let public = Encoded { bytes, secret_ranges: Vec::new(), fragment: 8 };
        self.keyring.plant_encoded(self.secret, "n", form, public, Place::Heap(0));
    }

    /// All numbers in one form.
    fn all(&mut self, form: &str, place: Place, write: impl Fn(&BigUint, usize) -> Vec<u8>) {
        let key = self.key;
        self.modulus(form, write(key.key.n(), key.key.size()));
        for (name, number, length) in key.secrets() {
            self.number(name, form, write(number, length), place);
        }
    }

    fn encoded(&mut self, form: &str, encoded: Encoded, place: Place) {
        self.keyring.plant_encoded(self.secret, "whole", form, encoded, place);
    }
}

fn limbs(planter: &mut Planter) {
    planter.all("le", Place::Heap(0), little_endian);
}

fn bytes(planter: &mut Planter) {
    planter.all("be", Place::Heap(5), big_endian);
}

fn int_array(planter: &mut Planter) {
    planter.all("int-array", Place::Heap(4), |number, length| limbs_descending(number, length, 4));
}

fn digits_30(planter: &mut Planter) {
    planter.all("digits 30/32", Place::Heap(8), |number, length| digits(number, length, 30, 4));
}

fn digits_60(planter: &mut Planter) {
    planter.all("digits 60/64", Place::Heap(0), |number, length| digits(number, length, 60, 8));
}

/// Nothing but the public key, as DER and as a number, and the constants of the Montgomery contexts of the primes.
fn montgomery(planter: &mut Planter) {
    let (key, half) = (planter.key, planter.key.half());
    planter.modulus("spki-der", key.public());
    planter.modulus("le", little_endian(key.key.n(), key.key.size()));
    planter.number("rr_p", "le", little_endian(&key.rr[0], half), Place::Heap(0));
    planter.number("rr_q", "le", little_endian(&key.rr[1], half), Place::Heap(0));
}

/// Nothing but the public key, as DER and as a number, and the exponents, in limbs of 64 bits most significant first.
fn crt_descending(planter: &mut Planter) {
    let (key, half) = (planter.key, planter.key.half());
    planter.modulus("spki-der", key.public());
    planter.modulus("le", little_endian(key.key.n(), key.key.size()));
    planter.number("dp", "limbs64 ms-first", limbs_descending(&key.dp, half, 8), Place::Heap(0));
    planter.number("dq", "limbs64 ms-first", limbs_descending(&key.dq, half, 8), Place::Heap(0));
}

/// One prime over a border, the other elsewhere.
fn split(planter: &mut Planter) {
    let (key, half) = (planter.key, planter.key.half());
    planter.modulus("le", little_endian(key.key.n(), key.key.size()));
    planter.number("p", "le", little_endian(&key.p, half), Place::Border);
    planter.number("q", "le", little_endian(&key.q, half), Place::Heap(8));
}

/// A part of a prime in a wide register.
fn register(planter: &mut Planter) {
    limbs(planter);
    let p = little_endian(&planter.key.p, planter.key.half());
    planter.number("p", "le, part", p[8..40].to_vec(), Place::Vector);
    planter.number("p", "le, part", p[..32].to_vec(), Place::Vector);
}

/// Numbers that something printed.
fn printed(planter: &mut Planter) {
    limbs(planter);
    let d = planter.key.key.d();
    planter.text("d", "hex", format!("{d:x}"), 16, Place::Heap(2));
    // A byte takes 2.41 digits.
    planter.text("d", "decimal", d.to_str_radix(10), 20, Place::Heap(3));
    let colons: Vec<String> = planter.key.q.to_bytes_be().iter().map(|byte| format!("{byte:02x}")).collect();
    planter.text("q", "hex ':'", colons.join(":"), 24, Place::Gap);
}

fn der(planter: &mut Planter) {
    planter.encoded("pkcs1-der", planter.key.pkcs1(), Place::Heap(1));
}

fn pkcs8(planter: &mut Planter) {
    planter.encoded("pkcs8-der", planter.key.pkcs8(), Place::Border);
}

fn der_cut(planter: &mut Planter) {
    let whole = planter.key.pkcs1();
    let cut = whole.part(0..whole.bytes.len() * 2 / 3);
    planter.encoded("pkcs1-der, end cut off", cut, Place::SegmentEnd);
}

fn pem(planter: &mut Planter) {
    planter.encoded("pkcs1-pem", planter.key.pkcs1().pem("RSA PRIVATE KEY"), Place::Heap(0));
}

fn pem_utf16(planter: &mut Planter) {
    planter.encoded("pkcs8-pem utf-16", planter.key.pkcs8().pem("PRIVATE KEY").wide(), Place::Heap(11));
}

/// What is left of a file buffer that was freed and used again.
fn pem_tail(planter: &mut Planter) {
    let whole = planter.key.pkcs8().pem("PRIVATE KEY");
    let tail = whole.part(whole.bytes.len() / 3..whole.bytes.len());
    planter.encoded("pkcs8-pem, start cut off", tail, Place::SegmentStart);
}

fn jwk(planter: &mut Planter) {
    planter.encoded("jwk", planter.key.jwk().between(b"\0", b"\0"), Place::Heap(13));
}

fn gzip(planter: &mut Planter) {
    planter.encoded("pem in gzip", planter.key.pkcs8().pem("PRIVATE KEY").gzip(), Place::Heap(0));
}

fn base64_of_pem(planter: &mut Planter) {
    let pem = planter.key.pkcs8().pem("PRIVATE KEY");
    planter.encoded("pem in base64", pem.base64().between(b"\"", b"\"\n"), Place::Heap(0));
}

fn base64_of_gzip(planter: &mut Planter) {
    let stream = planter.key.jwk().gzip();
    planter.encoded("jwk in gzip in base64", stream.base64().between(b"\"", b"\"\n"), Place::Heap(0));
}
