//! The controls, each alone: `Ok` with what stopped the attack, an error if nothing did.

use crate::mailbox::Mailbox;
use crate::signer::claims;
use crate::thief;
use crate::world::{ENTERPRISE, NOTHING, World};
use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_guard::ledger::{Issued, Ledger as _, SqliteLedger};
use coredact_guard::{Binding, Controls, Guard, KeySet, Now, Request, Revocations, Thumbprint, Verifier};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::sync::Arc;

/// A control of the incident's chain.
pub(crate) struct Control {
    /// Its number in the documents.
    pub(crate) number: &'static str,
    /// What it does.
    pub(crate) name: &'static str,
    /// Tries the attack with this control and no other.
    pub(crate) alone: fn(&World) -> Result<String>,
}

/// Every control, in the order of the chain. A later one is a line here.
pub(crate) const CONTROLS: &[Control] = &[
    Control { number: "2", name: "scrub the dump", alone: scrub },
    Control { number: "3", name: "scan what lies around", alone: scan },
    Control { number: "5", name: "identify the key", alone: identify },
    Control { number: "6a", name: "revoke by thumbprint", alone: revoke },
    Control { number: "6b", name: "key scope", alone: scope },
    Control { number: "6c", name: "end of certificate", alone: certificate },
    Control { number: "6d", name: "ledger of the issued", alone: ledger },
    Control { number: "6e", name: "proof of possession", alone: possession },
];

fn scrub(world: &World) -> Result<String> {
    let (core, clean, report) = (&world.crashed.core, world.at("core.clean"), world.at("report.json"));
    let words = [
        "scrub".as_ref(),
        core.as_os_str(),
        "-o".as_ref(),
        clean.as_os_str(),
        "--report".as_ref(),
        report.as_os_str(),
    ];
    world.coredact.run(&[words.as_slice(), &["--no-debugger".as_ref()]].concat(), 0)?;
    let words =
        ["verify".as_ref(), core.as_os_str(), clean.as_os_str(), "--report".as_ref(), report.as_os_str()];
    world.coredact.run(&[words.as_slice(), &["--no-debugger".as_ref()]].concat(), 0)?;
    ensure!(
        thief::steal(&clean, &world.crashed.jwk)?.is_none(),
        "leave nothing: the key is in the clean dump"
    );
    Ok("the clean dump has passed verification, and no number in it divides the modulus".to_owned())
}

fn scan(world: &World) -> Result<String> {
    let dumps = world.dumps();
    let out = world.coredact.run(&["scan".as_ref(), dumps.as_os_str(), "--json".as_ref()], 1)?;
    let own = world.thumbprint()?.to_string();
    let named = String::from_utf8_lossy(&out).contains(&own);
    ensure!(named, "find the key among the findings");
    Ok(format!("the key was found where the dump lies (exit code 1), before anybody takes it: {own}"))
}

fn identify(world: &World) -> Result<String> {
    let (list, key) = found(world)?;
    ensure!(list.iter().any(|(own, _)| *own == key), "name the key by the thumbprint of the published one");
    Ok(format!("the key in the core is the published consumer-1, {key}: it can be revoked before it is used"))
}

/// What `identify` says of the core, as a list of revoked keys; and the thumbprint of the consumer key.
fn found(world: &World) -> Result<(Revocations, Thumbprint)> {
    let inventory = world.at("jwks.json");
    write(&inventory, &world.key_set().to_string())?;
    let core = world.crashed.core.as_os_str();
    let words: [&OsStr; 5] =
        ["identify".as_ref(), core, "--inventory".as_ref(), inventory.as_os_str(), "--json".as_ref()];
    let out = world.coredact.run(&words, 1)?;
    let text = String::from_utf8_lossy(&out);
    ensure!(text.contains("consumer-1"), "name the key as its publisher does");
    Ok((Revocations::from_document(&out).context("read what identify says")?, world.thumbprint()?))
}

fn revoke(world: &World) -> Result<String> {
    let verifier = world.verifier(NOTHING(), Binding::Optional)?;
    verifier.replace_revocations(found(world)?.0);
    refused(world, &verifier, None, "key-revoked")
}

fn scope(world: &World) -> Result<String> {
    let controls = Controls::all().without_certificate_check().without_ledger_check();
    refused(world, &world.verifier(controls, Binding::Optional)?, None, "key-of-another-issuer")
}

fn certificate(world: &World) -> Result<String> {
    let controls = Controls::all().without_scope_check().without_ledger_check();
    refused(world, &world.verifier(controls, Binding::Optional)?, None, "key-expired")
}

