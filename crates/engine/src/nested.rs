//! Secrets inside encodings: base64 in text, and compressed streams in memory.

use coredact_keys::known::Index;
use coredact_keys::tokens::Rules;
use coredact_keys::{Hit, base64, encoded};
use coredact_sweep::text;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use memchr::memmem::Finder;
use std::io::{BufRead, Read};
use std::ops::Range;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Shortest base64 text that is decoded: 24 characters hold 18 bytes, less than
/// any encoded key and about the shortest `user:password`.
const BASE64_CHARS_MIN: usize = 24;

/// Encodings inside encodings that are followed.
const DEPTH_MAX: usize = 3;

/// Bytes that one compressed stream may expand to.
const STREAM_BYTES_MAX: u64 = 8 << 20;

/// Bytes that all compressed streams of one window may expand to.
const WINDOW_EXPANDED_BYTES_MAX: usize = 64 << 20;

/// Shortest expansion that is looked at: garbage that happens to begin like a
/// stream yields a few bytes before it ends.
const EXPANDED_BYTES_MIN: usize = 32;

/// Shortest run of characters read as text inside an encoding.
const TEXT_CHARS_MIN: usize = 8;

/// What is looked for inside encodings.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Token rules.
    pub rules: &'a Rules,
    /// Known secrets.
    pub known: &'a [Index],
}

/// Appends the keys and tokens found inside base64 runs of a text. Ranges count
/// characters of `text`.
pub fn encoded_text(text: &[u8], wanted: Wanted<'_>, out: &mut Vec<Hit>) {
    encoded_at(text, wanted, DEPTH_MAX, out);
}

fn encoded_at(text: &[u8], wanted: Wanted<'_>, depth: usize, out: &mut Vec<Hit>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for run in base64_runs(text) {
        let characters = text.get(run.clone()).unwrap_or_default();
        let plain = Zeroizing::new(decode(characters));
        let mut inner = Vec::new();
        plain_hits(&plain, wanted, depth, &mut inner);
        // Helm releases and many cookies: base64 of a compressed document.
        if MAGICS.iter().any(|(magic, _)| plain.starts_with(magic.needle())) {
            compressed_at(&plain, wanted, depth, &mut inner);
        }
        out.extend(inner.into_iter().map(|hit| Hit {
            range: run.start + hit.range.start / 3 * 4
                ..(run.start + hit.range.end.div_ceil(3) * 4).min(run.end),
            form: "base64",
            ..hit
        }));
    }
}

/// Keys and tokens in decoded bytes.
fn plain_hits(plain: &[u8], wanted: Wanted<'_>, depth: usize, out: &mut Vec<Hit>) {
    let mut binary = Vec::new();
    encoded::scan_binary(plain, &mut binary);
    out.extend(binary.into_iter().filter(|hit| !encoded::is_cut(hit)));
    wanted.known.iter().for_each(|index| index.scan(plain, out));
    let mut runs = Vec::new();
    text::runs(plain, TEXT_CHARS_MIN, &mut runs);
    for run in runs {
        let raw = plain.get(run.range.clone()).unwrap_or_default();
        let mut room = Zeroizing::new(Vec::new());
        let narrowed = text::narrow(raw, run.encoding, &mut room);
        let mut hits = Vec::new();
        encoded::scan_text(narrowed, &mut hits);
        wanted.rules.scan(narrowed, &mut hits);
        wanted.known.iter().for_each(|index| index.scan_text(narrowed, &mut hits));
        encoded_at(narrowed, wanted, depth, &mut hits);
        let width = if run.encoding == text::Encoding::Ascii { 1 } else { 2 };
        let place =
            |range: Range<usize>| run.range.start + range.start * width..run.range.start + range.end * width;
        out.extend(hits.into_iter().map(|hit| Hit { range: place(hit.range.clone()), ..hit }));
    }
}

/// Maximal runs of base64 characters of either alphabet that are long enough and
/// hold letters of both cases: of twenty-four characters that encode anything but
/// zeros, fewer than one in ten thousand do not.
fn base64_runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(left) = text.get(start..).filter(|left| left.len() >= BASE64_CHARS_MIN) {
        // The last character of the shortest run first: most words are passed over in one step.
        let shortest = left.first_chunk::<BASE64_CHARS_MIN>();
        if let Some(shortest) = shortest.filter(|shortest| !base64::all_digits(*shortest)) {
            start +=
                shortest.iter().rposition(|byte| !base64::is_digit(*byte)).map_or(1, |foreign| foreign + 1);
            continue;
        }
        let length = base64::digits_ahead(left);
        let run = start..start + length;
        let characters = text.get(run.clone()).unwrap_or_default();
        if characters.iter().any(u8::is_ascii_uppercase) && characters.iter().any(u8::is_ascii_lowercase) {
            out.push(run);
        }
        start += length + 1;
    }
    out
}

