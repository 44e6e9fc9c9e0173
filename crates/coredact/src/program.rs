//! The program that crashed, as the user names it.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// First bytes of every ELF file (`e_ident`, ELF-64 object file format).
const MAGIC: [u8; 4] = *b"\x7fELF";

/// Refuses what a debugger cannot take for the program, before any work: it would see nothing, twice.
///
/// # Errors
/// If `path` is no regular ELF file that can be read.
pub(crate) fn check(path: &Path) -> Result<()> {
    let shown = path.display();
    let metadata =
        std::fs::metadata(path).with_context(|| format!("find the program {shown} that --exe names"))?;
    if !metadata.is_file() {
        bail!("use the program {shown} that --exe names: it is no file; name the executable that crashed");
    }
    let file = File::open(path).with_context(|| format!("open the program {shown} that --exe names"))?;
    let mut beginning = Vec::new();
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut beginning)
        .with_context(|| format!("read the program {shown} that --exe names"))?;
    if beginning != MAGIC {
        bail!(
            "use the program {shown} that --exe names: it is no ELF file; name the executable that crashed \
             (of a script, its interpreter)"
        );
    }
    Ok(())
}

/// True if a debugger can open the file by its name, more than once.
pub(crate) fn can_be_debugged(dump: &Path) -> bool {
    std::fs::metadata(dump).is_ok_and(|metadata| metadata.is_file())
}
