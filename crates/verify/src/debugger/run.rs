//! Runs a debugger: no input, bounded output, bounded time.

use crate::limits::{DEBUGGER_OUTPUT_MAX, DEBUGGER_SECONDS_MAX};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It ended by itself; what it wrote, errors behind the rest.
    Text(String),
    /// It is not installed, or may not be started.
    NotStarted(String),
    /// It was killed, by a signal or by the time limit.
    Broken(String),
}

/// Runs `program`, which is looked up in the search path.
pub(super) fn run(program: &str, arguments: &[OsString]) -> Outcome {
    run_for(program, arguments, Duration::from_secs(DEBUGGER_SECONDS_MAX))
}

fn run_for(program: &str, arguments: &[OsString], time: Duration) -> Outcome {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // One language, no pages, no start-up files, nothing from the network.
    command.env("LC_ALL", "C").env("TERM", "dumb").env("HOME", "/nonexistent").env_remove("DEBUGINFOD_URLS");
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Outcome::NotStarted(format!("{program} is not installed"));
        }
        Err(error) => return Outcome::NotStarted(format!("{program} could not be started: {error}")),
    };
    let deadline = Instant::now() + time;
    let outputs = child.stdout.take().map(collect).into_iter().chain(child.stderr.take().map(collect));
    let outputs = match outputs.collect::<io::Result<Vec<_>>>() {
        Ok(outputs) => outputs,
        Err(error) => {
            stop(&mut child);
            return Outcome::NotStarted(format!(
                "{program} could not be listened to, for want of a thread: {error}"
            ));
        }
    };
    let text = outputs
        .into_iter()
        .map(|output| output.recv_timeout(deadline.saturating_duration_since(Instant::now())))
        .collect::<Result<Vec<_>, _>>();
    let Ok(text) = text else {
        stop(&mut child);
        return Outcome::Broken(format!("{program} took longer than {} seconds", time.as_secs()));
    };
    // Both its outputs are closed: it ends now, or has nothing to say any more.
    match child.wait() {
        Ok(status) => match status.signal() {
            Some(signal) => Outcome::Broken(format!("{program} ended by signal {signal}")),
            None => Outcome::Text(text.join("\n")),
        },
        Err(error) => Outcome::Broken(format!("{program} could not be waited for: {error}")),
    }
}

/// Reads to the end on a thread of its own, keeping what the limit allows. The thread ends with the pipe.
fn collect(mut pipe: impl Read + Send + 'static) -> io::Result<Receiver<String>> {
    let (sender, receiver) = channel();
    std::thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let mut kept = (&mut pipe).take(DEBUGGER_OUTPUT_MAX as u64);
        // An error ends the output like its end does.
        drop(kept.read_to_end(&mut bytes));
        drop(io::copy(&mut pipe, &mut io::sink()));
        // Nobody listens after the time limit.
        drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
    })?;
    Ok(receiver)
}

fn stop(child: &mut Child) {
    // An error means that it has ended already.
    drop(child.kill());
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, milliseconds: u64) -> Outcome {
        run_for("sh", &["-c".into(), script.into()], Duration::from_millis(milliseconds))
    }

    #[test]
    fn output_and_errors_are_collected() {
        assert!(
            matches!(shell("echo one; echo two >&2", 60_000), Outcome::Text(text) if text == "one\n\ntwo\n")
        );
    }

    #[test]
    fn program_that_hangs_is_killed() {
        let outcome = shell("exec tail -f /dev/null", 100);
        assert!(matches!(outcome, Outcome::Broken(why) if why.contains("took longer")));
    }

    #[test]
    fn program_that_crashes_or_is_missing_is_told_apart() {
        assert!(matches!(shell("kill -SEGV $$", 60_000), Outcome::Broken(why) if why.contains("signal 11")));
        let missing = run("coredact-no-such-debugger", &[]);
        assert!(matches!(missing, Outcome::NotStarted(why) if why.contains("not installed")));
    }
}
