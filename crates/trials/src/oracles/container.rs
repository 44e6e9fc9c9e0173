//! Compressed streams.

use coredact_dump::container::{Compression, DecodeLimits};
use std::io::{Cursor, Read, Write};

/// What an oracle lets a stream expand to, in bytes.
const EXPANDED: u64 = 1 << 20;

/// Decompresses bytes under every decoder: no panic, no more bytes than allowed, an end.
///
/// # Panics
/// If a promise is broken.
pub fn container_decode(bytes: &[u8]) {
    let limits = DecodeLimits { expanded_bytes_max: EXPANDED, ..DecodeLimits::default() };
    let detected = Compression::detect(bytes);
    for compression in Compression::ALL {
        let Ok(mut decoder) = compression.decoder(Cursor::new(bytes.to_vec()), &limits) else { continue };
        let mut out = Vec::new();
        let result = decoder.read_to_end(&mut out);
        assert!(out.len() as u64 <= EXPANDED, "{compression} made {} bytes", out.len());
        if result.is_ok() && !out.is_empty() {
            assert_eq!(detected, Some(compression), "a whole stream of {compression} is not recognised");
        }
    }
}

/// Compresses bytes, once or in two streams one after the other, and gets them back; a stream that
/// ends early is an error.
///
/// # Panics
/// If not.
pub fn container_round_trip(bytes: &[u8]) {
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    for compression in Compression::ALL {
        let packed = [pack(compression, first), pack(compression, rest)].concat();
        assert_eq!(unpack(compression, &packed).ok().as_deref(), Some(bytes), "{compression}");
        let short = packed.len() - 1 - bytes.len() % 8;
        assert!(unpack(compression, &packed[..short]).is_err(), "{compression} cut off passes for whole");
    }
}

fn pack(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    let packed = compression.encoder(Vec::new()).and_then(|mut encoder| {
        encoder.write_all(bytes)?;
        encoder.finish()
    });
    // Writing to memory does not fail; an empty stream would fail the oracle.
    packed.unwrap_or_default()
}

fn unpack(compression: Compression, packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let limits = DecodeLimits::default();
    compression.decoder(Cursor::new(packed.to_vec()), &limits)?.read_to_end(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn streams_come_back_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
            container_round_trip(&bytes);
        }

        #[test]
        fn damaged_streams_end(
            bytes in proptest::collection::vec(0_u8..4, 0..4096),
            damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
        ) {
            for compression in Compression::ALL {
                let mut packed = pack(compression, &bytes);
                for (place, byte) in &damage {
                    let place = place.index(packed.len());
                    packed[place] = *byte;
                }
                container_decode(&packed);
            }
        }
    }
}
