//! The incident: who is there, what was stolen, and what it opens.

use crate::crash::{Crashed, crash};
use crate::mailbox::Mailbox;
use crate::signer::{Signer, claims};
use crate::thief;
use crate::tool::Coredact;
use anyhow::{Context as _, Result, ensure};
use coredact_guard::{Binding, Controls, Guard, Issuer, KeySet, Thumbprint, Trust, Verifier};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// The issuer of consumers' tokens.
pub(crate) const CONSUMER: &str = "https://consumer.example/";
/// The issuer of an enterprise's tokens.
pub(crate) const ENTERPRISE: &str = "https://enterprise.example/";

/// The incident up to the forged token.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) coredact: Coredact,
    pub(crate) crashed: Crashed,
    pub(crate) enterprise: Signer,
    /// The token for an enterprise mailbox that the stolen consumer key signed.
    pub(crate) forged: String,
    /// A token that the enterprise issued, and its claims.
    pub(crate) genuine: (String, Value),
}

impl World {
    /// Lets the service crash, takes its key from the core, and forges a token.
    pub(crate) fn begin() -> Result<Self> {
        let coredact = Coredact::find()?;
        let folder = tempfile::tempdir().context("make a folder")?;
        let dumps = folder.path().join("debugging-environment");
        std::fs::create_dir(&dumps).context("make a folder")?;
        let crashed = crash(&dumps)?;
        let enterprise = Signer::new("enterprise-1", 2020, 2040)?;
        let stolen = thief::steal(&crashed.core, &crashed.jwk)?.context("find the key in the core")?;
        let forged = thief::forge(&stolen, "consumer-1", &claims(ENTERPRISE, "minister", "made-up"))?;
        let claims = claims(ENTERPRISE, "employee", "enterprise-token");
        let genuine = (enterprise.token(&claims)?, claims);
        Ok(Self { folder, coredact, crashed, enterprise, forged, genuine })
    }

    /// A name in the world's folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder where the dump lies.
    pub(crate) fn dumps(&self) -> PathBuf {
        self.at("debugging-environment")
    }

    /// The key set that is published for everybody.
    pub(crate) fn key_set(&self) -> Value {
        json!({"keys": [self.crashed.jwk, self.enterprise.jwk]})
    }

    /// The thumbprint of the consumer key, as every control should name it.
    pub(crate) fn thumbprint(&self) -> Result<Thumbprint> {
        let set = KeySet::from_jwks(json!({"keys": [self.crashed.jwk]}).to_string().as_bytes())?;
        set.keys().next().map(coredact_guard::Key::thumbprint).context("take the published key")
    }

    /// A verifier with these checks, who trusts both issuers, each with its own key.
    pub(crate) fn verifier(&self, controls: Controls, binding: Binding) -> Result<Arc<Verifier>> {
        let set = |jwk: &Value| KeySet::from_jwks(json!({"keys": [jwk]}).to_string().as_bytes());
        let issuer = |name| Issuer::new(name).bound_audience("mail", binding);
        let trust = Trust::new()
            .issuer(issuer(ENTERPRISE), set(&self.enterprise.jwk)?)?
            .issuer(issuer(CONSUMER), set(&self.crashed.jwk)?)?;
        Ok(Arc::new(Verifier::new(trust).with_controls(controls)))
    }

    /// True if the forged token opens the mailbox: of the service as documented, and of one whose guard has every check off. So what
    /// stops it later is the one control that is on.
    pub(crate) fn attack_without_controls(&self) -> Result<(bool, String)> {
        let keys = serde_json::from_value(self.key_set()).context("publish the keys")?;
        let documented = Mailbox::documented(keys, ENTERPRISE)?;
        let guarded = Mailbox::guarded(Guard::new(self.verifier(NOTHING(), Binding::Optional)?))?;
        for mailbox in [&documented, &guarded] {
            let consumer = mailbox.ask("Bearer", &self.crashed.token, None)?;
            let genuine = mailbox.ask("Bearer", &self.genuine.0, None)?;
            ensure!(genuine == 200, "have a genuine token accepted: {genuine}, of consumers {consumer}");
        }
        let strange = thief::forge(
            &rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)?,
            "consumer-1",
            &self.genuine.1,
        )?;
        ensure!(documented.ask("Bearer", &strange, None)? == 401, "have a token by any other key refused");
        let answers =
            [documented.ask("Bearer", &self.forged, None)?, guarded.ask("Bearer", &self.forged, None)?];
        let said = "the key is in the core; its forged token opens the mailbox of a service that looks keys up by kid in one shared set";
        Ok((answers == [200, 200], said.to_owned()))
    }
}

/// No check of the guard that concerns this incident.
pub(crate) const NOTHING: fn() -> Controls =
    || Controls::all().without_scope_check().without_certificate_check().without_ledger_check();
