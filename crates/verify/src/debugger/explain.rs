//! Which finding's removal explains a line: the one whose fill the line shows.

use crate::fill;
use crate::limits::EXPLAINING_FILLS_MAX;
use coredact_record::Plan;
use std::collections::BTreeSet;

/// Fewest bytes of fill that are taken for it: `[AES`, `#3][`.
const SHOWN_MIN: usize = 4;

/// The fills of a plan.
pub(super) struct Fills {
    /// Each finding's fill, long enough to hold every run of 8 bytes of it.
    texts: Vec<(u32, Vec<u8>)>,
}

impl Fills {
    pub(super) fn of(plan: &Plan) -> Self {
        let distinct: BTreeSet<(u32, &str)> =
            plan.cuts.iter().map(|cut| (cut.finding, cut.marker.as_str())).collect();
        let distinct = distinct.into_iter().take(EXPLAINING_FILLS_MAX);
        let texts = distinct.map(|(finding, marker)| {
            let pattern = fill::pattern(marker, finding);
            let length = pattern.len() * 2 + 16;
            (finding, pattern.into_iter().cycle().take(length).collect())
        });
        Self { texts: texts.collect() }
    }

    /// The finding whose fill stands in a line, as text or as a number in hexadecimal or decimal.
    pub(super) fn explain(&self, line: &str) -> Option<u32> {
        let numbers: Vec<Vec<u8>> =
            line.split(|one: char| !one.is_ascii_alphanumeric()).filter_map(bytes_of).collect();
        let shown = |(_, fill): &&(u32, Vec<u8>)| {
            // Whole pattern as text: its first half is the pattern itself.
            let pattern = fill.get(..fill.iter().position(|byte| *byte == b']').map_or(0, |at| at + 1));
            let text = pattern.is_some_and(|pattern| {
                // Without the brackets, which a cut's end may take.
                let inner = pattern.get(1..pattern.len().saturating_sub(1)).unwrap_or_default();
                memchr::memmem::find(line.as_bytes(), inner).is_some()
            });
            text || numbers.iter().any(|number| memchr::memmem::find(fill, number).is_some())
        };
        self.texts.iter().find(shown).map(|(finding, _)| *finding)
    }
}

/// The bytes that a number stands for in little-endian memory, without the zeros on top.
fn bytes_of(word: &str) -> Option<Vec<u8>> {
    let value = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?,
        None => word.parse().ok()?,
    };
    let mut bytes = value.to_le_bytes().to_vec();
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    (bytes.len() >= SHOWN_MIN).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_record::Cut;

    #[test]
    fn fill_is_recognised_as_text_and_as_number() {
        let cut = |finding, marker: &str| Cut { file_offset: 0, length: 8, finding, marker: marker.into() };
        let plan = Plan { input_length: 99, cuts: vec![cut(3, "AES"), cut(31, "CRED")], notice: None };
        let fills = Fills::of(&plan);
        assert_eq!(fills.explain("#1 f (s=0x7ffc \"[AES#3][AES#3][A\")"), Some(3));
        assert_eq!(fills.explain("#1 f (s=0x7ffc \"CRED#31][\")"), Some(31));
        let word = u64::from_le_bytes(*b"S#3][AES");
        assert_eq!(fills.explain(&format!("rax {word:#x} {word}")), Some(3));
        assert_eq!(fills.explain(&format!("n={}", u32::from_le_bytes(*b"[CRE"))), Some(31));
        assert_eq!(fills.explain("rax 0x5b 91"), None);
        assert_eq!(fills.explain("#1 f (s=0x7ffc \"hello\")"), None);
    }
}
