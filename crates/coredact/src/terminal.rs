//! Standard output is data, standard error is talk.

use coredact_engine::progress::Progress;
use coredact_record::Stage;
use coredact_record::text::visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Work that is over sooner shows no bar.
const PATIENCE: Duration = Duration::from_secs(2);

/// Columns of a terminal that does not tell.
const WIDTH: usize = 100;

/// How to talk to the user.
#[derive(Debug)]
pub(crate) struct Talk {
    quiet: bool,
    started: Instant,
    stages: Mutex<Vec<Stage>>,
}

impl Talk {
    pub(crate) fn start(quiet: bool) -> Self {
        Self { quiet, started: Instant::now(), stages: Mutex::default() }
    }

    /// A bar on a terminal, and nothing elsewhere.
    pub(crate) fn progress(&self) -> Bar<'_> {
        let shown = !self.quiet && io::stderr().is_terminal();
        Bar { shown, talk: self, bar: Mutex::new(None), running: Mutex::new(None) }
    }

    /// How long each stage took, for the summary; forgets them.
    pub(crate) fn stages(&self) -> Vec<Stage> {
        std::mem::take(&mut lock(&self.stages))
    }

    /// A sentence on standard error.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            say(line);
        }
    }

    /// Text for people on standard error.
    pub(crate) fn text(&self, text: &str) {
        if !self.quiet {
            // Whoever closed standard error does not want to hear it.
            drop(io::stderr().write_all(text.as_bytes()));
        }
    }
}

/// The one way to standard error for single sentences: names of files and what else is of hostile origin
/// cannot move the cursor, colour the text or begin a line of their own.
fn say(line: &str) {
    drop(writeln!(io::stderr(), "coredact: {}", visible(line)));
}

/// What the command line's parser has to say. Its errors quote arguments, which may be hostile too.
pub(crate) fn usage(message: &clap::Error) {
    if !message.use_stderr() {
        // A closed pipe while help is printed is nobody's fault.
        drop(message.print());
        return;
    }
    let text = message.render().to_string();
    let lines: Vec<_> = text.lines().map(visible).collect();
    drop(writeln!(io::stderr(), "{}", lines.join("\n")));
}

/// An error with its causes, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    say(&coredact_engine::withheld::masked(&format!("failed to {error:#}")));
}

/// Standard output takes no more, so that whoever reads it has not got everything.
#[derive(Debug)]
pub(crate) struct Unprinted(io::Error);

impl std::fmt::Display for Unprinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("print on standard output; make room or redirect it elsewhere, and run again")
    }
}

impl std::error::Error for Unprinted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Data for a pipe or a person on standard output. A reader that has seen enough, as `head` has, is no error.
pub(crate) fn data(text: &str) -> Result<(), Unprinted> {
    more_data(text).map(drop)
}

/// The same for whoever has more: `false` if nobody reads any further.
pub(crate) fn more_data(text: &str) -> Result<bool, Unprinted> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Unprinted(error)),
    }
}

/// Options for a summary on standard output or error.
pub(crate) fn human(stream: &impl IsTerminal) -> coredact_record::render::HumanOptions {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = rustix::termios::tcgetwinsize(io::stderr()).map_or(WIDTH, |size| usize::from(size.ws_col));
    coredact_record::render::HumanOptions {
        colour: stream.is_terminal() && !no_colour,
        width: if width == 0 { WIDTH } else { width },
    }
}

/// A progress bar that appears when work takes longer than [`PATIENCE`].
#[derive(Debug)]
pub(crate) struct Bar<'a> {
    shown: bool,
    talk: &'a Talk,
    bar: Mutex<Option<ProgressBar>>,
    running: Mutex<Option<(Instant, Stage)>>,
}

/// A lock that another thread's panic does not poison: progress is worth nothing then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bar<'_> {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        if self.shown {
            act(&mut lock(&self.bar));
        }
    }
}

impl Progress for Bar<'_> {
    fn begin(&self, stage: &'static str, bytes: u64) {
        let running = Stage { name: stage.to_owned(), bytes, milliseconds: 0 };
        *lock(&self.running) = Some((Instant::now(), running));
        self.with(|slot| {
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
            let template = if bytes == 0 {
                "{msg:<24} {bytes} at {bytes_per_sec}"
            } else {
                "{msg:<24} {wide_bar} {bytes}/{total_bytes} at {bytes_per_sec}, {eta} left"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(stage);
            *slot = Some(bar);
        });
    }

    fn advance(&self, bytes: u64) {
        self.with(|slot| {
            let Some(bar) = slot else { return };
            if bar.is_hidden() && self.talk.started.elapsed() > PATIENCE {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.inc(bytes);
        });
    }

    fn end(&self) {
        if let Some((since, mut stage)) = lock(&self.running).take() {
            stage.milliseconds = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            lock(&self.talk.stages).push(stage);
        }
        self.with(|slot| {
            if let Some(bar) = slot.take() {
                bar.finish_and_clear();
            }
        });
    }
}