/// Decodes a text that is base64 throughout, of either alphabet and without padding.
#[must_use]
pub fn whole_base64(text: &[u8]) -> Option<Vec<u8>> {
    base64::all_digits(text).then(|| decode(text))
}

/// Decodes base64 digits, and what they say beyond the last whole group.
fn decode(digits: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    base64::decode_into(digits, &mut out);
    out
}

/// A compressed stream that stands in memory.
pub struct Stream {
    /// Its bytes, as far as they were used.
    pub range: Range<usize>,
    /// `gzip`, `zlib` or `zstd`.
    pub form: &'static str,
    /// What it expands to, up to a limit.
    pub plain: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} at {:?})", self.form, self.range)
    }
}

/// Appends the keys and tokens found inside compressed streams; each hit covers
/// its whole stream, for no byte of one can be changed alone.
pub fn compressed(bytes: &[u8], wanted: Wanted<'_>, out: &mut Vec<Hit>) {
    compressed_at(bytes, wanted, DEPTH_MAX, out);
}

fn compressed_at(bytes: &[u8], wanted: Wanted<'_>, depth: usize, out: &mut Vec<Hit>) {
    streams(bytes, |stream| {
        let mut inner = Vec::new();
        plain_hits(&stream.plain, wanted, depth, &mut inner);
        out.extend(inner.into_iter().map(|hit| Hit {
            range: stream.range.clone(),
            form: stream.form,
            ..hit
        }));
    });
}

/// Expands every compressed stream that begins in `bytes`, cut-off ones as far
/// as they go.
pub fn streams(bytes: &[u8], mut show: impl FnMut(&Stream)) {
    let mut budget = WINDOW_EXPANDED_BYTES_MAX;
    for (magic, form) in MAGICS.iter() {
        for start in magic.find_iter(bytes) {
            let Some(rest) = bytes.get(start..) else { continue };
            let Some((used, plain)) = expand(form, rest) else { continue };
            budget = budget.saturating_sub(plain.len());
            if plain.len() >= EXPANDED_BYTES_MIN {
                show(&Stream { range: start..start + used, form, plain });
            }
            if budget == 0 {
                return;
            }
        }
    }
}

/// Shows what compressed streams at the head of base64 text expand to, and where the text stands: no character of
/// one can be changed alone. `bytes` are a window; text in UTF-16 counts.
pub fn encoded_streams(bytes: &[u8], show: &mut dyn FnMut(Range<usize>, &[u8])) {
    let mut runs = Vec::new();
    text::runs(bytes, BASE64_CHARS_MIN, &mut runs);
    let mut room = Zeroizing::new(Vec::new());
    for run in runs {
        let raw = bytes.get(run.range.clone()).unwrap_or_default();
        let narrowed = text::narrow(raw, run.encoding, &mut room);
        let width = if run.encoding == text::Encoding::Ascii { 1 } else { 2 };
        encoded_streams_at(narrowed, DEPTH_MAX, &mut |range, plain| {
            show(run.range.start + range.start * width..run.range.start + range.end * width, plain);
        });
    }
}

fn encoded_streams_at(characters: &[u8], depth: usize, show: &mut dyn FnMut(Range<usize>, &[u8])) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for run in base64_runs(characters) {
        let head = decode(characters.get(run.start..run.start + BASE64_CHARS_MIN).unwrap_or_default());
        let packed = MAGICS.iter().any(|(magic, _)| head.starts_with(magic.needle()));
        if !packed && !base64::all_digits(&head) {
            continue;
        }
        let plain = Zeroizing::new(decode(characters.get(run.clone()).unwrap_or_default()));
        let mut whole = |_: Range<usize>, plain: &[u8]| show(run.clone(), plain);
        if packed {
            streams(&plain, |stream| {
                whole(0..0, &stream.plain);
                encoded_streams_at(&stream.plain, depth, &mut whole);
            });
        } else {
            encoded_streams_at(&plain, depth, &mut whole);
        }
    }
}

