//! Names of issuers: exact, or with a place for the tenant.

use crate::limits::TENANT_BYTES_MAX;

/// The place of the tenant, as Microsoft Entra writes it in its metadata.
const PLACE: &str = "{tenantid}";

/// An issuer's name, or the pattern of the names of its tenants: `https://login.example/{tenantid}/v2.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Template {
    text: String,
    place: Option<usize>,
}

impl Template {
    /// Reads a name; none if it is empty, has the place twice, or begins with it (the tenant would choose the host).
    pub(crate) fn new(text: &str) -> Option<Self> {
        let place = text.find(PLACE);
        let twice = text.matches(PLACE).count() > 1;
        (!text.is_empty() && !twice && place != Some(0)).then(|| Self { text: text.to_owned(), place })
    }

    /// True if there is a place for a tenant.
    pub(crate) fn is_open(&self) -> bool {
        self.place.is_some()
    }

    /// If the name is of this issuer: its tenant, if there is a place for one. Names are compared byte by byte: no slash is
    /// added or dropped, no case folded, no escape decoded (RFC 7519, section 4.1.1).
    pub(crate) fn matches<'a>(&self, name: &'a str) -> Option<Option<&'a str>> {
        let Some(place) = self.place else { return (self.text == name).then_some(None) };
        let (before, rest) = self.text.split_at_checked(place)?;
        let after = rest.strip_prefix(PLACE)?;
        let tenant = name.strip_prefix(before)?.strip_suffix(after)?;
        is_tenant(tenant).then_some(Some(tenant))
    }

    /// True if both are patterns and a name may match both: one's fixed parts then begin and end like the other's.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let parts = |template: &Self| {
            let (before, rest) = template.text.split_at_checked(template.place?)?;
            Some((before.to_owned(), rest.strip_prefix(PLACE)?.to_owned()))
        };
        let (Some((before, after)), Some((before_other, after_other))) = (parts(self), parts(other)) else {
            return false;
        };
        let begin = before.starts_with(&before_other) || before_other.starts_with(&before);
        let end = after.ends_with(&after_other) || after_other.ends_with(&after);
        begin && end
    }
}

/// True if the text may name a tenant: letters, digits, `-`, `_` and `.`, so that it cannot reach into the rest of a URL.
pub(crate) fn is_tenant(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= TENANT_BYTES_MAX && text.bytes().all(plain) && !text.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_byte_by_byte() {
        let exact = Template::new("https://login.example").unwrap();
        assert_eq!(exact.matches("https://login.example"), Some(None));
        for name in [
            "https://login.example/",
            "https://LOGIN.example",
            "https://login.example.evil",
            "login",
            "",
            " ",
        ] {
            assert_eq!(exact.matches(name), None, "{name}");
        }
    }

    #[test]
    fn a_tenant_cannot_reach_into_the_rest() {
        let open = Template::new("https://login.example/{tenantid}/v2.0").unwrap();
        assert_eq!(open.matches("https://login.example/t-1/v2.0"), Some(Some("t-1")));
        for tenant in ["", "a/b", "a%2fb", "a?b", "a#b", "..", "t\u{131}", "a b", &"a".repeat(129)] {
            let name = format!("https://login.example/{tenant}/v2.0");
            assert_eq!(open.matches(&name), None, "{name}");
        }
        for name in
            ["https://login.example//v2.0", "https://login.example/v2.0", "https://login.example/t/v2.0/"]
        {
            assert_eq!(open.matches(name), None, "{name}");
        }
        for text in ["", "{tenantid}.example", "https://a/{tenantid}/{tenantid}"] {
            assert_eq!(Template::new(text), None, "{text}");
        }
    }
}
