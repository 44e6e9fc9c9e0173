//! Policy `skeleton`: everything goes but what a debugger needs.

use crate::error::Error;
use crate::live::{Live, Treatment};
use crate::plan::{Holes, Painter};
use crate::progress::Progress;
use crate::view;
use coredact_dump::{Image, Machine, Origin, ReadAt, Space};
use rayon::prelude::*;
use std::ops::Range;

/// Largest integer that is kept in live memory: no pointer, no key and no long
/// identifier, but sizes of buffers, which debuggers show as arguments. (Breakpad
/// and Crashpad keep 4096, and those arguments are lost.)
const SMALL_INTEGER_MAX: u64 = 0xffff;

/// Significant bits of an integer that may stay in a register. Six bytes are too
/// short to be a fragment of a secret, and long enough for times in nanoseconds,
/// sizes, and addresses of memory that is gone.
const REGISTER_INTEGER_BITS: u32 = 48;

/// The x87 and SSE registers inside `struct user_fpregs_struct`
/// (`sys/user.h`): `st_space` at 32 and `xmm_space` at 160 to 416.
const X86_FP_REGISTERS: Range<u64> = 32..416;

/// Streams of a minidump, and what they point to, that tell of the user and his system and nothing of the fault.
const TEXTS: [&str; 16] = [
    "UnusedStream",
    "CommentA",
    "CommentW",
    "Token",
    "JavaScriptData",
    "IptTrace",
    "LinuxCmdLine",
    "LinuxEnviron",
    "LinuxLsbRelease",
    "MozLinuxLimits",
    "MozMacosBootargs",
    "annotation value",
    "handle name",
    "unknown note",
    "unknown stream",
    "user stream",
];

/// Claims for `finding` every byte that a debugger can do without.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn paint(
    source: &dyn ReadAt,
    image: &Image,
    finding: u32,
    painter: &mut Painter,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let holes = Holes::protected(image);
    let live = Live::of(source, image)?;
    let windows = view::windows(image);
    progress.begin("stripping", windows.iter().map(|window| window.own).sum());
    let per_window = windows.par_iter().map_init(Vec::new, |buffer, window| {
        progress.advance(window.own);
        let Some(space) = image.spaces.get(window.space) else { return Ok(Vec::new()) };
        let shown = view::Window { shown: window.own, ..*window };
        view::read(source, space, shown, buffer).map_err(Error::read)?;
        let cuts = cuts_of(image, &live, space, window.start, buffer);
        let files = cuts.into_iter().flat_map(|cut| view::file_ranges(space, cut));
        Ok(files.collect::<Vec<_>>())
    });
    let cuts: Vec<Vec<Range<u64>>> = per_window.collect::<Result<_, Error>>()?;
    progress.end();
    for cut in cuts.into_iter().flatten() {
        painter.paint_around(cut, finding, &holes);
    }
    Ok(())
}

/// The parts of a window that go, as ranges of the space.
fn cuts_of(image: &Image, live: &Live, space: &Space, start: u64, bytes: &[u8]) -> Vec<Range<u64>> {
    let end = start + bytes.len() as u64;
    match &space.origin {
        Origin::Memory => {}
        Origin::Note { name: "NT_FPREGSET", .. } if image.machine == Machine::X86_64 => {
            let cut = start.max(X86_FP_REGISTERS.start)..end.min(X86_FP_REGISTERS.end);
            return if cut.start < cut.end { vec![cut] } else { Vec::new() };
        }
        Origin::Note { name: "NT_PRSTATUS" | "ThreadContext", .. } => {
            return sift(image, live, Treatment::Registers, start..end, start, 0, bytes);
        }
        Origin::Note { name: "NT_FPREGSET" | "ThreadContext vectors", .. }
        | Origin::Registers { .. }
        | Origin::Gap
        | Origin::Trailing
        | Origin::Raw
        | Origin::Text
        | Origin::Said(_)
        | Origin::Heap(_) => return sift(image, live, Treatment::Clear, start..end, start, 0, bytes),
        Origin::Note { name, .. } if TEXTS.contains(name) => {
            return sift(image, live, Treatment::Clear, start..end, start, 0, bytes);
        }
        // Its bytes are those of other spaces.
        Origin::Note { .. } | Origin::Header | Origin::Paged => return Vec::new(),
    }
    let base = space.address.unwrap_or(0);
    let mut out: Vec<Range<u64>> = Vec::new();
    for piece in view::pieces(space, start..end) {
        let part = start.max(piece.start)..end.min(piece.start + piece.length);
        for (addresses, treatment) in live.split(base + part.start..base + part.end, piece.access.write) {
            let range = addresses.start - base..addresses.end - base;
            out.extend(sift(image, live, treatment, range, start, base, bytes));
        }
    }
    out
}

