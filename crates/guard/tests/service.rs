//! The guard in a service: log, revocation file, keys over HTTPS, layer.
#![cfg(all(feature = "https", feature = "layer"))]

mod common;

use axum::routing::get;
use axum::{Extension, Router, body::Body};
use common::{NOW, Signer, claims, with};
use coredact_guard::log::{Circumstances, JsonLines, Sink};
use coredact_guard::revoke::{RevocationError, RevocationFile, SignedList, Watch};
use coredact_guard::source::{FetchError, Place, Refresh as _, Refresher, RemoteKeys, Roots};
use coredact_guard::{
    Accepted, Binding, ClientCertificate, Guard, GuardLayer, Issuer, KeySet, Nonces, Now, Reason, Request,
    Revocation, Revocations, Thumbprint, Trust, Verifier,
};
use coredact_record::seal::{SigningKey, generate_key_pem};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

const ISSUER: &str = "https://login.example";

fn verifier(keys: KeySet) -> Verifier {
    Verifier::new(Trust::new().issuer(Issuer::new(ISSUER).audience("mail"), keys).expect("trust"))
}

/// Takes what is written, to be read by the test.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_decision_is_one_line_that_names_the_key_and_never_holds_the_token() {
    let (own, other) = (Signer::new("k", "ES256"), Signer::new("c", "ES256"));
    let trust = Trust::new()
        .issuer(Issuer::new(ISSUER).audience("mail"), own.set())
        .and_then(|trust| trust.issuer(Issuer::new("https://consumer.example").audience("home"), other.set()))
        .expect("trust");
    let lines = Buffer::default();
    let guard = Guard::new(Arc::new(Verifier::new(trust))).with_log(Arc::new(JsonLines::new(lines.clone())));
    let tokens = [
        own.token(&with(claims(ISSUER, "mail"), json!({"sub": "a\nb", "sid": "s-1"}))),
        other.token(&claims(ISSUER, "mail")),
        "garbage".to_owned(),
    ];
    let circumstances =
        Circumstances { client_address: Some("192.0.2.7"), method: Some("GET"), ..Circumstances::default() };
    for token in &tokens {
        let _verdict = pollster::block_on(guard.decide(&Request::bearer(token), &circumstances, Now(NOW)));
    }
    let text = String::from_utf8(lines.0.lock().expect("whole").clone()).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    for part in tokens.iter().flat_map(|token| token.split('.')) {
        assert!(!text.contains(part), "{part} is in the log");
    }
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let at = |event: usize, place: &str| events[event].pointer(place).cloned().unwrap_or_default();
    assert_eq!((at(0, "/class_uid"), at(0, "/type_uid")), (json!(3002), json!(300_299)));
    assert_eq!((at(0, "/status"), at(0, "/status_code")), (json!("Success"), json!("accepted")));
    assert_eq!(at(0, "/user/uid"), json!("a\nb"));
    assert_eq!((at(0, "/session/uid"), at(0, "/session/issuer")), (json!("s-1"), json!(ISSUER)));
    assert_eq!((at(0, "/authentication_token/uid"), at(0, "/service/name")), (json!("id-1"), json!("mail")));
    assert_eq!(at(0, "/token/signing_key/thumbprint"), json!(own.thumbprint().to_string()));
    assert_eq!(at(0, "/token/sha256"), json!(Thumbprint::of(tokens[0].as_bytes()).hex()));
    assert_eq!(at(0, "/time"), json!(NOW * 1000));
    assert_eq!((at(1, "/status_code"), at(1, "/severity_id")), (json!("key-of-another-issuer"), json!(5)));
    assert_eq!(at(1, "/token/signing_key/issuer"), json!("https://consumer.example"));
    assert_eq!(at(1, "/token/trusted_issuer"), json!(ISSUER));
    assert_eq!((at(2, "/status_code"), at(2, "/severity_id")), (json!("not-compact"), json!(2)));
}

/// A log that cannot be written.
struct Full;

impl Sink for Full {
    fn write(&self, _: &Value) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
}

#[test]
fn what_cannot_be_logged_is_not_served_unless_asked_for() {
    let key = Signer::new("k", "EdDSA");
    let token = key.token(&claims(ISSUER, "mail"));
    let guard = Guard::new(Arc::new(verifier(key.set()))).with_log(Arc::new(Full));
    let decide = |guard: &Guard| {
        pollster::block_on(guard.decide(&Request::bearer(&token), &Circumstances::default(), Now(NOW)))
            .reason()
    };
    assert_eq!(decide(&guard), Some(Reason::LogUnavailable));
    assert_eq!(decide(&guard.serve_unlogged()), None);
}

