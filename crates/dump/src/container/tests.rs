//! One body for every format; the formats' own tools wrote nothing here, the
//! encoders did, so frames are cut and joined by hand.

use super::{Compression, DecodeLimits, Error};
use proptest::prelude::*;
use std::io::{self, Read, Write};

fn pack(compression: Compression, content: &[u8]) -> Vec<u8> {
    let mut encoder = compression.encoder(Vec::new()).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn unpack_within(limits: &DecodeLimits, compression: Compression, packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut decoder = compression.decoder(io::Cursor::new(packed.to_vec()), limits)?;
    decoder.read_to_end(&mut content)?;
    Ok(content)
}

fn unpack(compression: Compression, packed: &[u8]) -> io::Result<Vec<u8>> {
    unpack_within(&DecodeLimits::default(), compression, packed)
}

/// Bytes that compress a little: words from a linear congruential generator.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn every_length_comes_back() {
    for compression in Compression::ALL {
        for length in [0, 1, 7, 4096, 65_536, (1 << 20) - 1, 5 << 20] {
            let content = noise(length, 7);
            assert_eq!(
                content,
                unpack(compression, &pack(compression, &content)).unwrap(),
                "{compression} {length}"
            );
        }
    }
}

#[test]
fn joined_frames_are_read_to_the_last() {
    for compression in Compression::ALL {
        let parts = [noise(100_000, 1), Vec::new(), noise(10, 2), vec![0; 6 << 20], noise(3, 3)];
        let packed: Vec<u8> = parts.iter().flat_map(|part| pack(compression, part)).collect();
        assert!(parts.concat() == unpack(compression, &packed).unwrap(), "{compression}");
    }
}

#[test]
fn every_cut_is_an_error_with_its_offset() {
    for compression in Compression::ALL {
        let packed = pack(compression, &noise(700, 4));
        for cut in 0..packed.len() {
            let error = unpack(compression, &packed[..cut]).unwrap_err();
            match Error::of(&error) {
                Some(&Error::Truncated { offset, .. }) => {
                    assert!(offset <= cut as u64, "{compression} {cut}")
                }
                other => panic!("{compression} cut at {cut}: {other:?}"),
            }
        }
    }
}

#[test]
fn every_cut_in_a_later_frame_is_an_error() {
    for compression in Compression::ALL {
        let first = pack(compression, &noise(50, 4));
        let both = [first.clone(), pack(compression, &noise(70, 5))].concat();
        for cut in first.len() + 1..both.len() {
            let error = unpack(compression, &both[..cut]).unwrap_err();
            assert!(Error::of(&error).is_some(), "{compression} cut at {cut}: {error}");
        }
    }
}

#[test]
fn bytes_after_the_last_frame_are_an_error() {
    for compression in Compression::ALL {
        for tail in [&b"\n"[..], b"trailing garbage", &[0; 3], &[0xff; 100]] {
            let packed = [pack(compression, b"content"), tail.to_vec()].concat();
            let error = unpack(compression, &packed).unwrap_err();
            assert!(Error::of(&error).is_some(), "{compression} {tail:?}: {error}");
        }
    }
}

#[test]
fn a_flipped_bit_is_never_read_as_other_content() {
    for compression in Compression::ALL {
        let content = noise(300, 6);
        let packed = pack(compression, &content);
        for position in 0..packed.len() * 8 {
            let mut damaged = packed.clone();
            damaged[position / 8] ^= 1 << (position % 8);
            if let Ok(read) = unpack(compression, &damaged) {
                assert_eq!(content, read, "{compression} bit {position}");
            }
        }
    }
}

#[test]
fn an_expansion_over_the_limit_is_refused() {
    for compression in Compression::ALL {
        let packed = pack(compression, &vec![0x5a; 4 << 20]);
        let length = DecodeLimits { expanded_bytes_max: (4 << 20) - 1, ..DecodeLimits::default() };
        let ratio = DecodeLimits { ratio_free_bytes: 1 << 20, ratio_max: 10, ..DecodeLimits::default() };
        for limits in [length, ratio] {
            let error = unpack_within(&limits, compression, &packed).unwrap_err();
            assert!(matches!(Error::of(&error), Some(Error::Expansion { .. })), "{compression}: {error}");
        }
    }
}

