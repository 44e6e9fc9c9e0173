//! One decision, whatever protocol it was asked for in.

use super::answer::{Answer, scopes};
use super::original::Original;
use super::route;
use crate::config::RouteTable;
use crate::service::{Service, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use coredact_guard::log::{Circumstances, event};
use coredact_guard::{Accepted, Dpop, Now, Reason, Request, Verdict};
use serde_json::{Value, json};
use std::time::Instant;

/// What a request brings.
struct Presented<'a> {
    token: &'a str,
    is_dpop: bool,
    proof: Option<&'a str>,
}

/// What was decided.
enum Decision<'r> {
    Accepted(Accepted),
    /// The token is good and the route wants more.
    Insufficient(Accepted, &'r RouteTable),
    Refused(Verdict, Reason),
}

/// Decides, logs and counts.
pub(super) async fn judge(service: &Service, headers: &HeaderMap, original: &Original) -> Answer {
    let (state, now, started) = (service.state(), Now::from_clock(), Instant::now());
    if let Some(time) = service.limiter.wait(original.client, started) {
        service.metrics.limited();
        return Answer::wait(time);
    }
    let Ok(route) = route::find(&state.config.route, original.path.as_deref()) else {
        service.metrics.decided("path-unclear", None, started.elapsed());
        return Answer::forbidden("path-unclear");
    };
    let Some(presented) = Presented::of(headers) else {
        service.metrics.decided("no-token", None, started.elapsed());
        return Answer::unauthorized(None, service.verifier().nonce(now));
    };
    let decision = decide(&state, &presented, original, route, now).await;
    let logged = log(&state, &presented, original, &decision, now);
    if !logged {
        service.metrics.unlogged();
    }
    let (reason, issuer) = match &decision {
        Decision::Accepted(accepted) => ("accepted", accepted.facts.issuer()),
        Decision::Insufficient(accepted, _) => (INSUFFICIENT, accepted.facts.issuer()),
        Decision::Refused(verdict, reason) => (reason.name(), verdict.facts().issuer()),
    };
    service.metrics.decided(reason, issuer, started.elapsed());
    match decision {
        Decision::Accepted(_) if !logged && !state.config.log.serve_unlogged => Answer::unavailable(),
        Decision::Accepted(accepted) => Answer::accepted(&accepted),
        Decision::Insufficient(_, route) => Answer::insufficient(route),
        Decision::Refused(_, reason) if reason.is_ours() => Answer::unavailable(),
        Decision::Refused(_, reason) => {
            // A client learns its first nonce so.
            if reason != Reason::ProofNonceWrong {
                service.limiter.refused(original.client, started);
            }
            Answer::unauthorized(Some(reason), service.verifier().nonce(now))
        }
    }
}

async fn decide<'r>(
    state: &State,
    presented: &Presented<'_>,
    original: &Original,
    route: Option<&'r RouteTable>,
    now: Now,
) -> Decision<'r> {
    let path = original.path.as_deref().unwrap_or_default();
    // Without an origin there is no URL that a proof could be for.
    let url = original.origin.as_ref().map(|origin| format!("{origin}{path}")).unwrap_or_default();
    let method = original.method.as_deref().unwrap_or_default();
    let request = Request {
        token: presented.token,
        audience: route.and_then(|route| route.audience.as_deref()),
        dpop: presented.proof.map(|proof| Dpop { proof, method, url: &url }),
        client_certificate: original.certificate.as_deref(),
        must_be_proven: presented.is_dpop,
    };
    let verdict = state.guard.decide(&request, &Circumstances::default(), now).await;
    match verdict {
        Verdict::Accepted(accepted) => match route.filter(|route| !has_scopes(&accepted, route)) {
            Some(route) => Decision::Insufficient(accepted, route),
            None => Decision::Accepted(accepted),
        },
        Verdict::Refused(refused) => {
            let reason = refused.reason;
            Decision::Refused(Verdict::Refused(refused), reason)
        }
    }
}

fn has_scopes(accepted: &Accepted, route: &RouteTable) -> bool {
    let own = scopes(accepted);
    route.scopes.iter().all(|scope| own.contains(&scope.as_str()))
}

/// Writes the decision to the log; false if that failed.
fn log(
    state: &State,
    presented: &Presented<'_>,
    original: &Original,
    decision: &Decision<'_>,
    now: Now,
) -> bool {
    let client = original.client.to_string();
    // A client may send the token once more where it is written down.
    let without_token = |text: &Option<String>| -> Option<String> {
        let text = text.as_ref()?;
        Some(if presented.token.is_empty() { text.clone() } else { text.replace(presented.token, "(token)") })
    };
    let [method, target, id] = [&original.method, &original.path, &original.id].map(without_token);
    let circumstances = Circumstances {
        client_address: Some(&client),
        method: method.as_deref(),
        target: target.as_deref(),
        request_id: id.as_deref(),
    };
    let event = match decision {
        Decision::Refused(verdict, _) => event(presented.token, verdict, &circumstances, now),
        Decision::Accepted(accepted) => {
            event(presented.token, &Verdict::Accepted(accepted.clone()), &circumstances, now)
        }
        Decision::Insufficient(accepted, route) => {
            let verdict = Verdict::Accepted(accepted.clone());
            insufficient(event(presented.token, &verdict, &circumstances, now), route)
        }
    };
    state.sink.write(&event).is_ok()
}

/// The event of a good token that is not enough: OCSF `status_id` 2 is failure.
fn insufficient(mut event: Value, route: &RouteTable) -> Value {
    if let Some(members) = event.as_object_mut() {
        members.insert("status_id".into(), json!(2));
        members.insert("status".into(), json!("Failure"));
        members.insert("status_code".into(), json!(INSUFFICIENT));
        members.insert("status_detail".into(), json!(format!("the route wants {:?}", route.scopes)));
    }
    event
}

impl<'a> Presented<'a> {
    /// None if there is not exactly one token, or more than one proof.
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let (scheme, token) = one(headers, &AUTHORIZATION)??.split_once(' ')?;
        let is_dpop = scheme.eq_ignore_ascii_case("dpop");
        if !is_dpop && !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        // A bound token under the scheme of bearer tokens is refused for want of a proof (RFC 9449, section 7.2).
        let proof = one(headers, &DPOP)?.filter(|_| is_dpop);
        Some(Self { token: token.trim_start_matches(' '), is_dpop, proof })
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

/// Stable name of the refusal that is the route's, not the token's.
const INSUFFICIENT: &str = "scope-missing";
/// RFC 9449, section 4.1.
const DPOP: HeaderName = HeaderName::from_static("dpop");
