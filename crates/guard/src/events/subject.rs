//! Whom an event is about (RFC 9493; complex subjects of the Shared Signals Framework 1.0, section 3).

use crate::key::Thumbprint;
use crate::verdict::Facts;
use serde_json::{Map, Value};

/// One thing that a token must have to be meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// `iss` and `sub`.
    IssuerSubject(String, String),
    /// `sub`, of any of the issuers that the transmitter speaks for.
    Subject(String),
    /// `email`, in lower case.
    Email(String),
    /// `sid`.
    Session(String),
    /// The tenant.
    Tenant(String),
}

/// What a subject stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The event says no more: a user, or of events about sessions perhaps a session.
    Any {
        sessions: bool,
    },
    User,
    Session,
    Tenant,
}

/// Sets of marks: a token is meant if it has all of one set. None if the subject is not understood.
pub(super) fn sets(subject: &Map<String, Value>, role: Role) -> Option<Vec<Vec<Mark>>> {
    let text = |name: &str| {
        let text = subject.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    let named = ["user", "session", "tenant"].iter().any(|name| subject.contains_key(*name));
    match subject.get("format").and_then(Value::as_str) {
        Some("complex") => complex(subject, role),
        // Drafts had no format for these.
        None if named => complex(subject, role),
        Some("iss_sub") if role != Role::Session && role != Role::Tenant => {
            Some(vec![vec![Mark::IssuerSubject(text("iss")?, text("sub")?)]])
        }
        Some("email") if role != Role::Session && role != Role::Tenant => {
            Some(vec![vec![Mark::Email(text("email")?.to_lowercase())]])
        }
        Some("opaque") => {
            let id = text("id")?;
            Some(match role {
                Role::User | Role::Any { sessions: false } => vec![vec![Mark::Subject(id)]],
                Role::Session => vec![vec![Mark::Session(id)]],
                Role::Tenant => vec![vec![Mark::Tenant(id)]],
                Role::Any { sessions: true } => {
                    vec![vec![Mark::Session(id.clone())], vec![Mark::Subject(id)]]
                }
            })
        }
        Some("aliases") => {
            let list = subject.get("identifiers")?.as_array()?;
            let of = |one: &Value| {
                let one = one.as_object()?;
                // RFC 9493, section 3.2.8: no aliases within aliases.
                let nested = matches!(one.get("format").and_then(Value::as_str), Some("aliases" | "complex"));
                if nested { None } else { sets(one, role) }
            };
            // An alias that is not understood hides nothing that another says.
            let all: Vec<_> = list.iter().take(ALIASES_MAX).filter_map(of).flatten().collect();
            (!all.is_empty() && list.len() <= ALIASES_MAX).then_some(all)
        }
        _ => None,
    }
}

/// Every member narrows it. A member that is not understood is left out, which ends more and not less; but never a whole tenant for
/// the sake of one group or device in it.
fn complex(subject: &Map<String, Value>, role: Role) -> Option<Vec<Vec<Mark>>> {
    if !matches!(role, Role::Any { .. }) {
        return None;
    }
    let mut all = vec![Vec::new()];
    let roles = [("user", Role::User), ("session", Role::Session), ("tenant", Role::Tenant)];
    for (name, role) in roles {
        let Some(member) = subject.get(name) else { continue };
        let own = sets(member.as_object()?, role)?;
        let joined =
            |left: &Vec<Mark>| own.iter().map(|right| [left.as_slice(), right].concat()).collect::<Vec<_>>();
        all = all.iter().flat_map(joined).take(SETS_MAX.saturating_add(1)).collect();
    }
    let narrow = subject.contains_key("user") || subject.contains_key("session");
    let known = |name: &String| name == "format" || roles.iter().any(|(own, _)| own == name);
    let whole = narrow || (subject.contains_key("tenant") && subject.keys().all(known));
    (whole && all.len() <= SETS_MAX).then_some(all)
}

/// The name of a set of marks within an issuer's record.
pub(super) fn name(issuer: &str, marks: &[Mark]) -> Thumbprint {
    let mut marks: Vec<&Mark> = marks.iter().collect();
    marks.sort();
    let mut bytes = b"coredact ended v1".to_vec();
    // Each text is preceded by its length, so that no two sets have the same bytes.
    let mut put = |text: &str| {
        bytes.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(text.as_bytes());
    };
    put(issuer);
    for mark in marks {
        match mark {
            Mark::IssuerSubject(issuer, subject) => {
                ["iss_sub", issuer, subject].into_iter().for_each(&mut put)
            }
            Mark::Subject(id) => ["sub", id].into_iter().for_each(&mut put),
            Mark::Email(address) => ["email", address].into_iter().for_each(&mut put),
            Mark::Session(id) => ["sid", id].into_iter().for_each(&mut put),
            Mark::Tenant(id) => ["tenant", id].into_iter().for_each(&mut put),
        }
    }
    Thumbprint::of(&bytes)
}

/// The names of every set of marks that a token has: at most 15.
pub(super) fn names(facts: &Facts) -> Vec<Thumbprint> {
    let Some(issuer) = facts.issuer() else { return Vec::new() };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let subject = owned(facts.subject());
    let users = [
        None,
        owned(facts.issuer_claim())
            .zip(subject.clone())
            .map(|(issuer, own)| Mark::IssuerSubject(issuer, own)),
        subject.map(Mark::Subject),
        facts.claims().get("email").and_then(Value::as_str).map(|text| Mark::Email(text.to_lowercase())),
    ];
    let sessions = [None, owned(facts.session()).map(Mark::Session)];
    let tenants = [None, owned(facts.tenant()).map(Mark::Tenant)];
    // The first of each stands for a set without it; of the rest those that the token does not have are left out.
    let given = |list: &[Option<Mark>]| -> Vec<Option<Mark>> {
        list.iter()
            .enumerate()
            .filter(|(at, mark)| *at == 0 || mark.is_some())
            .map(|(_, mark)| mark.clone())
            .collect()
    };
    let mut names = Vec::new();
    for user in given(&users) {
        for session in given(&sessions) {
            for tenant in given(&tenants) {
                let marks: Vec<Mark> =
                    [user.clone(), session.clone(), tenant].into_iter().flatten().collect();
                if !marks.is_empty() {
                    names.push(name(issuer, &marks));
                }
            }
        }
    }
    names
}

/// Most sets of marks of one subject: aliases of a user, each with aliases of a session, multiply.
const SETS_MAX: usize = 32;
/// Most aliases of one subject.
const ALIASES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(subject: Value, expected: Option<Vec<Vec<Mark>>>) {
        let members = subject.as_object().expect("an object");
        assert_eq!(sets(members, Role::Any { sessions: true }), expected, "{subject}");
    }

    #[test]
    fn subjects_are_read_as_rfc_9493_writes_them() {
        let user = || Mark::IssuerSubject("https://i".into(), "145234573".into());
        let session = || Mark::Session("s".into());
        let iss_sub = || json!({"format": "iss_sub", "iss": "https://i", "sub": "145234573"});
        let opaque = |id: &str| json!({"format": "opaque", "id": id});
        check(iss_sub(), Some(vec![vec![user()]]));
        check(opaque("s"), Some(vec![vec![session()], vec![Mark::Subject("s".into())]]));
        check(
            json!({"format": "email", "email": "A@b.example"}),
            Some(vec![vec![Mark::Email("a@b.example".into())]]),
        );
        check(
            json!({"format": "complex", "user": iss_sub(), "session": opaque("s"), "tenant": opaque("t")}),
            Some(vec![vec![user(), session(), Mark::Tenant("t".into())]]),
        );
        check(json!({"user": iss_sub(), "device": opaque("d")}), Some(vec![vec![user()]]));
        check(
            json!({"format": "complex", "tenant": opaque("t")}),
            Some(vec![vec![Mark::Tenant("t".into())]]),
        );
        check(
            json!({"format": "aliases", "identifiers": [iss_sub(), {"format": "uri", "uri": "a:b"}]}),
            Some(vec![vec![user()]]),
        );
    }

    #[test]
    fn subjects_that_are_not_understood_are_nobody() {
        let opaque = |id: &str| json!({"format": "opaque", "id": id});
        for subject in [
            json!({}),
            json!({"format": "opaque"}),
            json!({"format": "opaque", "id": ""}),
            json!({"format": "opaque", "id": 1}),
            json!({"format": "uri", "uri": "a:b"}),
            json!({"format": "iss_sub", "sub": "a"}),
            json!({"format": "complex"}),
            json!({"format": "complex", "group": opaque("g")}),
            json!({"format": "complex", "tenant": opaque("t"), "group": opaque("g")}),
            json!({"format": "complex", "user": {"format": "complex", "user": opaque("a")}}),
            json!({"format": "complex", "session": {"format": "email", "email": "a@b"}}),
            json!({"format": "aliases", "identifiers": []}),
            json!({"format": "aliases", "identifiers": [{"format": "aliases", "identifiers": [opaque("a")]}]}),
            json!({"format": "aliases", "identifiers": vec![opaque("a"); 17]}),
            json!({
                "format": "complex",
                "user": {"format": "aliases", "identifiers": vec![opaque("a"); 6]},
                "session": {"format": "aliases", "identifiers": vec![opaque("a"); 6]},
            }),
        ] {
            check(subject, None);
        }
    }
}
