//! Does any part of a removed secret survive?
//!
//! No secret travels in a document, so the secrets are read from the original at the places the report
//! names. Of each, every run of 8 bytes is a needle ([`needle`]), as it stands and in the orders and digits in
//! which numbers are written ([`form`]). The clean dump is then searched for all needles at every alignment, as it
//! stands and after undoing what text does to bytes: hexadecimal, base64, UTF-16, percent signs
//! ([`decode`]), and compression ([`inflate`]), one inside the other ([`nested`]).
//!
//! # What counts as a needle
//! 8 bytes that say nothing are none: three zeros or more, fewer than five distinct bytes, a sequence like
//! `01 02 03`, a pointer into the process's memory ([`weigh`]). 8 characters of text are one only if they
//! look chosen rather than written: at least two letters and two digits, or three changes between lower
//! case, upper case and digits.
//!
//! # What is taken from which place
//! - A place that holds a named component (`p`, `key`, `schedule`): all of it.
//! - A place that holds an encoding of a whole key: an encoded RSA key holds the modulus, which lives on in
//!   certificates. So the encoding is read (PEM, DER, OpenSSH, JWK) and its private numbers are taken
//!   ([`encoded`]). What cannot be read (the middle of a torn PEM) is judged only where it stood.
//! - A token or credential: its text. Of a JWT only the signature, since header and claims are shared by
//!   tokens, and without its signature a token proves nothing. A weak one, shorter than 8 characters or of
//!   lower-case letters alone (`postgres`), is judged only where it stood: it is a word, and words stand
//!   elsewhere with another meaning.
//! - Randomness, arguments, environment values and guards: nothing. Nobody claims that other copies of
//!   them were removed.
//!
//! - Of a text also what its numbers and escapes write down there ([`crate::text`]): the bytes that were dumped, of which
//!   each number is too short to be a fragment. The clean text is read back in the same way.
//!
//! What is judged only where it stood is judged there in full: all of the place must lie in the plan.

mod decode;
mod der;
pub(crate) mod encoded;
mod form;
mod gather;
pub(crate) mod inflate;
mod needle;
pub(crate) mod nested;
mod scan;
mod secret;
mod text;

mod weigh;

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named};
use coredact_record::{Answer, Plan, Report};
use gather::Gathered;
use std::ops::Range;

/// What of a dump stays for reasons of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'a> {
    /// The addresses that the process had.
    pub(crate) mapped: &'a [Range<u64>],
    /// Where there is text, in which quotes, line breaks and `0x` stay, and in whose numbers bytes are written down.
    pub(crate) texts: &'a [Range<u64>],
}

/// Asks for survivors of every secret that the report says was removed.
pub(crate) fn survivors(
    original: Named<'_>,
    clean: Named<'_>,
    report: &Report,
    plan: &Plan,
    kept: Kept<'_>,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Answer, Fault> {
    let Gathered { secrets, counts, uncovered } = gather::gather(original, report, plan, kept)?;
    let searched = scan::search(clean, &secrets, kept.texts, advance)?;
    let mut shown = searched.shown();
    shown.extend(uncovered.shown());
    let passed = searched.survivors() == 0 && uncovered.bytes == 0;
    let detail = if passed {
        format!(
            "{} fragments of {} secret values, each in all its forms, were looked for at every alignment of {} bytes; none is left",
            searched.fragments,
            secrets.len(),
            clean.length()
        )
    } else {
        shown.join("; ")
    };
    let mut answer = answer(question::SURVIVORS, passed, detail)
        .with("survivors", searched.survivors())
        .with("values", secrets.len() as u64)
        .with("fragments", searched.fragments)
        .with("fragments_without_information", searched.without_information)
        .with("bytes_searched", clean.length())
        .with("bytes_decoded", searched.decoded)
        .with("streams_inflated", searched.inflated.streams)
        .with("bytes_inflated", searched.inflated.bytes)
        .with("streams_cut_short", searched.inflated.cut_short)
        .with("bytes_uncovered", uncovered.bytes);
    for (name, number) in counts.numbers() {
        answer = answer.with(name, number);
    }
    Ok(answer)
}
