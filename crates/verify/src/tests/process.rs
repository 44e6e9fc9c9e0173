//! A real dump of a real process, with the debuggers that are installed.
//!
//! Needs gcc and a kernel that writes cores into the process's folder; without them the tests say so and
//! check nothing.

use super::fixture::{Made, finding, named, place, scrub};
use crate::answer::question::{DEBUGGER, STACKS};
use crate::elf;
use crate::fault::Named;
use crate::{Case, Debugging, FileBytes, against_original};
use coredact_record::{Certainty, DebuggerComparison, Verdict};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const TOKEN: &[u8] = b"tok_R8tZq2LmX7vB3nK5wY9dH4";

const PROGRAM: &str = r#"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
static pthread_barrier_t barrier;
__attribute__((noinline)) static void work(const char *token, int depth) {
  char copy[64];
  strcpy(copy, token);
  if (depth) work(copy, depth - 1);
  else abort();
  __asm__ volatile("" : : "r"(copy) : "memory");
}
static void *wait(void *unused) { pthread_barrier_wait(&barrier); pthread_barrier_wait(&barrier); return unused; }
int main(int count, char **arguments) {
  pthread_t thread;
  pthread_barrier_init(&barrier, 0, 2);
  pthread_create(&thread, 0, wait, 0);
  pthread_barrier_wait(&barrier);
  char token[64] = {0};
  for (int i = 0; arguments[1][i]; i++) token[i] = arguments[1][i] - 1;
  work(token, 3);
}
"#;

/// A crashed program and its core.
struct Crashed {
    folder: TempDir,
    core: Vec<u8>,
}

/// Lets a program crash; none if that leaves no core here.
fn crashed() -> Option<Crashed> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("program.c");
    write(&source, PROGRAM.as_bytes());
    let program = folder.path().join("program");
    let compiled =
        Command::new("gcc").args(["-g", "-O1", "-pthread", "-o"]).arg(&program).arg(&source).status();
    if !compiled.is_ok_and(|status| status.success()) {
        println!("passed over: no gcc");
        return None;
    }
    // The program undoes this, so that its arguments do not hold the token too.
    let argument: String = TOKEN.iter().map(|byte| char::from(byte + 1)).collect();
    let script = "ulimit -c unlimited; cd \"$1\" && exec ./program \"$2\"";
    let run =
        Command::new("sh").args(["-c", script, "sh"]).arg(folder.path()).arg(argument).status().unwrap();
    assert!(!run.success());
    let is_core =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"));
    let found = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).find(is_core);
    let Some(found) = found else {
        println!("passed over: the kernel leaves no core in the folder");
        return None;
    };
    let core = std::fs::read(found).unwrap();
    Some(Crashed { folder, core })
}

#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

impl Crashed {
    /// Every run of the core that is made of fragments of the token.
    fn remains(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (at, window) in self.core.windows(8).enumerate() {
            if TOKEN.windows(8).any(|fragment| fragment == window) {
                match runs.last_mut() {
                    Some((start, length)) if at <= *start + *length => *length = at + 8 - *start,
                    _ => runs.push((at, 8)),
                }
            }
        }
        runs
    }

    /// Removes ranges of the core as one finding.
    fn without(&self, ranges: &[(usize, usize)], kind: &str, certainty: Certainty) -> Made {
        let places = ranges.iter().map(|(at, length)| place(*at, *length, "text", "ascii")).collect();
        let mut one = finding(1, kind, "TOKEN", places);
        one.certainty = certainty;
        scrub(self.core.clone(), vec![one])
    }

    fn judge(&self, made: &Made) -> Verdict {
        self.judge_with(made, None)
    }

    fn judge_with(&self, made: &Made, executable: Option<&Path>) -> Verdict {
        let (original, clean) = (self.folder.path().join("original"), self.folder.path().join("clean"));
        write(&original, &made.original);
        write(&clean, &made.clean);
        let open = |path: &Path| FileBytes::new(std::fs::File::open(path).unwrap()).unwrap();
        let debugging = Debugging { original: &original, clean: &clean, executable };
        let (before, after) = (open(&original), open(&clean));
        let case =
            Case { original: &before, clean: &after, report: &made.report, debugging: Some(debugging) };
        against_original(&case, &|_| ())
    }
}

fn ran(verdict: &Verdict) -> Vec<&DebuggerComparison> {
    verdict.debugger.iter().filter(|one| one.not_run.is_none()).collect()
}

#[test]
fn debuggers_show_the_same_after_an_honest_scrub() {
    let Some(crashed) = crashed() else { return };
    let places = crashed.remains();
    // Vector registers hold halves of it.
    assert!(places.len() > 5 && places.iter().any(|(_, length)| *length < TOKEN.len()), "{places:?}");
    let verdict = crashed.judge(&crashed.without(&places, "token", Certainty::Matched));
    assert!(verdict.passed, "{verdict:#?}");
    assert!(named(&verdict, STACKS).numbers["code_addresses"] > 5);
    for comparison in ran(&verdict) {
        assert!(comparison.same && comparison.threads == 2 && comparison.frames >= 8, "{comparison:#?}");
        assert!(comparison.modules >= 2, "{comparison:#?}");
        // `work` shows its argument, which is the token.
        assert!(!comparison.differing.is_empty(), "{comparison:#?}");
        for line in &comparison.differing {
            assert_eq!(line.explained_by, Some(1), "{line:?}");
            assert!(line.before.contains("work") && line.before.contains("«…»"), "{line:?}");
        }
    }
    let text = format!("{verdict:?}");
    assert!(!text.contains("R8tZ") && text.contains("TOKEN#1"));
}

#[test]
fn debuggers_show_that_a_stack_is_gone() {
    let Some(crashed) = crashed() else { return };
    let core = elf::Core::read(Named::original(&crashed.core)).unwrap().unwrap();
    let (start, end) = core.first_stack().unwrap();
    let range = (start as usize, (end - start) as usize);
    let verdict = crashed.judge(&crashed.without(&[range], "not-needed", Certainty::Suspected));
    assert!(!named(&verdict, STACKS).passed);
    assert_eq!(named(&verdict, DEBUGGER).passed, ran(&verdict).is_empty());
    for comparison in ran(&verdict) {
        assert!(!comparison.same && !comparison.differing.is_empty());
    }
}

#[test]
fn another_program_makes_dumps_not_comparable() {
    let Some(crashed) = crashed() else { return };
    let made = crashed.without(&crashed.remains(), "token", Certainty::Matched);
    let verdict = crashed.judge_with(&made, Some(Path::new("/proc/self/exe")));
    let answer = named(&verdict, DEBUGGER);
    assert!(answer.not_applicable && answer.detail.contains("not the program of this dump"), "{answer:?}");
    assert!(!verdict.debugger.iter().any(|one| one.same));
    let right = crashed.folder.path().join("program");
    let verdict = crashed.judge_with(&made, Some(&right));
    assert_eq!(named(&verdict, DEBUGGER).not_applicable, ran(&verdict).is_empty(), "{verdict:#?}");
}
