//! Virtual addresses in documents: hexadecimal text, because JSON readers that
//! keep numbers as doubles lose the low bits of addresses above 2^53 (RFC 8259, section 6).

use serde::{Deserialize as _, Deserializer, Serializer, de};

/// Writes an address as `"0x7ffd1000"`, or null.
#[expect(clippy::ref_option, reason = "serde's `with` hands over a reference to the field")]
pub(crate) fn serialize<S: Serializer>(address: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => serializer.collect_str(&format_args!("{address:#x}")),
        None => serializer.serialize_none(),
    }
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let digits = text.strip_prefix("0x").ok_or_else(|| de::Error::custom("address without 0x"))?;
    u64::from_str_radix(digits, 16).map(Some).map_err(de::Error::custom)
}
