//! The command line, as its users type it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Takes a crash dump, removes every key and credential, proves that they are
/// gone and that a debugger still works, signs what it did, and lets nothing
/// else through.
#[derive(Debug, Parser)]
#[command(name = "coredact", version, max_term_width = 100, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print a machine-readable document on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say nothing on standard error but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Longest dump that a compressed input may expand to, e.g. 200G [default: 16G, and beyond
    /// that a thousand times its compressed length].
    #[arg(long, global = true, value_name = "SIZE", value_parser = crate::size::parse)]
    pub(crate) max_expanded: Option<u64>,

    /// Threads to use, 1 to 256 [default: one for each processor].
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    pub(crate) threads: Option<u16>,
}

/// Most threads that may be asked for: each works on windows of its own, and memory is bounded.
const THREADS_MAX: i64 = 256;

const EXAMPLES: &str = "\
Examples:
  coredact demo                                  see the whole chain on a crash of its own
  coredact scrub core -o core.clean              the clean dump appears only after verification
  coredact scrub core.zst -o clean.zst --report report.html
  coredact scan /var/lib/systemd/coredump        find keys in dumps that already lie around
  coredact verify core core.clean --report report.json
  coredact verify core.clean --seal core.clean.seal.json --key scrub.pub

Exit codes:
  0 clean or verified · 1 secrets found (scan) · 2 wrong usage · 3 input not understood
  4 incomplete: some bytes were not read · 5 verification failed, nothing released
  70 internal fault, or an output takes no more (full disk, closed pipe)";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Remove every key and credential from a dump and prove that they are gone.
    #[command(after_help = SCRUB_EXAMPLES)]
    Scrub(Scrub),
    /// Find keys and credentials in dumps and any other files; changes nothing.
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(Scan),
    /// Say which key was found: its standard names, who publishes it, until when, and what to do.
    #[command(after_help = IDENTIFY_EXAMPLES)]
    Identify(Identify),
    /// Check a clean dump: against its original and report, by its seal, or alone.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Crash a process that holds fresh keys, and scrub its dump before your eyes.
    Demo(Demo),
    /// Make an index of your own secrets that holds none of them, for scrub and scan to find.
    #[command(after_help = KNOWN_EXAMPLES)]
    Known(Known),
    /// List or check the rules for tokens and credentials.
    Rules(Rules),
    /// List the formats of dumps: what of each is read, scrubbed and verified, and how.
    Formats,
    /// Make a signing key, shell completions or manual pages.
    Generate(Generate),
    /// Be the process that has the network; coredact starts it by itself.
    #[command(hide = true)]
    Fetch(Fetch),
}

const SCRUB_EXAMPLES: &str = "\
Examples:
  coredact scrub core -o core.clean
  coredact scrub core -o core.clean --policy proven --report core.report.json
  cat core | coredact scrub - -o core.clean
  coredact scrub core -o - | ssh there 'cat > core.clean'    nothing is written before verification
  coredact scrub guest.vmem --as raw -o clean.vmem           memory without headers
  coredact scrub s3://crashes/core.zst -o s3://clean/core.zst --report s3://clean/core.html
  coredact scrub core -o core.clean --sign-key scrub.key      writes core.clean.seal.json too";

/// `coredact scrub`.
#[derive(Debug, Args)]
pub(crate) struct Scrub {
    /// The dump, of a format that `coredact formats` lists, plain or compressed (.zst .lz4 .gz .xz), - for standard input,
    /// or an object: s3://bucket/key, gs://bucket/key, az://container/key.
    pub(crate) dump: PathBuf,

    /// Take the file for what it does not say of itself.
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub(crate) taken_as: Option<FileFormat>,

    /// The clean dump: a file, - for standard output, or an object. It appears only when it has been verified.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// What is removed.
    #[arg(long, value_enum, default_value_t = PolicyName::Strict)]
    pub(crate) policy: PolicyName,

    /// Write a report; the ending tells the format (.json, .html, .sarif). May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,

    /// Compression of the output [default: that of the input].
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) compress: Option<CompressionName>,

    /// Replace files that exist.
    #[arg(long)]
    pub(crate) force: bool,

    /// Release the rest of a dump that ends before its headers say (exit code 4).
    #[arg(long)]
    pub(crate) allow_truncated: bool,

    /// Sign a seal with this PKCS#8 key (Ed25519 or ECDSA P-256, PEM). The key itself may also
    /// be in the environment variable COREDACT_SIGN_KEY.
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_key: Option<PathBuf>,

    /// Where the seal goes [default: OUTPUT.seal.json].
    #[arg(long, value_name = "FILE")]
    pub(crate) seal: Option<PathBuf>,

    /// The program that crashed, for the debugger comparison [default: the path in the dump].
    #[arg(long, value_name = "FILE")]
    pub(crate) exe: Option<PathBuf>,

    /// Do not run gdb and lldb on the dump before and after.
    #[arg(long)]
    pub(crate) no_debugger: bool,

    /// Options shared with scan.
    #[command(flatten)]
    pub(crate) detection: Detection,
}

