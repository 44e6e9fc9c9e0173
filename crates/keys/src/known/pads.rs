//! Keys of HMAC that are left only as its pads: the key with 0x36 or 0x5c added to each byte, and as many of those as
//! fill the block (RFC 2104, section 2). Go, Java and Python keep both blocks for the life of the object.

use super::index::Index;
use super::limits::PAD_BLOCK_BYTES;
use super::material;
use crate::material::Hit;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

/// Both pads with the names of the forms.
const PADS: [(u8, &str); 2] = [(0x36, "hmac-inner-pad"), (0x5c, "hmac-outer-pad")];

/// Padding bytes by which a block is recognised: a key is at least that much shorter than its block.
const PADDING_BYTES: usize = 8;

/// Appends the secrets that stand before padding.
pub(super) fn scan(index: &Index, bytes: &[u8], out: &mut Vec<Hit>) {
    for (pad, form) in PADS {
        let padding = [pad; PADDING_BYTES];
        let finder = Finder::new(&padding);
        let mut from = 0;
        while let Some(found) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let padding = from + found;
            let rest = bytes.get(padding..).unwrap_or_default();
            from = padding + rest.iter().position(|byte| *byte != pad).unwrap_or(rest.len());
            let start = padding.saturating_sub(PAD_BLOCK_BYTES);
            // The last bytes of a key may look like padding in their turn.
            let block = bytes.get(start..(padding + PADDING_BYTES).min(from)).unwrap_or_default();
            let plain = Zeroizing::new(block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            index.plain(&plain, &mut |mut found| {
                found.range = start + found.range.start..start + found.range.end;
                out.push(material::hit(found, Some(form)));
            });
        }
    }
}

/// The bytes that HMAC keeps of a key, if they are one.
pub(super) fn of_key(key: &[u8]) -> Option<[(&'static str, Vec<u8>); 2]> {
    (key.len() <= PAD_BLOCK_BYTES)
        .then(|| PADS.map(|(pad, form)| (form, key.iter().map(|byte| byte ^ pad).collect())))
}
