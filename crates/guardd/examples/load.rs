//! Answers a second and their times under load, beside a handler that does nothing.
//!
//!     cargo xtask bench-guard
//!
//! Starts the guard that the first argument names with fresh keys and lets `wrk` ask it for as many seconds as the second says. Each run's
//! answers are checked: a wrong status makes it fail.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program")]

#[path = "../../guard/tests/common/mod.rs"]
mod signer;

use axum::Router;
use axum::routing::get;
use serde_json::json;
use signer::Signer;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [guard, seconds] = words.as_slice() else { panic!("load GUARD SECONDS") };
    let empty = empty();
    for connections in ["1", "16"] {
        let run = measure(&empty, "", seconds, connections);
        println!("{}", line("empty handler", connections, &run));
        for alg in ["RS256", "ES256", "EdDSA"] {
            for log in ["file", "none"] {
                let folder = tempfile::tempdir().expect("a folder");
                let (mut process, address, token) = serve(Path::new(guard), folder.path(), alg, log);
                let run = measure(&format!("http://{address}/auth"), &token, seconds, connections);
                process.kill().and_then(|()| process.wait()).expect("ends");
                println!("{}", line(&format!("guard, {alg}, log {log}"), connections, &run));
            }
        }
    }
}

/// What wrk says.
struct Run {
    per_second: String,
    p50: String,
    p99: String,
}

fn line(name: &str, connections: &str, run: &Run) -> String {
    json!({"what": name, "connections": connections, "per_second": run.per_second, "p50": run.p50, "p99": run.p99})
        .to_string()
}

/// The same server and runtime with nothing to do.
fn empty() -> String {
    let (send, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
            send.send(listener.local_addr().expect("an address")).expect("somebody waits");
            axum::serve(listener, Router::new().route("/auth", get(|| async {}))).await.expect("serves");
        });
    });
    format!("http://{}/auth", address.recv().expect("it runs"))
}

fn serve(guard: &Path, folder: &Path, alg: &'static str, log: &str) -> (std::process::Child, String, String) {
    let signer = Signer::new("k1", alg);
    let now = coredact_guard::Now::from_clock().0;
    let claims = json!({"iss": "https://a.example/", "aud": "mail", "sub": "someone", "jti": "1", "iat": now, "exp": now + 3600});
    let log = if log == "none" { "/dev/null" } else { "decisions.jsonl" };
    let config = format!(
        "listen = \"127.0.0.1:0\"\n[log]\nfile = \"{log}\"\n[[issuer]]\nname = \"https://a.example/\"\nkeys_file = \"keys\"\naudiences = {{ mail = \"bearer\" }}\n"
    );
    std::fs::write(folder.join("keys"), json!({"keys": [signer.jwk()]}).to_string()).expect("writes");
    std::fs::write(folder.join("guard.toml"), config).expect("writes");
    let mut command = Command::new(guard);
    command.arg("serve").arg(folder.join("guard.toml")).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("starts");
    let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let said = lines.find(|line| line.contains("listening on ")).expect("it listens");
    let address = said.rsplit(' ').next().expect("an address").to_owned();
    (process, address, signer.token(&claims))
}

fn measure(url: &str, token: &str, seconds: &str, connections: &str) -> Run {
    let mut command = Command::new("wrk");
    command.args(["--latency", "-t", "1", "-c", connections, "-d", &format!("{seconds}s")]);
    command.args(["-H", &format!("Authorization: Bearer {token}"), "-H", "X-Original-URI: /mail", url]);
    let output = command.output().expect("wrk runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "wrong answers: {text}");
    let after = |name: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
        line.split_whitespace().last().unwrap_or_default().to_owned()
    };
    Run { per_second: after("Requests/sec"), p50: after("50%"), p99: after("99%") }
}
