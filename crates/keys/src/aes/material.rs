//! An AES key with everything from which it follows.

use super::expansion::Expansion;
use super::known::publicly_known;
use super::layout::Layout;
use super::mac;
use super::prove::Schedule;
use crate::{Certainty, Component, Kind, Material, Notation, Role};

/// Everything that must go with a proven schedule.
///
/// Components: `key` (secret), and derived from it the schedules that programs
/// keep: `schedule`, `schedule_inv` (equivalent inverse cipher in the order of
/// use), `schedule_inv_ascending` (the same, stored first to last), each also as
/// `..._swapped`, last byte of every word first. A key with swapped words is the
/// start of `schedule_swapped`. With it go the hash key of GCM, its powers and tables (`ghash_...`), and the subkeys of
/// CMAC and OCB (`mac_subkeys`).
#[must_use]
pub fn material(schedule: &Schedule) -> Material {
    of_expansion(&schedule.expansion)
}

/// The same for a key known from elsewhere. `None` unless it has 16, 24 or 32
/// bytes.
#[must_use]
pub fn material_for_key(key: &[u8]) -> Option<Material> {
    Expansion::of_key(key).as_ref().map(of_expansion)
}

fn of_expansion(expansion: &Expansion) -> Material {
    let key = expansion.key();
    let publicly_known = publicly_known(&key).map(str::to_owned);
    let macs = mac::components(&key);
    let mut components = vec![Component::new("key", Role::Secret, Notation::Bytes, key)];
    components.extend(Layout::ALL.into_iter().filter_map(|layout| {
        let value = layout.bytes(expansion).to_vec();
        Some(Component::new(component_name(layout)?, Role::Derived, Notation::Bytes, value))
    }));
    components.extend(macs);
    Material {
        kind: Kind::AesKey,
        bits: expansion.size.bits(),
        certainty: Certainty::Proven,
        detector: "aes-schedule".to_owned(),
        components,
        public_ids: Vec::new(),
        publicly_known,
    }
}

/// `None` for the reversed encryption schedule: its round keys are those of
/// `schedule`, and no fragment of it is longer than they are.
fn component_name(layout: Layout) -> Option<&'static str> {
    Some(match (layout.inverse, layout.descending, layout.swapped) {
        (false, false, false) => "schedule",
        (false, false, true) => "schedule_swapped",
        (true, true, false) => "schedule_inv",
        (true, true, true) => "schedule_inv_swapped",
        (true, false, false) => "schedule_inv_ascending",
        (true, false, true) => "schedule_inv_ascending_swapped",
        (false, true, _) => return None,
    })
}

/// True if two proven schedules of one window look like the pair of AES-XTS
/// (IEEE 1619): two different keys of 128 or of 256 bits close to each other.
/// Both are secrets all the same; this is a note for the reader of a report.
#[must_use]
pub fn is_xts_pair(first: &Schedule, second: &Schedule) -> bool {
    let bits = first.expansion.size.bits();
    let start = |schedule: &Schedule| schedule.ranges.first().map_or(0, |range| range.start);
    bits == second.expansion.size.bits()
        && bits != 192
        && start(first).abs_diff(start(second)) <= XTS_DISTANCE_MAX
        && first.expansion.words() != second.expansion.words()
}

/// Two of Linux's `crypto_aes_ctx` in a row, which hold two schedules and a
/// length each (484 bytes, `include/crypto/aes.h`), start this far apart at most.
const XTS_DISTANCE_MAX: usize = 512;
