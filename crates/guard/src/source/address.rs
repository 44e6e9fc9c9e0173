//! Addresses of keys, as they may be shown.

/// Whether a URL has a user or a password in it, or an `@` that could be taken for their end. `%40` writes one that is neither.
#[must_use]
pub fn holds_user(url: &str) -> bool {
    url.contains('@')
}

/// A URL for people: scheme, host and path. What stands before `@` or after `?` may be a secret.
#[must_use]
pub fn shown_address(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // A password may hold a `?`: the last `@` is looked for in all of it.
    let rest = rest.rsplit('@').next().unwrap_or_default();
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let scheme = if scheme.contains(['@', '?', '#']) { "" } else { scheme };
    crate::shown(&if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_user_password_and_query() {
        for (url, shown, user) in [
            ("https://a.example/keys", "https://a.example/keys", false),
            ("https://a.example/keys?p=secret#secret", "https://a.example/keys", false),
            ("https://u:secret@a.example/keys", "https://a.example/keys", true),
            ("https://u:sec?ret@a.example:1/", "https://a.example:1/", true),
            ("https:/u:secret@a.example", "a.example", true),
            ("u?secret://a", "a", false),
            ("", "", false),
        ] {
            assert_eq!((shown_address(url).as_str(), holds_user(url)), (shown, user), "{url}");
        }
    }
}