const SCAN_EXAMPLES: &str = "\
Examples:
  coredact scan core
  coredact scan /var/crash /srv/dumps --json > findings.jsonl
  coredact scan / --json --resume nightly.state >> findings.jsonl    goes on after a kill; next time, what has changed
  coredact scan image.tar                          a container image, layer by layer
  coredact scan s3://crashes/2026/ --resume crashes.state    all objects below a name; gs:// and az:// too
  coredact scan . --format sarif > findings.sarif";

/// `coredact scan`.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Files and folders; - for standard input; objects and all below a name: s3://bucket/key, gs://bucket/key,
    /// az://container/key, with credentials and endpoint from AWS_*, GOOGLE_* and AZURE_* variables. Archives are opened: tar, ZIP, ar and cpio, also in each other and
    /// compressed.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// How findings are printed.
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatName>,

    /// Look for every copy and fragment of what is found, as scrub does.
    #[arg(long)]
    pub(crate) copies: bool,

    /// List unexplained randomness too.
    #[arg(long)]
    pub(crate) suspicions: bool,

    /// Leave out what .gitignore and .ignore files below the folders, and above them, name.
    #[arg(long)]
    pub(crate) ignore_files: bool,

    /// Go on with a scan that was interrupted, and pass over files that have not changed since an earlier one: what was
    /// searched is noted in this file, which holds no secret and no name (of an object, a digest of its name). Other detectors, rules or options: everything
    /// is searched anew.
    #[arg(long, value_name = "STATE")]
    pub(crate) resume: Option<PathBuf>,

    /// Options shared with scrub.
    #[command(flatten)]
    pub(crate) detection: Detection,
}

/// How secrets are recognised.
#[derive(Debug, Args)]
pub(crate) struct Detection {
    /// Add token rules from a file in gitleaks' TOML format.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,

    /// Remove publicly known keys (test keys compiled into libraries) too.
    #[arg(long)]
    pub(crate) remove_public: bool,

    /// Look for the secrets of an index that `coredact known add` made: your own HMAC keys, passwords and API keys, which
    /// nothing else can recognise. May be repeated.
    #[arg(long, value_name = "INDEX")]
    pub(crate) known: Vec<PathBuf>,

    /// The key file with which the index of --known was made, if it was made with one.
    #[arg(long, value_name = "FILE", requires = "known")]
    pub(crate) known_key: Option<PathBuf>,

    /// Name found keys by what these files and folders publish: certificates and chains, PKCS#7, JWKS, SAML metadata,
    /// authorized_keys, known_hosts, OpenPGP rings, exports of clouds. Their keys also prove primes and private numbers that stand alone.
    #[arg(long, value_name = "PATH")]
    pub(crate) inventory: Vec<PathBuf>,
}

const IDENTIFY_EXAMPLES: &str = "\
Examples:
  coredact identify core --inventory /etc/ssl/certs --inventory jwks.json
  coredact identify report.json --inventory keys/            keys that a scrub or scan has found
  coredact identify signing-key.pem server.crt               every standard name of a key

Nothing is sent anywhere.";

/// `coredact identify`.
#[derive(Debug, Args)]
pub(crate) struct Identify {
    /// Dumps, key files, certificates and other documents that hold public keys, or JSON reports of coredact.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Options shared with scrub and scan.
    #[command(flatten)]
    pub(crate) detection: Detection,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  coredact verify core core.clean --report report.json      every byte against the original
  coredact verify core.clean                                 search the clean dump alone
  coredact verify core.clean --seal core.clean.seal.json --key scrub.pub
                                                             the gate: needs no original, no detectors
With --seal, the report must be the one that was sealed; ORIGINAL CLEAN --report R --seal F --key K checks all.";

/// `coredact verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// CLEAN alone, or ORIGINAL and CLEAN.
    #[arg(required = true, num_args = 1..=2, value_names = ["ORIGINAL", "CLEAN"])]
    pub(crate) files: Vec<PathBuf>,

    /// The JSON report of the scrub.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// The seal of the clean dump.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) seal: Option<PathBuf>,

    /// The public key that the seal must be signed with (PEM).
    #[arg(long, value_name = "FILE", requires = "seal")]
    pub(crate) key: Option<PathBuf>,

    /// The program that crashed, for the debugger comparison.
    #[arg(long, value_name = "FILE")]
    pub(crate) exe: Option<PathBuf>,

    /// Do not run gdb and lldb.
    #[arg(long)]
    pub(crate) no_debugger: bool,
}

/// `coredact demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for coredact-demo.html.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) out: PathBuf,

    /// Become the child that holds keys and crashes.
    #[arg(long, hide = true)]
    pub(crate) crash: bool,
}

const KNOWN_EXAMPLES: &str = "\
Examples:
  coredact known add known.json hmac.key --as raw            the bytes of a file are one secret
  pass show billing/api | coredact known add known.json - --label billing-api
  coredact known add known.json .env --as env --skip-refused  every setting that is worth it
  kubectl get secret db -o json | coredact known add known.json - --as json
  coredact known add known.json passwords --key-file index.key
  coredact scan core --known known.json --known-key index.key
  coredact known list known.json
  coredact known remove known.json billing-api

