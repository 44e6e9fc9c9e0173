//! Encoded keys in every format, whole and cut, in raw memory and in text; and
//! public data that looks alike. All keys are made by openssl and ssh-keygen
//! while the tests run.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod containers;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod jwk;
#[cfg(test)]
mod public;
#[cfg(test)]
mod support;
#[cfg(test)]
mod text;
