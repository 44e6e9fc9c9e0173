//! Programs that end with the test that started them.

use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How long a program may take to become ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Silence after which a stopped program is woken again.
const STANDSTILL: Duration = Duration::from_millis(100);

/// A program that runs until it is dropped. It is killed when the test's
/// thread ends for whatever reason, a panic of the whole test included.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Vec<String>,
    name: String,
}

impl Running {
    /// Starts `command` in its own process group, allowed to dump core.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut wrapped = Command::new("prlimit");
        wrapped.args(["--core=unlimited", "setpriv", "--pdeathsig", "KILL", "--"]);
        wrapped.arg(command.get_program()).args(command.get_args());
        for (variable, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(variable, value),
                None => wrapped.env_remove(variable),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        wrapped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = wrapped
            .spawn()
            .with_context(|| format!("start {name} (prlimit and setpriv are in util-linux)"))?;
        let (sender, lines) = channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, lines, said: Vec::new(), name })
    }

    /// Waits for a line with `word` in it and returns the line.
    ///
    /// # Errors
    /// If the program ends or stays silent for a minute; with what it said.
    pub fn wait_for(&mut self, word: &str) -> Result<String> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains(word) {
                        return Ok(line);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} did not say {word:?} within a minute; {}", self.name, self.log())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended before it said {word:?}; {}", self.name, self.log())
                }
            }
        }
    }

    /// Writes to the program's standard input.
    ///
    /// # Errors
    /// If the program reads no more.
    pub fn say(&mut self, text: &[u8]) -> Result<()> {
        let stdin = self.stdin.as_mut().context("write to a closed input")?;
        stdin.write_all(text).and_then(|()| stdin.flush()).with_context(|| format!("write to {}", self.name))
    }

    /// The process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the process itself.
    ///
    /// # Errors
    /// If it is gone.
    pub fn signal(&self, signal: rustix::process::Signal) -> Result<()> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).with_context(|| format!("signal {}", self.name))
    }

    /// Sends a signal to the process and all that it started.
    ///
    /// # Errors
    /// If they are gone.
    pub fn signal_group(&self, signal: rustix::process::Signal) -> Result<()> {
        let group = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process_group(group, signal)
            .with_context(|| format!("signal the group of {}", self.name))
    }

    /// Everything that a program says to its end, which is woken whenever it stands still. (Each of its
    /// threads may stop it, and a tracer that is just about to stop loses the signal.)
    ///
    /// # Errors
    /// If it cannot be woken.
    pub fn rest_awake(&mut self) -> Result<String> {
        self.signal_group(rustix::process::Signal::CONT)?;
        loop {
            match self.lines.recv_timeout(STANDSTILL) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Timeout) => self.signal_group(rustix::process::Signal::CONT)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(self.said.join("\n")),
            }
        }
    }

    /// Waits until the process has ended. Its input stays open: a program that
    /// sees its end might leave before a signal reaches it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait(&mut self) -> Result<std::process::ExitStatus> {
        self.child.wait().with_context(|| format!("wait for {}", self.name))
    }

    /// The last lines that the program said.
    fn log(&self) -> String {
        let last = self.said.len().saturating_sub(12);
        format!("it said:\n{}", self.said[last..].join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        // The group may be gone already, which is what is wanted.
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        self.child.wait().ok();
    }
}

/// Sends each line of a pipe to a channel.
fn forward(pipe: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let Some(pipe) = pipe else { return };
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
}

/// Runs a command with `input` to its end and returns what it prints.
///
/// # Errors
/// If it cannot be run or fails; with what it said.
pub fn output(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().with_context(|| format!("start {name}: install it (cargo xtask test does)"))?;
    let mut stdin = child.stdin.take().context("open the input")?;
    let input = input.to_vec();
    // A program that reads only part of its input closes the pipe; its status tells.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().with_context(|| format!("wait for {name}"))?;
    ensure!(writer.join().is_ok(), "the writer to {name} panicked");
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} ended with {}: {}", output.status, said.trim());
    Ok(output.stdout)
}

/// The full path of a program on the search path or in the folders of the superuser.
#[must_use]
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/sbin"].map(Path::new).map(Path::to_path_buf));
    folders.into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// As [`find`], for programs that a trial needs.
///
/// # Errors
/// If it is missing; names the Debian package.
pub fn need(program: &str, package: &str) -> Result<std::path::PathBuf> {
    find(program).with_context(|| format!("find {program}: install the package {package}"))
}

/// A port of the loopback that nobody listens on, chosen by the system.
///
/// # Errors
/// If the system has none.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("find a free port")?;
    Ok(listener.local_addr()?.port())
}
