//! What follows from a secret that one detector saw only part of.

use crate::nested;
use coredact_keys::rsa::{self, Parsed};
use coredact_keys::{Component, Kind, Material, Notation, Role, aes, ec, encoded, tokens, wallet};

/// Bytes that a token must decode to before they are a key of their own.
const DECODED_BYTES: std::ops::RangeInclusive<usize> = 16..=128;

/// Length of a Fernet key in bytes, and where its AES-128 key begins (the Fernet
/// specification, "Key Format": signing key, then encryption key).
const FERNET_BYTES: usize = 32;
const FERNET_CIPHER_AT: usize = 16;

/// Adds the values that follow from those that were found.
pub(crate) fn enrich(mut material: Material) -> Material {
    wallet::read(&mut material);
    match material.kind {
        Kind::RsaPrivateKey => material = complete(material),
        Kind::EcPrivateKey | Kind::EdwardsPrivateKey | Kind::MontgomeryPrivateKey => {
            material = ec::enrich(material);
            wallet::name(&mut material);
        }
        Kind::Token | Kind::Credential | Kind::SymmetricKey => decode(&mut material),
        _ => {}
    }
    if material.publicly_known.is_none() && material.kind == Kind::RsaPrivateKey {
        let modulus = material.components.iter().find(|component| component.name == "n");
        material.publicly_known =
            modulus.and_then(|n| encoded::published(n.value.bytes())).map(str::to_owned);
    }
    material
}

/// The value of a number by its name.
fn number<'a>(material: &'a Material, name: &str) -> &'a [u8] {
    let wanted = |component: &&Component| component.name == name && component.notation == Notation::Number;
    material.components.iter().find(wanted).map_or(&[][..], |component| component.value.bytes())
}

/// Completes an RSA key that was parsed: the primes from the private exponent,
/// and every constant from which the key follows.
fn complete(mut material: Material) -> Material {
    let parsed = Parsed {
        n: number(&material, "n"),
        e: number(&material, "e"),
        d: number(&material, "d"),
        p: number(&material, "p"),
        q: number(&material, "q"),
        dp: number(&material, "dp"),
        dq: number(&material, "dq"),
        qinv: number(&material, "qinv"),
        others: &[],
    };
    let Some(more) = rsa::components_from_parsed(&parsed) else { return material };
    material.certainty = material.certainty.min(more.certainty);
    for component in more.components {
        if !material.components.iter().any(|known| known.value.bytes() == component.value.bytes()) {
            material.components.push(component);
        }
    }
    for id in more.public_ids {
        if !material.public_ids.contains(&id) {
            material.public_ids.push(id);
        }
    }
    material
}

/// Adds the bytes that a token's text stands for: programs keep them beside the
/// text, or instead of it.
fn decode(material: &mut Material) {
    let texts = material.components.iter().filter(|component| component.notation == Notation::Text);
    let decoded: Vec<Vec<u8>> = texts.filter_map(|text| decoded(text.value.bytes())).collect();
    for bytes in decoded {
        if material.detector.starts_with("fernet") && bytes.len() == FERNET_BYTES {
            let key = bytes.get(FERNET_CIPHER_AT..).and_then(aes::material_for_key);
            let derived = key.into_iter().flat_map(|key| key.components);
            material.components.extend(derived.filter(|component| component.role == Role::Derived));
        }
        material.components.push(Component::new("decoded", Role::Secret, Notation::Bytes, bytes));
    }
}

/// What a text decodes to in hexadecimal or base64, if that looks like a key.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.trim_ascii_end();
    let digits = digits.strip_suffix(b"==").or_else(|| digits.strip_suffix(b"=")).unwrap_or(digits);
    let from_base64 = || nested::whole_base64(digits).filter(|_| tokens::looks_random(digits));
    let bytes = hexadecimal(digits).or_else(from_base64)?;
    (DECODED_BYTES.contains(&bytes.len()) && bytes.windows(16).all(looks_random)).then_some(bytes)
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// True for sixteen bytes that are neither text nor padding.
fn looks_random(block: &[u8]) -> bool {
    let high = block.iter().filter(|byte| **byte >= 0x80).count();
    let zeros = block.iter().filter(|byte| **byte == 0).count();
    (2..=14).contains(&high) && zeros <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_key_decodes_in_either_notation() {
        let key: Vec<u8> = (0..32_u8).map(|i| i.wrapping_mul(151).wrapping_add(77)).collect();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(decoded(hex.as_bytes()), Some(key.clone()));
        // Sixty-four base64 characters are the forty-eight bytes that they say, six bits each.
        let digits = b"8Jq-3xZ_0bWvQe7RrT2mYk9sLp4uHc6dGf1aXn5oVi8KtBzMgEwCjDyUhSlNqFAO";
        let bytes = decoded(digits).unwrap();
        assert_eq!(bytes.len(), 48);
        assert_eq!(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 18, 60, "the digit 8 is 60");
    }

    #[test]
    fn words_do_not_decode_to_keys() {
        for text in
            ["correcthorsebatterystaple", "configuration/settings/main", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
        {
            assert_eq!(decoded(text.as_bytes()), None, "{text}");
        }
    }
}
