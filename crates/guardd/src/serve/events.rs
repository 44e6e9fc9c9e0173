//! Security events that are pushed here (RFC 8935).

use super::original;
use crate::service::Service;
use crate::terminal::say;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use coredact_guard::Now;
use coredact_guard::events::{EventFault, Received};
use coredact_guard::log::security_event;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Takes one event: 202, or 400 with what was wrong (RFC 8935, sections 2.2 and 2.3). 404 where no events are configured, 503 where the
/// fault is ours and the event should be sent again.
pub(super) async fn receive(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (state, now, started) = (service.state(), Now::from_clock(), Instant::now());
    let Some(events) = &state.events else { return StatusCode::NOT_FOUND.into_response() };
    let client = original::client(&headers, peer.ip(), &state.config);
    if let Some(time) = service.limiter.wait(client, started) {
        service.metrics.limited();
        let seconds = time.as_secs().saturating_add(1).to_string();
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)]).into_response();
    }
    let set = std::str::from_utf8(&body).unwrap_or_default().trim();
    let read = if is_event(&headers) { read(&service, set, now).await } else { Err(no_event()) };
    let written = match &read {
        Ok(received) => Some(events.store.end(&received.cutoffs).await),
        Err(_) => None,
    };
    let (outcome, name) = match (&read, &written) {
        (Err(fault), _) => (Err(fault), fault.reason),
        (Ok(received), Some(Ok(_))) if received.cutoffs.is_empty() => (Ok(received), "event-without-effect"),
        (Ok(received), Some(Ok(true))) => (Ok(received), "event-taken"),
        (Ok(received), Some(Ok(false))) => (Ok(received), "event-known"),
        (Ok(received), _) => (Ok(received), "events-unavailable"),
    };
    if let Some(Err(error)) = &written {
        say(&format!("failed to {}; the event was not taken", crate::service::chain(error)));
    }
    let line = security_event(set, outcome, name, &client.to_string(), now);
    let logged = state.sink.write(&line).is_ok();
    service.metrics.event(name);
    if !logged {
        service.metrics.unlogged();
    }
    match &read {
        Err(fault) if !fault.ours => {
            service.limiter.refused(client, started);
            refusal(fault)
        }
        Ok(_) if matches!(written, Some(Ok(_))) && (logged || state.config.log.serve_unlogged) => {
            StatusCode::ACCEPTED.into_response()
        }
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Reads it, once more if its key had to be fetched first.
async fn read(service: &Service, set: &str, now: Now) -> Result<Received, EventFault> {
    let state = service.state();
    let Some(events) = &state.events else { return Err(no_event()) };
    let receive = || events.receiver.receive(set, service.verifier(), now);
    match receive() {
        Err(fault) if matches!(fault.reason, "key-unknown" | "keys-stale") => {
            match fault.transmitter.as_deref() {
                Some(transmitter) if events.refresh(transmitter).await => receive(),
                _ => Err(fault),
            }
        }
        read => read,
    }
}

/// RFC 8935, section 2.1.
fn is_event(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/secevent+jwt")
}

fn no_event() -> EventFault {
    EventFault::request("event-type-wrong")
}

/// RFC 8935, section 2.3.
fn refusal(fault: &EventFault) -> Response {
    let body = json!({"err": fault.code, "description": fault.reason}).to_string();
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_LANGUAGE, "en")];
    (StatusCode::BAD_REQUEST, headers, body).into_response()
}

/// Largest body, in bytes: more than a token may have.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
