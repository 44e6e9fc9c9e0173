//! A layer for services built on tower.

use crate::binding::Dpop;
use crate::guard::Guard;
use crate::log::Circumstances;
use crate::reason::{Check, Reason};
use crate::time::Now;
use crate::verdict::{Accepted, Refused, Verdict};
use crate::verify::Request as Asked;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, Response, StatusCode};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Puts a guard in front of a service: requests without an accepted token get 401, the others carry [`Accepted`] as an extension.
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use coredact_guard::{Accepted, Guard, GuardLayer};
///
/// async fn mail(Extension(token): Extension<Accepted>) -> String {
///     format!("mail of {}", token.facts.subject().unwrap_or("nobody"))
/// }
///
/// fn service(guard: Guard) -> Router {
///     let layer = GuardLayer::new(guard, "https://mail.example").audience("api://mail");
///     Router::new().route("/mail", get(mail)).layer(layer)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct GuardLayer(Arc<Shared>);

#[derive(Clone, Debug)]
struct Shared {
    guard: Guard,
    origin: String,
    audience: Option<String>,
}

impl GuardLayer {
    /// A layer for a service that clients reach at this origin: `https://mail.example`. Proofs of possession are for URLs under it;
    /// the `Host` header is not believed.
    #[must_use]
    pub fn new(guard: Guard, origin: &str) -> Self {
        Self(Arc::new(Shared { guard, origin: origin.trim_end_matches('/').to_owned(), audience: None }))
    }

    /// Takes tokens for this audience only.
    #[must_use]
    pub fn audience(self, audience: &str) -> Self {
        let mut shared = Shared::clone(&self.0);
        shared.audience = Some(audience.to_owned());
        Self(Arc::new(shared))
    }
}

/// The client's certificate in DER, as an extension of requests: whoever ends the TLS connection puts it there.
#[derive(Clone, Debug)]
pub struct ClientCertificate(pub Vec<u8>);

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, shared: Arc::clone(&self.0) }
    }
}

/// A service behind a guard.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The clone has not been polled until it is ready; this one has (tower's documentation of `Service`).
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let shared = Arc::clone(&self.shared);
        let asked = Presented::of(&request, &shared.origin);
        Box::pin(async move {
            let now = Now::from_clock();
            let refused = match asked {
                None => None,
                Some(asked) => match asked.decide(&shared, now).await {
                    Verdict::Accepted(accepted) => {
                        request.extensions_mut().insert::<Accepted>(accepted);
                        return inner.call(request).await;
                    }
                    Verdict::Refused(refused) => Some(refused),
                },
            };
            Ok(answer(&shared.guard, refused.as_ref(), now))
        })
    }
}

/// What a request brings.
struct Presented {
    scheme: Scheme,
    token: String,
    proof: Option<String>,
    method: String,
    path: String,
    url: String,
    certificate: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

impl Presented {
    /// None if there is not exactly one token, or more than one proof.
    fn of<B>(request: &Request<B>, origin: &str) -> Option<Self> {
        let headers = request.headers();
        let (scheme, token) = one(headers, &AUTHORIZATION)??.split_once(' ')?;
        let scheme = match scheme {
            name if name.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
            name if name.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
            _ => return None,
        };
        let path = request.uri().path().to_owned();
        Some(Self {
            scheme,
            token: token.trim_start_matches(' ').to_owned(),
            proof: one(headers, &DPOP)?.map(str::to_owned),
            method: request.method().as_str().to_owned(),
            url: format!("{origin}{path}"),
            path,
            certificate: request
                .extensions()
                .get::<ClientCertificate>()
                .map(|certificate| certificate.0.clone()),
        })
    }

    async fn decide(&self, shared: &Shared, now: Now) -> Verdict {
        // A bound token under the scheme of bearer tokens is refused for want of a proof (RFC 9449, section 7.2).
        let proof = self.proof.as_deref().filter(|_| self.scheme == Scheme::Dpop);
        let asked = Asked {
            token: &self.token,
            audience: shared.audience.as_deref(),
            dpop: proof.map(|proof| Dpop { proof, method: &self.method, url: &self.url }),
            client_certificate: self.certificate.as_deref(),
            must_be_proven: self.scheme == Scheme::Dpop,
        };
        let circumstances = Circumstances {
            method: Some(&self.method),
            target: Some(&self.path),
            ..Circumstances::default()
        };
        shared.guard.decide(&asked, &circumstances, now).await
    }
}

/// The value of a header: `Some(None)` without one, `None` with two or with one that is no text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return None;
    }
    first.map(|value| value.to_str().ok()).map_or(Some(None), |text| text.map(Some))
}

/// The refusal, as RFC 6750, section 3, and RFC 9449, section 7.1, write it. Why, stands in the log; the client is told its kind alone.
fn answer<R: Default>(guard: &Guard, refused: Option<&Refused>, now: Now) -> Response<R> {
    let mut response = Response::new(R::default());
    let reason = refused.map(|refused| refused.reason);
    if reason.is_some_and(Reason::is_ours) {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    }
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let challenge = match reason {
        None => "Bearer, DPoP",
        Some(Reason::ProofNonceWrong) => r#"DPoP error="use_dpop_nonce""#,
        Some(Reason::BindingMissing) => r#"DPoP error="invalid_token""#,
        Some(reason) if reason.check() == Check::Binding => r#"DPoP error="invalid_dpop_proof""#,
        Some(_) => r#"Bearer error="invalid_token""#,
    };
    let headers = response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    if let Some(nonce) = guard.verifier().nonce(now).and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
        headers.insert(DPOP_NONCE, nonce);
    }
    response
}

/// RFC 9449, section 4.1.
const DPOP: HeaderName = HeaderName::from_static("dpop");
/// RFC 9449, section 8.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
