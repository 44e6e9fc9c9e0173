//! Keys of HMAC by the tokens in the dump that they sign: a pass over memory, if there is such a token.

use crate::detect;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting};
use crate::progress::Progress;
use crate::view;
use coredact_dump::{Image, ReadAt};
use coredact_keys::Kind;
use coredact_keys::derived::{KEY_BYTES_MAX, KEY_BYTES_MIN, Signed};
use coredact_sweep::{random, text};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;
use zeroize::Zeroizing;

/// Tokens for which keys are looked for: services sign with one key, or two while they change it.
const TOKENS_MAX: usize = 4;

/// Codes that are computed, over all windows: half a microsecond each.
const WORK_MAX: usize = 1 << 24;

/// Codes that are computed for one window at least.
const WORK_PER_WINDOW_MIN: usize = 1 << 10;

/// Bytes of keys that look random, as libraries and people make them.
const RANDOM_KEYS: [usize; 4] = [32, 48, 64, 24];

/// Looks for the keys of the signed tokens in the ledger and adds them. Returns how many possible keys a limit left out.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn prove(
    source: &dyn ReadAt,
    image: &Image,
    ledger: &mut Ledger,
    progress: &dyn Progress,
) -> Result<u64, Error> {
    let tokens = ledger.entries().iter().filter(|entry| entry.material.kind == Kind::Token);
    let texts = tokens.flat_map(|entry| &entry.material.components).map(|one| one.value.bytes());
    let signed: Vec<Signed> = texts.filter_map(Signed::read).take(TOKENS_MAX).collect();
    if signed.is_empty() {
        return Ok(0);
    }
    let windows = view::windows(image);
    let work = (WORK_MAX / windows.len().max(1) / signed.len()).max(WORK_PER_WINDOW_MIN);
    progress.begin("proving", windows.iter().map(|window| window.own).sum());
    let found = windows.par_iter().map_init(Vec::new, |buffer, window| -> Result<Proven, Error> {
        progress.advance(window.own);
        let Some(space) = image.spaces.get(window.space) else { return Ok(Proven::default()) };
        if view::is_zero(source, space, *window) {
            return Ok(Proven::default());
        }
        view::read(source, space, *window, buffer).map_err(Error::read)?;
        let mut proven = Proven::default();
        let mut asked = BTreeSet::new();
        candidates(buffer, &mut |place, key| {
            if !(KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&key.len())
                || !asked.insert(*blake3::hash(key).as_bytes())
            {
                return;
            }
            if asked.len() > work {
                proven.skipped += 1;
                return;
            }
            let by = signed.iter().position(|one| one.is_signed_by(key));
            let start = window.start + place.start as u64;
            let place = start..window.start + place.end as u64;
            let key = || Zeroizing::new(key.to_vec());
            proven.keys.extend(by.map(|token| Signer { token, key: key(), space: window.space, place }));
        });
        Ok(proven)
    });
    let found: Vec<Proven> = found.collect::<Result<_, Error>>()?;
    progress.end();
    let mut skipped = 0;
    for one in found {
        skipped += one.skipped;
        for Signer { token, key, space, place } in one.keys {
            let (Some(token), Some(space)) = (signed.get(token), image.spaces.get(space)) else { continue };
            let material = detect::enrich(token.material(&key));
            let sighting = |file| Sighting { file, component: "secret", form: "as it is".to_owned() };
            ledger.add(material, view::file_ranges(space, place).map(sighting).collect::<Vec<_>>());
        }
    }
    Ok(skipped)
}

/// A key, and where it stands.
struct Signer {
    /// Index of the token that it signs.
    token: usize,
    key: Zeroizing<Vec<u8>>,
    /// Index of the space, and the place in it.
    space: usize,
    place: Range<u64>,
}

/// What one window gave.
#[derive(Default)]
struct Proven {
    keys: Vec<Signer>,
    skipped: u64,
}

