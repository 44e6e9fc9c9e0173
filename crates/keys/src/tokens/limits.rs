//! Named limits: what input or a rule file may make this code do.

/// Longest rule file that is read, in bytes; gitleaks' own default file has 96 kB.
pub const RULE_FILE_BYTES_MAX: usize = 8 << 20;
/// Most rules in one set; gitleaks' default set has 222.
pub const RULES_MAX: usize = 8192;
/// Largest compiled automaton of one regex, in bytes (gitleaks' `generic-api-key` needs 3 MB).
pub const REGEX_BYTES_MAX: usize = 32 << 20;
/// Cache of the lazy automaton of one regex, in bytes.
pub const REGEX_CACHE_BYTES_MAX: usize = 2 << 20;
/// How far behind a keyword a match may end, in bytes, unless the rule says otherwise.
pub const AFTER_BYTES: usize = 1024;
/// How far a rule may ask to look on either side of its keyword, in bytes.
pub const REACH_BYTES_MAX: usize = 64 << 10;
/// How far before a keyword a match of a foreign rule may start, in bytes.
pub const FOREIGN_BEFORE_BYTES: usize = 256;
/// How far behind a keyword a match of a foreign rule may end, in bytes.
pub const FOREIGN_AFTER_BYTES: usize = 4096;
/// Longest name in front of a value, in bytes.
pub const NAME_BYTES_MAX: usize = 96;
/// Longest value behind a name, in bytes.
pub const VALUE_BYTES_MAX: usize = 4096;
/// Longest header of a JWT, in base64 characters.
pub const JWT_HEADER_BYTES_MAX: usize = 4096;
/// Longest JWT, in bytes.
pub const JWT_BYTES_MAX: usize = 64 << 10;
/// How many headers are decoded in one run of base64url characters. `eyJ` repeated
/// without end would otherwise cost the square of its length.
pub const JWT_DECODES_PER_RUN_MAX: u32 = 32;
/// Longest run that a rule for strings standing alone looks at, in bytes.
pub const ALONE_BYTES_MAX: usize = 128;
/// Most matches of one rule around one keyword.
pub const MATCHES_PER_WINDOW_MAX: usize = 64;
/// Cookies read from one header.
pub const COOKIES_MAX: usize = 256;
/// Characters that one template of an example may generate.
pub const TEMPLATE_BYTES_MAX: usize = 16 << 10;
