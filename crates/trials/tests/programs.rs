//! Real programs in many languages and libraries: after a scrub no key is left,
//! the debuggers say the same, and every changed byte is accounted for.

use anyhow::Result;
use coredact_trials::check::check;
use coredact_trials::dump::Taker;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::server;

/// Options of the C compiler before the libraries.
macro_rules! c {
    ($file:literal, $package:literal, $compiler:literal, $taker:ident, $($library:literal),+) => {
        Holder {
            source: Some(($file, include_str!(concat!("../programs/", $file)))),
            compiler: Some(($compiler, &["-O1", "-g", "-w", "-o", "program", "-I", PROGRAMS, $($library),+])),
            run: &["./program"],
            cipher: Cipher::Schedule,
            package: $package,
            taker: Taker::$taker,
        }
    };
}

/// A holder in a language that needs no compiler.
macro_rules! script {
    ($file:literal, $package:literal, $taker:ident, $cipher:ident, $($run:literal),+) => {
        Holder {
            source: Some(($file, include_str!(concat!("../programs/", $file)))),
            compiler: None,
            run: &[$($run),+, $file],
            cipher: Cipher::$cipher,
            package: $package,
            taker: Taker::$taker,
        }
    };
}

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

const MBEDTLS: Holder =
    c!("mbedtls.c", "libmbedtls-dev", "gcc", Gcore, "-lmbedtls", "-lmbedx509", "-lmbedcrypto");
const WOLFSSL: Holder = c!("wolfssl.c", "libwolfssl-dev", "gcc", Kernel, "-lwolfssl");
const GCRYPT: Holder = c!("gcrypt.c", "libgcrypt20-dev", "gcc", Gcore, "-lgcrypt");
const CRYPTOPP: Holder = c!("cryptopp.cc", "libcrypto++-dev", "g++", Kernel, "-lcryptopp");
const NODE: Holder = script!("holder.js", "nodejs", Kernel, Schedule, "node");
const RUBY: Holder = script!("holder.rb", "ruby", Gcore, Schedule, "ruby");
const PHP: Holder = script!("holder.php", "php-cli", Kernel, Bytes, "php");
const PERL: Holder = script!("holder.pl", "libcrypt-openssl-rsa-perl", Gcore, None, "perl");
const JAVA: Holder = script!(
    "Holder.java",
    "default-jdk-headless",
    Kernel,
    Schedule,
    "java",
    "-Xmx32m",
    "-Xms8m",
    "-XX:+UseSerialGC",
    "-XX:ReservedCodeCacheSize=16m",
    "-XX:TieredStopAtLevel=1"
);
const RUST: Holder = Holder {
    source: None,
    compiler: None,
    run: &[env!("CARGO_BIN_EXE_rust-holder")],
    cipher: Cipher::Schedule,
    package: "cargo",
    taker: Taker::Kernel,
};

/// Tries a holder.
fn holder(holder: &Holder) -> Result<()> {
    check(|folder| holder.start(folder))
}

#[test]
fn c_with_mbedtls_keeps_nothing() -> Result<()> {
    holder(&MBEDTLS)
}

#[test]
fn c_with_wolfssl_keeps_nothing() -> Result<()> {
    holder(&WOLFSSL)
}

#[test]
fn c_with_libgcrypt_keeps_nothing() -> Result<()> {
    holder(&GCRYPT)
}

#[test]
fn cpp_with_cryptopp_keeps_nothing() -> Result<()> {
    holder(&CRYPTOPP)
}

#[test]
fn node_keeps_nothing() -> Result<()> {
    holder(&NODE)
}

#[test]
fn ruby_keeps_nothing() -> Result<()> {
    holder(&RUBY)
}

#[test]
fn php_keeps_nothing() -> Result<()> {
    holder(&PHP)
}

#[test]
fn perl_with_crypt_openssl_rsa_keeps_nothing() -> Result<()> {
    holder(&PERL)
}

#[test]
fn rust_with_rsa_and_aes_keeps_nothing() -> Result<()> {
    holder(&RUST)
}

#[test]
fn java_keeps_nothing() -> Result<()> {
    holder(&JAVA)
}

#[test]
fn connection_of_rustls_with_a_hybrid_exchange_keeps_nothing() -> Result<()> {
    check(|folder| server::hybrid(folder, env!("CARGO_BIN_EXE_tls-holder")))
}

#[test]
fn gnutls_serv_keeps_nothing() -> Result<()> {
    check(server::gnutls_serv)
}

#[test]
fn stunnel_keeps_nothing() -> Result<()> {
    check(server::stunnel)
}

#[test]
fn redis_with_tls_keeps_nothing() -> Result<()> {
    check(server::redis)
}

#[test]
fn dropbear_keeps_nothing() -> Result<()> {
    check(server::dropbear)
}
