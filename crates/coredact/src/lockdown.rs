//! The tool parses hostile files: what it never needs, the kernel refuses it.
//!
//! Landlock leaves it, and the debuggers it starts, nothing to write but the
//! folders of its outputs, and no network. Seccomp refuses what reaches into
//! other processes or the kernel. Both hold for this thread and all that it
//! starts, so they come before any other thread.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The newest Landlock interface that is asked for; an older kernel gives what it has.
const LANDLOCK: ABI = ABI::V6;

/// Devices that debuggers write to.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/tty"];

/// Address family of sockets between processes of one machine (`man 7 unix`);
/// every other family is refused.
const AF_UNIX: u64 = libc::AF_UNIX.unsigned_abs() as u64;

/// System calls that no offline tool needs: they read or steer other processes,
/// change what is mounted or loaded, or pass by the other checks.
const REFUSED: [libc::c_long; 38] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_settimeofday,
    libc::SYS_sethostname,
];

/// Locks the calling thread, and every thread and process that it starts from
/// now on, down to reading and to writing in `folders`. Gives what could not be
/// had, in sentences.
pub(crate) fn lock_down(folders: &[PathBuf]) -> Vec<String> {
    lock(folders, Network::Refused)
}

/// The same for the process that fetches objects: nothing to write, but the network.
pub(crate) fn lock_down_fetcher() -> Vec<String> {
    lock(&[], Network::Left)
}

/// Whether there is a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Refused,
    Left,
}

fn lock(folders: &[PathBuf], network: Network) -> Vec<String> {
    let mut missing = Vec::new();
    match confine(folders, network) {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => {}
        Ok(RulesetStatus::NotEnforced) => {
            missing.push("this kernel has no Landlock: writing is not confined to the outputs".to_owned());
        }
        Err(error) => missing.push(format!("writing is not confined to the outputs: {error}")),
    }
    if let Err(error) = refuse(network) {
        missing.push(format!("no system call is refused: {error}"));
    }
    missing
}

/// Landlock: writing beneath `folders` alone, no TCP, no signals and abstract
/// sockets to processes outside.
fn confine(folders: &[PathBuf], network: Network) -> Result<RulesetStatus, landlock::RulesetError> {
    let writing = AccessFs::from_write(LANDLOCK);
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(writing)?;
    if network == Network::Refused {
        rules = rules.handle_access(AccessNet::from_all(LANDLOCK))?;
    }
    let mut rules = rules.scope(Scope::from_all(LANDLOCK))?.create()?;
    for folder in folders {
        rules = allow(rules, folder, writing)?;
    }
    for device in DEVICES {
        rules = allow(rules, device, AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev)?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// Allows `access` beneath a path. One that does not exist allows nothing.
fn allow(
    rules: RulesetCreated,
    path: impl AsRef<std::path::Path>,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    match PathFd::new(path) {
        Ok(place) => rules.add_rule(PathBeneath::new(place, access)),
        Err(_) => Ok(rules),
    }
}

/// Seccomp: the calls above, and sockets of any family but one if there is no network, fail with `EPERM`.
fn refuse(network: Network) -> anyhow::Result<()> {
    let other_family = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, AF_UNIX)?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.into_iter().map(|call| (call, Vec::new())).collect();
    if network == Network::Refused {
        rules.insert(libc::SYS_socket, vec![SeccompRule::new(vec![other_family])?]);
    }
    let eperm = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, eperm, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests try what the kernel must refuse")]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::net::{TcpListener, UdpSocket};
    use std::process::Command;

    /// Runs `body` in a thread that is locked down, and only it.
    fn locked<T: Send>(folders: &[PathBuf], body: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let run = || {
                assert_eq!(lock_down(folders), Vec::<String>::new());
                body()
            };
            scope.spawn(run).join().unwrap()
        })
    }

    #[test]
    fn only_the_folders_named_can_be_written() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("old"), "kept").unwrap();
        locked(&[inside.path().to_owned(), outside.path().join("missing")], || {
            std::fs::write(inside.path().join("new"), "x").unwrap();
            std::fs::rename(inside.path().join("new"), inside.path().join("newer")).unwrap();
            assert_eq!(std::fs::read(outside.path().join("old")).unwrap(), b"kept");
            for result in [
                std::fs::write(outside.path().join("new"), "x"),
                std::fs::write(outside.path().join("old"), "x"),
                std::fs::remove_file(outside.path().join("old")),
                std::fs::rename(inside.path().join("newer"), outside.path().join("moved")),
            ] {
                assert!(result.is_err());
            }
        });
        assert_eq!(std::fs::read(outside.path().join("old")).unwrap(), b"kept");
    }

    #[test]
    fn there_is_no_network() {
        let folder = tempfile::tempdir().unwrap();
        locked(&[folder.path().to_owned()], || {
            for error in [TcpListener::bind("127.0.0.1:0").err(), UdpSocket::bind("127.0.0.1:0").err()] {
                assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::PermissionDenied));
            }
            assert!(std::os::unix::net::UnixStream::pair().is_ok());
        });
    }

    #[test]
    fn the_fetcher_has_the_network_and_nothing_to_write() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let run = || {
                assert_eq!(lock_down_fetcher(), Vec::<String>::new());
                assert!(TcpListener::bind("127.0.0.1:0").is_ok());
                assert!(std::fs::write(folder.path().join("new"), "x").is_err());
            };
            scope.spawn(run).join().unwrap();
        });
    }

    #[test]
    fn children_are_locked_down_too() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let outside = outside.path().join("new");
        locked(&[inside.path().to_owned()], || {
            let script = format!("echo x > /dev/null && ! echo x > {}", outside.display());
            assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
        });
        assert!(!outside.exists());
    }
}
