//! Nonces that servers give to clients (RFC 9449, section 8).

use crate::time::Now;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Makes and recognises nonces without remembering any: each is the number of a span of time, under a secret.
///
/// Every instance of a service that has the same secret takes the others' nonces.
pub struct Nonces {
    key: hmac::Key,
    span_seconds: u64,
}

impl Nonces {
    /// Nonces under a secret. Each is taken for one to two spans of this many seconds.
    #[must_use]
    pub fn new(secret: &[u8; 32], span_seconds: u64) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret), span_seconds: span_seconds.max(1) }
    }

    /// The nonce of the present span.
    pub(crate) fn fresh(&self, now: Now) -> String {
        self.of_span(self.span(now))
    }

    /// True if the nonce is of the present span or the one before.
    pub(crate) fn accept(&self, nonce: &str, now: Now) -> bool {
        let span = self.span(now);
        [Some(span), span.checked_sub(1)].into_iter().flatten().any(|span| self.of_span(span) == nonce)
    }

    fn span(&self, now: Now) -> u64 {
        now.0.checked_div(self.span_seconds).unwrap_or_default()
    }

    fn of_span(&self, span: u64) -> String {
        URL_SAFE_NO_PAD
            .encode(hmac::sign(&self.key, &[b"coredact dpop nonce".as_slice(), &span.to_be_bytes()].concat()))
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces").field("span_seconds", &self.span_seconds).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_lives_for_one_to_two_spans_under_its_secret() {
        let nonces = Nonces::new(&[1; 32], 60);
        let nonce = nonces.fresh(Now(6_000));
        for (seconds, taken) in [(6_000, true), (6_059, true), (6_119, true), (6_120, false), (5_999, false)]
        {
            assert_eq!(nonces.accept(&nonce, Now(seconds)), taken, "{seconds}");
        }
        assert!(!Nonces::new(&[2; 32], 60).accept(&nonce, Now(6_000)));
        assert!(!nonces.accept("", Now(6_000)));
    }
}
