//! HTTP: forward authentication, health, metrics; and gRPC on the same port.

use super::events;
use super::grpc::{self, Authorization};
use super::{answer::Answer, judge, original};
use crate::service::Service;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, post_service};
use std::net::SocketAddr;
use std::sync::Arc;

/// Every address that is served.
pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/auth", any(auth))
        .route("/events", post(events::receive).layer(DefaultBodyLimit::max(events::BODY_BYTES_MAX)))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(grpc::PATH, post_service(Authorization::new(Arc::clone(&service))))
        .layer(from_fn_with_state(Arc::clone(&service), in_time))
        .with_state(service)
}

/// No request takes longer than its time: a body that does not end, a ledger or a publisher that hangs.
async fn in_time(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let time = service.state().config.connections.request();
    let Ok(response) = tokio::time::timeout(time, next.run(request)).await else {
        service.metrics.decided("late", None, time);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    response
}

/// nginx's `auth_request`, Traefik's `ForwardAuth`, Caddy's `forward_auth`.
async fn auth(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let answer = match original::of_headers(&headers, peer.ip(), &service.state().config) {
        Ok(original) => judge::judge(&service, &headers, &original).await,
        Err(unclear) => {
            service.metrics.decided(unclear.reason(), None, std::time::Duration::ZERO);
            Answer::forbidden(unclear.reason())
        }
    };
    let mut response = answer.status.into_response();
    for (name, value) in answer.headers {
        response.headers_mut().append(name, value);
    }
    // What one request was answered is no answer to the next.
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// Ready when each issuer has a key.
async fn ready(State(service): State<Arc<Service>>) -> Response {
    match service.waiting().as_slice() {
        [] => (StatusCode::OK, "ready\n").into_response(),
        names => {
            let text = format!("without a key: {}\n", names.join(" "));
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], service.metrics.text(&service)).into_response()
}