fn ledger(world: &World) -> Result<String> {
    let controls = Controls::all().without_scope_check().without_certificate_check();
    let ledger = SqliteLedger::open(&world.at("issued.sqlite"))?;
    let text = |name: &str| world.genuine.1.get(name).and_then(Value::as_str).map(str::to_owned);
    let date = |name: &str| world.genuine.1.get(name).and_then(Value::as_u64);
    let issued = Issued {
        issuer: ENTERPRISE.to_owned(),
        token_id: text("jti").unwrap_or_default(),
        subject: text("sub"),
        audiences: text("aud").into_iter().collect(),
        issued_at: date("iat"),
        expires_at: date("exp").unwrap_or_default(),
        ..Issued::default()
    };
    pollster::block_on(ledger.record(&issued))?;
    refused(world, &world.verifier(controls, Binding::Optional)?, Some(ledger), "not-issued")
}

/// The forged token does not open the mailbox and is refused for this reason; a genuine one opens it.
fn refused(
    world: &World,
    verifier: &Arc<Verifier>,
    ledger: Option<SqliteLedger>,
    reason: &str,
) -> Result<String> {
    let mut guard = Guard::new(Arc::clone(verifier));
    if let Some(ledger) = ledger {
        guard = guard.with_ledger(Arc::new(ledger));
    }
    let now = Now::from_clock();
    let verdict = pollster::block_on(guard.decide(&Request::bearer(&world.forged), &Default::default(), now));
    let mailbox = Mailbox::guarded(guard)?;
    let (forged, genuine) =
        (mailbox.ask("Bearer", &world.forged, None)?, mailbox.ask("Bearer", &world.genuine.0, None)?);
    let found = verdict.reason().map(coredact_guard::Reason::name);
    ensure!(
        forged == 401 && found == Some(reason),
        "have the forged token refused for {reason}: {forged}, {found:?}"
    );
    ensure!(genuine == 200, "have a genuine token accepted: {genuine}");
    Ok(format!("refused: {reason}; a genuine token is accepted"))
}

fn possession(world: &World) -> Result<String> {
    let verifier = world.verifier(NOTHING(), Binding::Dpop)?;
    let now = Now::from_clock();
    let reason =
        verifier.verify(&Request::bearer(&world.forged), now).reason().map(coredact_guard::Reason::name);
    let mailbox = Mailbox::guarded(Guard::new(verifier))?;
    let forged = mailbox.ask("Bearer", &world.forged, None)?;
    ensure!(
        forged == 401 && reason == Some("binding-missing"),
        "have the forged token refused: {forged}, {reason:?}"
    );

    let holder = Holder::new()?;
    let mut claims = claims(ENTERPRISE, "employee", "bound");
    let cnf = json!({"jkt": holder.thumbprint()?.to_string()});
    claims.as_object_mut().context("add a claim")?.insert("cnf".to_owned(), cnf);
    let bound = world.enterprise.token(&claims)?;
    let stolen = [mailbox.ask("DPoP", &bound, None)?, mailbox.ask("Bearer", &bound, None)?];
    ensure!(stolen == [401, 401], "have a stolen token refused without its holder's key: {stolen:?}");
    let other = mailbox.ask("DPoP", &bound, Some(&Holder::new()?.proof(&bound, now)?))?;
    ensure!(other == 401, "have a stolen token refused with another key: {other}");
    let own = mailbox.ask("DPoP", &bound, Some(&holder.proof(&bound, now)?))?;
    ensure!(own == 200, "have the holder's request accepted: {own}");
    Ok("refused: binding-missing, and stolen tokens are of no use; a forger who adapts can bind to a key of his own".to_owned())
}

/// Somebody who holds a bound token.
struct Holder(EcdsaKeyPair);

impl Holder {
    fn new() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        pair.map(Self).map_err(|_| anyhow::anyhow!("make a key"))
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
    }

    fn thumbprint(&self) -> Result<Thumbprint> {
        let set = KeySet::from_jwks(json!({"keys": [self.jwk()]}).to_string().as_bytes())?;
        set.keys().next().map(coredact_guard::Key::thumbprint).context("take the holder's key")
    }

    fn proof(&self, token: &str, now: Now) -> Result<String> {
        let hash = URL_SAFE_NO_PAD.encode(Thumbprint::of(token.as_bytes()).as_bytes());
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()});
        let claims = json!({"jti": "proof", "htm": "GET", "htu": "http://mail.example/mail", "iat": now.0, "ath": hash});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| anyhow::anyhow!("sign a proof"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[expect(clippy::disallowed_methods, reason = "a published key set")]
fn write(path: &std::path::Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
}