/// How the streams begin: gzip with deflate (RFC 1952, section 2.3), zlib with a
/// 32 KiB window at its four levels (RFC 1950, section 2.2), zstd (RFC 8878, section 3.1.1).
static MAGICS: LazyLock<Vec<(Finder<'static>, &'static str)>> = LazyLock::new(|| {
    let magics: [(&[u8], _); 6] = [
        (&[0x1f, 0x8b, 8], "gzip"),
        (&[0x78, 0x01], "zlib"),
        (&[0x78, 0x5e], "zlib"),
        (&[0x78, 0x9c], "zlib"),
        (&[0x78, 0xda], "zlib"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    ];
    magics.into_iter().map(|(magic, form)| (Finder::new(magic), form)).collect()
});

fn expand(form: &str, bytes: &[u8]) -> Option<(usize, Zeroizing<Vec<u8>>)> {
    let mut rest = bytes;
    let plain = match form {
        "gzip" => take(GzDecoder::new(&mut rest)),
        "zlib" => take(ZlibDecoder::new(&mut rest)),
        _ => {
            let decoder = zstd::stream::read::Decoder::with_buffer(by_ref(&mut rest)).ok()?;
            take(decoder.single_frame())
        }
    };
    Some((bytes.len() - rest.len(), plain))
}

fn by_ref<R: BufRead>(reader: &mut R) -> &mut R {
    reader
}

/// Reads up to the limit, keeping what came before an error.
fn take(reader: impl Read) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::new());
    let end = reader.take(STREAM_BYTES_MAX).read_to_end(&mut plain);
    drop(end);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn decoding_keeps_every_byte() {
        assert_eq!(decode(b"Zm9vYmFy"), b"foobar");
        assert_eq!(decode(b"Zm9vYmE"), b"fooba");
        assert_eq!(decode(b"--__"), [0xfb, 0xef, 0xff]);
    }

    #[test]
    fn token_in_gzip_in_base64_is_found_and_its_text_goes_whole() {
        let rules = Rules::builtin().unwrap();
        let word = "postgres://app:rT5xWq8LmZ2vNc7K@db.internal:5432/app";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(format!("{{\"note\":\"{}\",\"url\":\"{word}\"}}", "dull ".repeat(50)).as_bytes())
            .unwrap();
        let packed = gzip.finish().unwrap();
        let text = ::base64::Engine::encode(&::base64::engine::general_purpose::STANDARD, &packed);
        let mut hits = Vec::new();
        encoded_text(format!("release={text};").as_bytes(), Wanted { rules: &rules, known: &[] }, &mut hits);
        let hit = hits.first().expect("a hit");
        assert!(
            hit.range.start <= 8 + 16 && hit.range.end + 16 >= 8 + text.len(),
            "{:?} of {}",
            hit.range,
            text.len()
        );
    }

    #[test]
    fn random_bytes_before_zeros_in_a_picture_are_no_end_of_a_key() {
        let mut noise = 1_u64;
        let mut pixels: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            noise.to_be_bytes()[0]
        })
        .take(400)
        .collect();
        pixels.extend([0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut there = Vec::new();
        encoded::scan_binary(&pixels[1..], &mut there);
        assert!(there.iter().any(encoded::is_cut), "memory may hold it");
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(&pixels[1..]).unwrap();
        let mut hits = Vec::new();
        let rules = Rules::builtin().unwrap();
        compressed(&zlib.finish().unwrap(), Wanted { rules: &rules, known: &[] }, &mut hits);
        assert!(hits.is_empty(), "{hits:?}");
    }

    #[test]
    fn streams_in_text_are_expanded_and_their_text_is_told() {
        let plain = b"the quick brown fox jumps over the lazy dog, twice and again".repeat(3);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&plain).unwrap();
        let gzip = gzip.finish().unwrap();
        let encode = |bytes: &[u8]| {
            ::base64::Engine::encode(&::base64::engine::general_purpose::STANDARD_NO_PAD, bytes)
        };
        for text in [encode(&gzip), encode(encode(&gzip).as_bytes())] {
            let wide: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
            for written in [text.as_bytes(), &wide] {
                let window = [&[7; 33][..], written, &[7; 9]].concat();
                let mut seen = Vec::new();
                encoded_streams(&window, &mut |range, plain| seen.push((range, plain.to_vec())));
                assert_eq!(seen, [(33..33 + written.len(), plain.clone())]);
            }
        }
        encoded_streams(encode(&plain).as_bytes(), &mut |range, _| panic!("{range:?} is no stream"));
    }

    #[test]
    fn streams_are_expanded_where_they_stand() {
        let text = b"the quick brown fox jumps over the lazy dog, twice and again".repeat(3);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&text).unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(&text).unwrap();
        let zstd = zstd::encode_all(&text[..], 3).unwrap();
        for (form, packed) in
            [("gzip", gzip.finish().unwrap()), ("zlib", zlib.finish().unwrap()), ("zstd", zstd)]
        {
            let mut bytes = vec![7; 100];
            bytes.extend_from_slice(&packed);
            bytes.extend_from_slice(&[9; 50]);
            let mut seen = Vec::new();
            streams(&bytes, |stream| seen.push((stream.form, stream.range.clone(), stream.plain.to_vec())));
            assert_eq!(seen, [(form, 100..100 + packed.len(), text.clone())]);
        }
    }

    #[test]
    fn a_cut_off_stream_is_expanded_as_far_as_it_goes() {
        let text: Vec<u8> = (0..4000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&text).unwrap();
        let mut packed = gzip.finish().unwrap();
        packed.truncate(packed.len() / 2);
        let mut plain = Vec::new();
        streams(&packed, |stream| plain = stream.plain.to_vec());
        assert!(plain.len() > 1000 && text.starts_with(&plain));
    }
}
