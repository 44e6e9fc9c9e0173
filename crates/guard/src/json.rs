//! JSON as tokens must have it: no member twice, at any depth, and limits on depth and members.
//!
//! Two readers of one object that has a member twice may take different values (RFC 8725, section 2.4), so such a
//! token is refused before anything in it is believed.

use crate::limits::{DEPTH_MAX, MEMBERS_MAX};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// What was wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// Not an object, no JSON, or over a limit.
    Malformed,
    /// A member occurs twice in one object.
    Duplicate,
}

/// Reads one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::Malformed)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let fault = |error: serde_json::Error| {
        if error.to_string().starts_with(DUPLICATE) { JsonFault::Duplicate } else { JsonFault::Malformed }
    };
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(fault)?;
    reader.end().map_err(|_| JsonFault::Malformed)?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(JsonFault::Malformed),
    }
}

/// Text of the error that tells a duplicate from the rest.
const DUPLICATE: &str = "duplicate member";

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom("nested too deep"));
        }
        Ok(Self { depth: self.depth.saturating_add(1) })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.len() >= MEMBERS_MAX {
                return Err(A::Error::custom("too many members"));
            }
            let value = members.next_value_seed(inner)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom(DUPLICATE));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_occur_twice_are_told_at_every_depth() {
        for text in [
            r#"{"iss":"a","iss":"b"}"#,
            r#"{"iss":"a","\u0069ss":"b"}"#,
            r#"{"cnf":{"jkt":"a","jkt":"a"}}"#,
            r#"{"a":[{"b":[{"c":1,"c":2}]}]}"#,
        ] {
            assert_eq!(object(text.as_bytes()), Err(JsonFault::Duplicate), "{text}");
        }
    }

    #[test]
    fn what_is_no_single_object_is_malformed() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(16), "]".repeat(16));
        let wide = format!("{{{}}}", (0..513).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
        for text in [
            "",
            "[]",
            "1",
            "{}{}",
            "{} x",
            "{\"a\":01}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            &deep,
            &wide,
        ] {
            assert_eq!(object(text.as_bytes()), Err(JsonFault::Malformed), "{text:.40}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(JsonFault::Malformed));
        assert!(object(br#" {"a":[{"b":1}],"c":{"b":1}} "#).is_ok());
    }
}
