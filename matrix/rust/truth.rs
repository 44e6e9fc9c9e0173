//! What every holder in Rust shares: the list of kinds, the truth, and the wait.

use std::any::Any;
use std::io::{Read, Write};

/// Writes a line of the truth in a copy of the process: what becomes of the value there stays there.
pub fn tell(name: &str, value: impl FnOnce() -> Vec<u8>) {
    let path = std::env::args().nth(2).expect("holder KIND TRUTH");
    // SAFETY: this process has one thread, so that its copy is whole.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("open the truth");
        let digits: String = value().iter().map(|byte| format!("{byte:02x}")).collect();
        let done = writeln!(file, "{name} {digits}");
        // SAFETY: ends the copy without the destructors of the original.
        unsafe { libc::_exit(i32::from(done.is_err())) }
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let waited = unsafe { libc::waitpid(child, &mut status, 0) };
    assert!(waited == child && status == 0, "the copy that writes the truth failed");
}

/// Fresh bytes of the operating system.
pub fn draw<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).expect("randomness");
    tell("key", || bytes.to_vec());
    bytes
}

/// Makes a key, uses it, and returns what holds it.
pub type Make = fn() -> Box<dyn Any>;

/// Runs the function of the kind that is asked for; what it returns is kept.
pub fn hold(kinds: &[(&str, Make)]) {
    let asked = std::env::args().nth(1).expect("holder KIND TRUTH");
    if asked == "--kinds" {
        kinds.iter().for_each(|(name, _)| println!("{name}"));
        return;
    }
    let (_, make) = kinds.iter().find(|(name, _)| *name == asked).expect("find the kind");
    let kept = make();
    println!("READY");
    std::io::stdout().flush().expect("say so");
    std::io::stdin().read_to_end(&mut Vec::new()).expect("wait");
    drop(kept);
}
