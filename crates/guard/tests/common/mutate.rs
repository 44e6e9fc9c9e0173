//! Tokens that are forged, damaged and rewritten, judged by the guard and by two other libraries.
//!
//! What a token is worth is known from how it was made. A **genuine** one was signed by the issuer's own key over what stands in it,
//! and says what it should; every other one is **forged**. The promises:
//! the guard accepts each genuine token and no forged one, and what it accepts the two others accept too.

use crate::common::{Signer, claims, with};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use coredact_guard::{Issuer, Now, Request, Trust, Verifier};
use jwt_simple::prelude as simple;
use jwt_simple::prelude::{ECDSAP256PublicKeyLike as _, EdDSAPublicKeyLike as _, RSAPublicKeyLike as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ISSUER: &str = "https://login.example/";
const OTHER: &str = "https://consumer.example/";

/// What happened to how many tokens.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) genuine: u64,
    pub(crate) forged: u64,
    /// Refusals by reason.
    pub(crate) reasons: BTreeMap<&'static str, u64>,
    /// Forged tokens that the others accepted: jsonwebtoken, jwt-simple.
    pub(crate) lenient: [u64; 2],
}

impl Tally {
    /// Adds what another round saw.
    pub(crate) fn add(&mut self, other: Self) {
        self.genuine += other.genuine;
        self.forged += other.forged;
        self.lenient[0] += other.lenient[0];
        self.lenient[1] += other.lenient[1];
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
    }
}

/// Makes and judges this many tokens. The same seed makes the same changes, though of other keys.
///
/// # Panics
/// If a promise is broken; the message has the seed, the number and the change.
pub(crate) fn run(count: u64, seed: u64) -> Tally {
    let mut worlds: Vec<World> = ["EdDSA", "ES256", "RS256"].into_iter().map(World::new).collect();
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    for number in 0..count {
        // RSA signs and verifies slowly in one of the others: one token in sixteen.
        let index = [0, 1].get(dice.below(16) % 2).copied().unwrap_or(2);
        let index = if dice.below(16) == 0 { 2 } else { index };
        let world = &mut worlds[index];
        let made = world.make(&mut dice);
        let place = format!("seed {seed}, token {number}, {} {}", world.own.alg, made.what);
        world.judge(&made, &place, &mut tally);
    }
    tally
}

/// A token, and whether it is genuine.
struct Made {
    token: String,
    genuine: bool,
    what: String,
}

/// An issuer, a second one that is trusted too, and a stranger; and three libraries that trust them.
struct World {
    own: Signer,
    other: Signer,
    stranger: Signer,
    now: u64,
    pool: Vec<String>,
    verifier: Verifier,
    web: (jsonwebtoken::DecodingKey, jsonwebtoken::Validation),
    simple: Simple,
}

enum Simple {
    Ed(Box<simple::Ed25519PublicKey>),
    Ec(Box<simple::ES256PublicKey>),
    Rsa(Box<simple::RS256PublicKey>),
}

