//! Seconds since 1970.

use crate::limits::SECONDS_MAX;
use serde_json::Value;

/// The present moment, in seconds since 1970-01-01T00:00:00Z.
///
/// The verifier has no clock of its own: services pass the time of the request, a replay of old tokens passes theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now(pub u64);

impl Now {
    /// Reads the system's clock. A clock before 1970 reads as 1970, when no token is valid.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where a service reads the clock")]
    pub fn from_clock() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(since.map_or(0, |since| since.as_secs()))
    }
}

/// A NumericDate (RFC 7519, section 2), which may have a fraction; none if it is no number, negative, or past the year 9999.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    let whole = value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
        let whole = (0.0..=253_402_300_799.0).contains(&number).then_some(number as u64);
        whole
    });
    whole.filter(|seconds| *seconds <= SECONDS_MAX)
}

/// A moment as RFC 3339 in UTC: `2021-04-04T14:43:35Z`.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    let date = der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds.min(SECONDS_MAX)));
    date.map_or_else(|_| seconds.to_string(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_are_numbers_within_reason() {
        for (value, expected) in [
            (json!(0), Some(0)),
            (json!(1_700_000_000), Some(1_700_000_000)),
            (json!(1_700_000_000.9), Some(1_700_000_000)),
            (json!(-1), None),
            (json!(-0.5), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!("1700000000"), None),
            (json!(null), None),
        ] {
            assert_eq!(seconds(&value), expected, "{value}");
        }
    }

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(rfc3339(1_617_547_415), "2021-04-04T14:43:35Z");
    }
}
