//! Work on several threads, or on as many of them as the system gives.

use crate::fault::Fault;
use std::thread::{Builder, ScopedJoinHandle, scope};

/// Most threads that work at once; each holds some megabytes.
const THREADS_MAX: usize = 16;

/// Calls `work` on this thread and on others beside it, one for each processor, and gathers what they return.
/// A limit on processes may leave this thread alone; `work` takes its share from a common store until that
/// is empty, so that nothing is left undone.
///
/// # Errors
/// The first fault, or [`Fault::Thread`] if one broke off.
pub(crate) fn together<T: Send>(work: impl Fn() -> Result<T, Fault> + Sync) -> Result<Vec<T>, Fault> {
    let others =
        std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).saturating_sub(1);
    together_with(others, work)
}

fn together_with<T: Send>(
    others: usize,
    work: impl Fn() -> Result<T, Fault> + Sync,
) -> Result<Vec<T>, Fault> {
    scope(|scope| {
        let start = |_| Builder::new().spawn_scoped(scope, &work).ok();
        let others: Vec<ScopedJoinHandle<'_, _>> = (0..others).map_while(start).collect();
        let mut results = vec![work()?];
        for other in others {
            results.push(other.join().map_err(|_| Fault::Thread)??);
        }
        Ok(results)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn all_is_done_by_however_many_threads() {
        for others in [0, 1, 7] {
            let next = AtomicU64::new(0);
            let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < 1000);
            let sums = together_with(others, || Ok(std::iter::from_fn(take).sum::<u64>())).unwrap();
            assert_eq!((sums.len(), sums.iter().sum()), (others + 1, 499_500));
        }
    }

    #[test]
    fn fault_of_any_thread_is_a_fault_of_all() {
        let next = AtomicU64::new(0);
        let second_fails = || match next.fetch_add(1, Ordering::Relaxed) {
            1 => Err(Fault::Limit("a test".to_owned())),
            _ => Ok(()),
        };
        assert!(matches!(together_with(3, second_fails), Err(Fault::Limit(_))));
    }
}
