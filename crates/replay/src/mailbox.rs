//! The mail service, on loopback: as its developers wrote it, and behind a guard.

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use coredact_guard::{Guard, GuardLayer};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;

/// A service that runs until the program ends.
pub(crate) struct Mailbox(SocketAddr);

/// Where the mail is.
const PATH: &str = "/mail";

impl Mailbox {
    /// The service as the documentation of a popular library has it: one endpoint with everybody's keys, the key looked up by `kid`, the
    /// issuer and the audience of the token compared.
    pub(crate) fn documented(keys: JwkSet, issuer: &str) -> Result<Self> {
        let issuer = issuer.to_owned();
        let shared = Arc::new((keys, issuer));
        Self::start(Router::new().route(PATH, get(documented)).with_state(shared))
    }

    /// The service behind a guard. Proofs of possession are for `http://mail.example/mail`.
    pub(crate) fn guarded(guard: Guard) -> Result<Self> {
        let layer = GuardLayer::new(guard, "http://mail.example").audience("mail");
        Self::start(Router::new().route(PATH, get(|| async { MAIL })).layer(layer))
    }

    fn start(app: Router) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start")?;
        let (send, address) = channel();
        std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::bind("127.0.0.1:0").await else { return };
                let told = listener.local_addr().ok().and_then(|address| send.send(address).ok());
                if told.is_some() {
                    // It ends with the program.
                    let _served = axum::serve(listener, app).await;
                }
            });
        });
        address.recv().map(Self).context("start a mail service")
    }

    /// Asks for the mail with a token: the status.
    pub(crate) fn ask(&self, scheme: &str, token: &str, proof: Option<&str>) -> Result<u16> {
        let mut stream = TcpStream::connect(self.0).context("connect to the mail service")?;
        let proof = proof.map(|proof| format!("DPoP: {proof}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: mail.example\r\nConnection: close\r\nAuthorization: {scheme} {token}\r\n{proof}\r\n"
        );
        stream.write_all(request.as_bytes()).context("ask the mail service")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("hear the mail service")?;
        let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
        status.context("understand the mail service")
    }
}

async fn documented(
    State(shared): State<Arc<(JwkSet, String)>>,
    headers: HeaderMap,
) -> Result<&'static str, StatusCode> {
    let (keys, issuer) = &*shared;
    let token = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = token.and_then(|text| text.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let refused = |_| StatusCode::UNAUTHORIZED;
    let header = decode_header(token).map_err(refused)?;
    let kid = header.kid.ok_or(StatusCode::UNAUTHORIZED)?;
    let jwk = keys.find(&kid).ok_or(StatusCode::UNAUTHORIZED)?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["mail"]);
    validation.set_issuer(&[issuer]);
    decode::<Value>(token, &DecodingKey::from_jwk(jwk).map_err(refused)?, &validation).map_err(refused)?;
    Ok(MAIL)
}

const MAIL: &str = "mail\n";
