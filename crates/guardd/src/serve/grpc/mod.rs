//! Envoy's external authorization (`envoy.service.auth.v3.Authorization`) over gRPC.

mod messages;

use super::answer::{Answer, IDENTITY};
use super::judge;
use super::original::{self, Original};
use crate::service::Service;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use messages::{
    CheckRequest, CheckResponse, DeniedResponse, Header, HeaderOption, HttpResponse, HttpStatus, OkResponse,
    RpcStatus,
};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::server::{Grpc, UnaryService};
use tonic_prost::ProstCodec;

/// The method's path.
pub(super) const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The service.
#[derive(Clone)]
pub(super) struct Authorization(Arc<Service>);

impl Authorization {
    /// Asks this service.
    pub(super) fn new(service: Arc<Service>) -> Self {
        Self(service)
    }
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl tower::Service<axum::extract::Request> for Authorization {
    type Response = axum::http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Later<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::extract::Request) -> Self::Future {
        let check = Check(Arc::clone(&self.0));
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::default()).max_decoding_message_size(MESSAGE_BYTES_MAX);
            Ok(grpc.unary(check, request).await)
        })
    }
}

struct Check(Arc<Service>);

impl UnaryService<CheckRequest> for Check {
    type Response = CheckResponse;
    type Future = Later<Result<tonic::Response<CheckResponse>, tonic::Status>>;

    fn call(&mut self, request: tonic::Request<CheckRequest>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            let (headers, original) = read(request.into_inner(), &service)?;
            Ok(tonic::Response::new(write(judge::judge(&service, &headers, &original).await)))
        })
    }
}

/// The request that Envoy describes. What stands in its attributes is Envoy's own word; of headers only the token and the proof are read.
fn read(request: CheckRequest, service: &Service) -> Result<(HeaderMap, Original), tonic::Status> {
    let attributes = request.attributes.ok_or_else(|| tonic::Status::invalid_argument("no attributes"))?;
    let http = attributes.request.and_then(|request| request.http);
    let http = http.ok_or_else(|| tonic::Status::invalid_argument("no HTTP request"))?;
    if http.path.contains('#') {
        return Err(tonic::Status::invalid_argument("the target has a fragment"));
    }
    let mut headers = HeaderMap::new();
    let both = http.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).chain(
        http.header_map.unwrap_or_default().headers.into_iter().map(|header| {
            let value =
                if header.raw_value.is_empty() { header.value.into_bytes() } else { header.raw_value };
            (header.key, value)
        }),
    );
    for (name, value) in both.filter(|(name, _)| matches!(name.as_str(), "authorization" | "dpop")) {
        let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        let (name, value) = pair.ok_or_else(|| tonic::Status::invalid_argument("a header is malformed"))?;
        headers.append(name, value);
    }
    let peer = attributes.source.unwrap_or_default();
    let address = peer.address.and_then(|address| address.socket_address);
    let client = address.and_then(|address| address.address.parse().ok());
    let certificate = match peer.certificate.as_str() {
        "" => None,
        text => {
            let der = original::certificate(text);
            Some(der.ok_or_else(|| tonic::Status::invalid_argument("the certificate is malformed"))?)
        }
    };
    let original = Original {
        origin: original::origin(&service.state().config, Some(&http.scheme), Some(&http.host)),
        path: Some(original::path(&http.path).to_owned()),
        method: Some(http.method),
        client: client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        certificate,
        id: Some(http.id).filter(|id| !id.is_empty()),
    };
    Ok((headers, original))
}

/// The answer as Envoy wants it: the headers of an accepted request replace what the client sent under their names.
fn write(answer: Answer) -> CheckResponse {
    let ok = answer.status == StatusCode::OK;
    let header = |(name, value): (HeaderName, HeaderValue)| HeaderOption {
        header: Some(Header {
            key: name.to_string(),
            value: value.to_str().unwrap_or_default().to_owned(),
            raw_value: Vec::new(),
        }),
        append_action: if ok { OVERWRITE } else { APPEND },
        keep_empty_value: true,
    };
    let headers: Vec<HeaderOption> = answer.headers.into_iter().map(header).collect();
    debug_assert!(!ok || headers.len() == IDENTITY.len(), "every header of the identity is written");
    let response = if ok {
        HttpResponse::Ok(OkResponse { headers })
    } else {
        let code = i32::from(answer.status.as_u16());
        HttpResponse::Denied(DeniedResponse { status: Some(HttpStatus { code }), headers })
    };
    let code = if ok { tonic::Code::Ok } else { tonic::Code::PermissionDenied };
    CheckResponse { status: Some(RpcStatus { code: code as i32 }), http_response: Some(response) }
}

/// Largest question, in bytes: headers that Envoy takes (60 KiB), once as text and once as bytes, and a body that it was told to send.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// `HeaderAppendAction` of envoy.config.core.v3: `APPEND_IF_EXISTS_OR_ADD`.
const APPEND: i32 = 0;
/// `OVERWRITE_IF_EXISTS_OR_ADD`.
const OVERWRITE: i32 = 2;
