//! Keys of elliptic curves: encoded, and as bare numbers with a public point elsewhere.

use super::Matrix;
use super::text::{base64url, ssh_keygen};
use crate::process::output;
use anyhow::{Context, Result};
use std::process::Command;

const EC: &[&str] = &["ec-private-key"];
const EDWARDS: &[&str] = &["edwards-private-key"];

/// Bytes between a seed and its public key that lies elsewhere.
const FAR: usize = 9000;

pub(super) fn cases(out: &mut Matrix<'_>) -> Result<()> {
    p256(out)?;
    ed25519(out)
}

fn openssl(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    output(Command::new("openssl").args(arguments), input)
}

/// A fresh key in PKCS#8, DER, and its `SubjectPublicKeyInfo`.
fn fresh(algorithm: &[&str]) -> Result<(Vec<u8>, Vec<u8>)> {
    let make = [&["genpkey", "-outform", "DER"], algorithm].concat();
    let key = openssl(&make, b"")?;
    let public = openssl(&["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], &key)?;
    Ok((key, public))
}

fn p256(out: &mut Matrix<'_>) -> Result<()> {
    let make = || fresh(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let convert =
        |form: &[&str]| -> Result<_> { openssl(&[&["ec", "-inform", "DER"], form].concat(), &make()?.0) };
    out.put("ec_sec1_der", EC, &[&convert(&["-outform", "DER"])?])?;
    out.put("ec_pkcs8_der", EC, &[&make()?.0])?;
    out.put("ec_sec1_pem", EC, &[&convert(&["-outform", "PEM"])?])?;
    out.put("ec_pkcs8_pem", EC, &[&openssl(&["pkey", "-inform", "DER"], &make()?.0)?])?;
    // The private number of SEC 1, C.4, follows the version; the point ends the public key.
    let bare = || -> Result<_> {
        let (key, public) = make()?;
        let head =
            key.windows(5).position(|five| five == [2, 1, 1, 4, 32]).context("find openssl's number")? + 5;
        let scalar = key.get(head..head + 32).context("read openssl's number")?.to_vec();
        let point = public.last_chunk::<65>().context("read openssl's point")?;
        Ok((scalar, point.to_vec()))
    };
    let (scalar, point) = bare()?;
    let limbs: Vec<u8> = scalar.into_iter().rev().collect();
    out.put("ec_scalar_le_plus_pubpoint", EC, &[&limbs, &point])?;
    let (scalar, point) = bare()?;
    out.put("ec_scalar_be_plus_pubpoint", EC, &[&scalar, &point])?;
    let (pem, _) = ssh_keygen(out.folder, &["-t", "ecdsa", "-b", "256"])?;
    out.put("ec_openssh_pem", EC, &[&pem])?;
    let (scalar, point) = bare()?;
    let jwk = serde_json::json!({
        "kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..]), "d": base64url(&scalar),
    });
    out.put("ec_jwk", EC, &[jwk.to_string().as_bytes()])
}

fn ed25519(out: &mut Matrix<'_>) -> Result<()> {
    let make = || fresh(&["-algorithm", "ED25519"]);
    out.put("ed25519_pkcs8_der", EDWARDS, &[&make()?.0])?;
    out.put("ed25519_pkcs8_pem", EDWARDS, &[&openssl(&["pkey", "-inform", "DER"], &make()?.0)?])?;
    // RFC 8410: both end in the 32 bytes.
    let bare = || -> Result<_> {
        let (key, public) = make()?;
        let last = |bytes: &[u8]| bytes.last_chunk::<32>().copied().context("read openssl's key");
        Ok((last(&key)?, last(&public)?))
    };
    let (seed, public) = bare()?;
    out.put("ed25519_seed_pub_64B", EDWARDS, &[&[seed, public].concat()])?;
    let (seed, public) = bare()?;
    out.put("ed25519_seed_only_plus_pub_far", EDWARDS, &[&seed, &[0; FAR], &public])?;
    let (pem, _) = ssh_keygen(out.folder, &["-t", "ed25519"])?;
    out.put("ed25519_openssh_pem", EDWARDS, &[&pem])?;
    let (_, binary) = ssh_keygen(out.folder, &["-t", "ed25519"])?;
    out.put("ed25519_openssh_binary", EDWARDS, &[&binary])
}
