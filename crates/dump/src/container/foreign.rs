//! Formats whose content does not lie in the file as it is, and that are not opened here.
//!
//! A search of such a file sees compressed or encrypted bytes, in which no secret shows. That is no finding of
//! "clean": whoever reads a file as raw bytes asks here first, and says what was not read.

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes of a file's head that [`Foreign::detect`] makes use of.
pub const HEAD_BYTES: usize = 4096;

/// A format that hides its content and is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Its name, fit to stand before "file".
    pub name: &'static str,
    /// What lays the content open, as a user would type or do it.
    pub opener: &'static str,
}

impl Foreign {
    /// The format of a file that starts with `head`; give it [`HEAD_BYTES`] or the whole file.
    ///
    /// The formats that [`Compression`](super::Compression) opens are among them: found here, they stand
    /// inside another one.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        let head = head.get(..HEAD_BYTES).unwrap_or(head);
        let by_magic = MAGICS.iter().find(|(magic, ..)| head.starts_with(magic));
        if let Some((_, name, opener)) = by_magic {
            return Some(Self { name, opener });
        }
        TESTS.iter().find(|(is, ..)| is(head)).map(|(_, name, opener)| Self { name, opener })
    }
}

/// A look at a file's head.
type Test = fn(&[u8]) -> bool;

/// What takes more than the first bytes; name; what opens it.
const TESTS: [(Test, &str, &str); 6] = [
    (is_bzip2, "bzip2", "bzip2 -d"),
    (is_lzma, "LZMA", "xz -d --format=lzma"),
    (is_lha, "LHA", "lha x"),
    (is_long_zlib, "zlib", "zlib-flate -uncompress"),
    (
        is_linux_hibernation,
        "compressed Linux hibernation",
        "hibernate again with the kernel's hibernate=nocompress",
    ),
    (is_windows_hibernation, "Windows hibernation", "a memory forensics tool"),
];

/// First bytes, with their source; name; what opens it.
const MAGICS: &[(&[u8], &str, &str)] = &[
    // RFC 1952 section 2.3.1; RFC 8878 section 3.1.1; xz-file-format.txt section 2.1.1.1; lz4_Frame_format.md.
    (&[0x1f, 0x8b, 0x08], "gzip", "gzip -d"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd -d"),
    (b"\xfd7zXZ\0", "xz", "xz -d"),
    (&[0x04, 0x22, 0x4d, 0x18], "LZ4", "lz4 -d"),
    (&[0x02, 0x21, 0x4c, 0x18], "LZ4", "lz4 -d"),
    // APPNOTE.TXT of PKWARE, sections 4.3.7 (local file header), 4.3.16 (end of an empty archive), 8.5.4 (spanned).
    (b"PK\x03\x04", "ZIP", "unzip"),
    (b"PK\x05\x06", "ZIP", "unzip"),
    (b"PK\x07\x08", "ZIP", "unzip"),
    // 7zFormat.txt of 7-Zip, "SignatureHeader": kSignature.
    (b"7z\xbc\xaf\x27\x1c", "7z", "7z x"),
    // technote.txt of RAR 5.0, "RAR 5.0 signature"; the older one ends in 0 at once.
    (b"Rar!\x1a\x07", "RAR", "unrar x"),
    // Manual of lzip, "File format": ID string.
    (b"LZIP", "lzip", "lzip -d"),
    // lzop.c, `lzop_magic`.
    (b"\x89LZO\0\r\n\x1a\n", "lzop", "lzop -d"),
    // magic/Magdir/compress of file(1): compress, pack, LRZIP.
    (&[0x1f, 0x9d], "compress", "uncompress"),
    (&[0x1f, 0x1e], "pack", "gzip -d"),
    (&[0x1f, 0xa0], "compress", "gzip -d"),
    (b"LRZI", "lrzip", "lrzip -d"),
    // framing_format.txt of snappy, section 4.1: stream identifier.
    (b"\xff\x06\0\0sNaPpY", "snappy", "snzip -d"),
    // lzfse_internal.h: LZFSE_COMPRESSEDV1/V2_BLOCK_MAGIC, LZVN block.
    (b"bvx1", "LZFSE", "lzfse -decode"),
    (b"bvx2", "LZFSE", "lzfse -decode"),
    (b"bvxn", "LZFSE", "lzfse -decode"),
    // [MS-CAB] section 2.1: CFHEADER signature.
    (b"MSCF\0\0\0\0", "cabinet", "cabextract"),
    // xar.h, XAR_HEADER_MAGIC; squashfs_fs.h, SQUASHFS_MAGIC; qcow2.txt of QEMU, "magic"; wimlib header.h.
    (b"xar!", "xar", "xar -x"),
    (b"hsqs", "SquashFS", "unsquashfs"),
    (b"QFI\xfb", "QCOW", "qemu-img convert -O raw"),
    (b"MSWIM\0\0\0", "WIM", "wimlib-imagex extract"),
    // magic/Magdir/rpm of file(1): RPM lead.
    (&[0xed, 0xab, 0xee, 0xdb], "RPM", "rpm2cpio"),
    // diskdump_mod.h and makedumpfile.h: DISK_DUMP_SIGNATURE, KDUMP_SIGNATURE, MAKEDUMPFILE_SIGNATURE.
    (b"DISKDUMP", "diskdump", "crash, or dump it as ELF"),
    (b"KDUMP   ", "kdump", "makedumpfile -E, which writes ELF"),
    (b"makedumpfile\0\0\0\0", "flattened kdump", "makedumpfile -R"),
    // src/image.rs of microsoft/avml: AVML_MAGIC.
    (b"AVML", "AVML", "avml-convert"),
    // Encrypted: age-encryption.org/v1; RFC 9580 section 6.2.1 (armor); `openssl enc`; luks2.
    (b"age-encryption.org/v1\n", "age-encrypted", "age -d"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "age-encrypted", "age -d"),
    (b"-----BEGIN PGP MESSAGE-----", "PGP-encrypted", "gpg -d"),
    (b"Salted__", "OpenSSL-encrypted", "openssl enc -d"),
    (b"LUKS\xba\xbe", "LUKS-encrypted", "cryptsetup open"),
];

/// "BZh", the level, and the first block's magic or that of the end (bzip2's `compress.c`:
/// `BZ2_compressBlock` writes 0x314159265359, and 0x177245385090 after the last block).
fn is_bzip2(head: &[u8]) -> bool {
    let Some((level, rest)) = head.strip_prefix(b"BZh").and_then(<[u8]>::split_first) else { return false };
    let block = rest.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);
    let end = rest.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]);
    (b'1'..=b'9').contains(level) && (block || end)
}

