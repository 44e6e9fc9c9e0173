//! A short file of every format that has its own reader, each with the same secrets in it.

mod binary;
mod bundle;
mod text;

use crate::random;
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_synth::{AesLayout, schedule};
use serde_json::json;

/// What every file holds, and what it must not hold once it is clean.
#[derive(Clone)]
pub struct Content {
    /// The key of the schedule.
    key: Vec<u8>,
    /// What memory holds: dull words, the schedule of an AES key and a token.
    pub memory: Vec<u8>,
    /// A token that texts hold.
    pub token: String,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Content({} bytes)", self.memory.len())
    }
}

/// Bytes of a page, and of the memory of the shortest files.
const PAGE: usize = 4096;
const MEMORY: usize = 2 * PAGE;

impl Content {
    /// Fresh secrets in two pages.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn fresh() -> Result<Self> {
        let dull = b"the quick brown fox jumps over the lazy dog. ";
        Self::planted(dull.iter().copied().cycle().take(MEMORY).collect())
    }

    /// Fresh secrets in so many pages of memory of a service, two at least.
    ///
    /// # Errors
    /// As [`Content::fresh`].
    pub fn of_service(pages: usize) -> Result<Self> {
        let mut memory = vec![0; pages.max(2) * PAGE];
        for (number, page) in (0..).zip(memory.chunks_mut(PAGE)) {
            coredact_synth::Content::Mixed.page(7, number, page);
        }
        Self::planted(memory)
    }

    fn planted(mut memory: Vec<u8>) -> Result<Self> {
        let key = random::bytes(32)?;
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            part(json!({"alg": "HS256", "typ": "JWT"})),
            part(json!({"sub": "1234", "exp": 2_000_000_000})),
            URL_SAFE_NO_PAD.encode(random::bytes(32)?)
        );
        memory[1000..1400].fill(0);
        let schedule = schedule(&key, AesLayout::ALL[0]);
        memory[1024..1024 + schedule.len()].copy_from_slice(&schedule);
        let bearer = format!("Authorization: Bearer {token}\n");
        memory[6000..6000 + bearer.len()].copy_from_slice(bearer.as_bytes());
        Ok(Self { key, memory, token })
    }

    /// The secrets as JSON.
    #[must_use]
    pub fn secrets(&self) -> String {
        json!({"key": crate::folder::hex(&self.key), "token": self.token}).to_string()
    }

    /// Secrets without a memory, as [`Content::secrets`] wrote them.
    ///
    /// # Errors
    /// If they are none.
    pub fn of_secrets(text: &str) -> Result<Self> {
        let value: serde_json::Value = serde_json::from_str(text).context("read the secrets")?;
        let text = |name: &str| value[name].as_str().with_context(|| format!("find {name}"));
        let digits = text("key")?.as_bytes().chunks(2).map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16).context("read the key")
        });
        Ok(Self { key: digits.collect::<Result<_>>()?, memory: Vec::new(), token: text("token")?.to_owned() })
    }

    /// True if eight bytes of a secret are left.
    #[must_use]
    pub fn survives(&self, clean: &[u8]) -> bool {
        let signature = self.token.rsplit('.').next().unwrap_or_default();
        let holds = |secret: &[u8]| secret.windows(8).any(|part| memchr(clean, part));
        holds(&self.key) || holds(signature.as_bytes())
    }

    /// How many of the two secrets are there whole.
    #[must_use]
    pub fn whole(&self, bytes: &[u8]) -> usize {
        let schedule = schedule(&self.key, AesLayout::ALL[0]);
        usize::from(memchr(bytes, &schedule)) + usize::from(memchr(bytes, self.token.as_bytes()))
    }
}

fn memchr(bytes: &[u8], part: &[u8]) -> bool {
    part.first().is_some_and(|first| {
        bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| *byte == first)
            .any(|(at, _)| bytes.get(at..at + part.len()) == Some(part))
    })
}

/// A short file.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// As reports name it.
    pub name: &'static str,
    /// Makes it.
    pub make: fn(&Content) -> Vec<u8>,
    /// True if its headers say where it ends: a file that is cut off is told from a short one.
    pub has_end: bool,
}

/// Every one.
pub const FORMATS: [Format; 17] = [
    Format { name: "elf-core", make: binary::elf, has_end: true },
    Format { name: "minidump", make: binary::minidump, has_end: true },
    Format { name: "macho-core", make: binary::macho, has_end: true },
    Format { name: "hprof", make: binary::hprof, has_end: true },
    Format { name: "goheap", make: binary::goheap, has_end: true },
    Format { name: "lime", make: binary::lime, has_end: true },
    Format { name: "dump64", make: binary::dump64, has_end: true },
    Format { name: "kdump", make: binary::kdump, has_end: true },
    Format { name: "tar", make: bundle::tar, has_end: true },
    Format { name: "zip", make: bundle::zip, has_end: true },
    Format { name: "multipart", make: bundle::multipart, has_end: true },
    Format { name: "heapsnapshot", make: text::heapsnapshot, has_end: false },
    Format { name: "hs-err", make: text::hotspot, has_end: false },
    Format { name: "ips", make: text::apple, has_end: false },
    Format { name: "crashreport", make: text::dotnet, has_end: false },
    Format { name: "journal-export", make: text::journal, has_end: false },
    Format { name: "backtrace", make: text::backtrace, has_end: false },
];
