//! A laboratory: two issuers, a guard, a service behind a proxy, and the attacks.
#![allow(dead_code, reason = "each test uses a part")]
#![expect(clippy::disallowed_methods, reason = "test files are not evidence")]

pub(crate) mod attacks;
pub(crate) mod client;
pub(crate) mod front;
pub(crate) mod publisher;
#[path = "../../../guard/tests/common/servers.rs"]
pub(crate) mod servers;
#[path = "../../../guard/tests/common/mod.rs"]
pub(crate) mod signer;
pub(crate) mod upstream;

pub(crate) use client::{Answer, get};
pub(crate) use signer::{Signer, with};

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub(crate) const ENT: &str = "https://ent.example/";
pub(crate) const CONSUMER: &str = "https://consumer.example/";
/// Long enough for a busy machine; every wait ends as soon as what it waits for is there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Two issuers with their keys, in a folder with a configuration.
pub(crate) struct Lab {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) ent: Signer,
    pub(crate) consumer: Signer,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (ent, consumer) = (Signer::new("e1", "RS256"), Signer::new("c1", "RS256"));
        let lab = Self { folder, ent, consumer };
        lab.write("ent.jwks", &json!({"keys": [lab.ent.jwk()]}).to_string());
        lab.write("consumer.jwks", &json!({"keys": [lab.consumer.jwk()]}).to_string());
        lab.write("revoked.list", "# none\n");
        lab.configure("");
        lab
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in one step, as editors and orchestrators do.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let new = self.at("new");
        fs::write(&new, text).expect("writes");
        fs::rename(new, self.at(name)).expect("renames");
    }

    /// The usual configuration, and more tables.
    pub(crate) fn configure(&self, more: &str) {
        self.write("guard.toml", &format!("{USUAL}{more}"));
    }

    pub(crate) fn guard(&self) -> Guard {
        Guard::start(&self.at("guard.toml"))
    }

    /// Runs a verb to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(PROGRAM);
        let output = command.args(words).current_dir(self.folder.path()).stdin(Stdio::null()).output();
        let output = output.expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A good token for mail.
    pub(crate) fn good(&self) -> String {
        self.ent.token(&claims(ENT, "mail"))
    }
}

/// What a verb has left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_coredact-guard");

const USUAL: &str = r#"
listen = "127.0.0.1:0"
origins = ["https://mail.example"]
watch_seconds = 1
[revocations]
file = "revoked.list"
[log]
file = "decisions.jsonl"
[limit]
refused_per_minute = 0
[[issuer]]
name = "https://ent.example/"
keys_file = "ent.jwks"
audiences = { mail = "bearer", payments = "dpop" }
[[issuer]]
name = "https://consumer.example/"
keys_file = "consumer.jwks"
audiences = { mail = "bearer" }
[[route]]
path = "/admin"
scopes = ["Mail.Admin"]
"#;

/// A running guard; it is killed when this is dropped.
pub(crate) struct Guard {
    pub(crate) address: SocketAddr,
    pub(crate) process: Running,
    pub(crate) said: Receiver<String>,
}

impl Guard {
    pub(crate) fn start(config: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let error = child.stderr.take().expect("piped");
        let (send, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(error).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let process = Running(child);
        let line = wait_for(&said, "listening on ");
        let address = line.rsplit(' ').next().and_then(|text| text.parse().ok()).expect("an address");
        Self { address, process, said }
    }

    /// Asks about a token as nginx does.
    pub(crate) fn ask(&self, token: &str) -> Answer {
        self.ask_with(&[("Authorization", &format!("Bearer {token}"))])
    }

    pub(crate) fn ask_with(&self, headers: &[(&str, &str)]) -> Answer {
        let usual = [("X-Original-Method", "GET"), ("X-Original-URI", "/mail?x=1")];
        get(self.address, "/auth", &[&usual, headers].concat())
    }

    /// Waits for a line on standard error.
    pub(crate) fn says(&self, part: &str) -> String {
        wait_for(&self.said, part)
    }
}

fn wait_for(said: &Receiver<String>, part: &str) -> String {
    let (end, mut all) = (Instant::now() + PATIENCE, Vec::new());
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match said.recv_timeout(left) {
            Ok(line) if line.contains(part) => return line,
            Ok(line) => all.push(line),
            Err(error) => panic!("{part:?} was not said ({error}), but {all:?}"),
        }
    }
}

/// A process that ends with this.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill runs").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// Asks until the answer is the wanted one.
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::yield_now();
    }
    start.elapsed()
}

/// Claims that pass now.
pub(crate) fn claims(issuer: &str, audience: &str) -> Value {
    let now = coredact_guard::Now::from_clock().0;
    json!({"iss": issuer, "aud": audience, "sub": "someone", "jti": "id-1", "iat": now - 60, "exp": now + 3600, "scope": "Mail.Read"})
}
