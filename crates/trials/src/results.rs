//! What trials measured.

/// Prints one line of results, which a test runner shows when asked to.
#[expect(clippy::print_stdout, reason = "the results of a trial are its output")]
pub fn say(line: &str) {
    println!("{line}");
}
