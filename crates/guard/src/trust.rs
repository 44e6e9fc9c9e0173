//! Who is trusted: issuers, each with its own keys.
//!
//! No function here finds a key by its `kid` alone. A key is reached through the issuer that published it; two issuers may
//! use the same `kid`, and neither's key is tried with the other's tokens.

use crate::algorithm::Algorithm;
use crate::issuer::{Issuer, Profile, Template};
use crate::key::{Key, KeyFault, KeySet, RefusedKey, Thumbprint};
use crate::limits::{CANDIDATES_MAX, FOREIGN_TRIES_MAX};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Issuers with their keys.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    entries: Vec<Entry>,
    exact: BTreeMap<String, usize>,
    shared: Vec<BTreeSet<String>>,
}

/// An issuer, its keys, and how long they may be used.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) name: Arc<str>,
    template: Template,
    set: KeySet,
    keys: Vec<Arc<Key>>,
    foreign: Vec<(Arc<Key>, Arc<str>)>,
    refused: Vec<RefusedKey>,
    usable_until: Option<u64>,
}

/// Why issuers cannot be trusted so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The name is empty, or has its place for the tenant twice or at the start.
    #[error("trust an issuer: its name is empty, or {{tenantid}} stands in it twice or at its start: {0:?}")]
    Name(String),
    /// The same name twice.
    #[error("trust an issuer twice; give one record all its audiences: {0:?}")]
    Twice(String),
    /// Two patterns match the same name.
    #[error("tell issuers apart; both patterns match the same name: {0:?} and {1:?}")]
    Overlap(String, String),
    /// No audience: no token could ever be taken.
    #[error("trust an issuer without any audience; name the audiences that its tokens are for: {0:?}")]
    NoAudience(String),
    /// It has tenants, and nobody said which are served.
    #[error("trust an issuer of many tenants; list those that are served, or say that every one is: {0:?}")]
    NoTenants(String),
    /// A SPIFFE issuer that is no trust domain.
    #[error("trust a SPIFFE issuer; its name is its trust domain, spiffe://example.org: {0:?}")]
    TrustDomain(String),
    /// There is no such issuer.
    #[error("replace the keys of an issuer that is not trusted: {0:?}")]
    Unknown(String),
}

/// The name that a token gives to its issuer, matched.
pub(crate) struct Match<'t, 'a> {
    pub(crate) entry: &'t Entry,
    /// The tenant in the issuer's name.
    pub(crate) tenant: Option<&'a str>,
}

impl Trust {
    /// Trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts an issuer, with these keys until they are replaced.
    ///
    /// # Errors
    /// If the record leaves open what must be decided, or stands in the way of another.
    pub fn issuer(mut self, issuer: Issuer, keys: KeySet) -> Result<Self, TrustError> {
        let entry = Entry::new(issuer, keys)?;
        if self.exact.contains_key(&*entry.name) || self.entries.iter().any(|other| other.name == entry.name)
        {
            return Err(TrustError::Twice(entry.name.to_string()));
        }
        if let Some(other) = self.entries.iter().find(|other| other.template.overlaps(&entry.template)) {
            return Err(TrustError::Overlap(other.name.to_string(), entry.name.to_string()));
        }
        if !entry.template.is_open() {
            self.exact.insert(entry.name.to_string(), self.entries.len());
        }
        self.entries.push(entry);
        self.assign();
        Ok(self)
    }

