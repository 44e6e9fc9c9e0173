//! Standard output is data, standard error is talk.

use coredact_record::text::visible;
use std::io::{self, Write as _};

/// A sentence on standard error. What is of hostile origin in it cannot move the cursor or begin a line of its own.
pub(crate) fn say(line: &str) {
    // Whoever closed standard error does not want to hear it.
    drop(writeln!(io::stderr(), "coredact-guard: {}", visible(line)));
}

/// An error with its causes, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    say(&format!("failed to {error:#}"));
}

/// Data on standard output. A reader that has seen enough, as `head` has, is no error.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// What the command line's parser has to say.
pub(crate) fn usage(message: &clap::Error) {
    if message.use_stderr() {
        let text = message.render().to_string();
        let lines: Vec<_> = text.lines().map(visible).collect();
        drop(writeln!(io::stderr(), "{}", lines.join("\n")));
    } else {
        // A closed pipe while help is printed is nobody's fault.
        drop(message.print());
    }
}
