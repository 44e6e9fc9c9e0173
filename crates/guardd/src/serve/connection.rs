//! Connections: how many, and how long a client may take. A client that sends half a request must not keep what others need.

use crate::config::ConnectionsTable;
use crate::terminal::say;
use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

/// Serves until `stop` is done, then ends when the open requests have ended.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    limits: ConnectionsTable,
    stop: impl Future<Output = ()>,
) {
    let (builder, open) = (Arc::new(builder(&limits)), Arc::new(Semaphore::new(limits.max.get().into())));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            // Closed by nobody; a place is free again when a connection has ended.
            let place = Arc::clone(&open).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                say(&format!("failed to take a connection: {error}; the next is waited for"));
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let app = app.clone();
        let service =
            TowerToHyperService::new(tower::service_fn(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                app.clone().oneshot(request.map(Body::new))
            }));
        let (builder, watcher) = (Arc::clone(&builder), graceful.watcher());
        let io = TokioIo::new(Box::pin(bounded(stream, &limits)));
        tokio::spawn(async move {
            let connection = builder.serve_connection(io, service).into_owned();
            // What ends with an error is the client's: it was too slow, too long, or is gone.
            let _ended = watcher.watch(connection).await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A stream on which nothing may stand still for long, in either direction.
fn bounded(stream: TcpStream, limits: &ConnectionsTable) -> TimeoutStream<TcpStream> {
    // A delay would be the proxy's, on each request.
    let _set = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    // While a request is decided nothing needs to be sent.
    let still = limits.header().saturating_add(limits.request());
    stream.set_read_timeout(Some(still));
    stream.set_write_timeout(Some(still));
    stream
}

/// The protocols with their limits.
fn builder(limits: &ConnectionsTable) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header())
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        // Whoever is there answers, and keeps the connection; whoever is gone loses it.
        .keep_alive_interval(limits.header())
        .keep_alive_timeout(limits.header());
    builder
}

/// Pause after a connection could not be taken: the system has no more files.
const PAUSE: Duration = Duration::from_millis(100);
/// Largest head of a request, in bytes: a token of 16 KiB and a certificate, escaped, and as much again.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Most headers of a request. The usual number of web servers.
const HEADERS_MAX: usize = 100;
/// Most requests at once on one connection of HTTP/2: Envoy has a connection for each of its threads.
const STREAMS_MAX: u32 = 1024;
