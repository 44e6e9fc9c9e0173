//! A bundle: an archive whose members are dumps, texts and other files, each judged as what it is.
//!
//! The judge walks the archive in its own way, plainly: tar headers one after the other, the directory of a ZIP archive, the
//! delimiters of a multipart body. What stands between the members must be the same byte for byte; each member must be
//! listed in the report, and none left out. Every format is read from the member's bytes alone.

mod walk;

use crate::answer::{Numbers as _, answer, not_applicable, question};
use crate::bytes::Bytes;
use crate::fault::{Fault, Named, pieces};
use crate::layout::Layout;
use crate::limits::CHUNK_BYTES;
use coredact_record::{Answer, Cut, InputInfo, MemberInfo, Plan, Report};
use sha2::{Digest as _, Sha256};
use std::io;
use std::ops::Range;

/// Archives, as reports name them.
pub(crate) const NAMES: [&str; 3] = ["tar", "zip", "multipart"];

/// A bundle that was read.
#[derive(Debug)]
pub(crate) struct Bundle {
    name: &'static str,
    members: Vec<Member>,
    /// Digest of all that belongs to no member.
    rest: [u8; 32],
    rest_bytes: u64,
}

#[derive(Debug)]
struct Member {
    name: String,
    range: Range<u64>,
    /// As what it was read; none if it has no format that is read.
    layout: Option<Box<Layout>>,
}

/// A member as a file of its own.
struct Window<'a> {
    whole: &'a dyn Bytes,
    range: Range<u64>,
}

impl Bytes for Window<'_> {
    fn length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.length());
        end.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.whole.read_exact_at(self.range.start.saturating_add(offset), buffer)
    }
}

impl Bundle {
    /// Reads a bundle of the format and with the members that a report states; none if it states another format.
    pub(crate) fn read(dump: Named<'_>, stated: &InputInfo) -> Result<Option<Self>, Fault> {
        let Some(name) = NAMES.into_iter().find(|name| *name == stated.format) else { return Ok(None) };
        let mut found = Vec::new();
        walk::leaves(dump, name, 0..dump.length(), &stated.members, &mut found)?;
        found.sort_by_key(|range| range.start);
        let listed: Vec<Range<u64>> = stated.members.iter().map(place).collect();
        if found != listed {
            return Err(unlisted(dump, &found, &listed));
        }
        let mut members = Vec::new();
        for info in &stated.members {
            let range = place(info);
            let window = Window { whole: dump.bytes, range: range.clone() };
            let own = InputInfo { format: info.format.clone(), ..InputInfo::default() };
            let layout = Layout::read_as(Named { which: dump.which, bytes: &window }, &own);
            let layout = layout.map_err(|fault| of_member(dump, &info.name, &fault))?;
            if layout.is_none() && Layout::is_named(&info.format) {
                let what = format!("member {} is no {} any more", info.name, info.format);
                return Err(Fault::Parse { which: dump.which, what });
            }
            if layout.as_ref().is_some_and(|layout| layout.name() != info.format) {
                let what =
                    format!("member {} is not the {} that the report calls it", info.name, info.format);
                return Err(Fault::Parse { which: dump.which, what });
            }
            members.push(Member { name: info.name.clone(), range, layout: layout.map(Box::new) });
        }
        let (rest, rest_bytes) = rest(dump, &listed)?;
        Ok(Some(Self { name, members, rest, rest_bytes }))
    }

    /// What reports call the archive's format.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Where the texts among the members lie.
    pub(crate) fn texts(&self) -> Vec<Range<u64>> {
        let is_text = |member: &&Member| matches!(member.layout.as_deref(), Some(Layout::Text(_)));
        self.members.iter().filter(is_text).map(|member| member.range.clone()).collect()
    }

    /// Every address that any of the processes had, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        let mut all: Vec<Range<u64>> = self
            .members
            .iter()
            .filter_map(|member| member.layout.as_ref())
            .flat_map(|one| one.mapped())
            .collect();
        all.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<u64>> = Vec::new();
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// The answer about a bundle that parses.
    pub(crate) fn parsed(&self) -> Answer {
        let detail =
            format!("the {} archive and each of its {} members can be read", self.name, self.members.len());
        answer(question::STRUCTURE, true, detail).with("members", self.members.len() as u64)
    }
}

fn place(info: &MemberInfo) -> Range<u64> {
    info.file_offset..info.file_offset.saturating_add(info.length)
}

fn of_member(dump: Named<'_>, name: &str, fault: &Fault) -> Fault {
    Fault::Parse { which: dump.which, what: format!("member {name}: {fault}") }
}

