//! Writes memory dumps with planted secrets, sharing no code with dump or keys.
//!
//! [`Keyring`] makes secrets from a seed and every way in which programs keep them; [`Recipe`] makes
//! a core around them, of any size, in little memory; [`Truth`] says where every planted byte came to
//! lie; [`hostile`] makes cores that lie. Written from the specifications alone, so that a reader's
//! mistake is not repeated here.
#![forbid(unsafe_code)]

mod content;
mod elf;
pub mod hostile;
mod keyring;
mod memory;
mod process;
mod random;
mod recipe;
mod secret;
mod survivor;
mod truth;

pub use content::Content;
pub use keyring::{AesLayout, Keyring, schedule};
pub use random::Random;
pub use recipe::{Layout, Machine, Order, Recipe};
pub use secret::{Expectation, Place, Planting, Role, Secret, Value};
pub use survivor::Survivor;
pub use truth::{Field, Piece, Planted, Structure, Truth, TruthSecret, TruthSegment, TruthValue};
