//! What is scanned: packages of Debian, and what programs make on the spot.

use crate::run::root;
use crate::test;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, Stdio};

/// A kind of material.
pub(super) struct Material {
    /// Its name on the command line, and its folder.
    pub(super) name: &'static str,
    /// Its name in the table.
    pub(super) says: &'static str,
    /// Debian packages that are downloaded.
    packages: &'static [&'static str],
    /// A script of `bench/keyfree` that makes files in the current folder.
    script: Option<&'static str>,
}

const fn packages(name: &'static str, says: &'static str, packages: &'static [&'static str]) -> Material {
    Material { name, says, packages, script: None }
}

const fn script(name: &'static str, says: &'static str, script: &'static str) -> Material {
    Material { name, says, packages: &[], script: Some(script) }
}

/// All kinds, with what they unpack to: 24 GB.
pub(super) const MATERIALS: &[Material] = &[
    packages(
        "programs",
        "programs and libraries",
        &[
            "libreoffice-core",
            "ghc",
            "openjdk-17-jdk-headless",
            "libllvm14",
            "clang-14",
            "libclang-cpp14",
            "libboost1.81-dev",
            "freecad-common",
            "gcc-12",
            "g++-12",
            "libwebkit2gtk-4.0-37",
            "octave",
            "r-base-core",
            "php8.2-cli",
            "python3.11-minimal",
            "libpython3.11-stdlib",
            "perl-modules-5.36",
            "golang-1.19-go",
            "linux-source-6.1",
        ],
    ),
    packages("browsers", "browsers and mail programs", &["chromium", "firefox-esr", "thunderbird"]),
    packages(
        "media",
        "images, sounds, models and maps of games",
        &[
            "0ad-data",
            "flightgear-data-base",
            "supertuxkart-data",
            "redeclipse-data",
            "wesnoth-1.16-data",
            "wesnoth-1.16-music",
            "hedgewars-data",
            "neverball-data",
        ],
    ),
    packages(
        "drawings",
        "three-dimensional drawings and catalogues",
        &["kicad-packages3d", "stellarium-data"],
    ),
    packages("fonts", "fonts", &["texlive-fonts-extra", "fonts-noto-cjk", "fonts-noto-core"]),
    packages("dictionaries", "dictionaries as databases", &["unidic-mecab", "wordnet-base"]),
    packages(
        "rings",
        "rings of OpenPGP keys and lists of authorities",
        &["debian-keyring", "ca-certificates"],
    ),
    script("public", "public keys, certificates and signatures made on the spot", "public.sh"),
    script("databases", "databases of numbers, texts and digests", "databases.py"),
    script("random", "random bytes", "random.sh"),
    script("java", "heaps of Java, as cores and HPROF", "java.sh"),
    script("browser", "heaps of Chromium showing a page", "browser.sh"),
];

/// Installs what the scripts use.
pub(super) fn install() -> Result<()> {
    test::install(&[
        "chromium",
        "default-jdk-headless",
        "gdb",
        "openssh-client",
        "openssl",
        "procps",
        "python3",
    ])
}

impl Material {
    /// Makes the material in a folder of its own.
    pub(super) fn make(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        for package in self.packages {
            in_folder(folder, "apt-get", &["-q", "download", package])?;
        }
        let Some(script) = self.script else { return Ok(()) };
        let path = root().join("bench/keyfree").join(script);
        let interpreter = if script.ends_with(".py") { "python3" } else { "bash" };
        in_folder(folder, interpreter, &[&path.to_string_lossy()])
    }
}

fn in_folder(folder: &Path, program: &str, words: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    let status = command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.with_context(|| format!("start {program}"))?;
    ensure!(status.success(), "{program} {} ended with {status}", words.join(" "));
    Ok(())
}
