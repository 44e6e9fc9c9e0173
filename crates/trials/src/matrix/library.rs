//! The libraries of the matrix.

use super::daemon::{self, Daemon};
use crate::dump::Taker;

/// Where something that a holder needs comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// A Debian package.
    Debian(&'static str),
    /// A package of PyPI, in the matrix's own environment.
    PyPi(&'static str),
    /// A package of npm, in the matrix's own folder.
    Npm(&'static str),
    /// A crate, built with its holder by cargo.
    Crate(&'static str),
}

/// How a holder comes to run.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// C or C++ by its ending: the options of the compiler after the source.
    Compiled(&'static [&'static str]),
    /// A script: the program that runs it and the options before it.
    Script(&'static [&'static str]),
    /// Python with the packages of PyPI.
    Python,
    /// JavaScript beside the packages of npm.
    Node,
    /// One file of Java, with what stands on the class path.
    Java(&'static str),
    /// One file of Go.
    Go,
    /// A binary of the Rust package.
    Rust,
    /// A daemon, whose key is made by other programs.
    Daemon(Daemon),
}

/// A library with its holder.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Name in the table.
    pub name: &'static str,
    /// File of the holder in the folder `matrix`, or binary of the Rust package.
    pub file: &'static str,
    /// How it runs.
    pub program: Program,
    /// What it needs; the first is the library itself, whose version is told.
    pub needs: &'static [Package],
}

use Package::{Crate, Debian, Npm, PyPi};
use Program::Daemon as Server;
use Program::{Compiled, Go, Java, Node, Python, Rust, Script};

/// Every library, in the order of the table.
pub const LIBRARIES: &[Library] = &[
    library("OpenSSL", "openssl.c", Compiled(&["-lcrypto"]), &[Debian("libssl-dev")]),
    library("mbedTLS", "mbedtls.c", Compiled(&["-lmbedcrypto"]), &[Debian("libmbedtls-dev")]),
    library("wolfSSL", "wolfssl.c", Compiled(&["-lwolfssl"]), &[Debian("libwolfssl-dev")]),
    library("libgcrypt", "gcrypt.c", Compiled(&["-lgcrypt"]), &[Debian("libgcrypt20-dev")]),
    library(
        "nettle",
        "nettle.c",
        Compiled(&["-lhogweed", "-lnettle", "-lgmp"]),
        &[Debian("nettle-dev"), Debian("libgmp-dev")],
    ),
    library("GnuTLS", "gnutls.c", Compiled(&["-lgnutls"]), &[Debian("libgnutls28-dev")]),
    library(
        "NSS",
        "nss.c",
        Compiled(&["-I/usr/include/nss", "-I/usr/include/nspr", "-lnss3", "-lnspr4"]),
        &[Debian("libnss3-dev")],
    ),
    library(
        "Botan",
        "botan.cc",
        Compiled(&["-std=c++17", "-I/usr/include/botan-2", "-lbotan-2"]),
        &[Debian("libbotan-2-dev")],
    ),
    library("Crypto++", "cryptopp.cc", Compiled(&["-lcryptopp"]), &[Debian("libcrypto++-dev")]),
    library("libsodium", "sodium.c", Compiled(&["-lsodium"]), &[Debian("libsodium-dev")]),
    library(
        "libtomcrypt",
        "tomcrypt.c",
        Compiled(&["-ltomcrypt", "-ltommath"]),
        &[Debian("libtomcrypt-dev"), Debian("libtommath-dev")],
    ),
    library("libsecp256k1", "secp256k1.c", Compiled(&["-lsecp256k1"]), &[Debian("libsecp256k1-dev")]),
    library("BearSSL", "bearssl.c", Compiled(&["-lbearssl"]), &[Debian("libbearssl-dev")]),
    library("Python cryptography", "cryptography_holder.py", Python, &[PyPi("cryptography")]),
    library("PyCryptodome", "pycryptodome_holder.py", Python, &[PyPi("pycryptodome")]),
    library("Python ecdsa", "ecdsa_holder.py", Python, &[PyPi("ecdsa")]),
    library("Python rsa", "rsa_holder.py", Python, &[PyPi("rsa")]),
    library("PyNaCl", "pynacl_holder.py", Python, &[PyPi("pynacl")]),
    library("Node crypto", "node.mjs", Node, &[Debian("nodejs")]),
    library("node-forge", "forge.mjs", Node, &[Npm("node-forge"), Debian("nodejs")]),
    library(
        "noble",
        "noble.mjs",
        Node,
        &[Npm("@noble/curves"), Npm("@noble/ciphers"), Npm("@noble/post-quantum"), Debian("nodejs")],
    ),
    library("tweetnacl", "tweetnacl.mjs", Node, &[Npm("tweetnacl"), Debian("nodejs")]),
    library("elliptic", "elliptic.mjs", Node, &[Npm("elliptic"), Debian("nodejs")]),
    library("Java JCA", "Jca.java", Java(""), &[Debian("default-jdk-headless")]),
    library(
        "Bouncy Castle",
        "Bouncy.java",
        Java("/usr/share/java/bcprov.jar"),
        &[Debian("libbcprov-java"), Debian("default-jdk-headless")],
    ),
    library("Go", "go.go", Go, &[Debian("golang-go")]),
    library("RustCrypto", "rustcrypto", Rust, &[Crate("p256")]),
    library("ring", "ring", Rust, &[Crate("ring")]),
    library("aws-lc-rs", "aws_lc", Rust, &[Crate("aws-lc-rs")]),
    library("Ruby openssl", "openssl.rb", Script(&["ruby"]), &[Debian("ruby")]),
    library("PHP", "php.php", Script(&["php"]), &[Debian("php-cli")]),
    library("Perl CryptX", "cryptx.pl", Script(&["/usr/bin/perl"]), &[Debian("libcryptx-perl")]),
    library("gnutls-serv", "", Server(daemon::GNUTLS_SERV), &[Debian("gnutls-bin")]),
    library("redis-server", "", Server(daemon::REDIS), &[Debian("redis-server")]),
    library("nginx", "", Server(daemon::NGINX), &[Debian("nginx")]),
    library("haproxy", "", Server(daemon::HAPROXY), &[Debian("haproxy")]),
    library("stunnel", "", Server(daemon::STUNNEL), &[Debian("stunnel4")]),
    library("ssh-agent", "", Server(daemon::SSH_AGENT), &[Debian("openssh-client")]),
    library("sshd", "", Server(daemon::SSHD), &[Debian("openssh-server")]),
    library("dropbear", "", Server(daemon::DROPBEAR), &[Debian("dropbear-bin")]),
];

const fn library(
    name: &'static str,
    file: &'static str,
    program: Program,
    needs: &'static [Package],
) -> Library {
    Library { name, file, program, needs }
}

impl Library {
    /// Who dumps it. gdb writes all that a program reserved, which is gigabytes where that is a heap of
    /// the future; the kernel writes what was touched.
    #[must_use]
    pub fn taker(&self) -> Taker {
        match self.program {
            Node | Java(_) => Taker::Kernel,
            _ => Taker::Gcore,
        }
    }
}

impl Package {
    /// The word that names where it comes from, and its name there.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Debian(name) => ("debian", name),
            PyPi(name) => ("pypi", name),
            Npm(name) => ("npm", name),
            Crate(name) => ("crate", name),
        }
    }
}