#[test]
fn zero_pages_do_not_count_as_a_bomb() {
    for compression in Compression::ALL {
        let packed = pack(compression, &vec![0; 4 << 20]);
        let limits = DecodeLimits { ratio_free_bytes: 1 << 20, ratio_max: 10, ..DecodeLimits::default() };
        assert_eq!(4 << 20, unpack_within(&limits, compression, &packed).unwrap().len(), "{compression}");
    }
}

#[test]
fn a_bomb_of_zeros_ends_at_its_ratio_or_at_the_length_that_was_named() {
    for compression in Compression::ALL {
        let packed = pack(compression, &vec![0; 4 << 20]);
        let bomb =
            DecodeLimits { sparse_free_bytes: 1 << 20, sparse_ratio_max: 10, ..DecodeLimits::default() };
        for limits in [bomb, DecodeLimits::up_to((4 << 20) - 1)] {
            let error = unpack_within(&limits, compression, &packed).unwrap_err();
            let Some(Error::Expansion { expanded, .. }) = Error::of(&error) else {
                panic!("{compression}: {error}")
            };
            assert!(
                *expanded <= 4 << 20 && error.to_string().contains("--max-expanded"),
                "{compression}: {error}"
            );
        }
        assert!(unpack_within(&DecodeLimits::up_to(4 << 20), compression, &packed).is_ok(), "{compression}");
    }
}

#[test]
fn a_window_over_the_limit_is_refused() {
    let content = noise(300_000, 8);
    for (compression, limits) in [
        (Compression::Zstd, DecodeLimits { zstd_window_log_max: 10, ..DecodeLimits::default() }),
        (Compression::Xz, DecodeLimits { xz_memory_bytes_max: 1 << 16, ..DecodeLimits::default() }),
    ] {
        let error = unpack_within(&limits, compression, &pack(compression, &content)).unwrap_err();
        assert!(matches!(Error::of(&error), Some(Error::Memory { .. })), "{compression}: {error}");
    }
}

#[test]
fn a_failing_file_is_reported_as_itself() {
    struct Failing(io::Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::new(io::ErrorKind::TimedOut, "the medium is gone")),
                count => Ok(count),
            }
        }
    }
    for compression in Compression::ALL {
        let packed = pack(compression, &noise(4096, 9));
        let input = Failing(io::Cursor::new(packed[..2000].to_vec()));
        let mut decoder = compression.decoder(input, &DecodeLimits::default()).unwrap();
        let error = decoder.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(io::ErrorKind::TimedOut, error.kind(), "{compression}");
        assert!(decoder.read(&mut [0; 8]).is_err(), "{compression}: an error is not followed by an end");
    }
}

#[test]
fn lz4_legacy_frames_are_read() {
    let block = noise(8 << 20, 10);
    let mut packed = vec![0x02, 0x21, 0x4c, 0x18];
    for part in [&block[..], b"the last block is short"] {
        let part = lz4_flex::block::compress(part);
        packed.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        packed.extend(part);
    }
    let mut content = [&block[..], b"the last block is short"].concat();
    assert!(content == unpack(Compression::Lz4, &packed).unwrap());
    packed.extend(pack(Compression::Lz4, b"and a frame of the new kind"));
    content.extend(b"and a frame of the new kind");
    assert!(content == unpack(Compression::Lz4, &packed).unwrap());
    packed.truncate(packed.len() - 1);
    assert!(unpack(Compression::Lz4, &packed).is_err());
}

#[test]
fn skippable_frames_are_skipped_and_bounded() {
    for compression in [Compression::Zstd, Compression::Lz4] {
        let skippable = [&[0x5f, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"hello"].concat();
        let packed = [&skippable[..], &pack(compression, b"content"), &skippable].concat();
        assert_eq!(b"content", &unpack(compression, &packed).unwrap()[..], "{compression}");
        assert!(unpack(compression, &packed[..packed.len() - 1]).is_err(), "{compression}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn decoding_undoes_encoding(content in prop::collection::vec(any::<u8>(), 0..200_000), zeros in 0..100_000_usize) {
        let content = [content, vec![0; zeros]].concat();
        for compression in Compression::ALL {
            prop_assert!(content == unpack(compression, &pack(compression, &content)).unwrap());
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        for compression in Compression::ALL {
            let head = pack(compression, b"");
            for packed in [bytes.clone(), [&head[..head.len().min(8)], &bytes].concat()] {
                let limits = DecodeLimits { expanded_bytes_max: 1 << 20, ..DecodeLimits::default() };
                drop(unpack_within(&limits, compression, &packed));
            }
        }
    }
}
