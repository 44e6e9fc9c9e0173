//! Every way in which a key or token stands in memory, each once, in a small file of its own: the matrix by which
//! tools that find keys are compared. Each file holds one fresh secret amid zeros, text, pointers and small numbers;
//! two files hold none.

mod aes;
mod bitcoin;
mod curve;
mod rsa;
mod surroundings;
mod text;

use crate::folder::Folder;
use anyhow::Result;

/// One file of the matrix.
#[derive(Clone)]
pub struct Case {
    /// Name, `rsa_pkcs1_der`: what is held, and how.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// The kinds, as `coredact scan --json` names them, of which one is right; none for a file without a secret.
    pub kinds: &'static [&'static str],
}

impl std::fmt::Debug for Case {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// How many files there are.
pub const CASES: usize = 103;

/// Makes all files, each with a fresh secret; openssl and ssh-keygen work in `folder`.
///
/// # Errors
/// If a tool or the randomness of the system fails.
pub fn all(folder: &Folder) -> Result<Vec<Case>> {
    let mut out = Matrix { folder, cases: Vec::new() };
    out.put("control_none", &[], &[])?;
    aes::cases(&mut out)?;
    rsa::cases(&mut out)?;
    curve::cases(&mut out)?;
    bitcoin::cases(&mut out)?;
    text::cases(&mut out)?;
    out.put("control_none2", &[], &[])?;
    Ok(out.cases)
}

/// The files made so far.
struct Matrix<'a> {
    folder: &'a Folder,
    cases: Vec<Case>,
}

impl Matrix<'_> {
    /// Adds a file with these pieces, each aligned as an allocator would.
    fn put(&mut self, name: &str, kinds: &'static [&'static str], pieces: &[&[u8]]) -> Result<()> {
        self.put_at(name, kinds, pieces, 0)
    }

    /// The same, each piece so many bytes further on.
    fn put_at(
        &mut self,
        name: &str,
        kinds: &'static [&'static str],
        pieces: &[&[u8]],
        shift: usize,
    ) -> Result<()> {
        let bytes = surroundings::around(pieces, shift)?;
        self.cases.push(Case { name: name.to_owned(), bytes, kinds });
        Ok(())
    }
}
