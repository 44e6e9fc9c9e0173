//! A security event as an OCSF event.

use super::event::{logged, milliseconds};
use crate::events::{EventFault, Received};
use crate::key::Thumbprint;
use crate::time::Now;
use serde_json::{Value, json};

/// The line about an event that was taken or not; `outcome` is its stable name. Class Authentication (3002), activity 99 "Security Event",
/// with the extension `security_event` (docs/guard.md). The event's token never stands in it, nor whom it is about.
#[must_use]
pub fn security_event(
    set: &str,
    received: Result<&Received, &EventFault>,
    outcome: &str,
    client_address: &str,
    now: Now,
) -> Value {
    let (severity, extension, detail) = match received {
        Ok(received) => {
            let extension = json!({
                "sha256": Thumbprint::of(set.as_bytes()).hex(),
                "transmitter": logged(&received.transmitter),
                "uid": logged(&received.id),
                "kinds": received.kinds.iter().take(KINDS_MAX).map(|kind| logged(kind)).collect::<Vec<_>>(),
                "ended_at": received.cutoffs.iter().map(|cutoff| milliseconds(cutoff.at)).max(),
                "ended": received.cutoffs.iter().map(|cutoff| cutoff.name.to_string()).collect::<Vec<_>>(),
            });
            (1, extension, String::new())
        }
        Err(fault) => {
            let transmitter = fault.transmitter.as_deref().map(logged);
            let sha256 = Thumbprint::of(set.as_bytes()).hex();
            (2, json!({"sha256": sha256, "transmitter": transmitter, "code": fault.code}), fault.to_string())
        }
    };
    let taken = matches!(outcome, "event-taken" | "event-known" | "event-without-effect");
    json!({
        "category_uid": 3,
        "class_uid": 3002,
        "activity_id": 99,
        "activity_name": "Security Event",
        "type_uid": 300_299,
        "time": milliseconds(now.0),
        "severity_id": severity,
        "status_id": if taken { 1 } else { 2 },
        "status": if taken { "Success" } else { "Failure" },
        "status_code": outcome,
        "status_detail": logged(&detail),
        "src_endpoint": {"ip": client_address},
        "metadata": {
            "version": "1.8.0",
            "product": {"name": "coredact-guard", "vendor_name": "coredact", "version": env!("CARGO_PKG_VERSION")},
            "extensions": [{"name": "coredact", "version": "1.0.0"}],
        },
        "security_event": extension,
    })
}

/// Most kinds that are written down.
const KINDS_MAX: usize = 16;