/// Puts a file in place in one step, as its writers should.
#[expect(clippy::disallowed_methods, reason = "the test plays the operator")]
fn place(path: &Path, content: &str) {
    let next = path.with_extension("next");
    std::fs::write(&next, content).expect("written");
    std::fs::rename(next, path).expect("in place");
}

/// Waits until something holds, for at most ten seconds.
fn soon(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if holds() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn a_watched_file_refuses_a_key_at_every_instance_and_keeps_its_last_good_state() {
    let key = Signer::new("k", "ES256");
    let token = key.token(&claims(ISSUER, "mail"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("revoked");
    let start = |verifier: &Arc<Verifier>| {
        let (faults, seen): (_, Receiver<String>) = channel();
        let told = move |error: &RevocationError| drop(faults.send(error.to_string()));
        (Watch::start(verifier, RevocationFile::new(&path), Duration::from_millis(5), told), seen)
    };
    let instances: Vec<Arc<Verifier>> = (0..3).map(|_| Arc::new(verifier(key.set()))).collect();
    assert!(start(&instances[0]).0.is_err(), "no service starts without its list");
    place(&path, "# none\n");
    let watches: Vec<_> = instances.iter().map(start).collect();
    let refused = |verifier: &Verifier| {
        verifier.verify(&Request::bearer(&token), Now(NOW)).reason() == Some(Reason::KeyRevoked)
    };
    assert!(instances.iter().all(|instance| !refused(instance)));
    place(&path, &format!("{} found in core.812\n", key.thumbprint()));
    for instance in &instances {
        assert!(soon(|| refused(instance)));
    }
    for bad in ["nonsense\n", "", "{\"findings\":"] {
        place(&path, bad);
        let (_, seen) = &watches[0];
        seen.recv_timeout(Duration::from_secs(10)).expect("the fault is told");
        assert!(instances.iter().all(|instance| refused(instance)), "{bad:?} frees no key");
    }
    place(&path, "# none\n");
    assert!(soon(|| !refused(&instances[0])), "a good list without the key does");
}

#[test]
fn a_signed_list_is_taken_from_its_key_alone_and_never_an_older_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("revoked.json");
    let make = || SigningKey::from_pem(&generate_key_pem().expect("a key")).expect("a key");
    let (operator, stranger) = (make(), make());
    let list = |number, names: &[&str]| {
        let mut revocations = Revocations::new();
        names
            .iter()
            .for_each(|name| revocations.insert(Thumbprint::of(name.as_bytes()), Revocation::default()));
        SignedList { number, revocations }
    };
    let public = operator.public_key().to_pem().expect("pem");
    let mut file = RevocationFile::new(&path).signed_by(&public);
    place(&path, &list(2, &["a"]).sign(&operator).expect("signed"));
    assert_eq!(file.read().expect("taken").map(|list| list.len()), Some(1));
    assert_eq!(file.read().expect("taken"), None, "unchanged");
    place(&path, &list(3, &["a", "b"]).sign(&stranger).expect("signed"));
    assert!(matches!(file.read(), Err(RevocationError::Signature(_))));
    place(&path, &list(1, &[]).sign(&operator).expect("signed"));
    assert!(matches!(file.read(), Err(RevocationError::Older { found: 1, known: 2 })));
    place(&path, &Thumbprint::of(b"a").to_string());
    assert!(file.read().is_err(), "an unsigned list");
    place(&path, &list(3, &["a", "b"]).sign(&operator).expect("signed"));
    assert_eq!(file.read().expect("taken").map(|list| list.len()), Some(2));
}

/// A server for HTTPS that answers each path with what the test put there.
struct Publisher {
    origin: String,
    roots: Roots,
    answers: Arc<Mutex<Vec<(String, u16, String)>>>,
    asked: Arc<Mutex<usize>>,
}

impl Publisher {
    async fn start() -> Self {
        let certified =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .expect("a server");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let publisher = Self {
            origin,
            roots: Roots::Pem(certified.cert.pem()),
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let (answers, asked) = (Arc::clone(&publisher.answers), Arc::clone(&publisher.asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                *asked.lock().expect("whole") += 1;
                let found = answers.lock().expect("whole").iter().find(|(own, ..)| *own == path).cloned();
                let (_, status, body) = found.unwrap_or((path, 404, String::new()));
                let head = format!(
                    "HTTP/1.1 {status} X\r\nLocation: https://evil.example/\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _sent = stream.write_all(format!("{head}{body}").as_bytes()).await;
                let _closed = stream.shutdown().await;
            }
        });
        publisher
    }

    fn publish(&self, path: &str, status: u16, body: &Value) {
        let mut answers = self.answers.lock().expect("whole");
        answers.retain(|(own, ..)| own != path);
        answers.push((path.to_owned(), status, body.to_string()));
    }

    fn remote(&self, place: Place) -> RemoteKeys {
        RemoteKeys { gap: Duration::from_millis(1), ..RemoteKeys::new(ISSUER, place) }
    }

    /// Starts to fetch for a fresh verifier; its faults come through the channel.
    fn fetch(&self, place: Place, at: &Arc<Mutex<u64>>) -> (Arc<Verifier>, Refresher, Receiver<String>) {
        let verifier = Arc::new(verifier(KeySet::default()));
        let (faults, seen) = channel();
        let at = Arc::clone(at);
        let refresher = Refresher::start(
            &verifier,
            vec![self.remote(place)],
            &self.roots,
            Arc::new(move || Now(*at.lock().expect("whole"))),
            move |_, error: &FetchError| drop(faults.send(error.to_string())),
        )
        .expect("started");
        (verifier, refresher, seen)
    }
}

/// Refreshes until it was done once: a fetch may be under way.
async fn refreshed(refresher: &Refresher) -> bool {
    for _ in 0..2000 {
        if refresher.refresh(ISSUER).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    false
}

#[tokio::test]
async fn keys_are_fetched_rotated_and_kept_through_an_outage_until_their_time_is_up() {
    let publisher = Publisher::start().await;
    let (first, second) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let at = Arc::new(Mutex::new(NOW));
    let metadata = json!({"issuer": ISSUER, "jwks_uri": format!("{}/keys", publisher.origin)});
    publisher.publish("/meta", 200, &metadata);
    publisher.publish("/keys", 200, &json!({"keys": [first.jwk()]}));
    let (verifier, refresher, seen) =
        publisher.fetch(Place::Metadata(format!("{}/meta", publisher.origin)), &at);
    let judge = |key: &Signer, now: u64| {
        let times = json!({"iat": now, "nbf": now, "exp": now + 3600});
        let token = key.token(&with(claims(ISSUER, "mail"), times));
        verifier.verify(&Request::bearer(&token), Now(now)).reason()
    };
    assert!(refreshed(&refresher).await);
    assert_eq!(judge(&first, NOW), None);
    assert_eq!(judge(&second, NOW), Some(Reason::KeyUnknown));

    publisher.publish("/keys", 200, &json!({"keys": [second.jwk()]}));
    let guard = Guard::new(Arc::clone(&verifier)).with_refresh(Arc::new(refresher));
    let token = second.token(&claims(ISSUER, "mail"));
    let mut reason = Some(Reason::KeyUnknown);
    for _ in 0..2000 {
        reason = guard.decide(&Request::bearer(&token), &Circumstances::default(), Now(NOW)).await.reason();
        if reason.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(reason, None, "a token with a new key has the keys fetched");
    assert_eq!(judge(&first, NOW), Some(Reason::KeyUnknown));

    for (status, body) in [
        (503, json!({})),
        (302, json!({})),
        (200, json!({"keys": []})),
        (200, json!({"keys": [{"kty": "oct", "k": "AAAA"}]})),
        (200, json!("x".repeat(5 * 1024 * 1024))),
    ] {
        publisher.publish("/keys", status, &body);
        let unknown = Signer::new("3", "ES256").token(&claims(ISSUER, "mail"));
        let mut told = None;
        for _ in 0..2000 {
            let _verdict =
                guard.decide(&Request::bearer(&unknown), &Circumstances::default(), Now(NOW)).await;
            told = seen.try_recv().ok();
            if told.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(told.is_some(), "the fault of status {status} is told");
        assert_eq!(judge(&second, NOW), None, "the last good keys stay");
    }
    assert_eq!(judge(&second, NOW + 24 * 3600), None);
    assert_eq!(judge(&second, NOW + 24 * 3600 + 1), Some(Reason::KeysStale));
}

#[tokio::test]
async fn metadata_of_another_issuer_and_keys_over_plain_http_are_not_taken() {
    let publisher = Publisher::start().await;
    let at = Arc::new(Mutex::new(NOW));
    let key = Signer::new("1", "ES256");
    publisher.publish("/keys", 200, &json!({"keys": [key.jwk()]}));
    let uri = format!("{}/keys", publisher.origin);
    for (metadata, word) in [
        (json!({"issuer": "https://other.example", "jwks_uri": uri}), "another issuer"),
        (json!({"issuer": ISSUER, "jwks_uri": uri.replace("https", "http")}), "over HTTPS"),
        (json!({"issuer": ISSUER}), "jwks_uri"),
    ] {
        publisher.publish("/meta", 200, &metadata);
        let (verifier, _refresher, seen) =
            publisher.fetch(Place::Metadata(format!("{}/meta", publisher.origin)), &at);
        let told = tokio::task::spawn_blocking(move || seen.recv_timeout(Duration::from_secs(10))).await;
        let told = told.expect("a thread").expect("the fault is told");
        assert!(told.contains(word), "{told}");
        assert_eq!(verifier.trust().keys_of(ISSUER).count(), 0);
    }
    let stranger = Publisher::start().await;
    let mistrusted = Publisher { roots: publisher.roots.clone(), ..stranger };
    mistrusted.publish("/keys", 200, &json!({"keys": [key.jwk()]}));
    let (verifier, _refresher, seen) =
        mistrusted.fetch(Place::KeySet(format!("{}/keys", mistrusted.origin)), &at);
    let told = tokio::task::spawn_blocking(move || seen.recv_timeout(Duration::from_secs(10))).await;
    assert!(told.expect("a thread").is_ok());
    assert_eq!(verifier.trust().keys_of(ISSUER).count(), 0, "a server without a trusted certificate");
}

#[tokio::test]
async fn strangers_tokens_cannot_make_it_fetch_again_and_again() {
    let publisher = Publisher::start().await;
    publisher.publish("/keys", 200, &json!({"keys": [Signer::new("1", "ES256").jwk()]}));
    let verifier = Arc::new(verifier(KeySet::default()));
    let remote = RemoteKeys {
        gap: Duration::from_secs(3600),
        ..RemoteKeys::new(ISSUER, Place::KeySet(format!("{}/keys", publisher.origin)))
    };
    let clock: coredact_guard::source::Clock = Arc::new(|| Now(NOW));
    let refresher =
        Refresher::start(&verifier, vec![remote], &publisher.roots, clock, |_, _| {}).expect("started");
    for _ in 0..5000 {
        if verifier.trust().keys_of(ISSUER).count() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for _ in 0..100 {
        assert!(!refresher.refresh(ISSUER).await);
    }
    assert!(!refresher.refresh("https://unknown.example").await);
    assert_eq!(*publisher.asked.lock().expect("whole"), 1);
}

async fn mail(Extension(token): Extension<Accepted>) -> String {
    format!("mail of {}", token.facts.subject().unwrap_or("nobody"))
}

/// A service behind the layer, and the key that its issuer signs with.
struct App {
    key: Signer,
    router: Router,
    now: u64,
}

/// Status, `WWW-Authenticate` and `DPoP-Nonce` of an answer.
type Answered = (u16, Option<String>, Option<String>);

impl App {
    fn new() -> Self {
        let key = Signer::new("k", "ES256");
        let record = Issuer::new(ISSUER).audience("mail").bound_audience("bank", Binding::Any);
        let trust = Trust::new().issuer(record, key.set()).expect("trust");
        let verifier = Verifier::new(trust).with_nonces(Nonces::new(&[9; 32], 60));
        let layer = GuardLayer::new(Guard::new(Arc::new(verifier)), "https://mail.example/");
        Self { key, router: Router::new().route("/mail", get(mail)).layer(layer), now: Now::from_clock().0 }
    }

    fn token(&self, change: Value) -> String {
        let times = json!({"iat": self.now, "nbf": self.now, "exp": self.now + 600});
        self.key.token(&with(with(claims(ISSUER, "mail"), times), change))
    }

    /// A proof by the issuer's key, which here is the holder's too.
    fn proof(&self, token: &str, id: &str, nonce: Option<String>) -> String {
        let mut jwk = self.key.jwk();
        jwk.as_object_mut()
            .expect("an object")
            .retain(|name, _| !["kid", "use", "alg"].contains(&name.as_str()));
        let hash = Thumbprint::of(token.as_bytes()).to_string();
        let claims = json!({"jti": id, "htm": "GET", "htu": "https://mail.example/mail", "iat": self.now, "ath": hash});
        let claims = with(claims, json!({"nonce": nonce}));
        self.key.sign(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}), &claims)
    }

    async fn ask(&self, headers: &[(&str, &str)], certificate: Option<&[u8]>) -> Answered {
        let mut request = http::Request::builder().uri("/mail");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        if let Some(der) = certificate {
            request.extensions_mut().insert(ClientCertificate(der.to_vec()));
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        (response.status().as_u16(), header("www-authenticate"), header("dpop-nonce"))
    }
}

#[tokio::test]
async fn a_layer_lets_accepted_tokens_through_and_says_no_to_the_rest() {
    let app = App::new();
    let good = format!("Bearer {}", app.token(json!({})));
    let small = good.replacen("Bearer", "bearer", 1);
    let bound = json!({"aud": "bank", "cnf": {"x5t#S256": Thumbprint::of(b"cert").to_string()}});
    let bound = format!("Bearer {}", app.token(bound));
    assert_eq!(app.ask(&[("authorization", &good)], None).await.0, 200);
    assert_eq!(app.ask(&[("authorization", &small)], None).await.0, 200);
    assert_eq!(app.ask(&[], None).await.1.as_deref(), Some("Bearer, DPoP"));
    assert_eq!(app.ask(&[("authorization", "Basic YTpi")], None).await.0, 401);
    let twice = app.ask(&[("authorization", &good), ("authorization", &good)], None).await;
    assert_eq!(twice.0, 401, "two tokens");
    let refused = app.ask(&[("authorization", "Bearer x.y.z")], None).await;
    assert_eq!((refused.0, refused.1.as_deref()), (401, Some(r#"Bearer error="invalid_token""#)));
    assert!(refused.2.is_some(), "a nonce for the next try");
    assert_eq!(app.ask(&[("authorization", &bound)], None).await.0, 401);
    assert_eq!(app.ask(&[("authorization", &bound)], Some(b"cert")).await.0, 200);
}

#[tokio::test]
async fn a_layer_asks_for_one_fresh_proof() {
    let app = App::new();
    let token = app.token(json!({"cnf": {"jkt": app.key.thumbprint().to_string()}}));
    let (bearer, dpop) = (format!("Bearer {token}"), format!("DPoP {token}"));
    assert_eq!(app.ask(&[("authorization", &bearer)], None).await.0, 401);
    let proof = app.proof(&token, "p-1", None);
    let asked = app.ask(&[("authorization", &dpop), ("dpop", &proof)], None).await;
    assert_eq!(asked.1.as_deref(), Some(r#"DPoP error="use_dpop_nonce""#));
    let proof = app.proof(&token, "p-2", asked.2);
    let twice = app.ask(&[("authorization", &dpop), ("dpop", &proof), ("dpop", &proof)], None).await;
    assert_eq!(twice.0, 401, "two proofs");
    let as_bearer = app.ask(&[("authorization", &bearer), ("dpop", &proof)], None).await;
    assert_eq!(as_bearer.0, 401, "a bound token as a bearer token");
    assert_eq!(app.ask(&[("authorization", &dpop), ("dpop", &proof)], None).await.0, 200);
    assert_eq!(app.ask(&[("authorization", &dpop), ("dpop", &proof)], None).await.0, 401, "used before");
}

#[test]
fn a_service_may_amend_what_is_logged_and_not_what_was_decided() {
    let (signer, log) = (Signer::new("k", "ES256"), Arc::new(Kept::default()));
    let trust = Trust::new().issuer(Issuer::new(ISSUER).audience("mail"), signer.set()).expect("trust");
    let guard = Guard::new(Arc::new(Verifier::new(trust))).with_log(Arc::<Kept>::clone(&log) as _);
    let guard = guard.amend_log(|event, verdict| {
        event["unmapped"] = json!({"rack": "b7", "accepted": verdict.is_accepted()});
        event["user"]["uid"] = json!("left out");
    });
    let good = signer.token(&claims(ISSUER, "mail"));
    for (token, accepted) in [(good.as_str(), true), ("a.b.c", false)] {
        let verdict =
            pollster::block_on(guard.decide(&Request::bearer(token), &Circumstances::default(), Now(NOW)));
        assert_eq!(verdict.is_accepted(), accepted);
        let event = log.0.lock().expect("held").pop().expect("an event");
        assert_eq!(event["unmapped"], json!({"rack": "b7", "accepted": accepted}));
        assert_eq!(event["user"]["uid"], "left out");
    }
}

/// Keeps events.
#[derive(Default)]
struct Kept(Mutex<Vec<Value>>);

impl Sink for Kept {
    fn write(&self, event: &Value) -> io::Result<()> {
        self.0.lock().expect("held").push(event.clone());
        Ok(())
    }
}