/// Cuts words of a range according to how it is treated; zeros stay, there is
/// nothing in them.
fn sift(
    image: &Image,
    live: &Live,
    treatment: Treatment,
    range: Range<u64>,
    start: u64,
    base: u64,
    bytes: &[u8],
) -> Vec<Range<u64>> {
    let mut out: Vec<Range<u64>> = Vec::new();
    if treatment == Treatment::Keep {
        return out;
    }
    let mut at = range.start;
    while at < range.end {
        let next = (at + 8 - base.wrapping_add(at) % 8).min(range.end);
        let index = |position: u64| usize::try_from(position - start).unwrap_or(usize::MAX);
        let word = bytes.get(index(at)..index(next)).unwrap_or_default();
        let mut value = [0; 8];
        value.iter_mut().zip(word).for_each(|(to, from)| *to = *from);
        let value = u64::from_le_bytes(value);
        let stays = word.len() == 8
            && match treatment {
                Treatment::Registers => is_short(value) || is_harmless(image, value),
                Treatment::Sift => is_harmless(image, value),
                Treatment::Addresses => live.holds_together(image, value),
                Treatment::Keep | Treatment::Clear => false,
            };
        if !stays {
            // An argument of 32 bits may have anything beside it.
            let sifted = word.len() == 8 && treatment == Treatment::Sift && !may_be_text(image, value);
            for (half, bytes) in (at..).step_by(4).zip(word.chunks(4)) {
                let short = value >> (8 * (half - at)) & 0xffff_ffff;
                let narrow = image.machine.pointer_bytes() == 4
                    && match treatment {
                        Treatment::Sift | Treatment::Registers => image.is_pointer(short),
                        Treatment::Addresses => live.holds_together(image, short),
                        Treatment::Keep | Treatment::Clear => false,
                    };
                let stays = narrow || (sifted && is_short_integer(image, short));
                if bytes.iter().any(|byte| *byte != 0) && !stays {
                    let part = half..half + bytes.len() as u64;
                    match out.last_mut() {
                        Some(last) if last.end == part.start => last.end = part.end,
                        _ => out.push(part),
                    }
                }
            }
        }
        at = next;
    }
    out
}

/// Integers of few bits, of either sign.
fn is_short(value: u64) -> bool {
    value.leading_zeros().max(value.leading_ones()) >= u64::BITS - REGISTER_INTEGER_BITS
}

/// Pointers into mappings, and small integers: one of 64 bits or two of 32, which may also be
/// numbers of threads. The notes say those too, and libthread_db compares them with what
/// `struct pthread` says.
fn is_harmless(image: &Image, value: u64) -> bool {
    let small = |value: u64| value <= SMALL_INTEGER_MAX;
    let halves = [value & 0xffff_ffff, value >> 32];
    small(value)
        || small(value.wrapping_neg())
        || (halves.into_iter().all(|half| is_short_integer(image, half)) && !may_be_text(image, value))
        || image.is_pointer(value)
}

/// Two characters of 32 bits, as `wchar_t` and Python's strings have them: both above the
/// control characters, and not the number of a thread.
fn may_be_text(image: &Image, value: u64) -> bool {
    let is_character = |half: u64| {
        (0x20..=SMALL_INTEGER_MAX).contains(&half)
            && !image.threads.iter().any(|thread| u64::from(thread.id) == half)
    };
    is_character(value & 0xffff_ffff) && is_character(value >> 32)
}

/// A small integer of 32 bits and either sign, or the number of a thread.
fn is_short_integer(image: &Image, half: u64) -> bool {
    let small = half <= SMALL_INTEGER_MAX || (1 << 32) - half <= SMALL_INTEGER_MAX;
    small || image.threads.iter().any(|thread| u64::from(thread.id) == half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_keeps_what_is_too_short_to_be_a_fragment() {
        let check = |value: u64, expected: bool| assert_eq!(is_short(value), expected, "{value:#x}");
        check(600_000_000_000, true);
        check(u64::MAX - 515, true);
        check(0x7f5f_c8e1_7c60, true);
        check(1 << 48, false);
        check(u64::MAX << 48, true);
        check(u64::MAX << 49, false);
        check(0x9e37_79b9_7f4a_7c15, false);
    }

    #[test]
    fn the_number_of_a_thread_is_no_secret() {
        let mut image = coredact_dump::raw(&vec![0]);
        assert!(!is_harmless(&image, 3_141_592));
        image.threads.push(coredact_dump::image::Thread {
            id: 3_141_592,
            program_counter: 0,
            stack_pointer: 0,
            thread_pointer: None,
            stack: None,
        });
        assert!(is_harmless(&image, 3_141_592) && is_harmless(&image, 3_141_592 << 32));
        assert!(!is_harmless(&image, 3_141_593));
    }

    #[test]
    fn two_wide_characters_are_no_integers() {
        let image = coredact_dump::raw(&vec![0]);
        let check =
            |value: u64, expected: bool| assert_eq!(is_harmless(&image, value), expected, "{value:#x}");
        check(u64::from(b'p') | u64::from(b'w') << 32, false);
        check(0x0436_0000_0416, false);
        check(u64::from(b'p'), true);
        check(7 << 32 | 4096, true);
        check(0xffff_ffff_0000_0030, true);
    }

    #[test]
    fn the_note_that_names_the_command_stays() {
        let image = coredact_dump::raw(&vec![0]);
        let note = |name| Space {
            origin: Origin::Note { name, kind: 3, thread: None },
            address: None,
            pieces: Vec::new(),
            length: 16,
        };
        let check = |name, expected: &[Range<u64>]| {
            assert_eq!(
                cuts_of(&image, &Live::of(&vec![0_u8], &image).unwrap(), &note(name), 0, &[0xee; 16]),
                expected,
                "{name}"
            );
        };
        check("NT_PRPSINFO", &[]);
        check("NT_FPREGSET", std::slice::from_ref(&(0..16)));
        check("NT_PRSTATUS", std::slice::from_ref(&(0..16)));
    }
}
