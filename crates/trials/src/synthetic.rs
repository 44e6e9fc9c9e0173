//! A small core with planted secrets, for trials of faults.

use crate::folder::Folder;
use crate::keys::{AesKey, RsaKey, Settings};
use crate::secret::Secret;
use anyhow::{Context, Result};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Size of a memory page, and of all alignment here, in bytes.
const PAGE: usize = 4096;

/// Where the memory lies in the process.
const ADDRESS: u64 = 0x5555_5555_4000;

/// Size of the note segment's contents: an `NT_PRSTATUS` for x86-64.
const PRSTATUS: u32 = 336;

/// Size of the ELF header, and of a program header, in bytes.
const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// A core of one thread and one writable segment.
#[derive(Debug)]
pub struct Synthetic {
    /// The file, as far as it is not zero behind.
    pub bytes: Vec<u8>,
    /// What is planted.
    pub secrets: Vec<Secret>,
}

impl Synthetic {
    /// A core with `memory` bytes of memory, a multiple of the page size of
    /// at least 16 pages, with keys and tokens between dull text.
    ///
    /// # Errors
    /// If the keys cannot be made.
    pub fn new(folder: &Folder, memory: usize) -> Result<Self> {
        let rsa = RsaKey::fresh(folder, "planted", 2048)?;
        let aes = AesKey::fresh()?;
        let settings = Settings::fresh()?;
        let mut secrets = settings.secrets;
        // Environment and options are not planted.
        secrets.truncate(4);
        let mut contents: Vec<u8> = b"the quick brown fox jumps over the lazy dog. "
            .iter()
            .copied()
            .cycle()
            .take(memory.min(1 << 24))
            .collect();
        let aes_secret = aes.secret("AES key");
        let schedule = &aes_secret.components[1].bytes;
        for (page, planted) in [
            (1, &folder.get("planted.pem")?),
            (3, &folder.get("planted.der")?),
            (5, schedule),
            (7, &settings.file.into_bytes()),
        ] {
            let at = page * PAGE + 8;
            contents.get_mut(at..at + planted.len()).context("plant in 16 pages")?.copy_from_slice(planted);
        }
        for name in ["planted.pem", "planted.der", "planted.crt"] {
            folder.remove(name)?;
        }
        secrets.extend([rsa.secret("RSA key"), aes_secret]);
        let mut bytes = headers(memory as u64);
        bytes.extend(contents);
        Ok(Self { bytes, secrets })
    }

    /// Writes the core as `core`, `length` bytes of memory long: what is
    /// behind the contents is a hole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, folder: &Folder, memory: u64) -> Result<PathBuf> {
        let path = folder.put("core", &self.bytes)?;
        #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
        let file = std::fs::OpenOptions::new().write(true).open(&path).context("open the synthetic core")?;
        file.write_all_at(&headers(memory), 0).context("write the headers")?;
        file.set_len(PAGE as u64 + memory).context("lengthen the synthetic core")?;
        Ok(path)
    }
}

/// ELF header, two program headers and the note, padded to a page.
pub(crate) fn headers(memory: u64) -> Vec<u8> {
    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
    out.resize(16, 0);
    for half in [4_u16, 62] {
        out.extend(half.to_le_bytes());
    }
    out.extend(1_u32.to_le_bytes());
    for word in [0_u64, HEADER as u64, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(0_u32.to_le_bytes());
    // Sizes and counts: this header, a program header, two of them, no sections.
    for half in [64_u16, 56, 2, 0, 0, 0] {
        out.extend(half.to_le_bytes());
    }
    let notes = (HEADER + 2 * PROGRAM_HEADER) as u64;
    program_header(&mut out, 4, 0, notes, 0, 20 + u64::from(PRSTATUS));
    program_header(&mut out, 1, 6, PAGE as u64, ADDRESS, memory);
    // The name's size, the status's size, the type NT_PRSTATUS, the name.
    for word in [5, PRSTATUS, 1] {
        out.extend(word.to_le_bytes());
    }
    out.extend(b"CORE\0\0\0\0");
    out.resize(PAGE, 0);
    out
}

/// Appends one program header: type, rights, place in the file, address, size.
fn program_header(out: &mut Vec<u8>, kind: u32, rights: u32, offset: u64, address: u64, size: u64) {
    out.extend(kind.to_le_bytes());
    out.extend(rights.to_le_bytes());
    for word in [offset, address, 0, size, size, if kind == 1 { PAGE as u64 } else { 4 }] {
        out.extend(word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::judge;

    #[test]
    fn every_planted_secret_is_in_the_core() {
        let folder = Folder::new().unwrap();
        let core = Synthetic::new(&folder, 64 * PAGE).unwrap();
        let (found, _) = judge(&core.bytes, &core.secrets);
        for secret in &core.secrets {
            assert!(found.iter().any(|one| one.secret == secret.name), "{}", secret.name);
        }
        assert_eq!(core.bytes.len(), 65 * PAGE);
    }
}