    /// Declares that these issuers publish the same keys, as the two versions of one token service do. Without this a key that
    /// two issuers publish is refused at both.
    #[must_use]
    pub fn share_keys<'a>(mut self, issuers: impl IntoIterator<Item = &'a str>) -> Self {
        self.shared.push(issuers.into_iter().map(str::to_owned).collect());
        self.assign();
        self
    }

    /// The same trust with other keys for one issuer. After `usable_until`, in seconds since 1970, none of them is used.
    ///
    /// # Errors
    /// If there is no such issuer.
    pub fn with_keys(
        &self,
        issuer: &str,
        keys: KeySet,
        usable_until: Option<u64>,
    ) -> Result<Self, TrustError> {
        let mut next = self.clone();
        let entry = next.entries.iter_mut().find(|entry| &*entry.name == issuer);
        let entry = entry.ok_or_else(|| TrustError::Unknown(issuer.to_owned()))?;
        entry.set = keys;
        entry.usable_until = usable_until;
        next.assign();
        Ok(next)
    }

    /// The same trust with the keys that another has for an issuer, until the same end: where records change and keys stay.
    ///
    /// # Errors
    /// If either does not have the issuer.
    pub fn with_keys_from(&self, other: &Self, issuer: &str) -> Result<Self, TrustError> {
        let entry = other.entries.iter().find(|entry| &*entry.name == issuer);
        let entry = entry.ok_or_else(|| TrustError::Unknown(issuer.to_owned()))?;
        self.with_keys(issuer, entry.set.clone(), entry.usable_until)
    }

    /// The issuers' records.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.entries.iter().map(|entry| entry.issuer.as_ref())
    }

    /// The keys of an issuer.
    pub fn keys_of<'t>(&'t self, issuer: &str) -> impl Iterator<Item = &'t Key> {
        let entry = self.entries.iter().find(|entry| &*entry.name == issuer);
        entry.into_iter().flat_map(|entry| entry.keys.iter().map(AsRef::as_ref))
    }

    /// The end of an issuer's keys, in seconds since 1970, unless they are fetched again; none if they have none.
    #[must_use]
    pub fn usable_until(&self, issuer: &str) -> Option<u64> {
        self.entries.iter().find(|entry| &*entry.name == issuer)?.usable_until
    }

    /// Keys that an issuer publishes and that are not taken, and why.
    pub fn refused_keys_of<'t>(&'t self, issuer: &str) -> impl Iterator<Item = &'t RefusedKey> {
        let entry = self.entries.iter().find(|entry| &*entry.name == issuer);
        entry.into_iter().flat_map(|entry| entry.refused.iter())
    }

    /// Finds the issuer of a token: by its exact name, else by a pattern, else by the trust domain of a SPIFFE subject.
    pub(crate) fn find<'t, 'a>(
        &'t self,
        issuer: Option<&'a str>,
        subject: Option<&str>,
    ) -> Option<Match<'t, 'a>> {
        if let Some(name) = issuer {
            if let Some(entry) = self.exact.get(name).and_then(|index| self.entries.get(*index)) {
                return Some(Match { entry, tenant: None });
            }
            let open = self.entries.iter().filter(|entry| entry.template.is_open());
            for entry in open {
                if let Some(tenant) = entry.template.matches(name) {
                    return Some(Match { entry, tenant });
                }
            }
        }
        let domain = subject?.strip_prefix(SPIFFE)?.split('/').next()?;
        let is_domain = |entry: &&Entry| {
            entry.issuer.profile == Profile::Spiffe && entry.name.strip_prefix(SPIFFE) == Some(domain)
        };
        self.entries.iter().find(is_domain).map(|entry| Match { entry, tenant: None })
    }

    /// Every issuer but this one: for a run with the scope check turned off, and for saying whose key signed.
    pub(crate) fn others<'t>(&'t self, entry: &'t Entry) -> impl Iterator<Item = &'t Entry> {
        self.entries.iter().filter(move |other| other.name != entry.name)
    }

    /// Says whose key signed a token that its own issuer's keys did not, as far as a few tries show.
    ///
    /// The key is returned to be named, and for nothing else: what it signed is refused already.
    pub(crate) fn foreign_signer(
        &self,
        entry: &Entry,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Option<(Arc<Key>, Arc<str>)> {
        let known = entry.foreign.iter().map(|(key, owner)| (key, owner));
        let others = self.others(entry).flat_map(|other| other.keys.iter().map(|key| (key, &other.name)));
        let like = |key: &Key| key.is_for(algorithm) && (id.is_none() || key.id() == id);
        known
            .chain(others)
            .filter(|(key, _)| like(key))
            .take(FOREIGN_TRIES_MAX)
            .find(|(key, _)| key.accepts(algorithm, message, signature))
            .map(|(key, owner)| (Arc::clone(key), Arc::clone(owner)))
    }

    /// Gives each issuer the keys that are its own.
    fn assign(&mut self) {
        for entry in &mut self.entries {
            entry.assign();
        }
        let mut owners: BTreeMap<Thumbprint, BTreeSet<Arc<str>>> = BTreeMap::new();
        for entry in &self.entries {
            for key in &entry.keys {
                owners.entry(key.thumbprint).or_default().insert(Arc::clone(&entry.name));
            }
        }
        let declared = |names: &BTreeSet<Arc<str>>| {
            names.len() < 2
                || self.shared.iter().any(|group| names.iter().all(|name| group.contains(&**name)))
        };
        owners.retain(|_, names| !declared(names));
        for entry in &mut self.entries {
            let (kept, refused) = std::mem::take(&mut entry.keys)
                .into_iter()
                .partition(|key| !owners.contains_key(&key.thumbprint));
            entry.keys = kept;
            let refused: Vec<Arc<Key>> = refused;
            let note = |key: Arc<Key>| RefusedKey { id: key.id.clone(), fault: KeyFault::TwoIssuers };
            entry.refused.extend(refused.into_iter().map(note));
        }
    }
}

