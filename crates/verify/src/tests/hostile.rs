//! Reports and dumps that lie.

use super::fixture::{one_key, scrub};
use crate::answer::question::BELONG;
use crate::{Bytes, Case, against_original, alone};
use coredact_record::{Cut, Plan, Report};
use proptest::prelude::*;

fn refused(change: impl Fn(&mut Report)) {
    let (mut made, ..) = one_key();
    change(&mut made.report);
    made.check(&[BELONG]);
}

#[test]
fn plan_that_contradicts_itself_is_refused() {
    let cut = |file_offset, length| Cut { file_offset, length, finding: 1, marker: "RSA".into() };
    let with =
        |cuts: Vec<Cut>| move |report: &mut Report| report.plan.as_mut().unwrap().cuts.clone_from(&cuts);
    refused(|report| report.plan = None);
    refused(with(vec![cut(5, 0)]));
    refused(with(vec![cut(50, 10), cut(20, 10)]));
    refused(with(vec![cut(50, 10), cut(55, 10)]));
    refused(with(vec![cut(u64::MAX, 2)]));
    refused(with(vec![cut(0, u64::MAX)]));
    refused(|report| report.plan.as_mut().unwrap().input_length = u64::MAX);
    refused(|report| report.plan.as_mut().unwrap().cuts[0].marker = "rsa".into());
    refused(|report| report.findings.clear());
    refused(|report| report.input.length += 1);
    refused(|report| {
        let twin = report.findings[0].clone();
        report.findings.push(twin);
    });
}

#[test]
fn place_outside_the_dump_fails() {
    for (file_offset, length) in [(u64::MAX, 8), (0, u64::MAX), (1 << 40, 1)] {
        let (mut made, ..) = one_key();
        let place = &mut made.report.findings[0].places[0];
        (place.file_offset, place.length) = (file_offset, length);
        assert!(!made.verdict().passed);
    }
}

/// Bytes that cannot be read from some offset on.
struct Broken(Vec<u8>);

impl Bytes for Broken {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        if offset > 1 << 20 {
            Err(std::io::ErrorKind::Other.into())
        } else {
            self.0.read_exact_at(offset, buffer)
        }
    }
}

#[test]
fn dump_that_cannot_be_read_fails() {
    let (made, ..) = one_key();
    let broken = Broken(made.clean.clone());
    let judge = |original: &dyn Bytes, clean: &dyn Bytes| {
        against_original(&Case { original, clean, report: &made.report, debugging: None }, &|_| ())
    };
    for verdict in [judge(&made.original, &broken), judge(&broken, &made.clean)] {
        assert!(!verdict.passed);
        assert!(verdict.answers.iter().any(|answer| answer.detail.contains("could not read")));
    }
    assert!(!alone(&broken, Some(&made.report), &|_| ()).passed);
    assert!(!alone(&broken, None, &|_| ()).passed);
}

#[test]
fn empty_dump_is_judged() {
    let mut made = scrub(Vec::new(), Vec::new());
    made.report.input.format = "raw".into();
    made.check(&[]);
    assert!(alone(&Vec::new(), None, &|_| ()).passed);
}

/// Every field of the headers that a liar would choose.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), Just(1 << 63), Just(0xffff), any::<u64>(), 0u64..0x40_0000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn headers_that_lie_never_break_the_judge(at in 0usize..0x500, value in numbers(), width in 1usize..=8) {
        let (made, ..) = one_key();
        let mut dump = made.original.clone();
        // Short of the heap, so that each case is quick.
        dump.truncate(0x8000);
        dump[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        let mut report = made.report.clone();
        report.findings.clear();
        report.plan = Some(Plan { input_length: dump.len() as u64, ..Plan::default() });
        let case = Case { original: &dump, clean: &dump, report: &report, debugging: None };
        let verdict = against_original(&case, &|_| ());
        prop_assert!(!verdict.answers.is_empty());
        prop_assert!(!alone(&dump, Some(&report), &|_| ()).answers.is_empty());
    }

    #[test]
    fn any_plan_is_judged_without_a_panic(cuts in prop::collection::vec((any::<u64>(), any::<u64>()), 1..5), marker in "[A-Za-z]{0,7}") {
        let (mut made, ..) = one_key();
        let cut = |&(file_offset, length)| Cut { file_offset, length, finding: 1, marker: marker.clone() };
        made.report.plan.as_mut().unwrap().cuts = cuts.iter().map(cut).collect();
        prop_assert!(!made.verdict().passed);
        prop_assert!(!alone(&made.clean, Some(&made.report), &|_| ()).passed);
    }
}
