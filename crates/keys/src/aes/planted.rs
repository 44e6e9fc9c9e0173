//! A window with schedules in known places, by which a program shows itself that
//! it finds what it claims to find before it says that a dump is clean.

use super::expansion::Expansion;
use super::layout::Layout;
use super::prove::{Relation, prove_each};
use sha2::{Digest, Sha256};
use std::ops::Range;
use thiserror::Error;

/// What [`self_test`] missed.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("failed to find the planted {bits}-bit AES schedule in form {form}")]
pub struct Missed {
    /// Key length.
    pub bits: u32,
    /// The form, as in [`super::Schedule::form`].
    pub form: &'static str,
}

/// Plants one schedule of every key length in every form at odd places, has
/// `candidates` look for them and proves what it reports.
///
/// # Errors
/// The first schedule that is not found in full.
pub fn self_test<Found>(candidates: impl FnOnce(&[u8]) -> Found) -> Result<(), Missed>
where
    Found: IntoIterator<Item = (usize, Relation)>,
{
    let (window, planted) = planted();
    let found = prove_each(&window, candidates(&window));
    for Planted { bits, form, range } in planted {
        let is_it = |schedule: &super::Schedule| {
            schedule.form == form
                && schedule.expansion.size.bits() == bits
                && schedule.ranges == [range.clone()]
        };
        if !found.iter().any(is_it) {
            return Err(Missed { bits, form });
        }
    }
    Ok(())
}

/// One schedule of the window that [`planted`] returns.
#[derive(Debug)]
pub struct Planted {
    /// Key length.
    pub bits: u32,
    /// The form, as in [`super::Schedule::form`].
    pub form: &'static str,
    /// Where it stands.
    pub range: Range<usize>,
}

/// A window of a few KiB and the schedules in it, the same at every call. The
/// keys are digests of a text, so nothing here is secret.
#[must_use]
pub fn planted() -> (Vec<u8>, Vec<Planted>) {
    let (mut window, mut planted) = (vec![0x5a; 61], Vec::new());
    for (number, layout) in (0u8..).zip(Layout::ALL) {
        for key_length in [16, 24, 32] {
            let digest =
                Sha256::new_with_prefix("a key that coredact plants for itself").chain_update([number]);
            let key = digest.finalize();
            let Some(expansion) = key.get(..key_length).and_then(Expansion::of_key) else { continue };
            let bytes = layout.bytes(&expansion);
            let range = window.len()..window.len() + bytes.len();
            window.extend_from_slice(&bytes);
            planted.push(Planted { bits: expansion.size.bits(), form: layout.name(), range });
            // 61 is odd, so that the places take every alignment.
            window.resize(window.len() + 61, number);
        }
    }
    (window, planted)
}
