//! The whole way: a core is scrubbed, the judge passes it, and nothing that was planted is left.

use coredact_dump::Image;
use coredact_engine::examine::Options;
use coredact_engine::progress::Silent;
use coredact_engine::scrub::{Evidence, Job, Judge, Scrubbed, scrub};
use coredact_engine::selftest::SelfTests;
use coredact_engine::source::{Opening, Source};
use coredact_engine::tokens::Rules;
use coredact_engine::{ReadAt, open};
use coredact_record::{Fingerprinter, Policy, Verdict};
use coredact_synth::{Keyring, Layout, Machine, Order, Recipe, Truth, hostile};
use coredact_verify::{Bytes, Case, against_original};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::OnceLock;

/// What is done to a clean dump behind the scrub's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// Nothing.
    Nothing,
    /// The cut with this number, counted round, is not made: its bytes are those of the original.
    DropCut(usize),
    /// A byte outside of all cuts is another one.
    ChangeByte,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No clean dump: the input is none that can be scrubbed, or the judge did not pass it.
    Refused,
    /// The judge passed the clean dump as it was shown, tampered with or not.
    Passed {
        /// The planted secrets of which fragments are left in it, and how they were planted.
        survivors: BTreeSet<String>,
    },
    /// The judge passed the scrub, and did not pass it once it was tampered with.
    Caught,
}

/// Builds a core as the input says, spoils it as the input says, scrubs it, and has it judged again:
/// what is released passes twice and holds nothing of what was planted.
///
/// Built with the environment variable `COREDACT_CANARY` set, the scrub loses one cut behind its own
/// back, and the oracle must fail: a fuzzer that does not see that sees nothing.
///
/// # Panics
/// If a promise is broken.
pub fn scrub_then_verify(input: &[u8]) {
    let tamper = if option_env!("COREDACT_CANARY").is_some() { Tamper::DropCut(0) } else { Tamper::Nothing };
    let (core, truth, whole) = core_of(input);
    match outcome(&core, &truth, tamper) {
        Ok(Outcome::Refused) => assert!(!whole, "a sound core was refused"),
        // Lies about segments may tear a secret apart; what is left then has no proof.
        Ok(Outcome::Passed { survivors }) => {
            assert!(!whole || survivors.is_empty(), "fragments survive of {survivors:?}");
        }
        Ok(Outcome::Caught) => panic!("what the scrub released does not pass a second time"),
        Err(error) => panic!("the trial itself failed: {error}"),
    }
}

/// A core, its truth, and whether it is sound: the first byte chooses the recipe, each pair after it
/// a mutation.
fn core_of(input: &[u8]) -> (Vec<u8>, Truth, bool) {
    static KEYRING: OnceLock<Keyring> = OnceLock::new();
    let keyring = KEYRING.get_or_init(|| Keyring::new(1, &[]));
    let choice = input.first().copied().unwrap_or(0);
    let bit = |number: u8| choice >> number & 1 == 1;
    let layout = Layout {
        order: if bit(1) { Order::Shuffled } else { Order::Address },
        extended_count: bit(2),
        split: bit(3),
        gaps: bit(4),
        partial_segments: bit(5),
        alignment: if bit(6) { 4096 } else { 64 },
        ..Layout::default()
    };
    let machine = if bit(0) { Machine::Aarch64 } else { Machine::X86_64 };
    let recipe = Recipe { seed: u64::from(choice), machine, threads: 2, memory_bytes: 4096, layout };
    let (mut core, truth) = recipe.bytes(keyring);
    let edits = input.get(1..).unwrap_or_default().chunks_exact(2);
    let whole = edits.len() == 0;
    let all: Vec<_> = if whole { Vec::new() } else { hostile::mutations(&truth).collect() };
    for edit in edits {
        let number = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % all.len();
        core = all[number].apply(&core);
    }
    (core, truth, whole)
}

