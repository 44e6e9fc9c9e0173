//! The rule files that are compiled in.

/// Name and text of each file in `rules/`.
pub(super) const FILES: &[(&str, &str)] = &[
    ("rules/tokens.toml", include_str!("../../../../rules/tokens.toml")),
    ("rules/cloud.toml", include_str!("../../../../rules/cloud.toml")),
    ("rules/keys.toml", include_str!("../../../../rules/keys.toml")),
    ("rules/http.toml", include_str!("../../../../rules/http.toml")),
    ("rules/credentials.toml", include_str!("../../../../rules/credentials.toml")),
];
