//! Encodings inside encodings: a compressed document in base64 in a JSON document is no rarity (Helm keeps its
//! releases so), and no byte of a key in it stands in the dump as it is.

use super::decode::{self, Sink};
use super::inflate::Inflater;
use super::text::base64_value;
use crate::fault::{Fault, Named};
use crate::limits::{BASE64_RUN_BYTES_MAX, CHUNK_BYTES, NESTING_MAX, OVERLAP_BYTES};

/// Bytes read at once while a run of base64 is followed.
const STEP_BYTES: usize = 64 << 10;

/// Hands on everything that decodes or inflates in `bytes`, which stand at `start` of the dump, and what decodes or
/// inflates in that. Text and streams count that begin in the first `own` bytes.
pub(crate) fn all(inflater: &Inflater<'_>, start: u64, bytes: &[u8], own: usize, sink: Sink<'_>) {
    for (at, run) in occupied(bytes) {
        decode::all(run, &mut |text_at, undone, decoded| {
            let at = at + text_at;
            if at < own {
                sink(at, undone, decoded);
                inside(inflater, at, undone, decoded, NESTING_MAX, &mut *sink);
            }
        });
    }
    inflater.all(start, bytes, own, &mut |at, undone, inflated| {
        sink(at, undone, inflated);
        inside(inflater, at, undone, inflated, NESTING_MAX, &mut *sink);
    });
}

/// The same for bytes that an encoding gave, `outer` by name, which stood at `at`.
fn inside(
    inflater: &Inflater<'_>,
    at: usize,
    outer: &'static str,
    bytes: &[u8],
    depth: usize,
    sink: Sink<'_>,
) {
    let (text, compression) = match outer {
        "compression" | "compression in text" => ("text in compression", "compression in compression"),
        // What decodes in characters was handed on with them.
        "UTF-16" | "escapes" => return,
        _ => ("text in text", "compression in text"),
    };
    let Some(depth) = depth.checked_sub(1) else { return };
    decode::all(bytes, &mut |_, undone, decoded| {
        sink(at, text, decoded);
        let is_characters = matches!(undone, "UTF-16" | "escapes");
        inside(inflater, at, if is_characters { undone } else { text }, decoded, depth, &mut *sink);
    });
    inflater.within(bytes, &mut |_, _, inflated| {
        sink(at, compression, inflated);
        inside(inflater, at, "compression", inflated, depth, &mut *sink);
    });
}

/// Reads the chunk at `start` and the overlap behind it into `buffer`, and further while base64 goes on that began
/// in the chunk: a compressed stream in it can be inflated only from its head. Returns how many bytes are the
/// chunk's own, none at the end of the dump.
pub(crate) fn read_chunk(dump: Named<'_>, start: u64, buffer: &mut Vec<u8>) -> Result<usize, Fault> {
    let left = dump.length().saturating_sub(start);
    if left == 0 {
        return Ok(0);
    }
    let at_most = |bytes: usize| usize::try_from(left).map_or(bytes, |left| left.min(bytes));
    let long = CHUNK_BYTES + OVERLAP_BYTES;
    buffer.resize(at_most(long), 0);
    dump.read(start, buffer)?;
    let own = buffer.len().min(CHUNK_BYTES);
    let in_run = |byte: &u8| base64_value(*byte).is_some() || matches!(byte, b'\r' | b'\n' | b'\\');
    let begins = buffer.iter().rposition(|byte| !in_run(byte)).map_or(0, |before| before + 1);
    let is_new = begins < own && (begins > 0 || start == 0);
    while is_new && buffer.len() < at_most(long + BASE64_RUN_BYTES_MAX) {
        let held = buffer.len();
        buffer.resize(at_most(held + STEP_BYTES), 0);
        let more = buffer.get_mut(held..).unwrap_or_default();
        dump.read(start.saturating_add(held as u64), more)?;
        if !more.iter().all(in_run) {
            break;
        }
    }
    Ok(own)
}

/// The runs of `bytes` that are not pages of zeros, with their offsets: no text stands in zeros. The last page may be
/// a part of one.
pub(super) fn occupied(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    const PAGE: [u8; 4096] = [0; 4096];
    let page = |at: usize| bytes.get(at..).map(|rest| rest.get(..PAGE.len()).unwrap_or(rest));
    let is_zero = move |at: usize| page(at).is_some_and(|page| PAGE.starts_with(page));
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && is_zero(at) {
            at += PAGE.len();
        }
        let start = at;
        while at < bytes.len() && !is_zero(at) {
            at += PAGE.len();
        }
        let run = bytes.get(start..at.min(bytes.len())).unwrap_or_default();
        (!run.is_empty()).then_some((start, run))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_zeros_are_passed_over() {
        let check = |ones: &[usize], length: usize, runs: &[(usize, usize)]| {
            let mut bytes = vec![0; length];
            ones.iter().for_each(|at| bytes[*at] = 1);
            let found: Vec<_> = occupied(&bytes).map(|(start, run)| (start, run.len())).collect();
            assert_eq!(found, runs);
        };
        check(&[], 0, &[]);
        check(&[], 9000, &[]);
        check(&[8999], 9000, &[(8192, 808)]);
        check(&[0, 5000, 13_000], 20_000, &[(0, 8192), (12_288, 4096)]);
    }
}