impl World {
    fn new(alg: &'static str) -> Self {
        let (own, other, stranger) = (Signer::new("k1", alg), Signer::new("k2", alg), Signer::new("k1", alg));
        let trust = Trust::new()
            .issuer(Issuer::new(ISSUER).audience("mail"), own.set())
            .and_then(|trust| trust.issuer(Issuer::new(OTHER).audience("mail"), other.set()))
            .expect("trust");
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(own.jwk()).expect("a key");
        let mut validation = jsonwebtoken::Validation::new(alg.parse().expect("an algorithm"));
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&["mail"]);
        validation.validate_nbf = true;
        let web = (jsonwebtoken::DecodingKey::from_jwk(&jwk).expect("a key"), validation);
        let simple = Simple::new(&own.jwk());
        let verifier = Verifier::new(trust);
        // The others read the clock themselves.
        let now = Now::from_clock().0;
        let mut world = Self { own, other, stranger, now, pool: Vec::new(), verifier, web, simple };
        world.pool = (0..64).map(|number| world.own.token(&world.claims(number))).collect();
        world
    }

    fn claims(&self, number: u64) -> Value {
        let times = json!({"iat": self.now - 60, "nbf": self.now - 60, "exp": self.now + 40_000});
        let names = json!({"jti": format!("id-{number}"), "sub": format!("user-{}", number % 7), "n": {"a": [1, 2.5, null]}});
        with(with(claims(ISSUER, "mail"), times), names)
    }

    fn make(&self, dice: &mut Dice) -> Made {
        let good = self.pool[dice.below(self.pool.len())].clone();
        let forged = |token: String, what: &str| Made { token, genuine: false, what: what.to_owned() };
        match dice.below(20) {
            0 | 1 => Made { token: good, genuine: true, what: "as it is".into() },
            2 | 3 => self.resigned(dice),
            4 => {
                let key = if dice.below(2) == 0 { &self.other } else { &self.stranger };
                let kid = ["k1", "k2", "x"][dice.below(3)];
                let header = json!({"alg": key.alg, "typ": "JWT", "kid": kid});
                forged(key.sign(&header, &self.claims(1)), "signed by another key")
            }
            5 => forged(self.header_changed(dice), "forbidden header, rightly signed"),
            6 => forged(self.claims_changed(dice), "forbidden claims, rightly signed"),
            7 => forged(self.unsigned(dice, &good), "unsigned or signed with a public key"),
            8 => forged(respelled(dice, &good), "another spelling"),
            9 => forged(self.spliced(dice, &good), "parts of two tokens"),
            10 => forged(self.texts(dice), "odd JSON, rightly signed"),
            _ => damaged(dice, &good),
        }
    }

    /// Rightly signed, with harmless changes.
    fn resigned(&self, dice: &mut Dice) -> Made {
        let change = match dice.below(6) {
            0 => json!({"aud": ["other", "mail"]}),
            1 => json!({"nbf": null}),
            2 => json!({"exp": self.now + 36_000}),
            3 => json!({"sub": "\u{0}\u{1f511}\"\\"}),
            4 => json!({"extra": [[[[{"deep": "x".repeat(dice.below(3000))}]]]]}),
            _ => json!({"jti": null, "client_id": "app"}),
        };
        let token = self.own.token(&with(self.claims(2), change.clone()));
        Made { token, genuine: true, what: format!("rightly signed, with {change:.60}") }
    }

    fn header_changed(&self, dice: &mut Dice) -> String {
        let changes = [
            json!({"crit": ["exp"]}),
            json!({"b64": false}),
            json!({"jwk": self.stranger.jwk()}),
            json!({"jku": "https://evil.example/keys"}),
            json!({"x5u": "https://evil.example/cert"}),
            json!({"x5c": ["AAAA"]}),
            json!({"typ": "logout+jwt"}),
            json!({"alg": "none"}),
            json!({"alg": "HS256"}),
            json!({"alg": "ES512"}),
            json!({"alg": null}),
            json!({"kid": "../../dev/null"}),
            json!({"kid": 7}),
            json!({"zip": "DEF"}),
            json!({"cty": "JWT"}),
        ];
        let header = json!({"alg": self.own.alg, "typ": "JWT", "kid": "k1"});
        self.own.sign(&with(header, changes[dice.below(changes.len())].clone()), &self.claims(3))
    }

    fn claims_changed(&self, dice: &mut Dice) -> String {
        let now = self.now;
        let changes = [
            json!({"iss": null}),
            json!({"iss": OTHER}),
            json!({"iss": [ISSUER]}),
            json!({"iss": "https://login.example"}),
            json!({"aud": null}),
            json!({"aud": "other"}),
            json!({"aud": ["mail", 3]}),
            json!({"exp": null}),
            json!({"exp": now - 7200}),
            json!({"exp": "9999999999"}),
            json!({"exp": now + 400_000_000}),
            json!({"exp": -5}),
            json!({"nbf": now + 30_000}),
            json!({"iat": now + 30_000}),
            json!({"iat": null}),
            json!({"iat": 1.5e308}),
            json!({"sub": null}),
            json!({"sub": {"a": 1}}),
            json!({"cnf": {"jkt": "AAAA"}}),
        ];
        self.own.token(&with(self.claims(4), changes[dice.below(changes.len())].clone()))
    }

    fn unsigned(&self, dice: &mut Dice, good: &str) -> String {
        let claims = good.split('.').nth(1).expect("three parts");
        let alg = ["none", "None", "NONE", "HS256", "HS384", ""][dice.below(6)];
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT", "kid": "k1"}).to_string());
        let message = format!("{header}.{claims}");
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &self.own.spki());
        let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()));
        let signature = if dice.below(2) == 0 { tag } else { String::new() };
        format!("{message}.{signature}")
    }

    fn spliced(&self, dice: &mut Dice, good: &str) -> String {
        let other = self.own.token(&with(self.claims(5), json!({"jti": format!("splice-{}", dice.next())})));
        let stranger = self.stranger.token(&with(self.claims(6), json!({"sub": "admin"})));
        let sources = [good, &other, &stranger];
        let parts: Vec<Vec<&str>> = sources.iter().map(|token| token.split('.').collect()).collect();
        // The payload of one with the signature of another; the headers are alike.
        let (payload, signature) = [(0, 1), (1, 0), (2, 0), (2, 1), (0, 2)][dice.below(5)];
        format!("{}.{}.{}", parts[0][0], parts[payload][1], parts[signature][2])
    }

    fn texts(&self, dice: &mut Dice) -> String {
        let header = format!(r#"{{"alg":"{}","kid":"k1"}}"#, self.own.alg);
        let claims = self.claims(7).to_string();
        let inside = claims.trim_start_matches('{').trim_end_matches('}');
        let texts = [
            (header.clone(), format!(r#"{{"iss":"{OTHER}",{inside}}}"#)),
            (header.clone(), format!(r#"{{{inside},"\u0069ss":"{ISSUER}"}}"#)),
            (header.clone(), format!(r#"{{{inside},"exp":9999999999}}"#)),
            (header.clone(), format!("[{claims}]")),
            (header.clone(), format!("{claims}{claims}")),
            (header.clone(), format!("\u{feff}{claims}")),
            (header.clone(), claims.replace('"', "'")),
            (header.clone(), format!(r#"{{{inside},"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200))),
            (header.clone(), format!(r#"{{{inside},"x":{{"y":1,"y":2}}}}"#)),
            (header.replace("}", r#","alg":"none"}"#), claims.clone()),
            (format!("{header}\0"), claims.clone()),
        ];
        let (header, claims) = &texts[dice.below(texts.len())];
        self.own.sign_texts(header, claims)
    }

    /// Asks all three, and holds the promises.
    fn judge(&self, made: &Made, place: &str, tally: &mut Tally) {
        let verdict = self.verifier.verify(&Request::bearer(&made.token), Now(self.now));
        let reason = verdict.reason();
        assert_eq!(reason.is_none(), made.genuine, "{place}: {reason:?}");
        if let Some(reason) = reason {
            *tally.reasons.entry(reason.name()).or_default() += 1;
        }
        let web = jsonwebtoken::decode::<Value>(&made.token, &self.web.0, &self.web.1).is_ok();
        let simple = self.simple.accepts(&made.token);
        if made.genuine {
            tally.genuine += 1;
            assert!(
                web && simple,
                "{place}: genuine by construction, jsonwebtoken {web}, jwt-simple {simple}"
            );
        } else {
            tally.forged += 1;
            tally.lenient[0] += u64::from(web);
            tally.lenient[1] += u64::from(simple);
            // Where another library finds the signature right, ours must not have called it wrong.
            let wrong = reason.is_some_and(|reason| reason.name() == "signature-wrong");
            assert!(!(wrong && web && simple), "{place}: both others accept the signature");
        }
    }
}

impl Simple {
    fn new(jwk: &Value) -> Self {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("text")).expect("base64");
        match jwk["kty"].as_str() {
            Some("OKP") => {
                Self::Ed(Box::new(simple::Ed25519PublicKey::from_bytes(&number("x")).expect("a key")))
            }
            Some("EC") => {
                let point = [vec![4], number("x"), number("y")].concat();
                Self::Ec(Box::new(simple::ES256PublicKey::from_bytes(&point).expect("a key")))
            }
            _ => Self::Rsa(Box::new(
                simple::RS256PublicKey::from_components(&number("n"), &number("e")).expect("a key"),
            )),
        }
    }

    fn accepts(&self, token: &str) -> bool {
        let options = simple::VerificationOptions {
            allowed_issuers: Some([ISSUER.to_owned()].into_iter().collect()),
            allowed_audiences: Some(["mail".to_owned()].into_iter().collect()),
            time_tolerance: Some(simple::Duration::from_secs(60)),
            ..simple::VerificationOptions::default()
        };
        match self {
            Self::Ed(key) => key.verify_token::<Value>(token, Some(options)).is_ok(),
            Self::Ec(key) => key.verify_token::<Value>(token, Some(options)).is_ok(),
            Self::Rsa(key) => key.verify_token::<Value>(token, Some(options)).is_ok(),
        }
    }
}

/// The same bytes written in another way.
fn respelled(dice: &mut Dice, good: &str) -> String {
    let parts: Vec<&str> = good.split('.').collect();
    let bytes = |index: usize| URL_SAFE_NO_PAD.decode(parts[index]).expect("base64");
    match dice.below(8) {
        0 => format!("{good}="),
        1 => format!("{}.{}.{}", parts[0], parts[1], URL_SAFE.encode(bytes(2)) + "="),
        2 => format!(" {good}"),
        3 => format!("{good}\n"),
        4 => format!("{}\r\n.{}.{}", parts[0], parts[1], parts[2]),
        5 => format!("{}.{}.", parts[0], parts[1]),
        6 => format!("{}.{}.{}=", STANDARD.encode(bytes(0)), parts[1], parts[2]),
        _ => format!("{}.{}.{}.", parts[0], parts[1], parts[2]),
    }
}

/// Changes some of a token's characters. Whatever comes out differs from a genuine token, so it is forged, unless the change undid itself.
fn damaged(dice: &mut Dice, good: &str) -> Made {
    let mut bytes = good.as_bytes().to_vec();
    let changes = 1 + dice.below(3);
    let mut what = String::from("damaged:");
    for _ in 0..changes {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        let kind = dice.below(5);
        what.push_str(&format!(" {kind}@{at}"));
        match kind {
            0 => bytes[at] = ALPHABET[dice.below(ALPHABET.len())],
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, ALPHABET[dice.below(ALPHABET.len())]),
            3 => bytes.truncate(at),
            _ => {
                let other = dice.below(bytes.len().max(1));
                bytes.swap(at, other);
            }
        }
    }
    let token = String::from_utf8_lossy(&bytes).into_owned();
    let genuine = token == good;
    Made { token, genuine, what }
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ ~";

/// SplitMix64: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("small");
        usize::try_from(self.next() % end).expect("small")
    }
}
