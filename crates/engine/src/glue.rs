//! Words of one crate in words of another: the crates below do not know each other.

use coredact_keys::aes;
use coredact_sweep::schedule;

/// The shape of a key schedule, as the proof wants it.
#[must_use]
pub(crate) fn relation(relation: schedule::Relation) -> aes::Relation {
    match relation {
        schedule::Relation::Ascending128 => aes::Relation::Ascending128,
        schedule::Relation::Ascending192 => aes::Relation::Ascending192,
        schedule::Relation::Ascending256 => aes::Relation::Ascending256,
        schedule::Relation::Descending128 => aes::Relation::Descending128,
        schedule::Relation::Descending192 => aes::Relation::Descending192,
        schedule::Relation::Descending256 => aes::Relation::Descending256,
    }
}
