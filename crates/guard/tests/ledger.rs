//! One body over every ledger; the servers are real and started here.
#![cfg(all(feature = "sqlite", feature = "postgres", feature = "redis"))]

mod common;
#[path = "common/servers.rs"]
mod servers;

use common::{NOW, Signer, claims, with};
use coredact_guard::events::{Cutoff, Ended};
use coredact_guard::ledger::{
    Answer, Found, Issued, LedgerError, Parent, PostgresLedger, RedisLedger, SqliteLedger,
};
use coredact_guard::log::Circumstances;
use coredact_guard::{
    Controls, Guard, Issuer, Ledger, Now, Reason, Request, Thumbprint, Trust, UsedProofs, Verifier,
};
use serde_json::{Value, json};
use servers::Server;
use std::sync::Arc;
use tokio::runtime::Runtime;

const ISSUER: &str = "https://login.example";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Asks until the server answers, for at most a minute.
async fn patiently<T, F: Future<Output = Result<T, LedgerError>>>(mut ask: impl FnMut() -> F) -> T {
    for _ in 0..600 {
        match ask().await {
            Ok(answer) => return answer,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    ask().await.expect("the server answers within a minute")
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let ledger = Arc::new(SqliteLedger::open(&path).expect("a ledger"));
    runtime().block_on(body(ledger, true));
    let again = SqliteLedger::open(&path).expect("the same file");
    assert!(
        pollster::block_on(again.find(ISSUER, "id-1")).expect("an answer").is_some(),
        "entries outlive the process"
    );
}

#[test]
fn redis() {
    let server = Server::redis(None);
    runtime().block_on(async {
        let address = server.address();
        let ledger = patiently(|| RedisLedger::connect(&address, 3600)).await;
        body(Arc::new(ledger), false).await;
        let open = RedisLedger::open(&server.address(), None, 3600).expect("an address");
        assert!(open.find(ISSUER, "id-1").await.expect("an answer").is_some());
    });
}

#[test]
fn postgres() {
    let server = Server::postgres(None);
    runtime().block_on(async {
        // It makes the table when it finds none.
        let ledger = Arc::new(PostgresLedger::open(&server.address(), None).expect("an address"));
        patiently(|| ledger.find(ISSUER, "id-1")).await;
        body(ledger, true).await;
        let connected = PostgresLedger::connect(&server.address()).await.expect("connects");
        assert!(connected.find(ISSUER, "id-1").await.expect("an answer").is_some());
    });
}

#[test]
fn addresses_hold_no_password_and_errors_no_address() {
    for text in ["host=a password=hunter2", "postgres://guard:hunter2@a/b", "host=a hunter2", "port=hunter2"]
    {
        let error = PostgresLedger::open(text, None).expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    for text in ["redis://guard:hunter2@a", "redis://:hunter2@a", "hunter2", "redis+unix:///a?pass=hunter2"] {
        let error = RedisLedger::open(text, None, 0).expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let held = format!(
        "{:?} {:?}",
        PostgresLedger::open("host=a", Some("hunter2")),
        RedisLedger::open("redis://a", Some("hunter2"), 0)
    );
    assert!(!held.contains("hunter2"), "{held}");
}

fn issued(id: &str) -> Issued {
    Issued {
        issuer: ISSUER.into(),
        token_id: id.into(),
        subject: Some("someone".into()),
        audiences: vec!["mail".into()],
        issued_at: Some(NOW - 60),
        expires_at: NOW + 3600,
        ..Issued::default()
    }
}

/// What every ledger must do.
async fn body<L: Ledger + Ended + UsedProofs + 'static>(ledger: Arc<L>, forgets: bool) {
    ledger.record(&issued("id-1")).await.expect("recorded");
    ledger.record(&issued("id-1")).await.expect("recorded again");
    let other = Issued { subject: Some("another".into()), ..issued("id-1") };
    assert!(matches!(ledger.record(&other).await, Err(LedgerError::Conflict(id)) if id == "id-1"));
    let odd = "id \u{1f511} '; DROP TABLE issued; --";
    ledger.record(&issued(odd)).await.expect("recorded");
    assert!(ledger.find(ISSUER, odd).await.expect("an answer").is_some());
    assert_eq!(ledger.find(ISSUER, "id-2").await.expect("an answer"), None);
    assert_eq!(ledger.find("https://other.example", "id-1").await.expect("an answer"), None);

    judged(&ledger).await;
    ended(&*ledger).await;
    once(&*ledger).await;

    let old = Issued { expires_at: NOW - 10, ..issued("old") };
    ledger.record(&old).await.expect("recorded");
    ledger.forget(NOW - 5).await.expect("forgotten");
    if forgets {
        assert_eq!(ledger.find(ISSUER, "old").await.expect("an answer"), None);
    }
    assert!(ledger.find(ISSUER, "id-1").await.expect("an answer").is_some());
}

/// A proof is good once, for everybody who asks.
async fn once<L: UsedProofs>(store: &L) {
    let [one, other] = ["p", "q"].map(|text| Thumbprint::of(text.as_bytes()));
    let now = Now::from_clock().0;
    for (proof, first) in [(one, true), (one, false), (other, true), (one, false)] {
        assert_eq!(store.first_time(proof, now + 600, now).await.expect("an answer"), first);
    }
}

/// What was ended: the latest moment counts.
async fn ended(store: &dyn Ended) {
    let [one, other, third] = ["one", "other", "third"].map(|text| Thumbprint::of(text.as_bytes()));
    let until = Now::from_clock().0 + 3600;
    let cutoff = |name, at| Cutoff { name, at, until };
    assert_eq!(store.latest(&[one, other]).await.expect("an answer"), None);
    assert_eq!(store.latest(&[]).await.expect("an answer"), None);
    for (at, new, latest) in [(100, true, 100), (100, false, 100), (90, false, 100), (110, true, 110)] {
        assert_eq!(store.end(&[cutoff(one, at)]).await.expect("written"), new, "{at}");
        assert_eq!(store.latest(&[other, one]).await.expect("an answer"), Some(latest), "{at}");
    }
    assert!(store.end(&[cutoff(one, 110), cutoff(other, 120)]).await.expect("written"));
    assert_eq!(store.latest(&[one, other, third]).await.expect("an answer"), Some(120));
    store.forget_ended(until).await.expect("forgotten");
    assert_eq!(store.latest(&[other]).await.expect("an answer"), Some(120));
}

/// A guard with the ledger: issued, not issued, issued otherwise, and children of both.
async fn judged<L: Ledger + 'static>(ledger: &Arc<L>) {
    let signer = Signer::new("k", "ES256");
    let trust = || Trust::new().issuer(Issuer::new(ISSUER).audience("mail"), signer.set()).expect("trust");
    let ledger: Arc<dyn Ledger> = Arc::<L>::clone(ledger);
    let guard = Guard::new(Arc::new(Verifier::new(trust()))).with_ledger(Arc::clone(&ledger));
    let decide = |guard: Guard, change: Value| {
        let token = signer.token(&with(claims(ISSUER, "mail"), change));
        async move { guard.decide(&Request::bearer(&token), &Circumstances::default(), Now(NOW)).await.reason() }
    };
    let parent = |id: &str| Some(Parent { issuer: ISSUER.into(), token_id: id.into() });
    for (id, of) in [
        ("child", "id-1"),
        ("grandchild", "child"),
        ("orphan", "forged"),
        ("lost", "orphan"),
        ("loop", "loop"),
    ] {
        ledger.record(&Issued { parent: parent(of), ..issued(id) }).await.expect("recorded");
    }
    for (change, expected) in [
        (json!({}), None),
        (json!({"aud": ["mail"]}), None),
        (json!({"jti": "id-2"}), Some(Reason::NotIssued)),
        (json!({"jti": null}), Some(Reason::NotIssued)),
        (json!({"sub": "another"}), Some(Reason::IssuedOtherwise)),
        (json!({"exp": NOW + 3601}), Some(Reason::IssuedOtherwise)),
        (json!({"aud": ["mail", "files"]}), Some(Reason::IssuedOtherwise)),
        (json!({"client_id": "app"}), Some(Reason::IssuedOtherwise)),
        (json!({"jti": "child"}), None),
        (json!({"jti": "grandchild"}), None),
        (json!({"jti": "orphan"}), Some(Reason::ParentNotIssued)),
        (json!({"jti": "lost"}), Some(Reason::ParentNotIssued)),
        (json!({"jti": "loop"}), Some(Reason::ParentNotIssued)),
    ] {
        assert_eq!(decide(guard.clone(), change.clone()).await, expected, "{change}");
    }
    let open = Verifier::new(trust()).with_controls(Controls::all().without_ledger_check());
    let open = Guard::new(Arc::new(open)).with_ledger(ledger);
    assert_eq!(decide(open, json!({"jti": "id-2"})).await, None);
}

/// A ledger whose store is gone.
struct Gone;

impl Ledger for Gone {
    fn record<'a>(&'a self, _: &'a Issued) -> Answer<'a, ()> {
        Box::pin(async { Err(LedgerError::Damaged) })
    }

    fn find<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(async { Err(LedgerError::Damaged) })
    }

    fn forget<'a>(&'a self, _: u64) -> Answer<'a, ()> {
        Box::pin(async { Err(LedgerError::Damaged) })
    }
}

#[test]
fn a_ledger_that_does_not_answer_refuses() {
    let signer = Signer::new("k", "ES256");
    let trust = Trust::new().issuer(Issuer::new(ISSUER).audience("mail"), signer.set()).expect("trust");
    let guard = Guard::new(Arc::new(Verifier::new(trust))).with_ledger(Arc::new(Gone));
    let token = signer.token(&claims(ISSUER, "mail"));
    let request = Request::bearer(&token);
    let verdict = pollster::block_on(guard.decide(&request, &Circumstances::default(), Now(NOW)));
    assert_eq!(verdict.reason(), Some(Reason::LedgerUnavailable));
}
