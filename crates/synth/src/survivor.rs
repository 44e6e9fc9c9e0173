//! What is left of planted secrets in a file: the plainest search there is.

use crate::truth::{Planted, Truth};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// A fragment of a planted secret that is still there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Survivor {
    /// Where it lies in the file.
    pub file_offset: u64,
    /// Id of the secret.
    pub secret: String,
    /// How the fragment was planted.
    pub form: String,
}

/// Bytes by which a fragment is looked up.
const WINDOW: usize = 8;

/// A window with more zeros says nothing.
const ZEROS_MAX: usize = 4;

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

impl Truth {
    /// Searches a file, at every offset, for every fragment of the secret part of everything planted:
    /// as many bytes as hold eight bytes of a value. Reads the file once, in little memory.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn survivors(&self, file: &mut impl Read) -> io::Result<Vec<Survivor>> {
        let needles = Needles::new(self);
        let longest = self.planted.iter().map(|planted| planted.fragment).max().unwrap_or(0);
        let mut survivors = Vec::new();
        // The bytes at hand, of which the first are the end of the chunk before.
        let (mut buffer, mut start) = (Vec::with_capacity(CHUNK + longest), 0_u64);
        loop {
            let count = file.take(CHUNK as u64).read_to_end(&mut buffer)?;
            let last = if count == 0 { buffer.len() } else { buffer.len().saturating_sub(longest) };
            for at in 0..last {
                if let Some(planted) = needles.find(self, &buffer[at..]) {
                    survivors.push(Survivor {
                        file_offset: start + at as u64,
                        secret: planted.secret.clone(),
                        form: planted.form.clone(),
                    });
                }
            }
            if count == 0 {
                return Ok(survivors);
            }
            buffer.drain(..last);
            start += last as u64;
        }
    }
}

/// Where each window is from, and a filter before the look-up.
struct Needles {
    /// Index of the planting and offset in it.
    windows: BTreeMap<u64, Vec<(usize, usize)>>,
    filter: Vec<u64>,
}

impl Needles {
    fn new(truth: &Truth) -> Self {
        let mut needles = Self { windows: BTreeMap::new(), filter: vec![0; 1 << 16] };
        for (number, planted) in truth.planted.iter().enumerate() {
            for range in &planted.secret_ranges {
                let fragments = planted.bytes[range.clone()].windows(planted.fragment.min(range.len()));
                for (at, fragment) in fragments.enumerate() {
                    let Some(window) = fragment.first_chunk::<WINDOW>() else { continue };
                    if window.iter().filter(|byte| **byte == 0).count() > ZEROS_MAX {
                        continue;
                    }
                    let word = u64::from_le_bytes(*window);
                    needles.windows.entry(word).or_default().push((number, range.start + at));
                    let (cell, bit) = Self::bit(word);
                    needles.filter[cell] |= bit;
                }
            }
        }
        needles
    }

    /// The planting whose fragment stands at the start of `bytes`.
    #[inline]
    fn find<'a>(&self, truth: &'a Truth, bytes: &[u8]) -> Option<&'a Planted> {
        let word = u64::from_le_bytes(*bytes.first_chunk::<WINDOW>()?);
        let (cell, bit) = Self::bit(word);
        if self.filter[cell] & bit == 0 {
            return None;
        }
        let whole = |(number, at): &(usize, usize)| {
            let planted = &truth.planted[*number];
            // A range may be shorter than a fragment of its form: then all of it counts.
            let end = (at + planted.fragment).min(planted.bytes.len());
            bytes.starts_with(&planted.bytes[*at..end]).then_some(planted)
        };
        self.windows.get(&word)?.iter().find_map(whole)
    }

    #[inline]
    fn bit(word: u64) -> (usize, u64) {
        let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 42;
        (usize::try_from(hash >> 6).unwrap_or(0), 1 << (hash & 63))
    }
}
