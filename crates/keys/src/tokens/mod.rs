//! Tokens and credentials: secrets that are text.
//!
//! Rules are data (`rules/*.toml`, described in `docs/rules.md`): keywords that
//! a prefilter finds at memory speed, a regex that is tried only beside them,
//! and checks (checksums, structure, how random a text looks). [`Rules::scan`]
//! takes runs of printable characters as they lie in memory, so that a token
//! may begin and end with its text. [`Rules::check`] proves each rule on
//! examples made afresh. Rule files of gitleaks are read too.
//!
//! [`secret_name`] says which names of environment variables and options hold
//! secrets; [`sweepable`] which texts may be searched for in a whole dump.

mod allow;
mod assignment;
mod builtin;
mod check;
mod cookies;
mod error;
mod examine;
mod file;
mod gitleaks;
mod jwt;
pub mod limits;
mod name;
mod prefilter;
mod rule;
mod rules;
mod scan;
mod sense;
mod surprise;
mod template;
mod url;
mod value;

#[cfg(test)]
mod tests;

pub use error::{RuleError, RuleRemark};
pub use examine::RuleFault;
pub use name::secret_name;
pub use rule::Rule;
pub use rules::Rules;
pub use surprise::{half_bits, looks_random};
pub use value::{digit_or_shuffled, sweepable};
