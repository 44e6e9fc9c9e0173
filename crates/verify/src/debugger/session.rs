//! What a debugger showed, taken apart.

use super::dialect::SECTION;

/// A frame, by what makes it the same frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// `#3`.
    pub(super) level: String,
    /// Program counter, if shown.
    pub(super) address: Option<String>,
    /// Function, or what stands in its place.
    pub(super) function: String,
    /// Arguments, with parentheses; empty if none are shown.
    pub(super) arguments: String,
    /// File and line, or module.
    pub(super) tail: String,
}

/// One run's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    /// Headers of the threads in the backtrace.
    pub(super) threads: Vec<String>,
    /// Frames, each with the index of its thread.
    pub(super) frames: Vec<(usize, Frame)>,
    /// Modules.
    pub(super) modules: Vec<String>,
    /// Every line, with the section it stands in.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Session {
    fn line(&mut self, section: &'static str, line: &str, frame: fn(&str) -> Option<Frame>) {
        // Depends on the times of the files only.
        if line.trim().is_empty() || line.contains("exec file is newer than core file") {
            return;
        }
        self.lines.push((section, line.to_owned()));
        if section == "frames" {
            if let Some(frame) = frame(line) {
                self.frames.push((self.threads.len(), frame));
            } else if is_thread(line) {
                self.threads.push(line.to_owned());
            }
        } else if section == "modules" && is_module(line) {
            self.modules.push(line.to_owned());
        }
    }
}

/// `Thread 2 (LWP 812):`, `  thread #2, name = 'worker'`.
fn is_thread(line: &str) -> bool {
    let line = line.trim_start_matches(['*', ' ']);
    (line.starts_with("Thread ") && line.ends_with(':')) || line.starts_with("thread #")
}

/// `0x00007f12  0x00007f13  Yes  /lib/x.so`, `[  0] 1A2B 0x5555 /bin/true`.
fn is_module(line: &str) -> bool {
    line.starts_with("0x") || (line.starts_with('[') && line.contains(']'))
}

/// Reads what gdb wrote.
pub(super) fn gdb(text: &str) -> Session {
    let mut session = Session::default();
    let mut section = "begin";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(SECTION) {
            let names = ["frames", "threads", "registers", "modules", "end"];
            section = names.into_iter().find(|known| *known == name.trim()).unwrap_or(section);
        } else {
            session.line(section, line, gdb_frame);
        }
    }
    session
}

/// Reads what lldb wrote: it repeats each command before its output.
pub(super) fn lldb(text: &str) -> Session {
    let mut session = Session::default();
    let mut section = "begin";
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("(lldb) ") {
            section = match command.trim() {
                "thread backtrace all" => "frames",
                "thread list" => "threads",
                "register read" => "registers",
                "image list" => "modules",
                _ => section,
            };
        } else {
            session.line(section, line, lldb_frame);
        }
    }
    session
}

/// Reads what minidump-stackwalk wrote for people.
pub(super) fn stackwalk(text: &str) -> Session {
    let mut session = Session::default();
    let mut section = "begin";
    for line in text.lines() {
        if line.starts_with("Thread ") {
            section = "frames";
            session.threads.push(line.to_owned());
        } else if line.starts_with("Loaded modules") || line.starts_with("Unloaded modules") {
            section = "modules";
        }
        // A thread's header is kept as it is; here it would be one only by chance.
        session.line(section, line, stackwalk_frame);
    }
    session
}

/// ` 1  libc.so.6!abort + 0x7b`.
fn stackwalk_frame(line: &str) -> Option<Frame> {
    let (level, function) = line.trim_start().split_once("  ")?;
    let is_level = line.len() > level.len() && level.bytes().all(|byte| byte.is_ascii_digit());
    let deep = line.len() - line.trim_start().len();
    (is_level && !level.is_empty() && deep < 4).then(|| Frame {
        level: format!("#{level}"),
        address: None,
        function: function.trim().to_owned(),
        arguments: String::new(),
        tail: String::new(),
    })
}

/// A frame as either debugger shows it.
pub(super) fn frame(line: &str) -> Option<Frame> {
    gdb_frame(line).or_else(|| lldb_frame(line))
}

/// `#1  0x0000555555555199 in work (key=0x7ffc "k", n=3) at a.c:12`.
fn gdb_frame(line: &str) -> Option<Frame> {
    let rest = line.strip_prefix('#')?;
    let digits = rest.find(|one: char| !one.is_ascii_digit())?;
    let (level, rest) = rest.split_at_checked(digits).filter(|(level, _)| !level.is_empty())?;
    let mut rest = rest.trim_start();
    let mut address = None;
    if let Some((word, after)) = rest.split_once(" in ").filter(|(word, _)| is_address(word)) {
        address = Some(word.to_owned());
        rest = after;
    }
    let (function, rest) = rest.split_once(" (").unwrap_or((rest, ""));
    let (arguments, tail) = parted(rest);
    Some(Frame { level: format!("#{level}"), address, function: function.to_owned(), arguments, tail })
}