/// Shows everything in a window that may be a key: words of text, what they stand for in base64 and hexadecimal, and
/// random bytes at machine words.
fn candidates(bytes: &[u8], show: &mut dyn FnMut(Range<usize>, &[u8])) {
    let mut runs = Vec::new();
    text::runs(bytes, KEY_BYTES_MIN, &mut runs);
    let mut room = Zeroizing::new(Vec::new());
    for run in runs {
        let raw = bytes.get(run.range.clone()).unwrap_or_default();
        let narrowed = text::narrow(raw, run.encoding, &mut room);
        let width = if run.encoding == text::Encoding::Ascii { 1 } else { 2 };
        let place =
            |part: Range<usize>| run.range.start + part.start * width..run.range.start + part.end * width;
        show(run.range.clone(), narrowed);
        let is_foreign = |byte: &u8| !byte.is_ascii_graphic() || b"\"'`,;=<>(){}[]".contains(byte);
        let mut at = 0;
        for word in narrowed.split(is_foreign) {
            let range = at..at + word.len();
            at = range.end + 1;
            if word.len() < KEY_BYTES_MIN {
                continue;
            }
            show(place(range.clone()), word);
            for decoded in [crate::nested::whole_base64(word), from_hex(word)].into_iter().flatten() {
                show(place(range.clone()), &Zeroizing::new(decoded));
            }
        }
    }
    let mut runs = Vec::new();
    random::runs(bytes, &mut runs);
    for run in runs {
        let from = run.start.saturating_sub(8).next_multiple_of(8);
        for start in (from..run.end).step_by(8) {
            for length in RANDOM_KEYS {
                if let Some(key) = bytes.get(start..start + length).filter(|_| start + length <= run.end + 8)
                {
                    show(start..start + length, key);
                }
            }
        }
    }
}

fn from_hex(word: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = word.as_chunks::<2>();
    if !rest.is_empty() || word.len() < 2 * KEY_BYTES_MIN {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use coredact_keys::tokens::Rules;
    use coredact_keys::{Certainty, Component, Material, Notation, Role};

    /// RFC 7515, appendix A.1.
    const TOKEN: &[u8] = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const KEY: &[u8] =
        b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    fn proven(memory: &[u8]) -> Vec<(Certainty, Range<u64>)> {
        let file = memory.to_vec();
        let image = coredact_dump::raw(&file);
        let mut ledger = Ledger::default();
        let token = Component::new("text", Role::Secret, Notation::Text, TOKEN.to_vec());
        ledger.add(
            Material {
                kind: Kind::Token,
                bits: 0,
                certainty: Certainty::Structured,
                detector: "jwt".to_owned(),
                components: vec![token],
                public_ids: Vec::new(),
                publicly_known: None,
            },
            [],
        );
        assert_eq!(prove(&file, &image, &mut ledger, &Silent).unwrap(), 0);
        let found = ledger.entries().iter().skip(1);
        found.map(|entry| (entry.material.certainty, entry.sightings[0].file.clone())).collect()
    }

    #[test]
    fn key_is_found_as_bytes_and_as_text() {
        let rules = Rules::builtin().unwrap();
        assert!(!rules.rules().is_empty());
        let key = crate::nested::whole_base64(KEY).unwrap();
        let mut memory = vec![0; 4096];
        memory[128..128 + 64].copy_from_slice(&key);
        assert_eq!(proven(&memory), [(Certainty::Proven, 128..192)]);
        let mut memory = vec![0; 4096];
        let text = [b"JWT_KEY=", KEY, b"\n"].concat();
        memory[301..301 + text.len()].copy_from_slice(&text);
        assert_eq!(proven(&memory), [(Certainty::Proven, 309..309 + KEY.len() as u64)]);
    }

    #[test]
    fn other_keys_are_not() {
        let mut memory = vec![0; 4096];
        memory[128..160].copy_from_slice(&[0x93; 32]);
        memory[301..305].copy_from_slice(b"word");
        assert!(proven(&memory).is_empty());
    }
}
