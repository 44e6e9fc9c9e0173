//! The tools that are measured, and how each says what it found.

use std::path::Path;
use std::process::{Command, Stdio};

/// A group of planted secrets, by the kinds of which it is made.
pub(super) type Group = (&'static str, &'static [&'static str]);

/// AES keys.
pub(super) const AES: Group = ("AES", &["aes-key"]);
/// RSA keys.
pub(super) const RSA: Group = ("RSA", &["rsa-private-key"]);
/// Other keys in encodings.
pub(super) const OTHER: Group = ("other keys", &["edwards-private-key", "ec-private-key", "symmetric-key"]);
/// Tokens and credentials.
pub(super) const TOKENS: Group = ("tokens", &["token", "credential"]);

/// Every group, in the order of the table.
pub(super) const GROUPS: [Group; 4] = [AES, RSA, OTHER, TOKENS];

/// How a tool's output tells where it found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Places {
    /// It does not look for secrets.
    None,
    /// It prints their bytes or characters.
    Printed,
    /// `FOUND PRIVATE KEY AT` and a hexadecimal offset.
    FoundAt,
    /// `0x`, a hexadecimal offset and a colon at the start of a line.
    HexColon,
    /// coredact's report in JSON.
    Report,
}

/// A tool and how it is run.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Program and arguments; `IMAGE` stands for the file.
    pub(super) command: Vec<String>,
    /// Give the file on standard input.
    pub(super) standard_input: bool,
    /// Which secrets it looks for.
    pub(super) groups: &'static [Group],
    pub(super) places: Places,
    /// It writes the clean core.
    pub(super) writes_clean: bool,
}

/// Stands for the file in a command.
pub(super) const IMAGE: &str = "IMAGE";

impl Tool {
    fn new(name: &'static str, command: &[&str], groups: &'static [Group], places: Places) -> Self {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        Self { name, command, standard_input: false, groups, places, writes_clean: false }
    }
}

/// What any tool must be compared with: reading the file, and reading every byte once.
pub(super) fn baselines() -> Vec<Tool> {
    vec![
        Tool::new("cat", &["cat", IMAGE], &[], Places::None),
        Tool::new("sha256sum", &["sha256sum", IMAGE], &[], Places::None),
    ]
}

/// coredact itself.
pub(super) fn own(program: &str, clean: &Path) -> Vec<Tool> {
    let clean = clean.to_string_lossy();
    let scan = [program, "scan", "--quiet", "--json", IMAGE];
    let one = [program, "scan", "--quiet", "--json", "--threads", "1", IMAGE];
    let scrub =
        [program, "scrub", "--quiet", "--force", "--no-debugger", "--threads", "2", "-o", &clean, IMAGE];
    vec![
        Tool::new("coredact scan, 1 thread", &one, &GROUPS, Places::Report),
        Tool::new("coredact scan, all processors", &scan, &GROUPS, Places::Report),
        Tool {
            writes_clean: true,
            ..Tool::new("coredact scrub, 2 threads, verified", &scrub, &[], Places::None)
        },
    ]
}

/// Those of the peers that are installed.
pub(super) fn peers(rules: &Path) -> Vec<Tool> {
    let rules = rules.to_string_lossy();
    let gitleaks = ["gitleaks", "stdin", "--no-banner", "--report-format", "json", "--report-path", "-"];
    let all = vec![
        Tool::new("aeskeyfind", &["aeskeyfind", "-q", IMAGE], &[AES], Places::Printed),
        Tool::new("rsakeyfind", &["rsakeyfind", IMAGE], &[RSA], Places::FoundAt),
        Tool::new("yara", &["yara", "-s", "-p", "1", &rules, IMAGE], &[RSA, OTHER, TOKENS], Places::HexColon),
        Tool {
            standard_input: true,
            ..Tool::new("gitleaks", &gitleaks, &[RSA, OTHER, TOKENS], Places::Printed)
        },
    ];
    all.into_iter().filter(|tool| tool.command.first().is_some_and(|program| is_installed(program))).collect()
}

/// True if a program is in one of the folders where programs are looked for; asked by name, since
/// some fail whatever they are asked.
fn is_installed(program: &str) -> bool {
    let found = Command::new("which").arg(program).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}
