//! Builds holders, and knows what is installed.

use super::library::{Library, Package, Program};
use crate::process::{find, need, output};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where holders are built and packages of PyPI and npm lie.
#[derive(Clone, Debug)]
pub struct Shop {
    folder: PathBuf,
}

/// Sources of the holders.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../matrix");

impl Shop {
    /// A shop in `folder`, which is made.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(folder: &Path) -> Result<Self> {
        let made = ["bin", "npm"].iter().try_for_each(|part| std::fs::create_dir_all(folder.join(part)));
        made.with_context(|| format!("make {}", folder.display()))?;
        let folder = folder.canonicalize().with_context(|| format!("find {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// Version of a package, if it is installed.
    #[must_use]
    pub fn version(&self, package: Package) -> Option<String> {
        let text = match package {
            Package::Debian(name) => {
                let format = "${db:Status-Status} ${Version}";
                let text = said(Command::new("dpkg-query").args(["-W", "-f", format, name]))?;
                text.strip_prefix("installed ")?.to_owned()
            }
            Package::PyPi(name) => {
                let asked = format!("import importlib.metadata as m; print(m.version({name:?}))");
                said(Command::new(self.python()).args(["-c", &asked]))?
            }
            Package::Npm(name) => {
                let path = self.folder.join("npm/node_modules").join(name).join("package.json");
                let document: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
                document["version"].as_str()?.to_owned()
            }
            Package::Crate(name) => {
                let lock = std::fs::read_to_string(Path::new(SOURCES).join("rust/Cargo.lock")).ok()?;
                let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
                rest.split('"').next()?.to_owned()
            }
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The packages of a library that are not installed.
    #[must_use]
    pub fn missing(&self, library: &Library) -> Vec<Package> {
        let is_missing = |package: &&Package| self.version(**package).is_none();
        library.needs.iter().filter(is_missing).copied().collect()
    }

    /// Python with the packages of PyPI.
    fn python(&self) -> PathBuf {
        self.folder.join("venv/bin/python")
    }

    /// Builds a library's holder and returns the command that runs it.
    ///
    /// # Errors
    /// If it does not build, or the library is a daemon.
    pub fn holder(&self, library: &Library) -> Result<Command> {
        let source = Path::new(SOURCES).join(library.file);
        let program = self.folder.join("bin").join(library.file.replace('.', "-"));
        let mut command = match library.program {
            Program::Compiled(options) => {
                let is_cpp = source.extension().is_some_and(|ending| ending == "cc");
                let mut compiler = Command::new(if is_cpp { "g++" } else { "gcc" });
                compiler.args(["-O2", "-g", "-w", "-I", SOURCES, "-o"]).arg(&program).arg(&source);
                if !is_newer(&program, &["holder.h", library.file]) {
                    output(compiler.args(options), b"")?;
                }
                Command::new(program)
            }
            Program::Script(run) => {
                let (name, options) = run.split_first().context("name a program to run")?;
                let found = if name.contains('/') { PathBuf::from(name) } else { need(name, name)? };
                let mut command = Command::new(found);
                command.args(options).arg(source);
                command
            }
            Program::Python => {
                let mut command = Command::new(self.python());
                command.env("PYTHONDONTWRITEBYTECODE", "1").arg("-P").arg(source);
                command.env("PYTHONPATH", Path::new(SOURCES).join("python"));
                command
            }
            Program::Node => {
                // Packages are sought beside the script that asks for them.
                let copy = self.folder.join("npm").join(library.file);
                for name in [library.file, "holder.mjs"] {
                    let from = Path::new(SOURCES).join(name);
                    let copied = std::fs::copy(&from, self.folder.join("npm").join(name));
                    copied.with_context(|| format!("copy {}", from.display()))?;
                }
                let mut command = Command::new(need("node", "nodejs")?);
                command.arg(copy);
                command
            }
            Program::Java(path) => self.java(library, &source, path)?,
            Program::Go => {
                let mut compiler = Command::new(need("go", "golang-go")?);
                compiler.env("GO111MODULE", "off").env("GOCACHE", self.folder.join("go"));
                if !is_newer(&program, &[library.file]) {
                    output(compiler.args(["build", "-o"]).arg(&program).arg(&source), b"")?;
                }
                Command::new(program)
            }
            Program::Rust => {
                let target = self.folder.join("rust");
                let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                cargo.args(["build", "--release", "--quiet", "--bin", library.file, "--manifest-path"]);
                cargo.arg(Path::new(SOURCES).join("rust/Cargo.toml")).arg("--target-dir").arg(&target);
                output(&mut cargo, b"")?;
                Command::new(target.join("release").join(library.file))
            }
            Program::Daemon(_) => bail!("build {}: a daemon has no holder", library.name),
        };
        command.current_dir(&self.folder);
        Ok(command)
    }

    /// Compiles a class and its common part.
    fn java(&self, library: &Library, source: &Path, path: &str) -> Result<Command> {
        let classes = self.folder.join("java");
        let common = Path::new(SOURCES).join("Truth.java");
        let mut compiler = Command::new(need("javac", "default-jdk-headless")?);
        compiler.arg("-nowarn").arg("-d").arg(&classes).args(["-cp", path]).arg(common).arg(source);
        if !is_newer(&classes.join(library.file.replace(".java", ".class")), &["Truth.java", library.file]) {
            output(&mut compiler, b"")?;
        }
        let mut command = Command::new(need("java", "default-jdk-headless")?);
        let memory = [
            "-Xmx48m",
            "-Xms8m",
            "-XX:+UseSerialGC",
            "-XX:ReservedCodeCacheSize=16m",
            "-XX:TieredStopAtLevel=1",
        ];
        command.args(memory).arg("-cp").arg(format!("{}:{path}", classes.display()));
        command.arg(library.file.trim_end_matches(".java"));
        Ok(command)
    }

    /// The kinds that a holder can make.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn kinds(&self, library: &Library) -> Result<Vec<String>> {
        if let Program::Daemon(daemon) = library.program {
            return Ok(daemon.kinds.iter().map(|kind| (*kind).to_owned()).collect());
        }
        let listed = output(self.holder(library)?.arg("--kinds"), b"")?;
        let text = String::from_utf8(listed).context("read the list of kinds")?;
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    /// What is missing of `libraries` and can be installed: lines of a source and a name.
    #[must_use]
    pub fn wanted(&self, libraries: &[&Library]) -> Vec<String> {
        let mut missing: Vec<Package> = libraries.iter().flat_map(|library| self.missing(library)).collect();
        let has = |kind: &str| missing.iter().any(|package| package.words().0 == kind);
        // Debian has Python without what makes an environment.
        let has_venv = said(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_some();
        let lacks = |program: &str| find(program).is_none();
        let tools = [
            (has("pypi") && !has_venv, "python3-venv"),
            (has("npm") && lacks("npm"), "npm"),
            (lacks("g++"), "g++"),
            (lacks("gdb"), "gdb"),
            (lacks("lldb"), "lldb"),
            (lacks("openssl"), "openssl"),
        ];
        missing
            .extend(tools.into_iter().filter(|(wanted, _)| *wanted).map(|(_, name)| Package::Debian(name)));
        missing.sort_unstable();
        missing.dedup();
        let line = |package: Package| format!("{} {}", package.words().0, package.words().1);
        missing.into_iter().map(line).collect()
    }
}

/// True if a program was built after these sources of it were written.
fn is_newer(program: &Path, sources: &[&str]) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let Some(built) = time(program) else { return false };
    sources.iter().all(|source| time(&Path::new(SOURCES).join(source)).is_some_and(|written| written < built))
}

/// What a command prints, if it succeeds.
fn said(command: &mut Command) -> Option<String> {
    let done = command.output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}
