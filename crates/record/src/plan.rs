//! Which bytes of the input are overwritten, and for which finding.

use crate::Notice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// One run of bytes to overwrite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cut {
    /// First byte in the file, in bytes from its start.
    pub file_offset: u64,
    /// Length in bytes, at least 1.
    pub length: u64,
    /// Number of the finding for which it is removed.
    pub finding: u32,
    /// The word that the fill repeats: at most six ASCII letters.
    pub marker: String,
}

impl Cut {
    /// First offset behind the cut; none if it leaves the 64-bit range.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.file_offset.checked_add(self.length)
    }
}

/// Every run of bytes that differs between input and output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Length of the input and of the output, in bytes.
    pub input_length: u64,
    /// Sorted by offset, disjoint, inside the input.
    pub cuts: Vec<Cut>,
    /// What the output says of itself, outside of all cuts; null for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

/// A plan that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A cut of no bytes.
    #[error("cut of no bytes at file offset {0:#x}")]
    Empty(u64),
    /// A cut that starts before the end of the one before it.
    #[error("cut out of order or overlapping at file offset {0:#x}")]
    Order(u64),
    /// A cut that ends behind the input.
    #[error("cut leaves the input at file offset {0:#x}")]
    Outside(u64),
    /// A notice that is none, leaves the input or overlaps a cut.
    #[error("notice that leaves the input, overlaps a cut or itself, or is no plain text")]
    Notice,
    /// A marker that is no word of one to six upper-case ASCII letters.
    #[error("marker is not one to six ASCII capitals in the cut at file offset {0:#x}")]
    Marker(u64),
}

impl Plan {
    /// Checks that the cuts are sorted, disjoint, not empty, inside the input, and their markers words, and that the notice
    /// lies beside them.
    ///
    /// # Errors
    /// The first contradiction, with the offset of its cut.
    pub fn validate(&self) -> Result<(), PlanError> {
        let mut end_before = 0;
        for cut in &self.cuts {
            let at = cut.file_offset;
            if cut.length == 0 {
                return Err(PlanError::Empty(at));
            }
            if at < end_before {
                return Err(PlanError::Order(at));
            }
            let end = cut.end().filter(|end| *end <= self.input_length);
            end_before = end.ok_or(PlanError::Outside(at))?;
            if !is_marker(&cut.marker) {
                return Err(PlanError::Marker(at));
            }
        }
        self.validate_notice()
    }

    fn validate_notice(&self) -> Result<(), PlanError> {
        let Some(notice) = &self.notice else { return Ok(()) };
        let writes = notice.writes(self.input_length).ok_or(PlanError::Notice)?;
        let is_free = |(start, bytes): &(u64, Vec<u8>)| {
            let end = start.saturating_add(bytes.len() as u64);
            let first = self.cuts.partition_point(|cut| cut.end().is_some_and(|cut_end| cut_end <= *start));
            self.cuts.get(first).is_none_or(|cut| cut.file_offset >= end)
        };
        if writes.iter().all(is_free) { Ok(()) } else { Err(PlanError::Notice) }
    }

    /// SHA-256 of the plan's text: a line `coredact-plan-v1 INPUT_LENGTH`, then a line
    /// `FILE_OFFSET LENGTH FINDING MARKER` for each cut, numbers in decimal, each line ended by a line feed. The notice is
    /// not part of it: it holds this digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("coredact-plan-v1 {}\n", self.input_length));
        for cut in &self.cuts {
            hash.update(format!("{} {} {} {}\n", cut.file_offset, cut.length, cut.finding, cut.marker));
        }
        hash.finalize().into()
    }

    /// How many bytes it overwrites.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cuts.iter().fold(0, |sum, cut| sum.saturating_add(cut.length))
    }
}

fn is_marker(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(cuts: &[(u64, u64)]) -> Plan {
        let cut = |&(file_offset, length)| Cut { file_offset, length, finding: 1, marker: "RSA".into() };
        Plan { input_length: 100, cuts: cuts.iter().map(cut).collect(), notice: None }
    }

    fn check(cuts: &[(u64, u64)], expected: Result<(), PlanError>) {
        assert_eq!(plan(cuts).validate(), expected, "{cuts:?}");
    }

    #[test]
    fn only_sorted_disjoint_cuts_inside_the_input_are_valid() {
        check(&[], Ok(()));
        check(&[(0, 10), (10, 90)], Ok(()));
        check(&[(5, 0)], Err(PlanError::Empty(5)));
        check(&[(5, 10), (14, 1)], Err(PlanError::Order(14)));
        check(&[(50, 1), (5, 1)], Err(PlanError::Order(5)));
        check(&[(99, 2)], Err(PlanError::Outside(99)));
        check(&[(100, 1)], Err(PlanError::Outside(100)));
        check(&[(u64::MAX, 2)], Err(PlanError::Outside(u64::MAX)));
        assert_eq!(plan(&[(0, 10), (20, 5)]).bytes(), 15);
    }

    #[test]
    fn notice_beside_the_cuts_is_valid() {
        let check = |file_offset, field_offset, expected| {
            let mut plan = plan(&[(20, 10), (60, 5)]);
            plan.input_length = 1000;
            plan.notice =
                Some(Notice::new(&plan, crate::Policy::Proven, file_offset, field_offset, |_| vec![7; 16]));
            assert_eq!(plan.validate(), expected, "{file_offset}, {field_offset}");
        };
        check(100, 30, Ok(()));
        check(65, 4, Ok(()));
        check(64, 4, Err(PlanError::Notice));
        check(100, 15, Err(PlanError::Notice));
        check(100, 50, Err(PlanError::Notice));
        check(990, 30, Err(PlanError::Notice));
    }

    #[test]
    fn digest_is_that_of_the_documented_text() {
        // printf 'coredact-plan-v1 100\\n5 10 1 RSA\\n' | sha256sum
        let expected = "968f8f5080bd4a7b1b084df1db60f017223a2c3d07eecd0bfc6677c7c9979612";
        assert_eq!(crate::hex::encode(&plan(&[(5, 10)]).digest()), expected);
    }

    #[test]
    fn marker_that_is_no_word_is_refused() {
        for marker in ["", "rsa", "TOOLONGA", "A]B", "A\n"] {
            let mut plan = plan(&[(3, 4)]);
            plan.cuts[0].marker = marker.into();
            assert_eq!(plan.validate(), Err(PlanError::Marker(3)), "{marker:?}");
        }
    }
}
