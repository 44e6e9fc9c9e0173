//! Bundles: a core, a log and bytes of no format.

use super::{Content, binary, text};

fn members(content: &Content) -> [(&'static str, Vec<u8>); 3] {
    [
        ("crash/core", binary::elf(content)),
        ("crash/hs_err_pid7.log", text::hotspot(content)),
        ("crash/notes.bin", [b"\0\x01\x02", &content.memory[..4096]].concat()),
    ]
}

/// ustar, as POSIX has it.
pub(super) fn tar(content: &Content) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members(content) {
        let mut header = vec![0; 512];
        let size = format!("{:011o}", data.len());
        for (at, field) in [
            (0, name.as_bytes()),
            (100, b"0000644"),
            (108, b"0000000"),
            (116, b"0000000"),
            (124, size.as_bytes()),
            (136, b"00000000000"),
            (148, b"        "),
            (156, b"0"),
            (257, b"ustar\x0000"),
        ] {
            header[at..at + field.len()].copy_from_slice(field);
        }
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    // Two, says POSIX; one is enough for readers, and what is cut off within the second one holds nothing.
    out.extend([0; 512]);
    out
}

/// Members as they are (APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16).
pub(super) fn zip(content: &Content) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let members = members(content);
    for (name, data) in &members {
        let length = word(data.len());
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &crc32fast::hash(data).to_le_bytes(),
            &length,
            &length,
            &half(name.len()),
            &[0; 2],
        ]
        .concat();
        let offset = word(out.len());
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &offset, name.as_bytes()].concat());
    }
    let (start, count) = (word(out.len()), half(members.len()));
    out.extend(&directory);
    out.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &word(directory.len()), &start, &[0; 2]].concat());
    out
}

/// RFC 7578.
pub(super) fn multipart(content: &Content) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members(content) {
        out.extend(b"--trial-boundary\r\n");
        let fields = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
        out.extend(fields.as_bytes());
        out.extend(b"Content-Type: application/octet-stream\r\n\r\n");
        out.extend(data);
        out.extend(b"\r\n");
    }
    out.extend(b"--trial-boundary--");
    out
}

fn half(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes()
}

fn word(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}
