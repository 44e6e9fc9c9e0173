//! Tokens that are bound to their holder.

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{NOW, Signer, claims, with};
use coredact_guard::{
    Binding, Bound, Dpop, Issuer, Nonces, Now, Reason, Request, Thumbprint, Trust, Verifier,
};
use serde_json::{Value, json};

const URL: &str = "https://api.example/pay";

struct Case {
    issuer: Signer,
    holder: Signer,
    verifier: Verifier,
}

impl Case {
    fn new(alg: &'static str) -> Self {
        let issuer = Signer::new("k", "ES256");
        let record = Issuer::new("https://a")
            .audience("mail")
            .bound_audience("pay", Binding::Dpop)
            .bound_audience("bank", Binding::MutualTls)
            .bound_audience("any", Binding::Any);
        let verifier = Verifier::new(Trust::new().issuer(record, issuer.set()).expect("trust"));
        Self { issuer, holder: Signer::new("h", alg), verifier }
    }

    fn token(&self, audience: &str, cnf: Value) -> String {
        self.issuer.token(&with(claims("https://a", audience), json!({"cnf": cnf})))
    }

    fn proof(&self, token: &str, header: Value, change: Value) -> String {
        let mut jwk = self.holder.jwk();
        for name in ["kid", "use", "alg"] {
            jwk.as_object_mut().expect("an object").remove(name);
        }
        let header = with(json!({"typ": "dpop+jwt", "alg": self.holder.alg, "jwk": jwk}), header);
        let ath = URL_SAFE_NO_PAD.encode(Thumbprint::of(token.as_bytes()).as_bytes());
        let claims = json!({"jti": "p-1", "htm": "POST", "htu": URL, "iat": NOW, "ath": ath});
        self.holder.sign(&header, &with(claims, change))
    }

    fn judge(
        &self,
        token: &str,
        proof: Option<&str>,
        certificate: Option<&[u8]>,
    ) -> Result<Option<Bound>, Reason> {
        let dpop = proof.map(|proof| Dpop { proof, method: "POST", url: URL });
        let request =
            Request { token, audience: None, dpop, client_certificate: certificate, must_be_proven: false };
        let verdict = self.verifier.verify(&request, Now(NOW));
        verdict.into_result().map(|accepted| accepted.bound).map_err(|refused| refused.reason)
    }
}

#[test]
fn a_proof_is_for_one_key_one_request_one_token_and_one_time() {
    for alg in ["ES256", "EdDSA", "PS256"] {
        let case = Case::new(alg);
        let jkt = case.holder.thumbprint();
        let token = case.token("pay", json!({"jkt": jkt.to_string()}));
        let good = case.proof(&token, json!({}), json!({}));
        assert_eq!(case.judge(&token, Some(&good), None), Ok(Some(Bound::Key(jkt))));
        assert_eq!(case.judge(&token, Some(&good), None), Err(Reason::ProofReplayed));
        assert_eq!(case.judge(&token, None, None), Err(Reason::ProofMissing));
    }
}

#[test]
fn under_the_scheme_dpop_a_token_is_bound_to_a_key_and_proven() {
    let case = Case::new("ES256");
    let (jkt, x5t) = (case.holder.thumbprint(), Thumbprint::of(b"c").to_string());
    for (cnf, proven, expected) in [
        (json!(null), false, Some(Reason::BindingMissing)),
        (json!(null), true, Some(Reason::BindingMissing)),
        (json!({"x5t#S256": x5t}), true, Some(Reason::BindingMissing)),
        (json!({"jkt": jkt.to_string()}), false, Some(Reason::ProofMissing)),
        (json!({"jkt": jkt.to_string()}), true, None),
    ] {
        let token = case.token("mail", cnf.clone());
        let proof = case.proof(&token, json!({}), json!({}));
        let request = Request::bearer(&token).client_certificate(b"c").must_be_proven();
        let dpop = Dpop { proof: &proof, method: "POST", url: URL };
        let request = if proven { request.dpop(dpop) } else { request };
        assert_eq!(case.verifier.verify(&request, Now(NOW)).reason(), expected, "{cnf} {proven}");
    }
}

