//! How far a long work has come, told to whoever shows it.

/// Receives progress. The engine never talks to a terminal itself.
pub trait Progress: Sync {
    /// A stage begins that will read about `bytes` bytes.
    fn begin(&self, stage: &'static str, bytes: u64);
    /// `bytes` more bytes are done; may be called from any thread.
    fn advance(&self, bytes: u64);
    /// The stage is over.
    fn end(&self);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: &'static str, _bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}
