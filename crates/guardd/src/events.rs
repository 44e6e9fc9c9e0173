//! Security events: the receiver with its own keys, and the store.

use crate::config::{Config, EventsTable, Store};
use crate::keys::{self, Faults, Refreshers};
use crate::ledger::{self, Kept};
use anyhow::Result;
use coredact_guard::Verifier;
use coredact_guard::events::{Ended, Receiver};
use coredact_guard::source::Refresh as _;
use std::sync::Arc;

/// What a configuration has brought about for events.
pub(crate) struct Events {
    table: EventsTable,
    /// Reads events.
    pub(crate) receiver: Receiver,
    /// Remembers what they ended.
    pub(crate) store: Arc<dyn Ended>,
    refreshers: Refreshers,
}

impl Events {
    /// Opens the store and begins to fetch keys; what is the same as before is kept.
    pub(crate) fn new(
        config: &Config,
        shared: Option<&Arc<Kept>>,
        before: Option<&Self>,
        faults: &Faults,
    ) -> Result<Option<Self>> {
        let Some(table) = &config.events else { return Ok(None) };
        let store = store(table, config, shared)?;
        let tables = table.records();
        let kept = before.filter(|before| before.table.transmitter == table.transmitter);
        let verifier = match kept {
            Some(before) => Arc::clone(before.receiver.verifier()),
            None => Arc::new(Verifier::new(keys::trust_of(&tables)?)),
        };
        if kept.is_some() {
            // A file of keys may have changed; fetched keys stay.
            let trust = keys::trust_of(&tables)?;
            let fetched = tables.iter().filter(|table| table.keys_file.is_none());
            let old = verifier.trust();
            let kept =
                fetched.clone().try_fold(trust, |trust, table| trust.with_keys_from(&old, &table.name));
            verifier.replace_trust(kept.map_err(crate::config::ConfigError::from)?);
        }
        let none = Refreshers::default();
        let refreshers = kept.map_or(&none, |before| &before.refreshers);
        let refreshers = Refreshers::start(&tables, &verifier, refreshers, faults)?;
        let receiver = Receiver::new(verifier);
        let receiver = table.transmitter.iter().fold(receiver, |receiver, one| {
            receiver.speaks_for(&one.name, one.issuers.iter().map(String::as_str))
        });
        Ok(Some(Self { table: table.clone(), receiver, store, refreshers }))
    }

    /// Fetches the keys of a transmitter now, unless that was done a moment ago; true if they were fetched.
    pub(crate) async fn refresh(&self, transmitter: &str) -> bool {
        self.refreshers.refresh(transmitter).await
    }
}

/// The store of its own, or the ledger's.
pub(crate) fn store(
    table: &EventsTable,
    config: &Config,
    shared: Option<&Arc<Kept>>,
) -> Result<Arc<dyn Ended>> {
    Ok(match (&table.sqlite, shared, &config.ledger) {
        (Some(path), ..) => ledger::in_file(path)?,
        (None, Some(shared), _) => Arc::clone(shared) as _,
        (None, None, Some(table)) => ledger::open(table)?,
        (None, None, None) => return Err(crate::config::ConfigError::EventStore.into()),
    })
}

/// Where they are remembered: in a file of their own, or where the ledger is.
pub(crate) fn place(config: &Config) -> Option<Store<'_>> {
    let own = config.events.as_ref().and_then(|table| table.sqlite.as_ref()).map(Store::Sqlite);
    own.or_else(|| config.ledger.as_ref().and_then(|table| table.store().ok()))
}

/// Where they are remembered, for people.
pub(crate) fn described(table: &EventsTable) -> String {
    table
        .sqlite
        .as_ref()
        .map_or_else(|| "the ledger's store".to_owned(), |path| format!("SQLite, {}", path.display()))
}