#[test]
fn proofs_that_say_something_else_are_refused() {
    let case = Case::new("ES256");
    let token = case.token("pay", json!({"jkt": case.holder.thumbprint().to_string()}));
    let thief = Signer::new("t", "ES256");
    let check = |header: Value, change: Value, reason| {
        let name = format!("{header} {change}");
        let proof = case.proof(&token, header, change);
        assert_eq!(case.judge(&token, Some(&proof), None), Err(reason), "{name}");
    };
    for (header, reason) in [
        (json!({"typ": "JWT"}), Reason::ProofMalformed),
        (json!({"typ": null}), Reason::ProofMalformed),
        (json!({"alg": "none"}), Reason::ProofMalformed),
        (json!({"alg": "HS256"}), Reason::ProofMalformed),
        (json!({"jwk": null}), Reason::ProofMalformed),
        (json!({"jwk": with(case.holder.jwk(), json!({"d": "AAAA"}))}), Reason::ProofMalformed),
        (json!({"jwk": {"kty": "oct", "k": "AAAA"}}), Reason::ProofMalformed),
        (json!({"crit": ["x"]}), Reason::ProofMalformed),
        (json!({"jwk": thief.jwk()}), Reason::ProofSignatureWrong),
    ] {
        check(header, json!({}), reason);
    }
    for (change, reason) in [
        (json!({"htm": "GET"}), Reason::ProofRequestWrong),
        (json!({"htm": "post"}), Reason::ProofRequestWrong),
        (json!({"htu": "https://api.example/other"}), Reason::ProofRequestWrong),
        (json!({"htu": "https://evil.example/pay"}), Reason::ProofRequestWrong),
        (json!({"ath": "AAAA"}), Reason::ProofRequestWrong),
        (json!({"ath": null}), Reason::ProofMalformed),
        (json!({"jti": null}), Reason::ProofMalformed),
        (json!({"jti": ""}), Reason::ProofMalformed),
        (json!({"iat": NOW - 121}), Reason::ProofStale),
        (json!({"iat": NOW + 11}), Reason::ProofStale),
        (json!({"iat": "now"}), Reason::ProofMalformed),
    ] {
        check(json!({}), change, reason);
    }
    let other = Case::new("ES256");
    let stolen = other.proof(&token, json!({}), json!({}));
    assert_eq!(case.judge(&token, Some(&stolen), None), Err(Reason::ProofKeyWrong));
    assert_eq!(case.judge(&token, Some("e30.e30"), None), Err(Reason::ProofMalformed));
    let fine = case.proof(&token, json!({}), json!({"htu": "HTTPS://API.example:443/pay?x=1"}));
    assert!(case.judge(&token, Some(&fine), None).is_ok());
}

#[test]
fn a_certificate_must_be_the_one_of_the_token() {
    let case = Case::new("ES256");
    let bound = Thumbprint::of(b"certificate");
    let token = case.token("bank", json!({"x5t#S256": bound.to_string()}));
    assert_eq!(case.judge(&token, None, Some(b"certificate")), Ok(Some(Bound::Certificate(bound))));
    assert_eq!(case.judge(&token, None, Some(b"another")), Err(Reason::CertificateWrong));
    assert_eq!(case.judge(&token, None, None), Err(Reason::CertificateMissing));
}

#[test]
fn audiences_want_their_binding_and_bound_tokens_want_their_proof_everywhere() {
    let case = Case::new("ES256");
    let jkt = json!({"jkt": case.holder.thumbprint().to_string()});
    let x5t = json!({"x5t#S256": Thumbprint::of(b"c").to_string()});
    for audience in ["pay", "bank", "any"] {
        assert_eq!(
            case.judge(&case.token(audience, json!(null)), None, Some(b"c")),
            Err(Reason::BindingMissing)
        );
    }
    assert_eq!(case.judge(&case.token("pay", x5t.clone()), None, Some(b"c")), Err(Reason::BindingMissing));
    assert!(case.judge(&case.token("any", x5t), None, Some(b"c")).is_ok());
    assert_eq!(case.judge(&case.token("mail", json!(null)), None, None), Ok(None));
    assert_eq!(case.judge(&case.token("mail", jkt), None, None), Err(Reason::ProofMissing));
    assert_eq!(
        case.judge(&case.token("mail", json!({"jkt": "AA"})), None, None),
        Err(Reason::ClaimMalformed)
    );
    let both = case.issuer.token(&with(claims("https://a", "x"), json!({"aud": ["mail", "pay"]})));
    assert_eq!(case.judge(&both, None, None), Err(Reason::BindingMissing), "the stricter audience counts");
    let narrow = case.verifier.verify(&Request::bearer(&both).audience("mail"), Now(NOW));
    assert!(narrow.is_accepted(), "the audience that is asked for counts");
}

#[test]
fn a_nonce_of_this_server_is_wanted_where_it_gives_them() {
    let mut case = Case::new("ES256");
    let trust = (*case.verifier.trust()).clone();
    case.verifier = Verifier::new(trust).with_nonces(Nonces::new(&[7; 32], 60));
    let token = case.token("pay", json!({"jkt": case.holder.thumbprint().to_string()}));
    let nonce = case.verifier.nonce(Now(NOW)).expect("a nonce");
    let without = case.proof(&token, json!({}), json!({}));
    assert_eq!(case.judge(&token, Some(&without), None), Err(Reason::ProofNonceWrong));
    let old = case.verifier.nonce(Now(NOW - 600)).expect("a nonce");
    let stale = case.proof(&token, json!({}), json!({"nonce": old}));
    assert_eq!(case.judge(&token, Some(&stale), None), Err(Reason::ProofNonceWrong));
    let good = case.proof(&token, json!({}), json!({"nonce": nonce}));
    assert!(case.judge(&token, Some(&good), None).is_ok());
}
