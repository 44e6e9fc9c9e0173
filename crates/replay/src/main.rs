//! `cargo xtask replay`: the incident from end to end with fresh keys, and what each control alone does to it.
//!
//! The way of the key out of a crash dump is told as the leading hypothesis had it: the vendor later wrote that no such dump was found.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod controls;
mod crash;
mod mailbox;
mod signer;
mod thief;
mod tool;
mod world;

use anyhow::Result;
use controls::CONTROLS;
use std::process::ExitCode;
use world::World;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["signer"] => signer::crash(),
        [] => replay(false),
        ["--json"] => replay(true),
        _ => Err(anyhow::anyhow!("understand {words:?}; --json is the only option")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("coredact-replay: failed to {error:#}");
            ExitCode::from(70)
        }
    }
}

/// Tries the attack with all controls off, then with each alone; true if it succeeds once and never again.
fn replay(json: bool) -> Result<bool> {
    if !json {
        println!("{STORY}\n");
    }
    let world = World::begin()?;
    let (attack, said) = world.attack_without_controls()?;
    line(json, "-", "all controls off", if attack { "attack succeeds" } else { "ATTACK FAILS" }, &said);
    let mut all = attack;
    for control in CONTROLS {
        let (stopped, said) = match (control.alone)(&world) {
            Ok(said) => (true, said),
            Err(error) => (false, format!("{error:#}")),
        };
        all &= stopped;
        line(json, control.number, control.name, if stopped { "stopped" } else { "NOT STOPPED" }, &said);
    }
    Ok(all)
}

fn line(json: bool, number: &str, name: &str, outcome: &str, said: &str) {
    if json {
        let stopped = outcome == "stopped";
        println!(
            "{}",
            serde_json::json!({"control": number, "name": name, "stopped": stopped, "detail": said})
        );
    } else {
        println!("{number:<3} {name:<22} {outcome:<16} {said}");
    }
}

const STORY: &str = "\
A consumer token service crashes; by the leading hypothesis its dump leaks the signing key; the key forges a token for an
enterprise mailbox, and the mail service accepts it. Fresh keys, a real crash, and each control alone:";
