//! The examples of RFC 7515 and RFC 8037, whose signatures are right and whose claims are not ours.

use coredact_guard::{Issuer, KeySet, Now, Reason, Request, Trust, Verdict, Verifier};
use serde_json::{Value, json};

/// RFC 7515, appendix A.2.
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// RFC 7515, appendix A.3.
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// RFC 7515, appendix A.5.
const NONE: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

/// RFC 7515, appendix A.1.
const HS256: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn judge(key: &Value, token: &str) -> Verdict {
    let set = KeySet::from_jwks(json!({"keys": [key]}).to_string().as_bytes()).expect("a key set");
    let trust = Trust::new().issuer(Issuer::new("joe").audience("mail"), set).expect("trust");
    Verifier::new(trust).verify(&Request::bearer(token), Now(1_300_819_000))
}

fn rsa() -> Value {
    json!({
        "kty": "RSA",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        "e": "AQAB",
    })
}

fn ec() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

#[test]
fn their_signatures_are_right_and_their_claims_too_few() {
    for (key, token) in [(rsa(), RS256), (ec(), ES256)] {
        let Verdict::Refused(refused) = judge(&key, token) else { panic!("accepted") };
        assert_eq!((refused.reason, refused.signed), (Reason::ClaimMissing, true), "{}", refused.detail);
        let (rest, last) = token.split_at(token.len() - 20);
        let Verdict::Refused(refused) = judge(&key, &format!("{rest}A{}", &last[1..])) else {
            panic!("accepted")
        };
        assert_eq!((refused.reason, refused.signed), (Reason::SignatureWrong, false));
    }
}

#[test]
fn the_unsigned_and_the_symmetric_example_are_refused() {
    assert_eq!(judge(&rsa(), NONE).reason(), Some(Reason::AlgorithmNone));
    assert_eq!(judge(&rsa(), HS256).reason(), Some(Reason::AlgorithmSymmetric));
}

#[test]
fn the_signature_of_zeros_is_wrong() {
    // CVE-2022-21449: r = s = 0 passed for every message.
    let (message, _) = ES256.rsplit_once('.').expect("three parts");
    let verdict = judge(&ec(), &format!("{message}.{}", "A".repeat(86)));
    assert_eq!(verdict.reason(), Some(Reason::SignatureWrong));
}
