//! The matrix: every library, every kind of key, every policy.
//!
//! A [`library`] has a small program, its holder: `holder KIND TRUTH` makes a fresh key with the
//! library itself, writes the private numbers to the file TRUTH, uses the key once, says READY and
//! waits for the end of its input; `holder --kinds` lists what it can make. [`shop`] builds it, [`kind`] reads the
//! truth, [`cell`] dumps, scrubs and judges, and [`table`] makes the document.
//! What cannot be made from a holder comes from a [`daemon`].

pub mod cell;
pub mod daemon;
pub mod explained;
pub mod kind;
pub mod library;
mod numbers;
mod orders;
mod schedules;
pub mod shop;
pub mod table;
