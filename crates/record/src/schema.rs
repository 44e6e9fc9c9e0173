//! JSON schemas of the documents, made from the types.

use crate::render::pretty_text;
use crate::seal::Statement;
use crate::{KnownIndex, Report};
use schemars::{JsonSchema, schema_for};

/// JSON schema (draft 2020-12) of the report; published as `docs/schema/report-v1.json`.
#[must_use]
pub fn report() -> String {
    text::<Report>()
}

/// JSON schema of the seal's payload, statement and predicate; published as `docs/schema/seal-v1.json`.
#[must_use]
pub fn seal() -> String {
    text::<Statement>()
}

/// JSON schema of the index of known secrets; published as `docs/schema/known-v1.json`.
#[must_use]
pub fn known() -> String {
    text::<KnownIndex>()
}

fn text<T: JsonSchema>() -> String {
    pretty_text(&schema_for!(T))
}
