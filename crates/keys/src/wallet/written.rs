//! From the text of a key to its numbers.

use crate::material::{Component, Kind, Material, Notation, PublicId, Role};
use crate::public;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bech32::{Bech32, Hrp};
use zeroize::Zeroizing;

/// Private bytes.
type Plain = Zeroizing<Vec<u8>>;

/// What stands before the digits of an age identity, and of its recipient (the age specification, "The X25519
/// recipient type").
const AGE: [&str; 2] = ["AGE-SECRET-KEY-", "age"];

/// First byte of a private key in wallet import format, on the main and the test network
/// (Bitcoin Core, `base58Prefixes[SECRET_KEY]`).
const WIF_VERSIONS: [u8; 2] = [0x80, 0xef];

/// Prefixes of extended private keys: BIP 32, BIP 49, BIP 84, and BIP 32 on the test network.
const EXTENDED: [&[u8]; 4] = [b"xprv", b"yprv", b"zprv", b"tprv"];

/// Length of a key on any of these curves in bytes.
const KEY_BYTES: usize = 32;

/// Adds the private key that the text of a token writes, if a rule of such a key found it and its checksum fits. The
/// material is then one of a private key.
pub fn read(material: &mut Material) {
    let text = material.components.iter().find(|component| component.notation == Notation::Text);
    let Some(text) = text.map(|text| text.value.duplicate()) else { return };
    match material.detector.as_str() {
        "age-secret-key" => montgomery(material, age(text.bytes())),
        "wireguard-key" => {
            let key = STANDARD.decode(text.bytes()).map(Zeroizing::new).ok();
            montgomery(material, key.filter(|key| is_clamped(key)));
        }
        "bitcoin-wif" => koblitz(material, wif(text.bytes()), None),
        "extended-private-key" => {
            if let Some((key, chain)) = extended(text.bytes()) {
                koblitz(material, Some(key), Some(chain));
            }
        }
        _ => {}
    }
}

/// Adds the public name that the program of such a key writes, once its public key is known.
pub fn name(material: &mut Material) {
    let public = material.components.iter().find(|component| component.name == "public");
    let Some(public) = public.map(|public| public.value.duplicate()) else { return };
    let (name, value) = match material.detector.as_str() {
        "age-secret-key" => {
            let hrp = Hrp::parse(AGE[1]).ok();
            let value = hrp.and_then(|hrp| bech32::encode::<Bech32>(hrp, public.bytes()).ok());
            ("age-recipient", value)
        }
        "wireguard-key" => ("wireguard-public-key", Some(STANDARD.encode(public.bytes()))),
        _ => return,
    };
    material.public_ids.extend(value.map(|value| PublicId { name, value }));
}

fn montgomery(material: &mut Material, key: Option<Plain>) {
    let Some(key) = key.filter(|key| key.len() == KEY_BYTES) else { return };
    material.kind = Kind::MontgomeryPrivateKey;
    material.bits = 256;
    material.public_ids.push(public::named("X25519"));
    material.components.push(Component::new("key", Role::Secret, Notation::Bytes, key.to_vec()));
}

fn koblitz(material: &mut Material, key: Option<Plain>, chain: Option<Plain>) {
    let Some(key) = key.filter(|key| key.len() == KEY_BYTES) else { return };
    material.kind = Kind::EcPrivateKey;
    material.bits = 256;
    material.public_ids.push(public::named("secp256k1"));
    material.components.push(Component::new("d", Role::Secret, Notation::Number, key.to_vec()));
    if let Some(chain) = chain {
        material.components.push(Component::new("chain_code", Role::Secret, Notation::Bytes, chain.to_vec()));
    }
}

/// The bytes of an age identity without its prefix, if the checksum (BIP 173) fits.
fn age(digits: &[u8]) -> Option<Plain> {
    let digits = std::str::from_utf8(digits).ok()?.to_ascii_lowercase();
    let text = Zeroizing::new(format!("{}1{digits}", AGE[0].to_ascii_lowercase()));
    let (_, key) = bech32::decode(&text).ok()?;
    Some(Zeroizing::new(key))
}

/// Base58Check; nothing if the checksum does not fit.
fn checked(text: &[u8]) -> Option<Plain> {
    bs58::decode(text).with_check(None).into_vec().ok().map(Zeroizing::new)
}

