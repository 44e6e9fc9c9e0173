//! `coredact-guard serve`.

mod answer;
mod connection;
mod events;
mod grpc;
mod http;
mod judge;
mod original;
mod route;

pub(crate) use route::is_plain_path;

use crate::service::Service;
use crate::terminal::say;
use anyhow::{Context as _, Result};
use coredact_guard::Now;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Serves until a signal ends it.
pub(crate) fn run(path: &Path) -> Result<()> {
    let service = Service::start(path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start the runtime")?.block_on(serve(service))
}

async fn serve(service: Arc<Service>) -> Result<()> {
    let listen = service.state().config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    let (stop, stopped) = watch::channel(false);
    let looking = tokio::spawn(look(Arc::clone(&service), stopped.clone()));
    let ending = tokio::spawn(end(stop));
    say(&format!("listening on {}", listener.local_addr().context("ask for the own address")?));

    let app = http::router(Arc::clone(&service));
    let mut until = stopped.clone();
    let graceful = async move {
        // The sender lives as long as the task that waits for signals.
        let _told = until.wait_for(|stop| *stop).await;
    };
    let serving = connection::serve(listener, app, service.state().config.connections, graceful);
    let patience = Duration::from_secs(service.state().config.shutdown_seconds.get().into());
    let mut until = stopped;
    let too_long = async move {
        let _told = until.wait_for(|stop| *stop).await;
        tokio::time::sleep(patience).await;
    };
    tokio::select! {
        () = serving => {}
        () = too_long => say("some connections did not end in time; they are cut off"),
    }
    looking.abort();
    ending.abort();
    say("stopped");
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
async fn end(stop: watch::Sender<bool>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("wait for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("wait for signals")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    say("stopping: no new connections, open requests may end");
    stop.send_replace(true);
    std::future::pending().await
}

/// How often what security events have ended is forgotten, if no token of then is left.
const FORGET: Duration = Duration::from_secs(3600);

/// Looks at the files of the configuration again and again, and at once on SIGHUP.
async fn look(service: Arc<Service>, stopped: watch::Receiver<bool>) -> Result<()> {
    let mut hangup = signal(SignalKind::hangup()).context("wait for signals")?;
    let mut forgotten = Instant::now();
    while !*stopped.borrow() {
        let period = Duration::from_secs(service.state().config.watch_seconds.get().into());
        let always = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(period) => false,
        };
        service.limiter.forget(Instant::now());
        if forgotten.elapsed() >= FORGET {
            forgotten = Instant::now();
            let state = service.state();
            if let Some(events) = &state.events {
                // It says so itself if it fails; the next time it may not.
                let _forgotten = events.store.forget_ended(Now::from_clock().0).await;
            }
        }
        let own = Arc::clone(&service);
        // It reads files and waits for a thread.
        let looked = tokio::task::spawn_blocking(move || own.look(always)).await;
        looked.context("read the configuration again")?;
    }
    Ok(())
}