/// `  * frame #0: 0x0000555555555189 prog`work(key="k", n=3) at a.c:12:5`.
fn lldb_frame(line: &str) -> Option<Frame> {
    let rest = line.trim_start_matches(['*', ' ']).strip_prefix("frame ")?;
    let (level, rest) = rest.split_once(": ")?;
    let (address, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let address = is_address(address).then(|| address.to_owned());
    let (function, rest) = rest.split_once('(').unwrap_or((rest, ""));
    let (arguments, tail) = parted(rest);
    Some(Frame { level: format!("frame {level}"), address, function: function.to_owned(), arguments, tail })
}

fn is_address(word: &str) -> bool {
    word.strip_prefix("0x")
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|one| one.is_ascii_hexdigit()))
}

/// Parts `n=3) at a.c:12` into arguments and what follows them. A string among the arguments may hold
/// anything, so the last parenthesis counts, and what follows must hold no quote.
fn parted(rest: &str) -> (String, String) {
    let ends = [") at ", ") from "].into_iter().filter_map(|end| rest.rfind(end)).max();
    match ends.and_then(|at| rest.split_at_checked(at + 1)).filter(|(_, tail)| !tail.contains(['"', '\''])) {
        Some((arguments, tail)) => (format!("({arguments}"), tail.to_owned()),
        None if rest.is_empty() => (String::new(), String::new()),
        None => (format!("({rest}"), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_gdb_are_taken_apart() {
        let check = |line: &str, expected: [&str; 5]| {
            let Frame { level, address, function, arguments, tail } = gdb_frame(line).unwrap();
            let found = [level, address.unwrap_or_default(), function, arguments, tail];
            assert_eq!(found, expected, "{line}");
        };
        check(
            "#0  work (key=0x7ffc \"k) at x\", n=3) at a.c:12",
            ["#0", "", "work", "(key=0x7ffc \"k) at x\", n=3)", " at a.c:12"],
        );
        check(
            "#12 0x00007f12 in ?? () from /lib/libc.so.6",
            ["#12", "0x00007f12", "??", "()", " from /lib/libc.so.6"],
        );
        check("#1  0x0000 in f (s=0x1 \"a) at b\")", ["#1", "0x0000", "f", "(s=0x1 \"a) at b\")", ""]);
        check("#2  <signal handler called>", ["#2", "", "<signal handler called>", "", ""]);
        assert_eq!(gdb_frame("Thread 1 (LWP 3):"), None);
        assert_eq!(gdb_frame("# comment"), None);
    }

    #[test]
    fn sections_of_gdb_are_counted() {
        let text = "warning: x\n\n@coredact-section frames\n\nThread 2 (LWP 9):\n#0  f () at a.c:1\n#1  0x12 in g ()\n\nThread 1 (LWP 8):\n#0  h ()\n@coredact-section threads\n  Id Target\n@coredact-section registers\nrax 0x0 0\n@coredact-section modules\nFrom To Syms\n0x1 0x2 Yes /lib/a.so\n";
        let session = gdb(text);
        assert_eq!((session.threads.len(), session.frames.len(), session.modules.len()), (2, 3, 1));
        assert_eq!(session.frames[2].0, 2);
        assert_eq!(session.lines.len(), 10);
    }

    #[test]
    fn sections_of_stackwalk_are_counted() {
        let text = "Operating system: Linux\nCPU: amd64\n\nThread 0 work (crashed) - tid: 8\n 0  libc.so.6!abort + 0x7b\n     rax = 0x0000000000000000\n    Found by: given as instruction pointer in context\n10  prog + 0x12\n    Found by: stack scanning\nThread 1 - tid: 9\n 0  libc.so.6 + 0x1\n\nLoaded modules:\n0x0001 - 0x0002  prog  ???  (main)\n";
        let session = stackwalk(text);
        assert_eq!((session.threads.len(), session.frames.len(), session.modules.len()), (2, 3, 1));
        assert_eq!(session.frames[1].1.level, "#10");
        assert_eq!(session.frames[0].1.function, "libc.so.6!abort + 0x7b");
    }

    #[test]
    fn sections_of_lldb_are_counted() {
        let text = "(lldb) target create --core \"CORE\"\n(lldb) thread backtrace all\n* thread #1, name = 'a', stop reason = signal SIGSEGV\n  * frame #0: 0x0000555555555189 prog`work(key=\"k\", n=3) at a.c:12:5\n    frame #1: 0x00007f12 libc.so.6`abort + 123\n(lldb) image list\n[  0] 1A-2B 0x5555 /bin/prog\n";
        let session = lldb(text);
        assert_eq!((session.threads.len(), session.frames.len(), session.modules.len()), (1, 2, 1));
        assert_eq!(session.frames[0].1.function, "prog`work");
        assert_eq!(session.frames[0].1.arguments, "(key=\"k\", n=3)");
        assert_eq!(session.frames[1].1.function, "libc.so.6`abort + 123");
    }
}