fn wif(text: &[u8]) -> Option<Plain> {
    let payload = checked(text)?;
    let (version, key) = payload.split_first()?;
    let key = match key {
        [key @ .., 1] if key.len() == KEY_BYTES => key,
        key => key,
    };
    (WIF_VERSIONS.contains(version) && key.len() == KEY_BYTES).then(|| Zeroizing::new(key.to_vec()))
}

/// Key and chain code (BIP 32, "Serialization format"), of the text behind the prefix.
fn extended(text: &[u8]) -> Option<(Plain, Plain)> {
    let payload = EXTENDED.iter().find_map(|prefix| checked(&Zeroizing::new([prefix, text].concat())))?;
    // Version, depth, fingerprint of the parent and number of the child before them; a zero before the key.
    let (_, rest) = payload.split_at_checked(13)?;
    let (chain, key) = rest.split_at_checked(KEY_BYTES)?;
    let key = key.strip_prefix(&[0])?;
    (key.len() == KEY_BYTES).then(|| (Zeroizing::new(key.to_vec()), Zeroizing::new(chain.to_vec())))
}

/// RFC 7748, section 5: `wg genkey` clamps what it writes.
fn is_clamped(key: &[u8]) -> bool {
    key.first().is_some_and(|first| first & 7 == 0) && key.last().is_some_and(|last| last & 0xc0 == 0x40)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec;
    use crate::tokens::Rules;

    /// What the rules and [`read`] make of a text: the kind, the private bytes, and the public name given last.
    fn read_text(text: &str) -> (Kind, Vec<u8>, String) {
        let mut hits = Vec::new();
        Rules::builtin().unwrap().scan(text.as_bytes(), &mut hits);
        let mut material = hits.pop().unwrap().material;
        read(&mut material);
        let mut material = ec::enrich(material);
        name(&mut material);
        let secret = |component: &&Component| component.name == "key" || component.name == "d";
        let key = material.components.iter().find(secret).map(|one| one.value.bytes().to_vec());
        let id = material.public_ids.last().map(|id| id.value.clone());
        (material.kind, key.unwrap_or_default(), id.unwrap_or_default())
    }

    fn fresh() -> [u8; 32] {
        std::array::from_fn(|_| rand_byte())
    }

    fn rand_byte() -> u8 {
        use std::hash::{BuildHasher as _, Hasher as _};
        u8::try_from(std::collections::hash_map::RandomState::new().build_hasher().finish() & 0xff).unwrap()
    }

    #[test]
    fn age_identity_gives_its_recipient() {
        let key = fresh();
        let hrp = Hrp::parse(AGE[0]).unwrap();
        let text = bech32::encode::<Bech32>(hrp, &key).unwrap().to_ascii_uppercase();
        let (kind, read, id) = read_text(&text);
        assert_eq!((kind, read.as_slice()), (Kind::MontgomeryPrivateKey, &key[..]));
        assert!(id.starts_with("age1"), "{id}");
    }

    #[test]
    fn wireguard_key_gives_its_public_key() {
        let mut key = fresh();
        key[0] &= 0xf8;
        key[31] = key[31] & 0x7f | 0x40;
        let (kind, read, id) = read_text(&format!("[Interface]\nPrivateKey = {}\n", STANDARD.encode(key)));
        assert_eq!((kind, read.as_slice()), (Kind::MontgomeryPrivateKey, &key[..]));
        assert_eq!(STANDARD.decode(id).unwrap().len(), 32);
    }

    #[test]
    fn bitcoin_keys_are_taken_out_of_their_texts() {
        let (key, chain) = (fresh(), fresh());
        let wif = bs58::encode([&[0x80][..], &key, &[1]].concat()).with_check().into_string();
        assert_eq!(read_text(&wif).1, key);
        let payload = [&[0x04, 0x88, 0xad, 0xe4][..], &[0; 9], &chain, &[0], &key].concat();
        let extended = bs58::encode(payload).with_check().into_string();
        let (kind, read, _) = read_text(&extended);
        assert_eq!((kind, read), (Kind::EcPrivateKey, key.to_vec()));
    }
}
