//! Writes memory dumps with planted secrets, sharing no code with dump or keys.
#![forbid(unsafe_code)]
