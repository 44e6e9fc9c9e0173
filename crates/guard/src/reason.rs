//! Why a token is refused: stable names, in the order of the checks.

use serde::Serialize;
use std::fmt;

/// A step of the verification, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Size, three parts, strict base64url, strict JSON.
    Shape,
    /// No embedded or fetched key, no critical extension, a real signature algorithm.
    Header,
    /// The issuer is trusted; its algorithms and token types.
    Issuer,
    /// The tenant in the issuer and in the tenant claim agree and are served.
    Tenant,
    /// The issuer's own keys, fresh enough, one of them named and for this algorithm.
    Key,
    /// The key is not on the list of revoked keys.
    Revocation,
    /// The key is for this tenant.
    Scope,
    /// The key was in use at issue and has not passed its end.
    Lifetime,
    /// The signature is by the key.
    Signature,
    /// Not expired, not from the future, not too long.
    Time,
    /// Required claims, audience, rules for claims.
    Claims,
    /// The holder proves possession, where the token or the audience asks for it.
    Binding,
    /// No security event has ended it.
    Events,
    /// Somebody issued it.
    Ledger,
}

impl Check {
    /// Every check, in order.
    pub const ALL: [Self; 14] = [
        Self::Shape,
        Self::Header,
        Self::Issuer,
        Self::Tenant,
        Self::Key,
        Self::Revocation,
        Self::Scope,
        Self::Lifetime,
        Self::Signature,
        Self::Time,
        Self::Claims,
        Self::Binding,
        Self::Events,
        Self::Ledger,
    ];

    /// The name in explanations and documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Header => "header",
            Self::Issuer => "issuer",
            Self::Tenant => "tenant",
            Self::Key => "key",
            Self::Revocation => "revocation",
            Self::Scope => "scope",
            Self::Lifetime => "lifetime",
            Self::Signature => "signature",
            Self::Time => "time",
            Self::Claims => "claims",
            Self::Binding => "binding",
            Self::Events => "events",
            Self::Ledger => "ledger",
        }
    }

    /// What is asked, for people.
    #[must_use]
    pub fn asks(self) -> &'static str {
        match self {
            Self::Shape => "size, three parts, strict base64url, strict JSON",
            Self::Header => "no embedded or fetched key, no critical extension, a real signature algorithm",
            Self::Issuer => "the issuer is trusted; its algorithms and token types",
            Self::Tenant => "the tenant in the issuer and in the tenant claim agree and are served",
            Self::Key => "the issuer's own keys, fresh enough, one of them named and for this algorithm",
            Self::Revocation => "the key is not on the list of revoked keys",
            Self::Scope => "the key is for this tenant",
            Self::Lifetime => "the key was in use at issue and has not passed its end",
            Self::Signature => "the signature is by the key",
            Self::Time => "not expired, not from the future, not too long",
            Self::Claims => "required claims, audience, rules for claims",
            Self::Binding => "the holder proves possession, where the token or the audience asks for it",
            Self::Events => "no security event has ended it",
            Self::Ledger => "somebody issued it",
        }
    }
}

