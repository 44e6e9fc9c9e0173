//! How gdb, lldb and minidump-stackwalk are asked.

use super::session::{Session, gdb, lldb, stackwalk};
use std::ffi::OsString;
use std::path::Path;

/// Begins the lines that part gdb's output; no debugger writes such a line by itself.
pub(super) const SECTION: &str = "@coredact-section ";

/// A debugger.
pub(super) struct Dialect {
    /// Name of the program.
    pub(super) name: &'static str,
    /// Formats of dumps that it opens, as reports name them.
    pub(super) formats: &'static [&'static str],
    /// Arguments for a dump and the program that was dumped, if known.
    pub(super) arguments: fn(&Path, Option<&Path>) -> Vec<OsString>,
    /// Reads its output.
    pub(super) read: fn(&str) -> Session,
}

/// Every debugger that is asked.
pub(super) const ALL: [Dialect; 3] = [
    Dialect { name: "gdb", formats: &["elf-core"], arguments: gdb_arguments, read: gdb },
    Dialect {
        name: "lldb",
        formats: &["elf-core", "minidump", "macho-core"],
        arguments: lldb_arguments,
        read: lldb,
    },
    Dialect {
        name: "minidump-stackwalk",
        formats: &["minidump"],
        arguments: stackwalk_arguments,
        read: stackwalk,
    },
];

/// The last word of the first line of `--version`: `13.1`.
pub(super) fn version(text: &str) -> String {
    text.lines().next().and_then(|line| line.split_whitespace().last()).unwrap_or_default().to_owned()
}

fn gdb_arguments(dump: &Path, executable: Option<&Path>) -> Vec<OsString> {
    // `-iex` comes before the files are loaded.
    let before = ["set debuginfod enabled off", "set auto-load safe-path /nonexistent", "set auto-load off"];
    let commands = [
        "set pagination off",
        "set width 0",
        "set print frame-arguments scalars",
        "set print address on",
        "set backtrace limit 10000",
        "echo \\n@coredact-section frames\\n",
        "thread apply all bt",
        "echo \\n@coredact-section threads\\n",
        "info threads",
        "echo \\n@coredact-section registers\\n",
        "thread apply all info registers",
        "echo \\n@coredact-section modules\\n",
        "info sharedlibrary",
        "echo \\n@coredact-section end\\n",
    ];
    let mut arguments: Vec<OsString> = ["-nx", "-nh", "-batch"].map(OsString::from).into();
    let mut pairs = |flag: &str, values: &[&str]| {
        for value in values {
            arguments.extend([flag.into(), (*value).into()]);
        }
    };
    pairs("-iex", &before);
    pairs("-ex", &commands);
    if let Some(executable) = executable {
        arguments.extend(["-se".into(), executable.into()]);
    }
    arguments.extend(["-c".into(), dump.into()]);
    arguments
}

fn stackwalk_arguments(dump: &Path, _: Option<&Path>) -> Vec<OsString> {
    vec!["--human".into(), "--no-color".into(), dump.into()]
}

fn lldb_arguments(dump: &Path, executable: Option<&Path>) -> Vec<OsString> {
    let before = [
        "settings set target.load-script-from-symbol-file false",
        "settings set symbols.enable-external-lookup false",
        "settings set stop-line-count-before 0",
        "settings set stop-line-count-after 0",
    ];
    let commands = ["thread backtrace all", "thread list", "register read", "image list"];
    let mut arguments: Vec<OsString> =
        ["--no-lldbinit", "--batch", "--no-use-colors"].map(OsString::from).into();
    for command in before {
        arguments.extend(["-O".into(), command.into()]);
    }
    for command in commands {
        arguments.extend(["-o".into(), command.into()]);
    }
    arguments.extend(["-c".into(), dump.into()]);
    arguments.extend(executable.map(Into::into));
    arguments
}
