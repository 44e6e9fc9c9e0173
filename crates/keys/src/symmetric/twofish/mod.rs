//! Twofish (Schneier and others, "Twofish: A 128-Bit Block Cipher", 1998): 40 round keys, sums of two numbers that follow
//! from one half of the key each, and four tables that follow from a code word of the key.
//!
//! Two round keys give both numbers back, and the matrix of the cipher undone gives eight bytes, each of which depends
//! on two to four bytes of the key only: they are found column by column. The whole schedule then follows from the key
//! and must be what stands there: 1280 bits from 256. The tables do not look random (each word of a table is one byte
//! times four constants), so the round keys stand alone among what does.

mod scan;
mod schedule;
mod solve;
mod tables;

pub(super) use scan::inside;
