//! What a clean dump says of itself, where its format has a place for that: `ERASEINFO` of kdump, in which makedumpfile
//! writes what it erased, and which readers of dumps show.
//!
//! The length of the dump stays the same: the text stands in bytes of the headers that were zero, and a field of the headers
//! leads to it. Both are part of the plan, and nothing else outside of the cuts changes.

use crate::{Plan, Policy, hex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Bytes that a notice takes at most, in a dump that has room for one.
pub const NOTICE_BYTES_MAX: u64 = 512;

/// Bytes of the longest field that leads to a notice: an offset and a length of 64 bits each.
const FIELD_BYTES_MAX: usize = 16;

/// A text that is written into the clean dump, and the field of the headers that leads to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// First byte of the text in the file, in bytes from its start.
    pub file_offset: u64,
    /// The text, ASCII: see [`text`].
    pub text: String,
    /// First byte of the field that leads to it.
    pub field_offset: u64,
    /// What the field holds, in hexadecimal, as it stands in the file.
    pub field: String,
}

impl Notice {
    /// A notice of a plan that stands at `file_offset`; `field` says what the headers hold at `field_offset` to lead to a
    /// text of so many bytes.
    #[must_use]
    pub fn new(
        plan: &Plan,
        policy: Policy,
        file_offset: u64,
        field_offset: u64,
        field: impl FnOnce(u32) -> Vec<u8>,
    ) -> Self {
        let text = text(plan, policy, env!("CARGO_PKG_VERSION"));
        let field = field(u32::try_from(text.len()).unwrap_or(u32::MAX));
        Self { file_offset, text, field_offset, field: hex::encode(&field) }
    }

    /// What is written and where, in bytes from the start of the file; none if it is none that fits a dump of `length`
    /// bytes.
    #[must_use]
    pub fn writes(&self, length: u64) -> Option<[(u64, Vec<u8>); 2]> {
        let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
        let field = hex::decode(&self.field)?;
        let is_text = self.text.len() as u64 <= NOTICE_BYTES_MAX && self.text.bytes().all(is_plain);
        if !is_text || self.text.is_empty() || field.is_empty() || field.len() > FIELD_BYTES_MAX {
            return None;
        }
        let mut writes = [(self.file_offset, self.text.clone().into_bytes()), (self.field_offset, field)];
        writes.sort();
        let [(first, before), (second, after)] = &writes;
        let first_end = first.checked_add(before.len() as u64)?;
        let second_end = second.checked_add(after.len() as u64)?;
        (first_end <= *second && second_end <= length).then_some(writes)
    }
}

/// The text of a notice, for writer and verifier: two lines, each ended by a line feed. It tells of the plan and of
/// nothing that was removed:
///
/// ```text
/// coredact 0.1.0 erased 3 findings under policy strict: 96 bytes in 4 ranges
/// coredact plan sha256 968f8f50...
/// ```
///
/// The last word is [`Plan::digest`] in 64 hexadecimal digits, by which report and seal name the plan too.
#[must_use]
pub fn text(plan: &Plan, policy: Policy, tool_version: &str) -> String {
    let findings: BTreeSet<u32> = plan.cuts.iter().map(|cut| cut.finding).collect();
    format!(
        "coredact {tool_version} erased {} findings under policy {policy}: {} bytes in {} ranges\ncoredact plan sha256 {}\n",
        findings.len(),
        plan.bytes(),
        plan.cuts.len(),
        hex::encode(&plan.digest())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cut;

    fn plan() -> Plan {
        let cut = |file_offset, finding| Cut { file_offset, length: 10, finding, marker: "RSA".into() };
        Plan { input_length: 9000, cuts: vec![cut(5, 1), cut(50, 1), cut(80, 3)], notice: None }
    }

    #[test]
    fn text_counts_findings_bytes_and_ranges() {
        let text = text(&plan(), Policy::Strict, "0.1.0");
        let (first, last) = text.split_once('\n').unwrap();
        assert_eq!(first, "coredact 0.1.0 erased 2 findings under policy strict: 30 bytes in 3 ranges");
        // printf 'coredact-plan-v1 9000\n5 10 1 RSA\n50 10 1 RSA\n80 10 3 RSA\n' | sha256sum
        assert_eq!(
            last,
            "coredact plan sha256 6c6d81a3745d43466b1ce5ba5e7a4103a7d8b61fefce7a6a2ced0934db4ff94d\n"
        );
    }

    #[test]
    fn the_longest_text_fits_its_room() {
        let cut = Cut { file_offset: 0, length: u64::MAX, finding: u32::MAX, marker: "RSA".into() };
        let plan = Plan { input_length: u64::MAX, cuts: vec![cut; 3], notice: None };
        assert!(text(&plan, Policy::Skeleton, "1000.1000.1000-longest").len() < 400);
    }

    #[test]
    fn a_notice_outside_of_the_file_or_of_its_form_writes_nothing() {
        let good = Notice::new(&plan(), Policy::Strict, 1000, 500, |_| vec![1; 16]);
        assert_eq!(good.writes(9000).unwrap()[0], (500, vec![1; 16]));
        let check = |change: &dyn Fn(&mut Notice)| {
            let mut bad = good.clone();
            change(&mut bad);
            assert_eq!(bad.writes(9000), None, "{bad:?}");
        };
        check(&|bad| bad.file_offset = 8990);
        check(&|bad| bad.file_offset = u64::MAX);
        check(&|bad| bad.field_offset = 1001);
        check(&|bad| bad.text.push('\0'));
        check(&|bad| bad.text = "x".repeat(513));
        check(&|bad| bad.field = "0g".into());
        check(&|bad| bad.field = "00".repeat(17));
    }
}