Secrets come from files or standard input, never from the command line. The index holds fingerprints and labels, no
secret; it may be copied to the hosts that scan. Whoever has an index without a key file can try guesses with it, as fast
as it searches: so secrets that could be guessed (passwords, most of all) are taken only with --key-file, a file of random
bytes or a long passphrase, which the scanning hosts need too and which is kept apart from the index.";

/// `coredact known`.
#[derive(Debug, Args)]
pub(crate) struct Known {
    /// What to do with the index.
    #[command(subcommand)]
    pub(crate) action: KnownAction,
}

/// What can be done with an index.
#[derive(Debug, Subcommand)]
pub(crate) enum KnownAction {
    /// Add secrets to an index; makes it if there is none.
    Add(KnownAdd),
    /// List labels and lengths.
    List {
        /// The index.
        index: PathBuf,
    },
    /// Remove secrets by their labels.
    Remove {
        /// The index.
        index: PathBuf,
        /// The labels.
        #[arg(required = true)]
        labels: Vec<String>,
    },
}

impl KnownAction {
    /// The index that is written.
    pub(crate) fn written(&self) -> Option<&PathBuf> {
        match self {
            Self::Add(KnownAdd { index, .. }) | Self::Remove { index, .. } => Some(index),
            Self::List { .. } => None,
        }
    }
}

/// `coredact known add`.
#[derive(Debug, Args)]
pub(crate) struct KnownAdd {
    /// The index.
    pub(crate) index: PathBuf,

    /// Files of secrets; - for standard input.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// What the files hold.
    #[arg(long = "as", value_enum, default_value_t = SecretsFormat::Lines, value_name = "FORMAT")]
    pub(crate) format: SecretsFormat,

    /// What the secret is called in reports; of several, how their labels begin [default: the file's name].
    #[arg(long, value_name = "LABEL")]
    pub(crate) label: Option<String>,

    /// Make the index's key from this file (8 to 4096 bytes: random ones or a passphrase), which is kept apart from the index.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,

    /// Add the rest if some are refused: too short, or so weak that the index would give them away.
    #[arg(long)]
    pub(crate) skip_refused: bool,
}

/// What a file of secrets holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretsFormat {
    /// One secret a line.
    Lines,
    /// The bytes of the file are one secret.
    Raw,
    /// NAME=value lines; the names become labels.
    Env,
    /// Every text of a JSON document, labelled by its path; a Kubernetes Secret is decoded.
    Json,
}

/// `coredact rules`.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// What to do with the rules.
    #[command(subcommand)]
    pub(crate) action: RulesAction,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// Run every rule over its examples and counter-examples, and name rules that can find nothing or
    /// find everything (exit code 5).
    Check {
        /// Rules in gitleaks' TOML format to check with the built-in ones.
        #[arg(long, value_name = "FILE")]
        rules: Vec<PathBuf>,
    },
    /// List the built-in rules.
    List,
}

/// `coredact fetch`.
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// Objects, and folders of objects, that may be read.
    #[arg(long, value_name = "URL")]
    pub(crate) read: Vec<PathBuf>,

    /// Objects that may be written.
    #[arg(long, value_name = "URL")]
    pub(crate) write: Vec<PathBuf>,
}

/// `coredact generate`.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// What to make; printed on standard output.
    #[arg(value_enum)]
    pub(crate) what: Generated,

    /// The shell, for completions.
    #[arg(long, value_enum, default_value_t = clap_complete::Shell::Bash)]
    pub(crate) shell: clap_complete::Shell,
}

/// What `coredact generate` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Generated {
    /// A fresh Ed25519 signing key (PKCS#8, PEM): keep it secret.
    SigningKey,
    /// The public key of the signing key given on standard input.
    PublicKey,
    /// A completion script.
    Completions,
    /// The manual page.
    Manpage,
    /// The JSON schema of reports.
    Schema,
}

/// What a file may be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Memory of a machine without any header: .vmem of VMware, memory files of Firecracker and Cloud Hypervisor. Any byte
    /// may be overwritten, so of a file with a structure of its own nothing need be left that reads it.
    Raw,
    /// Text of any kind: output of debuggers, logs, documents. Numbers, strings and dumps of memory in it are read; quotes,
    /// escapes, line breaks and characters of several bytes stay whole.
    Text,
}

/// Policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyName {
    /// Proven keys, encoded keys and matched tokens, in every form: least loss.
    Proven,
    /// `proven`, and every run of unexplained randomness that the process could write.
    Strict,
    /// Everything but what a debugger needs.
    Skeleton,
}

/// Compressions by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompressionName {
    /// Not compressed.
    None,
    /// Zstandard.
    Zst,
    /// LZ4 frames.
    Lz4,
    /// gzip.
    Gz,
    /// xz.
    Xz,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people.
    Human,
    /// JSON, one report a line.
    Json,
    /// SARIF 2.1.0, one log for all files.
    Sarif,
    /// One self-contained page.
    Html,
}
