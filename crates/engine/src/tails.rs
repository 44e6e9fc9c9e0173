//! Ends of cut encodings that are public: behind the number of a private key on a curve stands its public key
//! (RFC 5915, section 3), and of an encoding whose beginning was written over nothing else may be left.

use crate::ledger::{Entry, Ledger};
use coredact_keys::{Certainty, Component, Kind, Role};
use std::collections::BTreeMap;
use std::ops::Range;

/// What a cut piece of an encoding is called.
const FRAGMENT: &str = "fragment";

/// What a whole encoding is called.
const WHOLE: &str = "whole";

/// Fewest bytes of a piece that say what they are.
const PIECE_BYTES_MIN: usize = 8;

/// Drops from cut encodings what the public keys of proven keys account for, and findings of which nothing is left.
pub(crate) fn forget_public(ledger: &mut Ledger) {
    let is_proven = |entry: &&Entry| entry.material.certainty == Certainty::Proven;
    let components = ledger.entries().iter().filter(is_proven).flat_map(|entry| &entry.material.components);
    let points = components.filter(|one| one.role == Role::Public && one.name == "public");
    let ends: Vec<Vec<u8>> = points.filter_map(|point| end_of_encoding(point.value.bytes())).collect();
    if ends.is_empty() {
        return;
    }
    ledger.retain(|entry| {
        let material = &mut entry.material;
        let may_end = matches!(
            material.kind,
            Kind::PrivateKeyFragment | Kind::OtherPrivateKey | Kind::EcPrivateKey | Kind::EdwardsPrivateKey
        );
        if !may_end || !material.components.iter().any(|one| one.name == FRAGMENT) {
            return true;
        }
        let kept = std::mem::take(&mut material.components).into_iter();
        material.components = kept.filter_map(|one| without(one, &ends)).collect();
        material.components.iter().any(|one| one.role != Role::Public)
    });
}

/// Drops what was taken for a piece of an encoding but stands inside one that was read whole and proven: text in base64 now
/// and then decodes to the head of a number.
pub(crate) fn forget_inside(ledger: &mut Ledger) {
    let is_whole = |entry: &&Entry| entry.material.certainty == Certainty::Proven;
    let sightings = ledger.entries().iter().filter(is_whole).flat_map(|entry| &entry.sightings);
    let whole = sightings.filter(|seen| seen.component == WHOLE);
    let ends: BTreeMap<u64, u64> = whole.map(|seen| (seen.file.start, seen.file.end)).collect();
    let is_inside =
        |piece: &Range<u64>| ends.range(..=piece.start).next_back().is_some_and(|(_, end)| piece.end <= *end);
    ledger.retain(|entry| {
        let may_go = entry.material.kind == Kind::PrivateKeyFragment && !entry.sightings.is_empty();
        !may_go || entry.sightings.iter().any(|seen| !is_inside(&seen.file))
    });
}

/// How an encoding with this public key ends: `[1] { BIT STRING }`. Nothing if it is longer than any on a curve.
fn end_of_encoding(point: &[u8]) -> Option<Vec<u8>> {
    let bits = tagged(0x03, &[&[0], point].concat())?;
    tagged(0xa1, &bits)
}

/// A value with its tag and length (X.690, section 8.1.3).
fn tagged(tag: u8, value: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(value.len()).ok()?;
    let header: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
    Some([header, value].concat())
}

