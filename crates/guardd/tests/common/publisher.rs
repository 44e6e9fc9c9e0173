//! A publisher of keys over HTTPS, good or bad.

use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

/// What it answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// A status and a body.
    Answer(u16, String),
    /// Nothing, and the connection stays open until the mode changes.
    Hang,
    /// The connection is closed at once.
    Close,
    /// A head that promises more than comes.
    Cut,
    /// A body without end.
    Endless,
}

impl Mode {
    pub(crate) fn keys(keys: &[Value]) -> Self {
        Self::Answer(200, serde_json::json!({ "keys": keys }).to_string())
    }
}

/// A running publisher.
pub(crate) struct Publisher {
    /// Its key set.
    pub(crate) url: String,
    /// Its authority, in PEM.
    pub(crate) authority: String,
    mode: watch::Sender<Mode>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    pub(crate) fn start(mode: Mode) -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key.into())
            })
            .expect("a configuration");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let (mode, modes) = watch::channel(mode);
        let asked = Arc::new(AtomicUsize::new(0));
        let (send, port) = channel();
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
                send.send(listener.local_addr().expect("an address").port()).expect("somebody waits");
                loop {
                    let (stream, _) = listener.accept().await.expect("accepts");
                    let (acceptor, modes, count) = (acceptor.clone(), modes.clone(), Arc::clone(&count));
                    tokio::spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            count.fetch_add(1, Ordering::SeqCst);
                            answer(stream, modes).await;
                        }
                    });
                }
            });
        });
        let url = format!("https://localhost:{}/keys", port.recv().expect("it runs"));
        Self { url, authority: certified.cert.pem(), mode, asked }
    }

    /// Answers so from now on.
    pub(crate) fn become_(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(
    mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    mut modes: watch::Receiver<Mode>,
) {
    let mut request = [0; 4096];
    let _length = stream.read(&mut request).await;
    let mode = modes.borrow_and_update().clone();
    let bytes = match mode {
        Mode::Close => return,
        Mode::Hang => {
            let _changed = modes.changed().await;
            return;
        }
        Mode::Cut => b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":[".to_vec(),
        Mode::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"keys\":[";
            let blanks = vec![b' '; 65536];
            let mut going = stream.write_all(head).await.is_ok();
            while going {
                going = stream.write_all(&blanks).await.is_ok();
            }
            return;
        }
        Mode::Answer(status, body) => {
            let length = body.len();
            format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                .into_bytes()
        }
    };
    let _sent = stream.write_all(&bytes).await;
    let _closed = stream.shutdown().await;
}
