//! LZO1X, decoded (`Documentation/staging/lzo.rst` of Linux describes the stream).
//!
//! Written here, because what is published panics on streams that lie, or is in C.

/// The next bytes of a stream.
struct Stream<'a>(&'a [u8]);

impl Stream<'_> {
    fn byte(&mut self) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(*first))
    }

    /// A distance of 14 bits above two bits of literals.
    fn word(&mut self) -> Option<usize> {
        let low = self.byte()?;
        Some(low | self.byte()? << 8)
    }

    /// A length of which `short` came with the instruction: if that is zero, `long` and as many times 255 as zeros follow,
    /// and the byte after them.
    fn length(&mut self, short: usize, long: usize) -> Option<usize> {
        if short > 0 {
            return Some(short);
        }
        let mut length = long;
        loop {
            match self.byte()? {
                0 => length = length.checked_add(255)?,
                last => return length.checked_add(last),
            }
        }
    }
}

/// What was decoded, as far as it has room.
struct Plain<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl Plain<'_> {
    fn literals(&mut self, stream: &mut Stream<'_>, count: usize) -> Option<()> {
        let (from, rest) = stream.0.split_at_checked(count)?;
        let end = self.length.checked_add(count)?;
        self.out.get_mut(self.length..end)?.copy_from_slice(from);
        (self.length, stream.0) = (end, rest);
        Some(())
    }

    /// Copies from what was decoded before; the copy may run into itself.
    fn copy(&mut self, distance: usize, count: usize) -> Option<()> {
        let start = self.length.checked_sub(distance)?;
        let end = self.length.checked_add(count)?;
        let window = self.out.get_mut(start..end)?;
        for at in distance..window.len() {
            let byte = window.get(at.checked_sub(distance)?).copied()?;
            *window.get_mut(at)? = byte;
        }
        self.length = end;
        Some(())
    }
}

/// Decodes a stream that is `out` in full; `None` if it is not.
pub(super) fn decode(packed: &[u8], out: &mut [u8]) -> Option<()> {
    let mut stream = Stream(packed);
    let mut plain = Plain { out, length: 0 };
    // Literals after the last instruction: 0 to 3, or 4 for a run of them.
    let mut state = 0;
    if let Some(&first) = packed.first().filter(|first| **first > 17) {
        stream.byte()?;
        let count = usize::from(first).checked_sub(17)?;
        plain.literals(&mut stream, count)?;
        state = count.min(4);
    }
    loop {
        let code = stream.byte()?;
        let (distance, count, next) = match code {
            0..16 if state == 0 => {
                let count = stream.length(code, 15)?.checked_add(3)?;
                plain.literals(&mut stream, count)?;
                state = 4;
                continue;
            }
            0..16 => {
                let far = if state == 4 { 2048 } else { 0 };
                let distance = (code >> 2 | stream.byte()? << 2).checked_add(far)?.checked_add(1)?;
                (distance, if state == 4 { 3 } else { 2 }, code & 3)
            }
            16..32 => {
                let count = stream.length(code & 7, 7)?.checked_add(2)?;
                let word = stream.word()?;
                let distance = ((code & 8) << 11 | word >> 2).checked_add(16_384)?;
                if distance == 16_384 {
                    let is_whole = stream.0.is_empty() && plain.length == plain.out.len();
                    return is_whole.then_some(());
                }
                (distance, count, word & 3)
            }
            32..64 => {
                let count = stream.length(code & 31, 31)?.checked_add(2)?;
                let word = stream.word()?;
                ((word >> 2).checked_add(1)?, count, word & 3)
            }
            _ => {
                let distance = (code >> 2 & 7 | stream.byte()? << 3).checked_add(1)?;
                (distance, (code >> 5).checked_add(1)?, code & 3)
            }
        };
        plain.copy(distance, count)?;
        plain.literals(&mut stream, next)?;
        state = next;
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8]) {
        let packed = lzokay_native::compress(bytes).unwrap();
        let mut out = vec![0; bytes.len()];
        assert_eq!(decode(&packed, &mut out), Some(()), "{} bytes", bytes.len());
        assert_eq!(out, bytes);
        // A page of another length is none.
        assert_eq!(decode(&packed, &mut vec![0; bytes.len() + 1]), None);
        assert!(bytes.is_empty() || decode(&packed, &mut vec![0; bytes.len() - 1]).is_none());
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let words: Vec<u8> = (0..4096_u32).flat_map(|at| ((at * at) >> 7).to_le_bytes()).collect();
        for length in [1, 3, 4, 17, 18, 21, 22, 238, 239, 273, 274, 4096, 16_000] {
            check(&words[..length]);
            check(&vec![0; length]);
        }
        check(&[&words[..], &vec![9; 50_000], &words].concat());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(0_u8..6, 1..6000)) {
            check(&bytes);
        }

        #[test]
        fn any_stream_is_decoded_or_refused(
            packed in proptest::collection::vec(any::<u8>(), 0..300),
            length in 0_usize..5000,
        ) {
            let _decoded = decode(&packed, &mut vec![0; length]);
        }
    }
}
