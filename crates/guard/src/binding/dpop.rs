//! Proofs of possession (DPoP, RFC 9449, section 4.3).

use crate::algorithm::Algorithm;
use crate::key::{Thumbprint, proof_key};
use crate::reason::Reason;
use crate::time::{Now, seconds};
use crate::token::Parts;
use crate::verify::Verifier;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// A proof, and the request that it must be for.
#[derive(Clone, Copy, Debug)]
pub struct Dpop<'a> {
    /// The value of the `DPoP` header. Of a request with two such headers none may be passed.
    pub proof: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's URL as the client wrote it, from the scheme on; query and fragment do not matter.
    pub url: &'a str,
}

/// Checks a proof for a token that is bound to `wanted`.
pub(super) fn check(
    verifier: &Verifier,
    proof: &Dpop<'_>,
    token: &str,
    wanted: Thumbprint,
    now: u64,
) -> Result<(), Reason> {
    let malformed = |_| Reason::ProofMalformed;
    let parts = Parts::split(proof.proof).map_err(malformed)?;
    let header = parts.header().map_err(malformed)?;
    let claims = parts.claims().map_err(malformed)?;
    let signature = parts.signature().map_err(malformed)?;
    let (key, algorithm) = header_key(&header).ok_or(Reason::ProofMalformed)?;
    if !key.accepts(algorithm, parts.signed(), &signature) {
        return Err(Reason::ProofSignatureWrong);
    }
    if key.thumbprint() != wanted {
        return Err(Reason::ProofKeyWrong);
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or(Reason::ProofMalformed);
    let id =
        text("jti").ok().filter(|id| (1..=ID_BYTES_MAX).contains(&id.len())).ok_or(Reason::ProofMalformed)?;
    let hash = URL_SAFE_NO_PAD.encode(Thumbprint::of(token.as_bytes()).as_bytes());
    if text("htm")? != proof.method || !same_target(text("htu")?, proof.url) || text("ath")? != hash {
        return Err(Reason::ProofRequestWrong);
    }
    let issued = claims.get("iat").and_then(seconds).ok_or(Reason::ProofMalformed)?;
    if issued > now.saturating_add(AHEAD_SECONDS_MAX) || now > issued.saturating_add(AGE_SECONDS_MAX) {
        return Err(Reason::ProofStale);
    }
    if let Some(nonces) = &verifier.nonces
        && !text("nonce").is_ok_and(|nonce| nonces.accept(nonce, Now(now)))
    {
        return Err(Reason::ProofNonceWrong);
    }
    // Last of all, so that only what would pass is remembered.
    let until = issued.saturating_add(AGE_SECONDS_MAX);
    verifier.replays.first_time(&[wanted.as_bytes().as_slice(), id.as_bytes()].concat(), until, now)
}

/// The key in the proof's header, if the header says what RFC 9449, section 4.2, wants and no more than is understood.
fn header_key(header: &Map<String, Value>) -> Option<(crate::Key, Algorithm)> {
    let foreign = ["crit", "b64", "jku", "x5u", "x5c", "zip", "enc", "cty"];
    if foreign.iter().any(|name| header.contains_key(*name)) {
        return None;
    }
    let kind = header.get("typ")?.as_str()?;
    if !kind.eq_ignore_ascii_case("dpop+jwt") && !kind.eq_ignore_ascii_case("application/dpop+jwt") {
        return None;
    }
    let algorithm = Algorithm::from_name(header.get("alg")?.as_str()?)?;
    let key = proof_key(header.get("jwk")?.as_object()?, algorithm).ok()?;
    Some((key, algorithm))
}

/// Whether two URLs name the same target, query and fragment aside (RFC 9449, section 4.3, item 9): scheme and host in any case, the
/// scheme's port named or not. Anything else must be written alike.
fn same_target(one: &str, other: &str) -> bool {
    matches!((target(one), target(other)), (Some(one), Some(other)) if one == other)
}

fn target(url: &str) -> Option<(String, String, &str)> {
    let bare = url.split(['?', '#']).next()?;
    let (scheme, rest) = bare.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "/"));
    let authority = authority.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = authority.strip_suffix(port).unwrap_or(&authority).to_owned();
    (!host.is_empty()).then_some((scheme, host, path))
}

/// How old a proof may be, in seconds: "within an acceptable window" (RFC 9449, section 11.1).
const AGE_SECONDS_MAX: u64 = 120;
/// How far from the future, in seconds.
const AHEAD_SECONDS_MAX: u64 = 10;
/// Longest proof id that is remembered, in bytes. RFC 9449, section 4.2, asks for 96 bits or a UUID.
const ID_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_same_but_for_case_port_query_and_fragment() {
        for (one, other, same) in [
            ("https://api.example/a", "https://api.example/a", true),
            ("https://api.example/a", "HTTPS://API.example:443/a?x=1#y", true),
            ("https://api.example", "https://api.example/", true),
            ("http://api.example:80/a", "http://api.example/a", true),
            ("https://api.example/a", "https://api.example/A", false),
            ("https://api.example/a", "http://api.example/a", false),
            ("https://api.example:444/a", "https://api.example/a", false),
            ("https://api.example/a/", "https://api.example/a", false),
            ("https:///a", "https:///a", false),
            ("/a", "/a", false),
            ("", "", false),
        ] {
            assert_eq!(same_target(one, other), same, "{one} {other}");
        }
    }
}
