//! The command line, as its users type it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Decides for a proxy whether a request may pass, by its token: a key is good for its own issuer, tenant and time only, and not at
/// all once it has leaked.
#[derive(Debug, Parser)]
#[command(name = "coredact-guard", version, max_term_width = 100, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print a machine-readable document on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coredact-guard check guard.toml                      what would be accepted, and what is old
  coredact-guard serve guard.toml                      behind nginx, Traefik, Caddy or Envoy
  coredact-guard explain --config guard.toml token     why a token is refused, step by step
  coredact identify core --inventory jwks.json --json | coredact-guard revoke - --list revoked.list
  coredact-guard revoke NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs --list revoked.list

Exit codes:
  0 accepted, or done · 1 refused, or warnings (audit) · 2 wrong usage or configuration
  3 input not understood · 4 incomplete: keys could not be fetched, a ledger did not answer · 5 a signature was not accepted
  70 internal fault, or an output takes no more";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer proxies: HTTP forward authentication and Envoy's ext_authz, on one port.
    #[command(after_help = SERVE_NOTES)]
    Serve(Configured),
    /// Say what a configuration accepts: each issuer's keys, audiences, tenants, types, algorithms and times.
    Check(Configured),
    /// Look for keys that are old, past their end, revoked yet published, or unusable.
    Audit(Configured),
    /// Say step by step why a token is accepted or refused. The token is never shown.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Add keys to a list of revoked keys; every instance that watches the list refuses them within seconds.
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke(Revoke),
    /// Write down issued tokens in the ledger: whoever issues runs this, and nobody else may.
    #[command(after_help = RECORD_EXAMPLES)]
    Record(Record),
    /// Make shell completions, a manual page, or an example of a configuration.
    Generate(Generate),
}

const SERVE_NOTES: &str = "\
Addresses:
  /auth      forward authentication, any method: 200 with X-Auth-* headers, 401, 403
  /healthz   the process runs          /readyz   every issuer has a key
  /events    security events (POST, RFC 8935): 202, 400
  /metrics   numbers for Prometheus    gRPC      envoy.service.auth.v3.Authorization

A changed file is read again within seconds, and at once on SIGHUP; one that cannot be used changes nothing.
SIGTERM ends it after the requests that are open. Decisions go to the log as OCSF events, one JSON line each.";

/// A verb about a configuration.
#[derive(Debug, Args)]
pub(crate) struct Configured {
    /// The configuration, in TOML.
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  coredact-guard explain --config guard.toml token.txt
  pbpaste | coredact-guard explain --config guard.toml - --audience api://mail
  coredact-guard explain --config guard.toml token.txt --at 1684108800     as on 15 May 2023";

/// `coredact-guard explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A file with the token, - for standard input. A token on a command line would be in the shell's history.
    #[arg(value_name = "TOKEN-FILE")]
    pub(crate) token: PathBuf,

    /// The configuration.
    #[arg(long, value_name = "CONFIG")]
    pub(crate) config: PathBuf,

    /// The audience that is asked for.
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Option<String>,

    /// Judge as of this moment, in seconds since 1970.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<u64>,

    /// A file with the proof of possession (the DPoP header) that came with it.
    #[arg(long, value_name = "FILE", requires = "method", requires = "url")]
    pub(crate) dpop: Option<PathBuf>,

    /// The method that the proof is for.
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// The URL that the proof is for.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

const REVOKE_EXAMPLES: &str = "\
Examples:
  coredact-guard revoke report.json --list revoked.list                every key that was found in a dump
  coredact identify core --inventory keys/ --json | coredact-guard revoke - --list revoked.list
  coredact-guard revoke 37b6cbb1787cb8309c77ee8c3705c5e16ffb9e859715901f1e4c59b11182f57b --list revoked.list --why CVE-2026-1
  coredact-guard revoke report.json --list revoked.json --sign-key revoke.key    a signed list, with the next number

A thumbprint is that of the JWK (RFC 7638) or the SHA-256 of the SubjectPublicKeyInfo. `coredact generate signing-key`
makes a key for signed lists. Nothing takes a key from the list again but an editor.";

/// `coredact-guard revoke`.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Thumbprints, reports of coredact, or what `coredact identify --json` printed; - for standard input.
    #[arg(required = true, value_name = "THUMBPRINT|FILE")]
    pub(crate) keys: Vec<String>,

    /// The list; it is made if there is none.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: PathBuf,

    /// Why, for people [default: what the report says].
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Sign the list with this PKCS#8 key (Ed25519 or ECDSA P-256, PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_key: Option<PathBuf>,
}

const RECORD_EXAMPLES: &str = "\
Examples:
  coredact-guard record issuer.toml - < issued.jsonl
  coredact-guard record issuer.toml --forget-expired                   from time to time; Redis forgets by itself

A line is a JSON object: issuer, token_id, audiences, expires_at; and what else the token says of subject, client,
tenant, issued_at; and parent {issuer, token_id} if it was renewed or exchanged from another. The token itself
is not wanted. Writing the same again changes nothing; one of the same id with other claims is refused (exit 1).";

/// `coredact-guard record`.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// A configuration with the ledger, [ledger].
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,

    /// Issued tokens, one JSON object a line; - for standard input.
    #[arg(value_name = "FILE", required_unless_present = "forget_expired")]
    pub(crate) tokens: Option<PathBuf>,

    /// Forget tokens that expired longer than keep_seconds ago.
    #[arg(long)]
    pub(crate) forget_expired: bool,
}

/// `coredact-guard generate`.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// What to make; printed on standard output.
    #[arg(value_enum)]
    pub(crate) what: Generated,

    /// The shell of completions.
    #[arg(long, value_enum, default_value_t = clap_complete::Shell::Bash)]
    pub(crate) shell: clap_complete::Shell,
}

/// What can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Generated {
    /// Shell completions.
    Completions,
    /// A manual page.
    Manpage,
    /// A configuration with every table and a comment to each.
    Config,
}
