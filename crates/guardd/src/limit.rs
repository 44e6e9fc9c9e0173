//! Clients that show too many refused tokens have to wait.

use arc_swap::ArcSwapOption;
use governor::clock::{Clock as _, DefaultClock};
use governor::{Quota, RateLimiter};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

type Refusals = RateLimiter<
    Network,
    governor::state::keyed::HashMapStateStore<Network>,
    DefaultClock,
    governor::middleware::NoOpMiddleware<<DefaultClock as governor::clock::Clock>::Instant>,
>;

/// Counts refused tokens by client: an address of IPv4, or 64 bits of IPv6, which one customer has.
pub(crate) struct Limiter {
    refusals: ArcSwapOption<Refusals>,
    waiting: Mutex<BTreeMap<Network, Instant>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Network(u128);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.to_bits().into()),
            IpAddr::V6(address) => Self(address.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

impl Limiter {
    /// So many refused tokens in a minute, at once or one by one; 0 for any number.
    pub(crate) fn new(refused_per_minute: u32) -> Self {
        let limiter = Self { refusals: ArcSwapOption::empty(), waiting: Mutex::default() };
        limiter.replace(refused_per_minute);
        limiter
    }

    /// Another number from now on; nobody waits any more.
    pub(crate) fn replace(&self, refused_per_minute: u32) {
        let quota = NonZeroU32::new(refused_per_minute).map(Quota::per_minute);
        self.refusals.store(quota.map(|quota| Arc::new(RateLimiter::hashmap(quota))));
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// For how long the client must wait, if it must.
    pub(crate) fn wait(&self, client: IpAddr, now: Instant) -> Option<Duration> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *waiting.get(&client.into())?;
        let left = until.checked_duration_since(now).filter(|left| !left.is_zero());
        if left.is_none() {
            waiting.remove(&client.into());
        }
        left
    }

    /// Notes a refused token of the client.
    pub(crate) fn refused(&self, client: IpAddr, now: Instant) {
        let Some(refusals) = &*self.refusals.load() else { return };
        if let Err(not_until) = refusals.check_key(&client.into()) {
            let until = now + not_until.wait_time_from(DefaultClock::default().now());
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() < CLIENTS_MAX {
                waiting.insert(client.into(), until);
            }
        }
    }

    /// Forgets clients that have been quiet.
    pub(crate) fn forget(&self, now: Instant) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
        if let Some(refusals) = &*self.refusals.load() {
            refusals.retain_recent();
            refusals.shrink_to_fit();
        }
    }
}

/// Most clients that wait at once: of more, the rest is served slowly and not kept out.
const CLIENTS_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_waits_after_its_last_allowed_refusal_and_others_do_not() {
        let limiter = Limiter::new(3);
        let client: IpAddr = "2001:db8::1".parse().unwrap();
        let now = Instant::now();
        for _ in 0..3 {
            limiter.refused(client, now);
            assert_eq!(limiter.wait(client, now), None);
        }
        limiter.refused(client, now);
        assert!(limiter.wait(client, now).is_some());
        assert!(limiter.wait("2001:db8::ffff".parse().unwrap(), now).is_some());
        assert_eq!(limiter.wait("2001:db8:0:1::1".parse().unwrap(), now), None);
        assert_eq!(limiter.wait(client, now + Duration::from_secs(61)), None);
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let (limiter, client) = (Limiter::new(0), "192.0.2.1".parse().unwrap());
        let now = Instant::now();
        (0..1000).for_each(|_| limiter.refused(client, now));
        assert_eq!(limiter.wait(client, now), None);
    }
}