/// Scrubs a core under policy `strict` and shows the result, tampered with, to the judge.
///
/// # Errors
/// If the trial's own files fail.
pub fn outcome(core: &[u8], truth: &Truth, tamper: Tamper) -> io::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let mut file = tempfile::NamedTempFile::new_in(folder.path())?;
    file.write_all(core)?;
    let opening = Opening { spool_folder: folder.path().to_owned(), decompress: None, advance: &|_| {} };
    let Ok(source) = Source::open(file.path(), &opening) else { return Ok(Outcome::Refused) };
    let Some(Scrubbed { report, draft: Some(draft), .. }) = scrubbed(&source, folder.path()) else {
        return Ok(Outcome::Refused);
    };
    let mut clean = Vec::new();
    draft.reader()?.read_to_end(&mut clean)?;
    let cuts = report.plan.as_ref().map_or(&[][..], |plan| plan.cuts.as_slice());
    match tamper {
        Tamper::Nothing => {}
        Tamper::DropCut(_) if cuts.is_empty() => {}
        Tamper::DropCut(number) => {
            let cut = &cuts[number % cuts.len()];
            let start = usize::try_from(cut.file_offset).unwrap_or(usize::MAX);
            let end = start + usize::try_from(cut.length).unwrap_or(0);
            clean[start..end].copy_from_slice(&core[start..end]);
        }
        Tamper::ChangeByte => {
            let covered = |at: &u64| {
                !cuts.iter().any(|cut| (cut.file_offset..cut.file_offset + cut.length).contains(at))
            };
            let free = (64..clean.len() as u64).find(covered).and_then(|at| usize::try_from(at).ok());
            if let Some(byte) = free.and_then(|at| clean.get_mut(at)) {
                *byte ^= 1;
            }
        }
    }
    let original = core.to_vec();
    let case = Case { original: &original, clean: &clean, report: &report, debugging: None };
    if !against_original(&case, &|_| {}).passed {
        return Ok(Outcome::Caught);
    }
    let survivors = truth.survivors(&mut clean.as_slice())?;
    let named = survivors.into_iter().map(|survivor| format!("{} ({})", survivor.secret, survivor.form));
    Ok(Outcome::Passed { survivors: named.collect() })
}

/// Scrubs a core, whatever is left of it, under policy `strict`: none if it is not understood or holds
/// nothing of use, else what the judge says, or why it was not asked.
///
/// # Errors
/// If the trial's own files fail.
pub fn judged(core: &[u8]) -> io::Result<Option<Result<Verdict, String>>> {
    let folder = tempfile::tempdir()?;
    let mut file = tempfile::NamedTempFile::new_in(folder.path())?;
    file.write_all(core)?;
    let opening = Opening { spool_folder: folder.path().to_owned(), decompress: None, advance: &|_| {} };
    let Ok(source) = Source::open(file.path(), &opening) else { return Ok(None) };
    let Ok(image) = open::dump(&source) else { return Ok(None) };
    if open::complete(&image, true).is_err() {
        return Ok(None);
    }
    let verdict = scrubbed(&source, folder.path()).and_then(|scrubbed| scrubbed.report.verdict);
    Ok(Some(verdict.ok_or_else(|| "an image was made, but no clean dump of it".to_owned())))
}

fn scrubbed(source: &Source, folder: &Path) -> Option<Scrubbed> {
    scrub_of(source, &open::dump(source).ok()?, folder)
}

/// The rules that are built in.
pub(super) fn rules() -> Option<&'static Rules> {
    static RULES: OnceLock<Option<Rules>> = OnceLock::new();
    RULES.get_or_init(|| Rules::builtin().ok()).as_ref()
}

/// Scrubs an image under policy `strict`.
pub(super) fn scrub_of(source: &Source, image: &Image, folder: &Path) -> Option<Scrubbed> {
    let options = Options {
        policy: Policy::Strict,
        inventory: None,
        known: &[],
        rules: rules()?,
        remove_public: false,
        close: true,
    };
    let job = Job {
        source,
        image,
        options: &options,
        output: &folder.join("clean"),
        force: false,
        elsewhere: false,
        compression: None,
        tests: &SelfTests::default(),
        fingerprinter: &Fingerprinter::new(Some([7; 32])).ok()?,
    };
    scrub(&job, &Independent, &Silent).ok()
}

/// The verifier, without debuggers.
struct Independent;

impl Judge for Independent {
    fn judge(&self, evidence: Evidence<'_>) -> Verdict {
        let (original, clean) = (Readable(evidence.source), Readable(evidence.clean));
        let case = Case { original: &original, clean: &clean, report: evidence.report, debugging: None };
        against_original(&case, &|_| {})
    }
}

struct Readable<'a>(&'a dyn ReadAt);

impl Bytes for Readable<'_> {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn released_core_holds_nothing_planted() {
        for choice in [0, 0b111_1110, 0b11_1111] {
            scrub_then_verify(&[choice]);
        }
    }

    #[test]
    fn every_dropped_cut_and_a_changed_byte_are_caught() {
        let (core, truth, _) = core_of(&[0b11_1110]);
        for number in [0, 1, 7, 40, 99, 1000] {
            assert_eq!(
                outcome(&core, &truth, Tamper::DropCut(number)).unwrap(),
                Outcome::Caught,
                "cut {number}"
            );
        }
        assert_eq!(outcome(&core, &truth, Tamper::ChangeByte).unwrap(), Outcome::Caught);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        #[test]
        fn spoiled_core_is_refused_or_scrubbed(input in proptest::collection::vec(any::<u8>(), 3..8)) {
            scrub_then_verify(&input);
        }
    }
}