/// What is wrong if the members are not those of the report.
fn unlisted(dump: Named<'_>, found: &[Range<u64>], listed: &[Range<u64>]) -> Fault {
    let what = match found.iter().find(|range| !listed.contains(range)) {
        Some(range) => format!(
            "the report does not list the member of {} bytes at offset {:#x}",
            range.end.saturating_sub(range.start),
            range.start
        ),
        None => "the report lists a member that the archive does not hold".to_owned(),
    };
    Fault::Parse { which: dump.which, what }
}

/// Digest and number of the bytes that belong to no member.
fn rest(dump: Named<'_>, members: &[Range<u64>]) -> Result<([u8; 32], u64), Fault> {
    let (mut digest, mut bytes, mut at) = (Sha256::new(), 0_u64, 0_u64);
    let end = dump.length()..dump.length();
    for range in members.iter().chain([&end]) {
        let gap = range.start.saturating_sub(at);
        // Where headers stand is part of what they say.
        digest.update(at.to_le_bytes());
        digest.update(gap.to_le_bytes());
        for (start, taken) in pieces(gap, CHUNK_BYTES) {
            digest.update(dump.take(at.saturating_add(start), taken as u64)?);
        }
        bytes = bytes.saturating_add(gap);
        at = at.max(range.end);
    }
    Ok((digest.finalize().into(), bytes))
}

/// Are archive and members the same in structure?
pub(crate) fn structure(before: &Bundle, after: &Bundle) -> Result<Answer, Fault> {
    let mut faults = Vec::new();
    if before.rest != after.rest {
        faults.push("headers, names or padding of the archive changed".to_owned());
    }
    let mut compared = 0_u64;
    for (one, other) in before.members.iter().zip(&after.members) {
        let (Some(own), Some(clean)) = (&one.layout, &other.layout) else { continue };
        let answer = own.structure(clean)?;
        compared += 1;
        if !answer.passed {
            faults.push(format!("{}: {}", one.name, answer.detail));
        }
    }
    let passed = faults.is_empty() && before.members.len() == after.members.len();
    let detail = if passed {
        format!(
            "{} bytes of headers and names of the {} archive are the same, and the structure of {compared} of its {} members",
            before.rest_bytes,
            before.name,
            before.members.len()
        )
    } else {
        faults.join("; ")
    };
    Ok(answer(question::STRUCTURE, passed, detail)
        .with("members", before.members.len() as u64)
        .with("members_compared", compared)
        .with("bytes_of_headers", before.rest_bytes))
}

/// Are the stacks of every member the same?
pub(crate) fn stacks(
    original: Named<'_>,
    clean: Named<'_>,
    before: &Bundle,
    plan: &Plan,
    report: &Report,
) -> Result<Answer, Fault> {
    let (mut faults, mut compared, mut numbers) = (Vec::new(), 0_u64, std::collections::BTreeMap::new());
    for member in &before.members {
        let Some(layout) = &member.layout else { continue };
        let window = |dump: Named<'_>| (dump.which, member.range.clone());
        let ((which, range), (other, _)) = (window(original), window(clean));
        let one = Window { whole: original.bytes, range: range.clone() };
        let two = Window { whole: clean.bytes, range };
        let own = of_range(plan, &member.range);
        let (one, two) = (Named { which, bytes: &one }, Named { which: other, bytes: &two });
        let answer = layout.stacks(one, two, &own, report)?;
        if answer.not_applicable {
            continue;
        }
        compared += 1;
        for (name, number) in answer.numbers {
            *numbers.entry(name).or_insert(0_u64) += number;
        }
        if !answer.passed {
            faults.push(format!("{}: {}", member.name, answer.detail));
        }
    }
    if compared == 0 {
        return Ok(not_applicable(question::STACKS, "not applicable: no member of the bundle has stacks"));
    }
    let detail = match faults.is_empty() {
        true => format!("the stacks of {compared} members are the same"),
        false => faults.join("; "),
    };
    let mut answer = answer(question::STACKS, faults.is_empty(), detail).with("members_compared", compared);
    answer.numbers.extend(numbers);
    Ok(answer)
}

/// The part of a plan that is about a member, with the member's offsets.
fn of_range(plan: &Plan, range: &Range<u64>) -> Plan {
    let inside = |cut: &&Cut| range.start <= cut.file_offset && cut.file_offset < range.end;
    let moved = |cut: &Cut| Cut { file_offset: cut.file_offset.saturating_sub(range.start), ..cut.clone() };
    let cuts = plan.cuts.iter().filter(inside).map(moved).collect();
    Plan { input_length: range.end.saturating_sub(range.start), cuts, notice: None }
}
