//! How one process becomes two.
//!
//! The fetcher is started with the environment as it is; then this process
//! replaces itself (execve(2)) by the same program without the variables that
//! hold credentials, so that they are not in the memory of what parses dumps.
//! What it must keep, the control socket, is its standard input meanwhile; the
//! standard input that it was given comes back as the first message on it.

use crate::client::Store;
use crate::control;
use crate::error::Error;
use crate::place::Place;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The environment variable that tells the program that it was replaced, and that a fetcher is there.
pub const MARK: &str = "COREDACT_FETCHER";

/// The program itself, whatever happened to its file since.
const PROGRAM: &str = "/proc/self/exe";

/// Variables of the libraries for S3, Google Cloud Storage and Azure begin so; proxies may have passwords.
const SECRET_PREFIXES: [&str; 6] = ["AWS_", "AZURE_", "GOOGLE_", "SERVICE_ACCOUNT", "IDENTITY_", "MSI_"];
const SECRET_SUFFIX: &str = "_PROXY";

/// Starts a fetcher with `arguments`, and this program anew, with the arguments that it has. Never returns but with an error.
///
/// # Errors
/// If there is no `/proc`, or no room for one more process.
#[must_use]
pub fn start(arguments: &[OsString]) -> Error {
    match replace(arguments) {
        Ok(never) => match never {},
        Err(error) => Error::Start(error),
    }
}

fn replace(arguments: &[OsString]) -> io::Result<std::convert::Infallible> {
    let (here, there) = control::pair()?;
    // It waits in the socket until the replaced program takes it.
    control::send(&there, b"stdin", io::stdin().as_fd())?;
    // A group of its own: what is typed on the terminal ends this process, and the fetcher then takes back what it had begun.
    Command::new(PROGRAM)
        .args(arguments)
        .process_group(0)
        .stdin(Stdio::from(there))
        .stdout(Stdio::null())
        .spawn()?;
    rustix::stdio::dup2_stdin(&here)?;
    drop(here);
    let mut given = std::env::args_os();
    let mut command = Command::new(PROGRAM);
    command.arg0(given.next().unwrap_or_default()).args(given).env(MARK, "1");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_secret(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    Err(command.exec())
}

/// True if a variable may hold credentials.
fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET_PREFIXES.iter().any(|prefix| upper.starts_with(prefix)) || upper.ends_with(SECRET_SUFFIX)
}

/// What the replaced program has: the way to the fetcher.
pub type Adopted = Store;

/// Takes over the socket to the fetcher, and gives the standard input back its meaning.
///
/// # Errors
/// If this program was not started by [`start`].
pub fn adopt(read: Vec<Place>, written: Vec<Place>) -> Result<Adopted, Error> {
    let taken = || -> io::Result<Store> {
        let control = io::stdin().as_fd().try_clone_to_owned()?;
        let (_, stdin) = control::receive(&control)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        rustix::stdio::dup2_stdin(&stdin)?;
        Ok(Store::new(control, read, written))
    };
    taken().map_err(Error::Start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_credentials_are_known() {
        for secret in [
            "AWS_SECRET_ACCESS_KEY",
            "AZURE_STORAGE_ACCOUNT_KEY",
            "GOOGLE_SERVICE_ACCOUNT_KEY",
            "https_proxy",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for other in ["PATH", "TMPDIR", "COREDACT_SIGN_KEY", "HOME"] {
            assert!(!is_secret(other), "{other}");
        }
    }
}
