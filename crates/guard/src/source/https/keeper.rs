//! The thread that keeps keys fresh.

use super::client::{Client, FetchError, Place, Roots};
use crate::time::Now;
use crate::verify::Verifier;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// The keys of one issuer, and how they are kept.
#[derive(Clone, Debug)]
pub struct RemoteKeys {
    /// The issuer's name, as in its record.
    pub issuer: String,
    /// Where they are published.
    pub place: Place,
    /// How often they are fetched: an hour.
    pub refresh: Duration,
    /// For how long they may be used after they were last fetched: a day. Longer outages refuse every token of the issuer.
    pub usable: Duration,
    /// Least time between two fetches, whatever strangers' tokens name: a minute.
    pub gap: Duration,
}

impl RemoteKeys {
    /// Keys at a place, kept as usual.
    #[must_use]
    pub fn new(issuer: &str, place: Place) -> Self {
        Self {
            issuer: issuer.to_owned(),
            place,
            refresh: Duration::from_secs(3600),
            usable: Duration::from_secs(24 * 3600),
            gap: Duration::from_secs(60),
        }
    }
}

/// Tells the time to the keeper.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Fetches an issuer's keys when a token names one that is not there.
pub trait Refresh: Send + Sync {
    /// Fetches the keys of an issuer now, unless that was done a moment ago; true if they were fetched.
    fn refresh<'a>(&'a self, issuer: &'a str) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
}

type Wish = oneshot::Sender<bool>;

/// Is told the issuer's name and what failed.
type Faults = Arc<dyn Fn(&str, &FetchError) + Send + Sync>;

/// Keeps a verifier's keys fresh from a thread of its own, which ends soon after this is dropped.
pub struct Refresher {
    wishes: BTreeMap<String, mpsc::Sender<Wish>>,
}

impl Refresher {
    /// Begins to fetch. Until the first answer an issuer has the keys that its record came with. `faults` is told of each fetch that failed,
    /// with the issuer's name; the last good keys stay until their time is up.
    ///
    /// # Errors
    /// If the client or the thread cannot be set up.
    pub fn start(
        verifier: &Arc<Verifier>,
        remotes: Vec<RemoteKeys>,
        roots: &Roots,
        clock: Clock,
        faults: impl Fn(&str, &FetchError) + Send + Sync + 'static,
    ) -> Result<Self, FetchError> {
        let client = Client::new(roots)?;
        let setup = |error: std::io::Error| FetchError::Setup(Box::new(error));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(setup)?;
        let faults: Faults = Arc::new(faults);
        let mut wishes = BTreeMap::new();
        let mut tasks = Vec::new();
        for remote in remotes {
            let (sender, receiver) = mpsc::channel(WISHES_MAX);
            wishes.insert(remote.issuer.clone(), sender);
            let keeper = Keeper {
                remote,
                client: client.clone(),
                verifier: Arc::downgrade(verifier),
                clock: Arc::clone(&clock),
                faults: Arc::clone(&faults),
            };
            tasks.push(keeper.run(receiver));
        }
        let spawned = std::thread::Builder::new().name("coredact-keys".to_owned()).spawn(move || {
            runtime.block_on(async {
                let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
                for task in running {
                    // A task that panicked has said so itself; its issuer's keys run out.
                    let _ended = task.await;
                }
            });
        });
        // It ends when the senders are gone; a fetch under way ends by its own patience.
        spawned.map(|_| Self { wishes }).map_err(setup)
    }
}

impl Refresh for Refresher {
    fn refresh<'a>(&'a self, issuer: &'a str) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let Some(wishes) = self.wishes.get(issuer) else { return false };
            let (answer, answered) = oneshot::channel();
            // A full queue means that others wait for the same fetch.
            wishes.try_send(answer).is_ok() && answered.await.unwrap_or(false)
        })
    }
}

impl fmt::Debug for Refresher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresher").field("issuers", &self.wishes.keys()).finish_non_exhaustive()
    }
}

/// Keeps the keys of one issuer.
struct Keeper {
    remote: RemoteKeys,
    client: Client,
    verifier: Weak<Verifier>,
    clock: Clock,
    faults: Faults,
}

impl Keeper {
    async fn run(self, mut wishes: mpsc::Receiver<Wish>) {
        let mut waiting: Vec<Wish> = Vec::new();
        let mut pause = self.remote.gap;
        loop {
            let fetched = self.fetch().await;
            let done = fetched.is_ok();
            if let Err(error) = fetched {
                (self.faults)(&self.remote.issuer, &error);
            }
            // Whoever asked while the fetch was under way waited for it too.
            while let Ok(wish) = wishes.try_recv() {
                waiting.push(wish);
            }
            for wish in waiting.drain(..) {
                // Whoever asked may have gone.
                let _told = wish.send(done);
            }
            pause = if done { self.remote.gap } else { pause.saturating_mul(2).min(self.remote.refresh) };
            let next = Instant::now() + if done { self.remote.refresh } else { pause };
            let earliest = Instant::now() + self.remote.gap;
            loop {
                match timeout_at(next, wishes.recv()).await {
                    Err(_) => break,
                    Ok(None) => return,
                    Ok(Some(wish)) if Instant::now() >= earliest => {
                        waiting.push(wish);
                        break;
                    }
                    Ok(Some(wish)) => drop(wish),
                }
            }
        }
    }

    async fn fetch(&self) -> Result<(), FetchError> {
        let issuer = &self.remote.issuer;
        let keys = self.client.keys(issuer, &self.remote.place).await?;
        let Some(verifier) = self.verifier.upgrade() else { return Ok(()) };
        let until = (self.clock)().0.saturating_add(self.remote.usable.as_secs());
        let change = |trust: &crate::Trust| trust.with_keys(issuer, keys.clone(), Some(until));
        verifier.update_trust(change).map_err(FetchError::Trust)
    }
}

/// Most wishes that wait for one fetch.
const WISHES_MAX: usize = 1024;
