//! Checks that can be turned off, to show what they are worth.

/// Which of the checks are done. For replaying an incident; a service has no reason to turn one off.
///
/// Whatever is turned off stands in every verdict and in every line of the log (`controls_off`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    scope: bool,
    certificate: bool,
    ledger: bool,
}

impl Default for Controls {
    fn default() -> Self {
        Self { scope: true, certificate: true, ledger: true }
    }
}

impl Controls {
    /// Every check is done.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Pools the keys of all issuers, as verifiers did that accepted a consumer key for enterprise mail: any trusted issuer's key is
    /// taken for any other's tokens. **Unsafe for any service.**
    #[must_use]
    pub fn without_scope_check(self) -> Self {
        Self { scope: false, ..self }
    }

    /// Takes keys past their certificate or their stated end. **Unsafe for any service.**
    #[must_use]
    pub fn without_certificate_check(self) -> Self {
        Self { certificate: false, ..self }
    }

    /// Does not ask whether anybody issued the token.
    #[must_use]
    pub fn without_ledger_check(self) -> Self {
        Self { ledger: false, ..self }
    }

    pub(crate) fn scope(self) -> bool {
        self.scope
    }

    pub(crate) fn certificate(self) -> bool {
        self.certificate
    }

    /// True if the ledger is asked.
    #[must_use]
    pub fn asks_ledger(self) -> bool {
        self.ledger
    }

    /// Names of the checks that are turned off.
    #[must_use]
    pub fn off(self) -> Vec<&'static str> {
        let named = [("scope", self.scope), ("certificate", self.certificate), ("ledger", self.ledger)];
        named.into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_off_is_named() {
        assert!(Controls::all().off().is_empty());
        let off =
            Controls::all().without_scope_check().without_certificate_check().without_ledger_check().off();
        assert_eq!(off, ["scope", "certificate", "ledger"]);
    }
}
