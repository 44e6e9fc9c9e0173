//! Small ELF cores made byte by byte, and cases about them.

use crate::{Case, against_original};
use coredact_record::{
    Answer, Certainty, Command, Cut, Finding, InputInfo, OutputInfo, Place, Plan, Policy, Report, Verdict,
};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

pub(super) const CODE: u64 = 0x40_0000;
pub(super) const HEAP: u64 = 0x50_0000;
pub(super) const STACK: u64 = 0x7ffd_0000_0000;
pub(super) const PC: u64 = CODE + 0x123;
pub(super) const SP: u64 = STACK + 0x800;
pub(super) const MAPPED: u64 = 0x7f00_0000_0000;

/// A core of one thread with code, heap and stack, and where each lies in the file.
pub(super) struct Core {
    pub(super) bytes: Vec<u8>,
    pub(super) status: usize,
    pub(super) auxv: usize,
    pub(super) files: usize,
    pub(super) heap: usize,
    pub(super) stack: usize,
}

pub(super) const HEAP_BYTES: usize = 0x30_0000;
const STACK_BYTES: usize = 0x2000;

fn word(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn note(notes: &mut Vec<u8>, kind: u32, descriptor: &[u8]) -> usize {
    for field in [5, u32::try_from(descriptor.len()).unwrap(), kind] {
        notes.extend(field.to_le_bytes());
    }
    notes.extend(b"CORE\0\0\0\0");
    let at = notes.len();
    notes.extend(descriptor);
    notes.resize(notes.len().next_multiple_of(4), 0);
    at
}

fn descriptors() -> [(u32, Vec<u8>); 3] {
    let mut status = vec![0; 336];
    status[32..36].copy_from_slice(&812_u32.to_le_bytes());
    word(&mut status, 112 + 16 * 8, PC);
    word(&mut status, 112 + 19 * 8, SP);
    let auxv: Vec<u8> = [9, PC, 25, STACK, 0, 0_u64].iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut files: Vec<u8> =
        [1, 4096, MAPPED, MAPPED + 0x1000, 0_u64].iter().flat_map(|word| word.to_le_bytes()).collect();
    files.extend(b"/lib/libx.so\0");
    [(1, status), (6, auxv), (0x4649_4c45, files)]
}

/// Builds the core. The heap is zeros, so that whatever is put there stands alone.
pub(super) fn core() -> Core {
    const FIRST: usize = 64 + 4 * 56;
    let mut notes = Vec::new();
    let places = descriptors().map(|(kind, descriptor)| FIRST + note(&mut notes, kind, &descriptor));
    let code = (FIRST + notes.len()).next_multiple_of(0x1000);
    let (heap, stack) = (code + 0x1000, code + 0x1000 + HEAP_BYTES);
    let mut bytes = vec![0; stack + STACK_BYTES];
    bytes[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\0");
    bytes[16..20].copy_from_slice(&[4, 0, 62, 0]);
    bytes[20] = 1;
    word(&mut bytes, 32, 64);
    bytes[52..58].copy_from_slice(&[64, 0, 56, 0, 4, 0]);
    let headers = [
        (4, 4, FIRST, 0, notes.len()),
        (1, 5, code, CODE, 0x1000),
        (1, 6, heap, HEAP, HEAP_BYTES),
        (1, 6, stack, STACK, STACK_BYTES),
    ];
    for (index, (kind, flags, offset, address, length)) in headers.into_iter().enumerate() {
        let at = 64 + index * 56;
        bytes[at] = kind;
        bytes[at + 4] = flags;
        for (field, value) in [(8, offset as u64), (16, address), (32, length as u64), (40, length as u64)] {
            word(&mut bytes, at + field, value);
        }
        word(&mut bytes, at + 48, if kind == 4 { 4 } else { 0x1000 });
    }
    bytes[FIRST..FIRST + notes.len()].copy_from_slice(&notes);
    for (index, byte) in bytes[code..heap].iter_mut().enumerate() {
        *byte = (index % 251) as u8;
    }
    // A return address, a frame pointer, a pointer into a mapped file, and a number.
    let live = stack + 0x800;
    for (index, value) in [CODE + 0x40, SP + 0x20, MAPPED + 0x10, 77].into_iter().enumerate() {
        word(&mut bytes, live + index * 8, value);
    }
    let [status, auxv, files] = places;
    Core { bytes, status, auxv, files, heap, stack }
}

pub(super) fn finding(number: u32, kind: &str, marker: &str, places: Vec<Place>) -> Finding {
    Finding {
        number,
        kind: kind.to_owned(),
        marker: marker.to_owned(),
        bits: 128,
        certainty: Certainty::Proven,
        detector: "test".to_owned(),
        fingerprint: None,
        public_ids: Vec::new(),
        published: Vec::new(),
        publicly_known: None,
        removed: true,
        why_kept: None,
        copies: places.len() as u64,
        places,
        places_omitted: 0,
    }
}

pub(super) fn place(at: usize, length: usize, component: &str, form: &str) -> Place {
    Place {
        file_offset: at as u64,
        length: length as u64,
        address: None,
        region: "memory rw-".to_owned(),
        component: component.to_owned(),
        form: form.to_owned(),
        ..Place::default()
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A dump, its clean copy, and the report about them.
pub(super) struct Made {
    pub(super) original: Vec<u8>,
    pub(super) clean: Vec<u8>,
    pub(super) report: Report,
}

/// Scrubs as it should be done: each place of each finding is a cut.
pub(super) fn scrub(original: Vec<u8>, findings: Vec<Finding>) -> Made {
    let mut cuts: Vec<Cut> = findings
        .iter()
        .filter(|finding| finding.removed)
        .flat_map(|finding| {
            finding.places.iter().map(|place| Cut {
                file_offset: place.file_offset,
                length: place.length,
                finding: finding.number,
                marker: finding.marker.clone(),
            })
        })
        .collect();
    cuts.sort_by_key(|cut| cut.file_offset);
    let mut clean = original.clone();
    for cut in &cuts {
        let text = format!("[{}#{}]", cut.marker, cut.finding);
        let range = cut.file_offset as usize..(cut.file_offset + cut.length) as usize;
        for (byte, fill) in clean[range].iter_mut().zip(text.bytes().cycle()) {
            *byte = fill;
        }
    }
    let input = InputInfo {
        name: "core".into(),
        length: original.len() as u64,
        sha256: Some(hex(&Sha256::digest(&original))),
        format: "elf-core".into(),
        ..InputInfo::default()
    };
    let mut report = Report::new(Command::Scrub, input);
    report.policy = Some(Policy::Strict);
    report.findings = findings;
    report.plan = Some(Plan { input_length: original.len() as u64, cuts, notice: None });
    let mut made = Made { original, clean, report };
    made.seal_output();
    made
}

impl Made {
    /// Writes the clean dump's length and digest into the report, as whoever made it would.
    pub(super) fn seal_output(&mut self) {
        let (length, sha256) = (self.clean.len() as u64, hex(&Sha256::digest(&self.clean)));
        self.report.output = Some(OutputInfo { name: "clean".into(), length, sha256, compression: None });
    }

    pub(super) fn verdict(&self) -> Verdict {
        let case =
            Case { original: &self.original, clean: &self.clean, report: &self.report, debugging: None };
        let verdict = against_original(&case, &|_| ());
        assert_eq!(verdict.passed, verdict.answers.iter().all(|answer| answer.passed));
        verdict
    }

    /// Fails exactly the questions named.
    pub(super) fn check(&self, failing: &[&str]) {
        let verdict = self.verdict();
        let failed: Vec<&str> = verdict
            .answers
            .iter()
            .filter(|answer| !answer.passed)
            .map(|answer| answer.name.as_str())
            .collect();
        assert_eq!(failed, failing, "{:#?}", verdict.answers);
    }
}

pub(super) fn named<'a>(verdict: &'a Verdict, name: &str) -> &'a Answer {
    verdict.answers.iter().find(|answer| answer.name == name).unwrap()
}

/// Bytes that look random, the same for the same seed (xorshift64*).
pub(super) fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
        })
        .collect()
}

/// A dump with one key of 64 bytes in the heap, scrubbed, and the key.
pub(super) fn one_key() -> (Made, Vec<u8>, Core) {
    let mut core = core();
    let key = random(7, 64);
    let at = core.heap + 0x1000;
    core.bytes[at..at + 64].copy_from_slice(&key);
    let finding = finding(1, "rsa-private-key", "RSA", vec![place(at, 64, "p", "le")]);
    (scrub(core.bytes.clone(), vec![finding]), key, core)
}
