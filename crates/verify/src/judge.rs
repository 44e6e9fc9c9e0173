//! The judge: one question after the other.

use crate::answer::{answer, failed, hex, not_applicable, question, verdict};
use crate::belong::{Files, belong, usable_plan};
use crate::bytes::Bytes;
use crate::compare::compare;
use crate::coverage::coverage;
use crate::fault::{Fault, Named};
use crate::layout::Layout;
use crate::{debugger, notice, survivor};
use coredact_record::{Plan, Report, Verdict};
use std::path::Path;

/// What is judged.
pub struct Case<'a> {
    /// The dump before.
    pub original: &'a dyn Bytes,
    /// The dump after.
    pub clean: &'a dyn Bytes,
    /// What was done, by the account of whoever did it.
    pub report: &'a Report,
    /// Set if debuggers are to be asked.
    pub debugging: Option<Debugging<'a>>,
}

/// Files for debuggers.
#[derive(Clone, Copy, Debug)]
pub struct Debugging<'a> {
    /// The dump before, as a path that a child process can open: `/proc/self/fd/N` of a descriptor that
    /// children inherit will do.
    pub original: &'a Path,
    /// The dump after, likewise.
    pub clean: &'a Path,
    /// The program that was dumped. If not given, the file that the dump names is taken, provided that it
    /// is a regular ELF file that begins as the dump says.
    pub executable: Option<&'a Path>,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("debugging", &self.debugging).finish_non_exhaustive()
    }
}

/// Judges a clean dump by the original and the report. `advance` is told of every byte gone over, some
/// bytes more than once.
///
/// Never panics, and never passes over what it could not do: a fault is a failed answer.
#[must_use]
pub fn against_original(case: &Case<'_>, advance: &(dyn Fn(u64) + Sync)) -> Verdict {
    let (original, clean) = (Named::original(case.original), Named::clean(case.clean));
    let mut files = Files {
        original_length: Some(original.length()),
        clean_length: clean.length(),
        original_sha256: None,
        clean_sha256: None,
    };
    let Ok(plan) = usable_plan(case.report, &files) else {
        return verdict(vec![belong(case.report, &files), coverage(case.report)]);
    };
    let compared = compare(original, clean, plan, advance);
    let mut answers = Vec::new();
    match &compared {
        Ok(compared) => {
            files.original_sha256 = Some(compared.original_sha256);
            files.clean_sha256 = Some(compared.clean_sha256);
            answers.extend([belong(case.report, &files), compared.outside(), compared.inside()]);
        }
        Err(fault) => {
            answers.push(belong(case.report, &files));
            answers.extend([question::OUTSIDE, question::INSIDE].map(|name| failed(name, fault)));
        }
    }
    let layout = Layouts::read(original, clean, case.report);
    answers.extend(notice::notice(Some((original, layout.original.as_ref())), clean, plan, case.report));
    let mapped = layout.original.as_ref().map(Layout::mapped).unwrap_or_default();
    let texts = layout.original.as_ref().map(|layout| layout.texts(original.length())).unwrap_or_default();
    let kept = survivor::Kept { mapped: &mapped, texts: &texts };
    answers.push(
        survivor::survivors(original, clean, case.report, plan, kept, advance)
            .unwrap_or_else(|fault| failed(question::SURVIVORS, &fault)),
    );
    answers.extend(layout.answers(original, clean, plan, case.report));
    answers.push(coverage(case.report));
    let asked = debugger::ask(case.debugging, original, layout.original.as_ref(), plan);
    answers.push(asked.answer);
    Verdict {
        debugger: asked.comparisons,
        original_sha256: files.original_sha256.as_ref().map(|digest| hex(digest)),
        clean_sha256: files.clean_sha256.as_ref().map(|digest| hex(digest)),
        ..verdict(answers)
    }
}

/// Both dumps, read, if their format is one that is read.
struct Layouts {
    original: Option<Layout>,
    clean: Option<Result<Layout, Fault>>,
    why_not: String,
    fault: bool,
}

impl Layouts {
    fn read(original: Named<'_>, clean: Named<'_>, report: &Report) -> Self {
        let format = report.input.format.as_str();
        let stated = Layout::is_named(format);
        match Layout::read_as(original, &report.input) {
            Ok(Some(layout)) => {
                let none = || Fault::Parse { which: "clean", what: format!("no {} any more", layout.name()) };
                let clean = Layout::read_as(clean, &report.input).and_then(|read| read.ok_or_else(none));
                Self { original: Some(layout), clean: Some(clean), why_not: String::new(), fault: false }
            }
            Ok(None) => {
                let why_not = format!("not applicable: the original is {}", Layout::NONE);
                Self { original: None, clean: None, why_not, fault: stated }
            }
            // A damaged dump may be scrubbed as raw bytes; what claims to be a dump must be one.
            Err(fault) => {
                let why_not = format!("not applicable: {fault}");
                Self { original: None, clean: None, why_not, fault: stated }
            }
        }
    }

    fn answers(
        &self,
        original: Named<'_>,
        clean: Named<'_>,
        plan: &Plan,
        report: &Report,
    ) -> Vec<coredact_record::Answer> {
        let names = [question::STRUCTURE, question::STACKS];
        match (&self.original, &self.clean) {
            (Some(before), Some(Ok(after))) => {
                let structure =
                    before.structure(after).unwrap_or_else(|fault| failed(question::STRUCTURE, &fault));
                let stacks = before.stacks(original, clean, plan, report);
                vec![structure, stacks.unwrap_or_else(|fault| failed(question::STACKS, &fault))]
            }
            (_, Some(Err(fault))) => names.map(|name| failed(name, fault)).into(),
            _ if self.fault => names.map(|name| answer(name, false, self.why_not.as_str())).into(),
            _ => names.map(|name| not_applicable(name, self.why_not.as_str())).into(),
        }
    }
}
