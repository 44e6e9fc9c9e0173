//! Clients that are slow, send half a request, or too much.

mod common;

use common::{Guard, Lab, PATIENCE, get, until};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

const SHORT: &str = "[connections]\nheader_seconds = 1\nrequest_seconds = 1\n";

/// Beginnings of requests, after which nothing comes.
fn halves() -> Vec<(&'static str, Vec<u8>)> {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // HEADERS of stream 1, which say that more of them follow.
    let headers = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x83];
    vec![
        ("nothing", Vec::new()),
        ("a letter", b"G".to_vec()),
        ("half a line", b"GET /auth HT".to_vec()),
        ("half a head", b"GET /auth HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ey".to_vec()),
        ("a head without its end", b"GET /auth HTTP/1.1\r\nHost: a\r\n".to_vec()),
        ("half a preface", preface[..10].to_vec()),
        ("a preface", preface.to_vec()),
        ("half a frame", [preface.as_slice(), &settings[..5]].concat()),
        ("headers without their end", [preface.as_slice(), &settings, &headers].concat()),
    ]
}

fn opened(guard: &Guard, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(guard.address).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(bytes).expect("sends");
    stream
}

#[test]
fn half_a_request_ends_its_connection_and_hinders_nobody() {
    let lab = Lab::new();
    lab.configure(SHORT);
    let guard = lab.guard();
    let streams: Vec<_> = halves().iter().map(|(what, bytes)| (*what, opened(&guard, bytes))).collect();
    assert_eq!(guard.ask(&lab.good()).status, 200);
    for (what, mut stream) in streams {
        let mut answer = Vec::new();
        // Reset or closed: the end is there, within the patience of the stream.
        match stream.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{what}: {error}"),
        }
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{what}");
    }
    assert_eq!(guard.ask(&lab.good()).status, 200);
}

#[test]
fn a_head_that_comes_letter_by_letter_is_not_waited_for() {
    let lab = Lab::new();
    lab.configure(SHORT);
    let guard = lab.guard();
    let mut stream = opened(&guard, b"GET /auth HTTP/1.1\r\nHost: a\r\nX: ");
    let begun = Instant::now();
    // Each letter comes long before the limit; all together take longer than it.
    until("the connection is closed", || {
        std::thread::park_timeout(std::time::Duration::from_millis(100));
        stream.write_all(b"a").is_err()
    });
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
}

#[test]
fn half_a_body_of_grpc_is_answered_when_its_time_is_up() {
    let lab = Lab::new();
    lab.configure(SHORT);
    let guard = lab.guard();
    let head = "POST /envoy.service.auth.v3.Authorization/Check HTTP/1.1\r\nHost: a\r\n\
                Content-Type: application/grpc\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n\0\0\0\x03";
    let mut stream = opened(&guard, head.as_bytes());
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let numbers = get(guard.address, "/metrics", &[]).body;
    assert!(numbers.contains(r#"decisions_total{reason="late",issuer=""} 1"#), "{numbers}");
}

#[test]
fn silent_connections_beyond_the_limit_keep_others_waiting_for_a_moment_only() {
    let lab = Lab::new();
    lab.configure(&format!("{SHORT}max = 4\n"));
    let guard = lab.guard();
    let silent: Vec<_> = (0..16).map(|_| opened(&guard, b"")).collect();
    assert_eq!(guard.ask(&lab.good()).status, 200);
    drop(silent);
}

#[test]
fn a_head_without_measure_is_refused() {
    let lab = Lab::new();
    let guard = lab.guard();
    for head in [
        format!("GET /auth HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(100_000)),
        format!("GET /auth HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(200)),
    ] {
        let mut stream = TcpStream::connect(guard.address).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        // It may be closed before everything is sent.
        let _sent = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _read = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert_eq!(guard.ask(&lab.good()).status, 200);
}
