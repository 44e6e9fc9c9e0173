//! One body over every ledger; the servers are real and started here.
#![cfg(all(feature = "sqlite", feature = "postgres", feature = "redis"))]

mod common;

use common::{NOW, Signer, claims, with};
use coredact_guard::ledger::{
    Answer, Found, Issued, LedgerError, Parent, PostgresLedger, RedisLedger, SqliteLedger,
};
use coredact_guard::log::Circumstances;
use coredact_guard::{Controls, Guard, Issuer, Ledger, Now, Reason, Request, Trust, Verifier};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ISSUER: &str = "https://login.example";

/// A server in a folder of its own, ended with this value.
struct Server(Child, TempDir);

impl Drop for Server {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

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
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("redis.sock");
    let child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(&socket)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed (apt install redis-server)");
    let server = Server(child, folder);
    let address = format!("redis+unix://{}", socket.display());
    runtime().block_on(async {
        let ledger = patiently(|| RedisLedger::connect(&address, 3600)).await;
        body(Arc::new(ledger), false).await;
    });
    drop(server);
}

#[test]
fn postgres() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(server) = start_postgres(folder) else {
        panic!("PostgreSQL is installed (apt install postgresql)");
    };
    let config = format!("host={} user=guard dbname=postgres", server.1.path().display());
    runtime().block_on(async {
        let ledger = patiently(|| PostgresLedger::connect(&config)).await;
        body(Arc::new(ledger), true).await;
    });
}

/// Makes a cluster and starts it on a socket. The server refuses to run as root, so root lends it to `nobody`.
fn start_postgres(folder: TempDir) -> Option<Server> {
    let root = Command::new("id").arg("-u").output().ok()?.stdout == b"0\n";
    let data = folder.path().join("data");
    if root {
        assert!(Command::new("chown").arg("nobody").arg(folder.path()).status().ok()?.success());
    }
    let as_user = |program: &Path| {
        let mut command = Command::new(if root { Path::new("setpriv") } else { program });
        if root {
            command.args(["--reuid=nobody", "--clear-groups"]).arg(program);
        }
        command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let binaries = Command::new("pg_config").arg("--bindir").output().ok().map(|output| output.stdout);
    let binaries = binaries.and_then(|text| String::from_utf8(text).ok()).map(|text| text.trim().to_owned());
    let mut places: Vec<String> = binaries.into_iter().collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    places.extend(versions.map(|version| version.path().join("bin").display().to_string()));
    let bin = places.into_iter().find(|place| Path::new(place).join("initdb").is_file())?;
    let init = as_user(&Path::new(&bin).join("initdb"))
        .args(["-A", "trust", "-U", "guard", "--no-sync", "-D"])
        .arg(&data)
        .status()
        .ok()?;
    assert!(init.success(), "initdb");
    let child = as_user(&Path::new(&bin).join("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
        .arg(folder.path())
        .spawn()
        .ok()?;
    Some(Server(child, folder))
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
async fn body<L: Ledger + 'static>(ledger: Arc<L>, forgets: bool) {
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

    let old = Issued { expires_at: NOW - 10, ..issued("old") };
    ledger.record(&old).await.expect("recorded");
    ledger.forget(NOW - 5).await.expect("forgotten");
    if forgets {
        assert_eq!(ledger.find(ISSUER, "old").await.expect("an answer"), None);
    }
    assert!(ledger.find(ISSUER, "id-1").await.expect("an answer").is_some());
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
