//! Minidumps: `MDMP` files as Windows (dbghelp, Windows Error Reporting), .NET, Breakpad and Crashpad write them.
//!
//! Layouts and constants are those of `minidumpapiset.h` and `winnt.h` of the Windows SDK, of Breakpad's
//! `google_breakpad/common/minidump_format.h` and `minidump_cpu_*.h`, and of Crashpad's `minidump_extensions.h`.

mod claim;
mod context;
mod crashpad;
mod directory;
mod image;
mod list;
mod mark;
mod open;
mod rights;
mod stream;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod synthetic;
#[cfg(test)]
mod tests;

pub(crate) use context::Processor;
pub use open::open;

/// How errors name this format.
const FORMAT: &str = "minidump";

/// `MINIDUMP_SIGNATURE`: `MDMP`.
pub const SIGNATURE: [u8; 4] = *b"MDMP";
