//! The clean dump as others see it: a text that reads as before, in whose numbers no secret stands.

mod numbers;
mod shape;
mod word;

pub(crate) use numbers::read_back;
pub(crate) use shape::{Text, parsed, structure};
