//! Every way to write a component down: what the closure sweeps a dump for.
//!
//! A form is a string of bytes; a fragment of it gives the component away when
//! it holds [`FRAGMENT_BYTES`] bytes of the component or more. Binary forms are
//! the orders and digit sizes of the libraries that keep numbers in memory;
//! text forms are what programs print.

mod number;
mod text;

use crate::material::{Component, Notation, Role};
use zeroize::Zeroizing;

/// Least number of component bytes whose survival counts as a leak (DESIGN.md,
/// "Words": a fragment is 8 bytes or more of a form).
pub const FRAGMENT_BYTES: usize = 8;

/// Components longer than this are swept as they are, without text forms: it
/// spans every key of 16384 bits and every schedule.
pub const TEXT_FORM_BYTES_MAX: usize = 4096;

/// What follows from a key is written as text up to this length, that of the longest number on a curve (P-521):
/// JavaScript reads the scalar of an Ed25519 key from hexadecimal. Nobody prints a schedule.
pub const DERIVED_TEXT_BYTES_MAX: usize = 66;

/// One way to write a component.
pub struct Form {
    /// Name for reports: `le`, `be`, `int-array`, `digits 30/32`, `base64+1`, `hex utf-16`.
    pub name: String,
    /// The bytes as they would stand in memory.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Least number of these bytes that gives the component away.
    pub fragment_bytes: usize,
    /// Whether line breaks may stand between the bytes.
    pub over_breaks: bool,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// All forms of a component, without duplicates; nothing for a public one.
#[must_use]
pub fn forms(component: &Component) -> Vec<Form> {
    let mut maker = Maker { forms: Vec::new() };
    let value = component.value.bytes();
    if component.role == Role::Public || value.is_empty() {
        return maker.forms;
    }
    match component.notation {
        Notation::Number => {
            number::orders(value, &mut maker);
            number::digits(value, &mut maker);
            number::shifted(value, &mut maker);
        }
        Notation::Bytes => {
            number::orders(value, &mut maker);
            number::spread(value, &mut maker);
            if component.role == Role::Secret && value.len() <= TEXT_FORM_BYTES_MAX {
                maker.add_wide("latin-1", value, (1, 1));
            }
        }
        Notation::Text => text::of_text(value, &mut maker),
        // Half of the bytes are the sign's.
        Notation::Digits => {
            maker.add("signed digits".to_owned(), value.to_vec(), (2, 1), false);
            return maker.forms;
        }
    }
    let longest = if component.role == Role::Secret { TEXT_FORM_BYTES_MAX } else { DERIVED_TEXT_BYTES_MAX };
    if value.len() <= longest {
        if component.notation == Notation::Bytes && component.role == Role::Secret {
            number::as_java_number(value, &mut maker);
            if value.len() <= DERIVED_TEXT_BYTES_MAX {
                number::as_decimal(value, &mut maker);
                text::decimal(value, &mut maker);
            }
        }
        if component.notation != Notation::Text && component.role == Role::Secret {
            text::lists(value, &mut maker);
            number::widened(value, &mut maker);
        }
        if component.notation == Notation::Number {
            number::shifted_words(value, &mut maker);
            number::carried_words(value, &mut maker);
            number::as_decimal(value, &mut maker);
            text::decimal(value, &mut maker);
        }
        if component.notation == Notation::Text {
            text::of_bytes("", value, &mut maker);
        } else {
            let reversed: Zeroizing<Vec<u8>> = Zeroizing::new(value.iter().rev().copied().collect());
            text::of_bytes("", value, &mut maker);
            text::of_bytes("le ", &reversed, &mut maker);
        }
    }
    maker.forms
}

/// Collects forms and drops the ones that were made before.
struct Maker {
    forms: Vec<Form>,
}

impl Maker {
    /// Adds a form in which one byte of the component takes `numerator/denominator` bytes; says whether it is new.
    fn add(&mut self, name: String, bytes: Vec<u8>, ratio: (usize, usize), over_breaks: bool) -> bool {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() || self.forms.iter().any(|form| form.bytes == bytes) {
            return false;
        }
        let least = (FRAGMENT_BYTES * ratio.0).div_ceil(ratio.1).max(FRAGMENT_BYTES).min(bytes.len());
        self.forms.push(Form { name, bytes, fragment_bytes: least, over_breaks });
        true
    }

    /// Adds words of four bytes with as many zeros behind each. Those behind the last say nothing.
    fn add_spread(&mut self, name: &str, bytes: Vec<u8>) {
        let added = self.add(name.to_owned(), bytes, (2, 1), false);
        if let Some(form) = self.forms.last_mut().filter(|_| added) {
            form.fragment_bytes = form.fragment_bytes.saturating_sub(4).max(FRAGMENT_BYTES);
        }
    }

    /// Adds a text form, and the same in UTF-16 (little-endian).
    fn add_text(&mut self, name: &str, bytes: Vec<u8>, ratio: (usize, usize), over_breaks: bool) {
        self.add_wide(name, &bytes, ratio);
        self.add(name.to_owned(), bytes, ratio, over_breaks);
    }

    /// Adds a text form in UTF-16 (little-endian). The zero behind the last character of a fragment says nothing:
    /// in the other byte order it stands before the first.
    fn add_wide(&mut self, name: &str, bytes: &[u8], ratio: (usize, usize)) {
        let wide = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
        let added = self.add(format!("{name} utf-16"), wide, (ratio.0 * 2, ratio.1), false);
        if let Some(form) = self.forms.last_mut().filter(|_| added) {
            form.fragment_bytes = (form.fragment_bytes - 1).max(FRAGMENT_BYTES.min(form.bytes.len()));
        }
    }
}

#[cfg(test)]
mod tests;