/// Why a token is refused. The names are stable: logs and dashboards may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// `too-large`: the token is longer than the limit.
    TooLarge,
    /// `not-compact`: it is not three parts with dots between them.
    NotCompact,
    /// `encrypted`: it is an encrypted token of five parts.
    Encrypted,
    /// `base64`: a part is no strict base64url: padding, white space, a foreign character, or stray bits.
    Base64,
    /// `header-malformed`: the header is no JSON object, or a member of it has the wrong type.
    HeaderMalformed,
    /// `claims-malformed`: the payload is no JSON object.
    ClaimsMalformed,
    /// `duplicate-member`: a JSON member occurs twice.
    DuplicateMember,
    /// `unsigned`: the signature is empty.
    Unsigned,
    /// `algorithm-none`: it says that it is not signed.
    AlgorithmNone,
    /// `algorithm-symmetric`: it wants a published key taken as a shared secret.
    AlgorithmSymmetric,
    /// `algorithm-unknown`: its algorithm is none that is verified here.
    AlgorithmUnknown,
    /// `embedded-key`: it brings its own key (jwk or x5c).
    EmbeddedKey,
    /// `key-url`: it names a place to fetch a key from (jku or x5u).
    KeyUrl,
    /// `critical`: it marks an extension as critical; none is understood.
    Critical,
    /// `unencoded`: it changes the encoding of the payload (b64).
    Unencoded,
    /// `compressed`: it says that it is compressed (zip).
    Compressed,
    /// `nested`: its payload is another token (cty).
    Nested,
    /// `issuer-missing`: it names no issuer.
    IssuerMissing,
    /// `issuer-malformed`: its issuer is no text.
    IssuerMalformed,
    /// `issuer-unknown`: its issuer is not trusted.
    IssuerUnknown,
    /// `algorithm-not-allowed`: its issuer does not sign with this algorithm.
    AlgorithmNotAllowed,
    /// `type-wrong`: its type (typ) is none that its issuer's access tokens have.
    TypeWrong,
    /// `tenant-missing`: it names no tenant.
    TenantMissing,
    /// `tenant-mismatch`: the tenant of its issuer is not the one of its tenant claim.
    TenantMismatch,
    /// `tenant-not-allowed`: its tenant is not among those that are served.
    TenantNotAllowed,
    /// `keys-stale`: the issuer's keys are older than their limit, or were never fetched.
    KeysStale,
    /// `key-unknown`: its issuer has no key of this name.
    KeyUnknown,
    /// `key-of-another-issuer`: it was signed with the key of another issuer.
    KeyOfAnotherIssuer,
    /// `algorithm-not-for-key`: the issuer's key of this name is for another algorithm.
    AlgorithmNotForKey,
    /// `key-revoked`: the key is on the list of revoked keys.
    KeyRevoked,
    /// `key-tenant-wrong`: the key is for another tenant of this issuer.
    KeyTenantWrong,
    /// `key-not-yet-valid`: the key was not valid yet when the token says it was signed.
    KeyNotYetValid,
    /// `key-expired`: the key's certificate, or the end its publisher set, has passed.
    KeyExpired,
    /// `key-retired`: the key was out of use when the token says it was signed.
    KeyRetired,
    /// `signature-wrong`: the signature is by none of the issuer's keys.
    SignatureWrong,
    /// `time-malformed`: a date in it is no number of seconds.
    TimeMalformed,
    /// `expired`: it has expired.
    Expired,
    /// `not-yet-valid`: it is not valid yet.
    NotYetValid,
    /// `issued-in-future`: it was issued in the future.
    IssuedInFuture,
    /// `lifetime-too-long`: it lives longer than its issuer's tokens may.
    LifetimeTooLong,
    /// `claim-missing`: a required claim is missing.
    ClaimMissing,
    /// `claim-malformed`: a claim has the wrong type.
    ClaimMalformed,
    /// `claim-not-allowed`: a claim has a value that is not allowed.
    ClaimNotAllowed,
    /// `audience-wrong`: it is for another audience.
    AudienceWrong,
    /// `binding-missing`: the audience, or the scheme DPoP, wants tokens that are bound to their holder; this one is not.
    BindingMissing,
    /// `binding-unknown`: it is bound to its holder in a way that is not understood.
    BindingUnknown,
    /// `proof-missing`: it is bound to a key and no proof of possession came with it.
    ProofMissing,
    /// `proof-malformed`: the proof of possession is malformed.
    ProofMalformed,
    /// `proof-signature-wrong`: the proof's signature is wrong.
    ProofSignatureWrong,
    /// `proof-key-wrong`: the proof is by another key than the token is bound to.
    ProofKeyWrong,
    /// `proof-request-wrong`: the proof is for another request or another token.
    ProofRequestWrong,
    /// `proof-stale`: the proof is too old, or from the future.
    ProofStale,
    /// `proof-nonce-wrong`: the proof has no fresh nonce of this server.
    ProofNonceWrong,
    /// `proof-replayed`: the proof was used before.
    ProofReplayed,
    /// `replay-window-full`: no more proofs can be remembered now.
    ReplayWindowFull,
    /// `proofs-unavailable`: the store of used proofs did not answer.
    ProofsUnavailable,
    /// `certificate-missing`: it is bound to a client certificate and none came with it.
    CertificateMissing,
    /// `certificate-wrong`: it is bound to another client certificate.
    CertificateWrong,
    /// `token-ended`: a security event has ended its session, or the tokens that its user had.
    TokenEnded,
    /// `events-unavailable`: the store of security events did not answer.
    EventsUnavailable,
    /// `not-issued`: nobody issued it.
    NotIssued,
    /// `issued-otherwise`: a token of this id was issued with other claims.
    IssuedOtherwise,
    /// `parent-not-issued`: it descends from a token that nobody issued.
    ParentNotIssued,
    /// `log-unavailable`: the decision could not be written to the log.
    LogUnavailable,
    /// `ledger-unavailable`: the ledger of issued tokens did not answer.
    LedgerUnavailable,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::TooLarge,
        Self::NotCompact,
        Self::Encrypted,
        Self::Base64,
        Self::HeaderMalformed,
        Self::ClaimsMalformed,
        Self::DuplicateMember,
        Self::Unsigned,
        Self::AlgorithmNone,
        Self::AlgorithmSymmetric,
        Self::AlgorithmUnknown,
        Self::EmbeddedKey,
        Self::KeyUrl,
        Self::Critical,
        Self::Unencoded,
        Self::Compressed,
        Self::Nested,
        Self::IssuerMissing,
        Self::IssuerMalformed,
        Self::IssuerUnknown,
        Self::AlgorithmNotAllowed,
        Self::TypeWrong,
        Self::TenantMissing,
        Self::TenantMismatch,
        Self::TenantNotAllowed,
        Self::KeysStale,
        Self::KeyUnknown,
        Self::KeyOfAnotherIssuer,
        Self::AlgorithmNotForKey,
        Self::KeyRevoked,
        Self::KeyTenantWrong,
        Self::KeyNotYetValid,
        Self::KeyExpired,
        Self::KeyRetired,
        Self::SignatureWrong,
        Self::TimeMalformed,
        Self::Expired,
        Self::NotYetValid,
        Self::IssuedInFuture,
        Self::LifetimeTooLong,
        Self::ClaimMissing,
        Self::ClaimMalformed,
        Self::ClaimNotAllowed,
        Self::AudienceWrong,
        Self::BindingMissing,
        Self::BindingUnknown,
        Self::ProofMissing,
        Self::ProofMalformed,
        Self::ProofSignatureWrong,
        Self::ProofKeyWrong,
        Self::ProofRequestWrong,
        Self::ProofStale,
        Self::ProofNonceWrong,
        Self::ProofReplayed,
        Self::ReplayWindowFull,
        Self::ProofsUnavailable,
        Self::CertificateMissing,
        Self::CertificateWrong,
        Self::TokenEnded,
        Self::EventsUnavailable,
        Self::NotIssued,
        Self::IssuedOtherwise,
        Self::ParentNotIssued,
        Self::LogUnavailable,
        Self::LedgerUnavailable,
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The check that gave it.
    #[must_use]
    pub fn check(self) -> Check {
        self.row().0
    }

    /// What it means, as part of a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().2
    }

    /// True if the fault is not the client's: a store, the log or the keys do not answer, or a window is full. It may ask again later.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(
            self,
            Self::LedgerUnavailable
                | Self::EventsUnavailable
                | Self::ProofsUnavailable
                | Self::LogUnavailable
                | Self::KeysStale
                | Self::ReplayWindowFull
        )
    }

    /// The reason of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }

    #[expect(clippy::too_many_lines, reason = "one table, a line for each reason")]
    fn row(self) -> (Check, &'static str, &'static str) {
        match self {
            Self::TooLarge => (Check::Shape, "too-large", "the token is longer than the limit"),
            Self::NotCompact => (Check::Shape, "not-compact", "it is not three parts with dots between them"),
            Self::Encrypted => (Check::Shape, "encrypted", "it is an encrypted token of five parts"),
            Self::Base64 => (
                Check::Shape,
                "base64",
                "a part is no strict base64url: padding, white space, a foreign character, or stray bits",
            ),
            Self::HeaderMalformed => (
                Check::Shape,
                "header-malformed",
                "the header is no JSON object, or a member of it has the wrong type",
            ),
            Self::ClaimsMalformed => (Check::Shape, "claims-malformed", "the payload is no JSON object"),
            Self::DuplicateMember => (Check::Shape, "duplicate-member", "a JSON member occurs twice"),
            Self::Unsigned => (Check::Shape, "unsigned", "the signature is empty"),
            Self::AlgorithmNone => (Check::Header, "algorithm-none", "it says that it is not signed"),
            Self::AlgorithmSymmetric => {
                (Check::Header, "algorithm-symmetric", "it wants a published key taken as a shared secret")
            }
            Self::AlgorithmUnknown => {
                (Check::Header, "algorithm-unknown", "its algorithm is none that is verified here")
            }
            Self::EmbeddedKey => (Check::Header, "embedded-key", "it brings its own key (jwk or x5c)"),
            Self::KeyUrl => (Check::Header, "key-url", "it names a place to fetch a key from (jku or x5u)"),
            Self::Critical => {
                (Check::Header, "critical", "it marks an extension as critical; none is understood")
            }
            Self::Unencoded => (Check::Header, "unencoded", "it changes the encoding of the payload (b64)"),
            Self::Compressed => (Check::Header, "compressed", "it says that it is compressed (zip)"),
            Self::Nested => (Check::Header, "nested", "its payload is another token (cty)"),
            Self::IssuerMissing => (Check::Issuer, "issuer-missing", "it names no issuer"),
            Self::IssuerMalformed => (Check::Issuer, "issuer-malformed", "its issuer is no text"),
            Self::IssuerUnknown => (Check::Issuer, "issuer-unknown", "its issuer is not trusted"),
            Self::AlgorithmNotAllowed => {
                (Check::Issuer, "algorithm-not-allowed", "its issuer does not sign with this algorithm")
            }
            Self::TypeWrong => {
                (Check::Issuer, "type-wrong", "its type (typ) is none that its issuer's access tokens have")
            }
            Self::TenantMissing => (Check::Tenant, "tenant-missing", "it names no tenant"),
            Self::TenantMismatch => (
                Check::Tenant,
                "tenant-mismatch",
                "the tenant of its issuer is not the one of its tenant claim",
            ),
            Self::TenantNotAllowed => {
                (Check::Tenant, "tenant-not-allowed", "its tenant is not among those that are served")
            }
            Self::KeysStale => (
                Check::Key,
                "keys-stale",
                "the issuer's keys are older than their limit, or were never fetched",
            ),
            Self::KeyUnknown => (Check::Key, "key-unknown", "its issuer has no key of this name"),
            Self::KeyOfAnotherIssuer => {
                (Check::Key, "key-of-another-issuer", "it was signed with the key of another issuer")
            }
            Self::AlgorithmNotForKey => (
                Check::Key,
                "algorithm-not-for-key",
                "the issuer's key of this name is for another algorithm",
            ),
            Self::KeyRevoked => (Check::Revocation, "key-revoked", "the key is on the list of revoked keys"),
            Self::KeyTenantWrong => {
                (Check::Scope, "key-tenant-wrong", "the key is for another tenant of this issuer")
            }
            Self::KeyNotYetValid => (
                Check::Lifetime,
                "key-not-yet-valid",
                "the key was not valid yet when the token says it was signed",
            ),
            Self::KeyExpired => (
                Check::Lifetime,
                "key-expired",
                "the key's certificate, or the end its publisher set, has passed",
            ),
            Self::KeyRetired => {
                (Check::Lifetime, "key-retired", "the key was out of use when the token says it was signed")
            }
            Self::SignatureWrong => {
                (Check::Signature, "signature-wrong", "the signature is by none of the issuer's keys")
            }
            Self::TimeMalformed => (Check::Time, "time-malformed", "a date in it is no number of seconds"),
            Self::Expired => (Check::Time, "expired", "it has expired"),
            Self::NotYetValid => (Check::Time, "not-yet-valid", "it is not valid yet"),
            Self::IssuedInFuture => (Check::Time, "issued-in-future", "it was issued in the future"),
            Self::LifetimeTooLong => {
                (Check::Time, "lifetime-too-long", "it lives longer than its issuer's tokens may")
            }
            Self::ClaimMissing => (Check::Claims, "claim-missing", "a required claim is missing"),
            Self::ClaimMalformed => (Check::Claims, "claim-malformed", "a claim has the wrong type"),
            Self::ClaimNotAllowed => {
                (Check::Claims, "claim-not-allowed", "a claim has a value that is not allowed")
            }
            Self::AudienceWrong => (Check::Claims, "audience-wrong", "it is for another audience"),
            Self::BindingMissing => (
                Check::Binding,
                "binding-missing",
                "the audience, or the scheme DPoP, wants tokens that are bound to their holder; this one is not",
            ),
            Self::BindingUnknown => (
                Check::Binding,
                "binding-unknown",
                "it is bound to its holder in a way that is not understood",
            ),
            Self::ProofMissing => (
                Check::Binding,
                "proof-missing",
                "it is bound to a key and no proof of possession came with it",
            ),
            Self::ProofMalformed => {
                (Check::Binding, "proof-malformed", "the proof of possession is malformed")
            }
            Self::ProofSignatureWrong => {
                (Check::Binding, "proof-signature-wrong", "the proof's signature is wrong")
            }
            Self::ProofKeyWrong => {
                (Check::Binding, "proof-key-wrong", "the proof is by another key than the token is bound to")
            }
            Self::ProofRequestWrong => {
                (Check::Binding, "proof-request-wrong", "the proof is for another request or another token")
            }
            Self::ProofStale => (Check::Binding, "proof-stale", "the proof is too old, or from the future"),
            Self::ProofNonceWrong => {
                (Check::Binding, "proof-nonce-wrong", "the proof has no fresh nonce of this server")
            }
            Self::ProofReplayed => (Check::Binding, "proof-replayed", "the proof was used before"),
            Self::ReplayWindowFull => {
                (Check::Binding, "replay-window-full", "no more proofs can be remembered now")
            }
            Self::ProofsUnavailable => {
                (Check::Binding, "proofs-unavailable", "the store of used proofs did not answer")
            }
            Self::CertificateMissing => (
                Check::Binding,
                "certificate-missing",
                "it is bound to a client certificate and none came with it",
            ),
            Self::CertificateWrong => {
                (Check::Binding, "certificate-wrong", "it is bound to another client certificate")
            }
            Self::TokenEnded => (
                Check::Events,
                "token-ended",
                "a security event has ended its session, or the tokens that its user had",
            ),
            Self::EventsUnavailable => {
                (Check::Events, "events-unavailable", "the store of security events did not answer")
            }
            Self::NotIssued => (Check::Ledger, "not-issued", "nobody issued it"),
            Self::IssuedOtherwise => {
                (Check::Ledger, "issued-otherwise", "a token of this id was issued with other claims")
            }
            Self::ParentNotIssued => {
                (Check::Ledger, "parent-not-issued", "it descends from a token that nobody issued")
            }
            Self::LogUnavailable => {
                (Check::Ledger, "log-unavailable", "the decision could not be written to the log")
            }
            Self::LedgerUnavailable => {
                (Check::Ledger, "ledger-unavailable", "the ledger of issued tokens did not answer")
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_follow_the_order_of_the_checks() {
        let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(Reason::ALL.is_sorted_by_key(|reason| reason.check()));
        for reason in Reason::ALL {
            assert_eq!(Reason::from_name(reason.name()), Some(*reason));
        }
    }

    #[test]
    fn every_reason_is_in_the_documentation() {
        let page = include_str!("../../../docs/guard.md");
        for reason in Reason::ALL {
            let row = format!("| `{}` | {} |", reason.name(), reason.meaning());
            assert!(page.contains(&row), "docs/guard.md lacks: {row}");
        }
    }
}
