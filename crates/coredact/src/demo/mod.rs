//! `coredact demo`: a process of coredact's own holds fresh keys and really
//! crashes; its core is attacked, scrubbed, and attacked again.

mod attack;
mod child;
mod crash;
mod debugger;

use crate::args::Demo;
use crate::judge::Verifier;
use crate::session::Session;
use crate::terminal;
use anyhow::{Context, Result, bail};
use attack::Loot;
use coredact_engine::examine::Options;
use coredact_engine::open;
use coredact_engine::scrub::{Job, Scrubbed, scrub};
use coredact_engine::source::Source;
use coredact_engine::tokens::Rules;
use coredact_engine::writer::publish_document;
use coredact_record::render::{self, Demo as Story, DemoBlock, HtmlOptions};
use coredact_record::{ExitCode, Fingerprinter, Policy};
use crash::Crash;
use std::io;
use std::path::Path;

/// Name of the page that the demo leaves.
const PAGE: &str = "coredact-demo.html";

/// Runs the demo, or becomes its child.
pub(crate) fn run(session: &Session, arguments: &Demo) -> Result<ExitCode> {
    if arguments.crash {
        return child::run();
    }
    let folder = tempfile::Builder::new().prefix("coredact-demo-").tempdir().context("make a folder")?;
    session.talk.note("a process makes an RSA key, an AES key and a bearer token, uses them, and crashes");
    let crash = crash::crash(folder.path())?;
    let size = std::fs::metadata(&crash.core).map_or(0, |metadata| metadata.len());
    session.talk.note(&format!("the kernel wrote its core: {size} bytes"));

    let before = attack::attack(session, &crash.core, &crash.public)?;
    session.talk.note("an attack on the core, with nothing but the public key in hand:");
    session.talk.text(&indent(&before.tell()));

    // The summary shows the stages of the scrub alone.
    drop(session.talk.stages());
    let clean = folder.path().join("core.clean");
    let scrubbed = clean_up(session, &crash, &clean)?;
    let mut report = scrubbed.report;
    report.stages = session.talk.stages();
    session.talk.text(&render::human(&report, &terminal::human(&io::stderr())));
    if !report.verdict.as_ref().is_some_and(|verdict| verdict.passed) {
        return Ok(ExitCode::VerificationFailed);
    }
    let after = attack::attack(session, &clean, &crash.public)?;
    session.talk.note("the same attack on the clean core:");
    session.talk.text(&indent(&after.tell()));

    let stacks = debugger::stacks(&crash.core, &clean, &crash.program);
    let page = render::html(&report, &HtmlOptions { seal: None, demo: Some(story(&before, &after, stacks)) });
    let path = arguments.out.join(PAGE);
    publish_document(&path, page.as_bytes(), true)?;
    if session.json {
        terminal::data(&render::json(&report))?;
    }
    session.talk.note(&format!("the whole story with a picture of the memory: {}", path.display()));
    if before.taken() != Loot::ALL {
        bail!(
            "find every planted key in the crashed process: only {} of {} were found",
            before.taken(),
            Loot::ALL
        );
    }
    Ok(if after.taken() == 0 { ExitCode::Clean } else { ExitCode::VerificationFailed })
}

/// Scrubs the core as `coredact scrub` does, and publishes the clean one.
fn clean_up(session: &Session, crash: &Crash, clean: &Path) -> Result<Scrubbed> {
    let rules = Rules::builtin()?;
    let tests = session.self_tests(&rules)?;
    let source: Source = session.open(&crash.core, std::env::temp_dir())?;
    let image = open::dump(&source)?;
    let options = Options {
        policy: Policy::Strict,
        inventory: None,
        known: &[],
        rules: &rules,
        remove_public: false,
        close: true,
    };
    let fingerprinter = Fingerprinter::new(None)?;
    let job = Job {
        source: &source,
        image: &image,
        options: &options,
        output: clean,
        force: false,
        elsewhere: false,
        compression: None,
        tests: &tests,
        fingerprinter: &fingerprinter,
    };
    let verifier =
        Verifier { debuggers: true, original: Some(&crash.core), executable: Some(&crash.program) };
    let mut scrubbed = scrub(&job, &verifier, &session.talk.progress())?;
    if let Some(draft) = scrubbed.draft.take() {
        draft.publish()?;
    }
    Ok(scrubbed)
}

fn story(before: &Loot, after: &Loot, stacks: Option<(String, String)>) -> Story {
    let mut blocks = vec![DemoBlock {
        title: "What an attacker takes from the core".to_owned(),
        before: before.tell(),
        after: after.tell(),
    }];
    if let Some((before, after)) = stacks {
        blocks.push(DemoBlock { title: "What gdb shows".to_owned(), before, after });
    }
    Story {
        title: "A crash, and what is left of its keys".to_owned(),
        paragraphs: vec![
            "A process made a fresh RSA key, a fresh AES key and a fresh bearer token, used them, and crashed. \
             The kernel wrote its memory to a core file."
                .to_owned(),
            "On the left is what the core gives away and what a debugger shows; on the right the same questions \
             put to the file that coredact released. The keys lived for this demonstration only."
                .to_owned(),
        ],
        blocks,
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