/// The header of LZMA alone has no magic: usual properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a length
/// that is unknown or under 256 GiB (as xz's `alone_decoder.c` asks if it is picky), and the first byte of
/// the range coder, which is zero.
fn is_lzma(head: &[u8]) -> bool {
    let Some((header, rest)) = head.split_first_chunk::<13>() else { return false };
    let [0x5d, d0, d1, d2, d3, length @ ..] = header else { return false };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]);
    let usual = dictionary >= 1 << 12
        && (dictionary == u32::MAX
            || dictionary.is_power_of_two()
            || (dictionary.is_multiple_of(3) && (dictionary / 3).is_power_of_two()));
    let length = u64::from_le_bytes(*length);
    usual && (length == u64::MAX || length < 1 << 38) && rest.first() == Some(&0)
}

/// `-lh5-` and its relatives at offset 2 (header.doc of LHa for UNIX, "method ID").
fn is_lha(head: &[u8]) -> bool {
    matches!(head.get(2..7), Some([b'-', b'l', b'h' | b'z', b'0'..=b'9' | b'd' | b's', b'-']))
}

/// Swap that holds a compressed image of a machine: `struct swsusp_header` of Linux's `kernel/power/swap.c` ends the first
/// page (flags, what the signature was, `HIBERNATE_SIG`), and `SF_NOCOMPRESS_MODE` is not among the flags.
fn is_linux_hibernation(head: &[u8]) -> bool {
    const SF_NOCOMPRESS_MODE: u32 = 2;
    let Some(header) = head.get(..HEAD_BYTES).and_then(<[u8]>::last_chunk::<24>) else { return false };
    let [f0, f1, f2, f3, rest @ ..] = header;
    let flags = u32::from_le_bytes([*f0, *f1, *f2, *f3]);
    rest.ends_with(b"S1SUSPEND\0") && flags & SF_NOCOMPRESS_MODE == 0
}

/// `hiberfil.sys`: one of the signatures of `PO_MEMORY_IMAGE`, and the size of a page at 0x18 (libhibr, "Hibernation File
/// (hiberfil.sys) format", memory image file header). What it holds is in XPRESS blocks.
fn is_windows_hibernation(head: &[u8]) -> bool {
    let signatures: [&[u8]; 7] = [b"hibr", b"HIBR", b"wake", b"WAKE", b"rstr", b"RSTR", b"HORM"];
    let size = head.get(0x18..0x1c);
    signatures.iter().any(|signature| head.starts_with(signature)) && size == Some(&4096_u32.to_le_bytes())
}

