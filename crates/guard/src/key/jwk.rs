//! A key as JWK (RFC 7517).

use super::material::{Curve, Material};
use super::{Key, KeyFault, Lifetime, certificate};
use crate::algorithm::Algorithm;
use crate::token::decode;
use serde_json::{Map, Value};

/// Reads a key and checks everything that it says of itself.
pub(crate) fn read(members: &Map<String, Value>) -> Result<Key, KeyFault> {
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(KeyFault::Private);
    }
    let svid = for_signatures(members)?;
    let material = material(members)?;
    let only = match optional(members, "alg")? {
        Some(name) => Some(Algorithm::from_name(name).ok_or(KeyFault::Unsupported)?),
        None => None,
    };
    let (mut key, spki) = material.prepare(optional(members, "kid")?.map(str::to_owned), only)?;
    let stated = Lifetime { not_before: date(members, "nbf")?, not_after: date(members, "exp")? };
    key.lifetime = narrower(certificate::lifetime(members, &spki)?, stated);
    key.issuer_member = optional(members, "issuer")?.map(str::to_owned);
    key.cloud_member = optional(members, "cloud_instance_name")?.map(str::to_owned);
    key.svid = svid;
    key.withdrawn = members.contains_key("revoked");
    Ok(key)
}

/// The numbers of the key.
fn material(members: &Map<String, Value>) -> Result<Material, KeyFault> {
    let curve = || optional(members, "crv")?.ok_or(KeyFault::Malformed);
    match optional(members, "kty")?.ok_or(KeyFault::Malformed)? {
        "RSA" => Ok(Material::Rsa { modulus: number(members, "n")?, exponent: number(members, "e")? }),
        "EC" => {
            let name = curve()?;
            let curve =
                Curve::ALL.into_iter().find(|curve| curve.name() == name).ok_or(KeyFault::Unsupported)?;
            Ok(Material::Ec { curve, x: bytes(members, "x")?, y: bytes(members, "y")? })
        }
        "OKP" if curve()? == "Ed25519" => Ok(Material::Ed25519 { x: bytes(members, "x")? }),
        "oct" => Err(KeyFault::Symmetric),
        _ => Err(KeyFault::Unsupported),
    }
}

/// Refuses what is not for signatures; true if it is for JWT-SVIDs (SPIFFE Trust Domain and Bundle, section 4.2.2).
fn for_signatures(members: &Map<String, Value>) -> Result<bool, KeyFault> {
    let svid = match optional(members, "use")? {
        None | Some("sig") => false,
        Some("jwt-svid") => true,
        Some(_) => return Err(KeyFault::NotForSignatures),
    };
    match members.get("key_ops") {
        None => Ok(svid),
        Some(Value::Array(uses)) if uses.iter().any(|one| one == "verify") => Ok(svid),
        Some(Value::Array(_)) => Err(KeyFault::NotForSignatures),
        Some(_) => Err(KeyFault::Malformed),
    }
}

/// A text that may be absent.
fn optional<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, KeyFault> {
    members.get(name).map(|value| value.as_str().ok_or(KeyFault::Malformed)).transpose()
}

fn date(members: &Map<String, Value>, name: &str) -> Result<Option<u64>, KeyFault> {
    members.get(name).map(|value| crate::time::seconds(value).ok_or(KeyFault::Malformed)).transpose()
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    let text = optional(members, name)?.ok_or(KeyFault::Malformed)?;
    decode(text).map_err(|_| KeyFault::Malformed)
}

/// A number without leading zeros: some publishers write one (RFC 7518, section 6.3.1.1), and one key must have one thumbprint.
fn number(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    Ok(bytes(members, name)?.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn narrower(one: Lifetime, other: Lifetime) -> Lifetime {
    let both = |one: Option<u64>, other: Option<u64>, pick: fn(u64, u64) -> u64| match (one, other) {
        (Some(one), Some(other)) => Some(pick(one, other)),
        (one, other) => one.or(other),
    };
    Lifetime {
        not_before: both(one.not_before, other.not_before, u64::max),
        not_after: both(one.not_after, other.not_after, u64::min),
    }
}

/// Reads the key of a proof of possession, for one algorithm.
pub(crate) fn proof_key(members: &Map<String, Value>, algorithm: Algorithm) -> Result<Key, KeyFault> {
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(KeyFault::Private);
    }
    material(members)?.prepare(None, Some(algorithm)).map(|(key, _)| key)
}

/// Private members of RSA, EC and OKP keys (RFC 7518, sections 6.2.2 and 6.3.2; RFC 8037, section 2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];
