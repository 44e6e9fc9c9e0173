//! `cargo xtask test`: from a fresh machine to a test summary.

use crate::run::{exists, run, say};
use crate::tidy;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Debian packages that the tests use: the debuggers that judge, and the
/// programs and libraries whose processes are dumped.
const PACKAGES: &[&str] = &[
    "gcc",
    "gdb",
    "git",
    "libc6-dev",
    "lldb",
    "openssh-client",
    "openssl",
    "libssl-dev",
    "procps",
    "python3",
];

/// Packages for the trials on real processes alone.
const TRIAL_PACKAGES: &[&str] = &[
    "default-jdk-headless",
    "dropbear-bin",
    "g++",
    "gnutls-bin",
    "libcrypt-openssl-rsa-perl",
    "libcrypto++-dev",
    "libgcrypt20-dev",
    "libmbedtls-dev",
    "libwolfssl-dev",
    "makedumpfile",
    "nodejs",
    "perl",
    "php-cli",
    "python3-libkdumpfile",
    "qemu-system-x86",
    "redis-server",
    "ruby",
    "strace",
    "stunnel4",
    "util-linux",
];

/// Installs what is missing, checks the house, and runs all tests.
pub(crate) fn test(fast: bool) -> Result<()> {
    let mut wanted = PACKAGES.to_vec();
    if !fast {
        wanted.extend(TRIAL_PACKAGES);
    }
    install(&wanted)?;
    tidy::tidy()?;
    run("cargo", &["build", "--release", "--package", "coredact"])?;
    let mut arguments = vec!["nextest", "run", "--workspace", "--no-fail-fast"];
    if fast {
        arguments.extend(["--exclude", "coredact-trials"]);
    }
    if !exists("cargo-nextest", "--version") {
        say("cargo-nextest is missing; it is built once, which takes some minutes");
        run("cargo", &["install", "--locked", "cargo-nextest"])?;
    }
    run("cargo", &arguments)
}

/// Installs Debian packages that are missing.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get", "--version") {
        bail!("install these packages (named as in Debian) and run again: {}", missing.join(" "));
    }
    let root = is_root()?;
    let (program, prefix): (&str, &[&str]) = if root { ("apt-get", &[]) } else { ("sudo", &["apt-get"]) };
    let options = ["-q", "-o", "DPkg::Lock::Timeout=600"];
    let update: Vec<&str> = prefix.iter().chain(&options).copied().chain(["update"]).collect();
    run(program, &update)?;
    let install = prefix.iter().chain(&options).copied().chain(["install", "-y", "--no-install-recommends"]);
    run(program, &install.chain(missing).collect::<Vec<_>>())
}

fn is_installed(package: &str) -> bool {
    let status = Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).output();
    status.is_ok_and(|output| output.stdout == b"installed")
}

/// True if the effective user is root.
fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().context("start id")?;
    Ok(output.stdout.trim_ascii() == b"0")
}
