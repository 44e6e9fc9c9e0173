//! The protected service: it says what it was asked with, and counts.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

/// A running service.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    served: Arc<AtomicUsize>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let served = Arc::new(AtomicUsize::new(0));
        let app = Router::new().fallback(serve).with_state(Arc::clone(&served));
        let (send, address) = channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
                send.send(listener.local_addr().expect("an address")).expect("somebody waits");
                axum::serve(listener, app).await.expect("serves");
            });
        });
        Self { address: address.recv().expect("it runs"), served }
    }

    /// How many requests it has served.
    pub(crate) fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

async fn serve(State(served): State<Arc<AtomicUsize>>, headers: HeaderMap) -> String {
    served.fetch_add(1, Ordering::SeqCst);
    let line = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        format!("{name}={}\n", value.to_str().unwrap_or("?"))
    };
    headers.iter().map(line).collect()
}
