//! The threads of the long passes, as many as the system gives.
//!
//! A limit on processes (`ulimit -u`, a container's pids limit, a filter of system calls) may leave fewer than
//! were wanted, or none. The work is then done by those that there are, this thread alone if need be: the
//! result is the same.

use anyhow::{Context, Result};
use rayon::{ThreadBuilder, ThreadPoolBuilder};
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread::Builder;

/// How many threads were wanted, and how many work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threads {
    /// As asked for, or one for each processor.
    pub(crate) wanted: usize,
    /// As many as the system gave; this one if it gave none.
    pub(crate) working: usize,
}

/// Starts the pool that the engine's passes run on; to be called once, and before the first pass.
///
/// # Errors
/// If there is a pool already.
pub(crate) fn start(wanted: Option<u16>) -> Result<Threads> {
    let wanted = wanted.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_DEFAULT_MAX),
        usize::from,
    );
    // The threads come before the pool: one that cannot have all the threads that it was promised fails, and
    // the threads that it got meanwhile stand in the way of the next, smaller one.
    let mut idle: Vec<Sender<ThreadBuilder>> = (0..wanted).map_while(|_| waiting().ok()).collect();
    let working = idle.len().max(1);
    let pool = ThreadPoolBuilder::new().num_threads(working);
    let pool = if idle.is_empty() {
        pool.use_current_thread().build_global()
    } else {
        let hand_over = move |worker: ThreadBuilder| {
            let thread = idle.pop().ok_or(io::ErrorKind::WouldBlock)?;
            thread.send(worker).map_err(|_| io::ErrorKind::BrokenPipe.into())
        };
        pool.spawn_handler(hand_over).build_global()
    };
    pool.context("start the threads that search the dump")?;
    Ok(Threads { wanted, working })
}

/// Starts a thread that waits for its part of the pool, and ends if there is none.
fn waiting() -> io::Result<Sender<ThreadBuilder>> {
    let (sender, receiver) = channel::<ThreadBuilder>();
    Builder::new().spawn(move || {
        if let Ok(worker) = receiver.recv() {
            worker.run();
        }
    })?;
    Ok(sender)
}

/// Threads that are used unasked, at most: each works on windows of its own, and memory is bounded.
const THREADS_DEFAULT_MAX: usize = 256;
