//! A secret that was found, as every other finding.

use super::Part;
use super::index::Found;
use super::pads;
use crate::material::{Certainty, Component, Hit, Kind, Material, Notation, PublicId, Role};

/// The detector's name in reports.
pub(super) const DETECTOR: &str = "known-secrets";

/// The finding; `form` if it was not the bytes themselves that were found.
pub(super) fn hit(found: Found<'_>, form: Option<&'static str>) -> Hit {
    let Found { secret, fingerprint, value, range, order } = found;
    let part = fingerprint.part;
    let is_text = secret.is_text && !part.is_bytes();
    let plain = if is_text && order.name == "be" { "text" } else { order.name };
    let notation = if is_text { Notation::Text } else { Notation::Bytes };
    let mut components = vec![Component::new(part.name(), Role::Secret, notation, value.to_vec())];
    let pads = pads::of_key(&value).into_iter().flatten();
    components.extend(pads.map(|(name, bytes)| Component::new(name, Role::Derived, Notation::Bytes, bytes)));
    Hit {
        range,
        component: part.name(),
        form: form.unwrap_or(plain),
        material: Material {
            kind: Kind::KnownSecret,
            bits: secret.length.saturating_mul(8),
            certainty: Certainty::Proven,
            detector: DETECTOR.to_owned(),
            components,
            public_ids: vec![PublicId { name: "label", value: secret.label.clone() }],
            publicly_known: None,
        },
    }
}

/// Whether only an end of a known secret was found.
#[must_use]
pub fn is_end(material: &Material) -> bool {
    material.kind == Kind::KnownSecret
        && material.components.first().is_some_and(|one| Part::named(one.name).is_some_and(Part::is_end))
}
