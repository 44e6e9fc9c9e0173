//! Limits on everything that a stranger's bytes control.

/// Longest compact token, in bytes. Access tokens with many groups reach 8 KiB; web servers refuse headers above 16 KiB.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Deepest nesting of JSON in a token, in containers. Address claims (OpenID Connect Core, 5.1.1) and `cnf` need two.
pub const DEPTH_MAX: usize = 16;
/// Most members of one JSON object in a token.
pub const MEMBERS_MAX: usize = 512;
/// Most audiences in a token.
pub const AUDIENCES_MAX: usize = 64;
/// Most keys of one issuer that one token is tried with: it bounds what a token without `kid` costs.
pub const CANDIDATES_MAX: usize = 16;
/// Most keys of other issuers that a refused token is tried with, to say whose key signed it.
pub const FOREIGN_TRIES_MAX: usize = 4;
/// Largest key set, in bytes.
pub const KEY_SET_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most keys in a key set. Bundles of large trust domains hold tens.
pub const KEY_SET_KEYS_MAX: usize = 1024;
/// Shortest RSA modulus, in bits (RFC 7518, sections 3.3 and 3.5).
pub const RSA_BITS_MIN: usize = 2048;
/// Longest RSA modulus, in bits: what the signature library verifies.
pub const RSA_BITS_MAX: usize = 8192;
/// Longest tenant identifier, in bytes. A UUID has 36, a DNS label 63.
pub const TENANT_BYTES_MAX: usize = 128;
/// Longest text of a token that is shown to people, in characters.
pub const SHOWN_CHARS_MAX: usize = 200;
/// Most that the clock of an issuer may differ from ours, in seconds: the usual five minutes of Kerberos (RFC 4120, section 1.6).
pub const SKEW_SECONDS_MAX: u64 = 300;
/// Largest date, in seconds since 1970-01-01: the year 9999.
pub const SECONDS_MAX: u64 = 253_402_300_799;