/// What is left of a component without the ends: nothing if it lies inside one.
fn without(component: Component, ends: &[Vec<u8>]) -> Option<Component> {
    let bytes = component.value.bytes();
    if component.name != FRAGMENT || bytes.is_empty() {
        return Some(component);
    }
    if ends.iter().any(|end| end.windows(bytes.len()).any(|window| window == bytes)) {
        return None;
    }
    let shared = |end: &Vec<u8>| end.iter().rev().zip(bytes.iter().rev()).take_while(|(a, b)| a == b).count();
    let public = ends.iter().map(shared).max().filter(|public| *public >= PIECE_BYTES_MIN);
    let Some(public) = public else { return Some(component) };
    let left = bytes.get(..bytes.len() - public).filter(|left| left.len() >= PIECE_BYTES_MIN)?;
    Some(Component::new(component.name, component.role, component.notation, left.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Sighting;
    use coredact_keys::{Material, Notation};

    /// A point of P-256, uncompressed.
    fn point() -> Vec<u8> {
        std::iter::once(4).chain((1..65).map(|at: u8| at.wrapping_mul(0x9d) ^ 0x35)).collect()
    }

    fn material(kind: Kind, certainty: Certainty, components: Vec<Component>) -> Material {
        Material {
            kind,
            bits: 256,
            certainty,
            detector: "trial".to_owned(),
            components,
            public_ids: Vec::new(),
            publicly_known: None,
        }
    }

    /// What is left of a cut encoding beside a key with that certainty.
    fn left_of(piece: &[u8], certainty: Certainty) -> Vec<Vec<u8>> {
        let mut ledger = Ledger::default();
        let fragment = Component::new(FRAGMENT, Role::Secret, Notation::Bytes, piece.to_vec());
        ledger.add(material(Kind::OtherPrivateKey, Certainty::Matched, vec![fragment]), []);
        let key = Component::new("d", Role::Secret, Notation::Number, vec![0x77; 32]);
        let public = Component::new("public", Role::Public, Notation::Bytes, point());
        ledger.add(material(Kind::EcPrivateKey, certainty, vec![key, public]), []);
        forget_public(&mut ledger);
        let components = ledger.entries().iter().flat_map(|entry| &entry.material.components);
        components.filter(|one| one.name == FRAGMENT).map(|one| one.value.bytes().to_vec()).collect()
    }

    #[test]
    fn what_is_public_of_a_cut_encoding_is_forgotten() {
        let encoding = [&[0x04, 0x20][..], &[0x5a; 32], &[0xa1, 0x44, 0x03, 0x42, 0], &point()].concat();
        for from in 0..encoding.len() - PIECE_BYTES_MIN {
            let left = left_of(&encoding[from..], Certainty::Proven);
            let secret = &encoding[from.min(34)..34];
            let expected = if secret.len() >= PIECE_BYTES_MIN { vec![secret.to_vec()] } else { vec![] };
            assert_eq!(left, expected, "from {from}");
        }
        assert!(left_of(&point()[20..40], Certainty::Proven).is_empty());
    }

    #[test]
    fn pieces_inside_a_proven_encoding_are_none() {
        let at = |file: Range<u64>| Sighting { file, component: WHOLE, form: "pem".to_owned() };
        for (places, certainty, kept) in [
            (vec![(140, 180)], Certainty::Proven, 1),
            (vec![(140, 180), (290, 330)], Certainty::Proven, 2),
            (vec![(140, 180)], Certainty::Structured, 2),
        ] {
            let mut ledger = Ledger::default();
            let secret = |name, byte| Component::new(name, Role::Secret, Notation::Bytes, vec![byte; 32]);
            ledger.add(material(Kind::RsaPrivateKey, certainty, vec![secret("d", 0x77)]), [at(100..300)]);
            let piece =
                material(Kind::PrivateKeyFragment, Certainty::Structured, vec![secret(FRAGMENT, 0x31)]);
            ledger.add(piece, places.into_iter().map(|(start, end)| at(start..end)));
            forget_inside(&mut ledger);
            assert_eq!(ledger.entries().len(), kept);
        }
    }

    #[test]
    fn other_pieces_stay() {
        let unknown = [0x91; 24];
        assert_eq!(left_of(&unknown, Certainty::Proven), [unknown.to_vec()]);
        // A key that is not proven says nothing about what is public.
        assert_eq!(left_of(&point()[20..40], Certainty::Structured), [point()[20..40].to_vec()]);
    }
}
