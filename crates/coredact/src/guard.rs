//! The tool handles secrets: it leaves no dump of its own.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Forbids core dumps of this process, and with it that others of the same user
/// read its memory.
pub(crate) fn keep_no_core() {
    // Lowering a limit of one's own needs no right; a kernel that refuses all
    // the same leaves what it was.
    let maximum = getrlimit(Resource::Core).maximum;
    let _refused = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
    let _refused = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
