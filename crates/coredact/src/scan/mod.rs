//! `coredact scan`.

mod batch;
mod objects;
mod print;
mod run;
mod settings;
mod state;
mod walk;

pub(crate) use run::{Scanner, run};