impl Entry {
    fn new(issuer: Issuer, set: KeySet) -> Result<Self, TrustError> {
        let name = issuer.name.clone();
        let template = Template::new(&name).ok_or_else(|| TrustError::Name(name.clone()))?;
        if issuer.audiences.is_empty() {
            return Err(TrustError::NoAudience(name));
        }
        let many =
            template.is_open() || issuer.profile.tenant_claim().is_some() || issuer.tenant_claim.is_some();
        if many && issuer.tenants.is_none() {
            return Err(TrustError::NoTenants(name));
        }
        let domain = name.strip_prefix(SPIFFE).filter(|domain| !domain.is_empty() && !domain.contains('/'));
        if issuer.profile == Profile::Spiffe && domain.is_none() {
            return Err(TrustError::TrustDomain(name));
        }
        Ok(Self {
            issuer: Arc::new(issuer),
            name: name.into(),
            template,
            set,
            keys: Vec::new(),
            foreign: Vec::new(),
            refused: Vec::new(),
            usable_until: None,
        })
    }

    /// True if the keys are fresh enough to be used.
    pub(crate) fn is_usable(&self, now: u64) -> bool {
        self.usable_until.is_none_or(|end| now <= end)
    }

    /// The issuer's keys that the token may be signed with: those that it names if it names one.
    pub(crate) fn candidates(&self, id: Option<&str>) -> impl Iterator<Item = &Arc<Key>> {
        let named = move |key: &&Arc<Key>| id.is_none() || key.id.is_none() || key.id.as_deref() == id;
        self.keys.iter().filter(named).take(CANDIDATES_MAX)
    }

    /// Splits the set into keys of this issuer, keys of others, and keys that are not taken.
    fn assign(&mut self) {
        self.keys.clear();
        self.foreign.clear();
        self.refused = self.set.refused.clone();
        for key in &self.set.keys {
            match self.owner(key) {
                Ok(None) => self.keys.push(Arc::clone(key)),
                Ok(Some(tenant)) => {
                    let key = Key { tenant: Some(tenant), ..Key::clone(key) };
                    self.keys.push(Arc::new(key));
                }
                Err(fault) => {
                    self.refused.push(RefusedKey { id: key.id.clone(), fault });
                    let owner = key.issuer_member.as_deref().filter(|_| fault == KeyFault::IssuerOther);
                    self.foreign.extend(owner.map(|owner| (Arc::clone(key), owner.into())));
                }
            }
        }
    }

    /// Whether a key of the set belongs to this issuer, and to which of its tenants alone.
    fn owner(&self, key: &Key) -> Result<Option<String>, KeyFault> {
        let issuer = &self.issuer;
        if key.svid != (issuer.profile == Profile::Spiffe) {
            return Err(KeyFault::NotForSignatures);
        }
        if issuer.cloud.is_some() && issuer.cloud != key.cloud_member {
            return Err(KeyFault::CloudOther);
        }
        let Some(member) = key.issuer_member.as_deref() else {
            return if issuer.shared_set { Err(KeyFault::IssuerMissing) } else { Ok(None) };
        };
        if member == issuer.name || issuer.key_issuers.contains(member) {
            return Ok(None);
        }
        if let Some(Some(tenant)) = self.template.matches(member) {
            return Ok(Some(tenant.to_owned()));
        }
        let covers = |pattern: Template| pattern.is_open() && pattern.matches(&issuer.name).is_some();
        if Template::new(member).is_some_and(covers) { Ok(None) } else { Err(KeyFault::IssuerOther) }
    }
}

/// Scheme of SPIFFE identifiers and trust domains.
pub(crate) const SPIFFE: &str = "spiffe://";