/// A stream of RFC 1950 that does not end within the head: two bytes tell little, so it is tried.
/// (One that ends there is expanded wherever it stands.)
fn is_long_zlib(head: &[u8]) -> bool {
    let Some([cmf, flags]) = head.first_chunk::<2>() else { return false };
    // Section 2.2: deflate, a window of at most 32 KiB, and the check over both bytes.
    if cmf & 15 != 8 || cmf >> 4 > 7 || !u16::from_be_bytes([*cmf, *flags]).is_multiple_of(31) {
        return false;
    }
    let mut decoder = Decompress::new(true);
    let mut plain = vec![0; HEAD_BYTES];
    loop {
        let used = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let rest = head.get(used..).unwrap_or_default();
        if rest.is_empty() {
            return head.len() >= HEAD_BYTES;
        }
        let before = (decoder.total_in(), decoder.total_out());
        match decoder.decompress(rest, &mut plain, FlushDecompress::None) {
            Ok(Status::Ok | Status::BufError) if before != (decoder.total_in(), decoder.total_out()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn name(head: &[u8]) -> Option<&'static str> {
        Foreign::detect(head).map(|foreign| foreign.name)
    }

    #[test]
    fn packed_files_are_known_by_their_heads() {
        let zlib = |bytes: &[u8]| {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let noise: Vec<u8> =
            (0..9000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let long = zlib(&noise);
        for (head, expected) in [
            // `echo x | bzip2`, `xz --format=lzma`, `zip`, `7z a`, `lzip`: their first bytes.
            (&b"BZh91AY&SY\xa9\xd7"[..], "bzip2"),
            (b"BZh9\x17\x72\x45\x38\x50\x90", "bzip2"),
            (b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x3c", "LZMA"),
            (b"PK\x03\x04\x0a\0\0\0", "ZIP"),
            (b"7z\xbc\xaf\x27\x1c\0\x04", "7z"),
            (b"Rar!\x1a\x07\x01\0", "RAR"),
            (b"LZIP\x01\x0c", "lzip"),
            (b"\x20\x50-lh5-\x10", "LHA"),
            (b"KDUMP   \x06\0\0\0", "kdump"),
            (b"age-encryption.org/v1\n-> X25519", "age-encrypted"),
            (&long, "zlib"),
        ] {
            assert_eq!(name(head), Some(expected));
        }
        // All of it is expanded where it stands.
        assert_eq!(name(&zlib(b"short")), None);
    }

    /// The first page of swap with a signature and flags.
    fn swap(signature: &[u8; 10], flags: u8) -> Vec<u8> {
        let mut page = vec![0; HEAD_BYTES];
        page[HEAD_BYTES - 24] = flags;
        page[HEAD_BYTES - 20..].copy_from_slice(&[b"SWAPSPACE2", &signature[..]].concat());
        page
    }

    #[test]
    fn hibernated_machines_are_known_if_they_are_compressed() {
        let windows = |page: u32| [&b"HIBR"[..], &[0; 20], &page.to_le_bytes(), &[0; 100]].concat();
        for (head, expected) in [
            (swap(b"S1SUSPEND\0", 4), Some("compressed Linux hibernation")),
            (swap(b"S1SUSPEND\0", 2), None),
            (swap(b"SWAPSPACE2", 0), None),
            (windows(4096), Some("Windows hibernation")),
            (windows(0), None),
            (b"wake up, says the text, and goes on".to_vec(), None),
        ] {
            assert_eq!(name(&head), expected);
        }
    }

    #[test]
    fn files_that_hide_nothing_are_not_foreign() {
        for head in [
            &b""[..],
            b"\x7fELF\x02\x01\x01",
            b"MDMP\x93\xa7",
            b"BZh9 is how bzip2 begins",
            b"PKCS",
            b"x^2 + y^2 = z^2, says the text, and goes on and on for more than a few characters",
            b"\x5d\0\0\x80\0 list",
            &[0; HEAD_BYTES],
            &[b'x'; HEAD_BYTES],
        ] {
            assert_eq!(name(head), None, "{:?}", head.get(..16));
        }
        let text = b"x^2 + y^2 = z^2 and so on. ".repeat(500);
        assert_eq!(name(&text), None);
    }
}
