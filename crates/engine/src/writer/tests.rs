//! Nothing stands under an output's name before it is complete, whatever fails.

use super::target::Target;
use super::writer::Medium;
use super::{Draft, Error, Publication, Writer, publish_document, unnamed};
use coredact_dump::ReadAt;
use proptest::prelude::*;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Everything in a draft, as a verifier reads it.
fn content(draft: &Draft) -> Vec<u8> {
    let mut bytes = vec![1; usize::try_from(draft.length()).unwrap()];
    draft.read_exact_at(0, &mut bytes).unwrap();
    bytes
}

/// Makes a writer over an unnamed file, or over a hidden one as on a file system without unnamed files.
fn writer(output: &Path, force: bool, hidden: bool) -> Result<Writer, Error> {
    if !hidden {
        return Writer::create(output, force);
    }
    let target = Target::create_by(output, force, |folder| unnamed::named(folder, unnamed::PRIVATE))?;
    let medium = target.file.try_clone().unwrap();
    Ok(Writer::over(target, Box::new(medium)))
}

fn draft(output: &Path, force: bool, hidden: bool, bytes: &[u8]) -> Draft {
    let mut writer = writer(output, force, hidden).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn the_output_appears_complete_and_private() {
    for hidden in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        let draft = draft(&output, false, hidden, b"content");
        assert!(!output.exists());
        assert_eq!(b"content"[..], content(&draft));
        draft.publish().unwrap();
        assert_eq!(b"content", &std::fs::read(&output).unwrap()[..]);
        assert_eq!(0o600, std::fs::metadata(&output).unwrap().permissions().mode() & 0o777);
        assert_eq!(["clean"], names_in(folder.path())[..]);
    }
}

#[test]
fn a_dropped_writer_or_draft_leaves_nothing() {
    for hidden in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        drop(writer(&output, false, hidden).unwrap());
        drop(draft(&output, false, hidden, b"content"));
        assert!(names_in(folder.path()).is_empty());
    }
}

#[test]
fn an_existing_output_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("clean");
    draft(&output, false, false, b"first").publish().unwrap();
    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink("/nowhere", &dangling).unwrap();
    for existing in [&output, &dangling] {
        assert!(matches!(Writer::create(existing, false), Err(Error::Exists { .. })));
    }
    assert!(matches!(Writer::create(folder.path(), true), Err(Error::Folder { .. })));
    assert_eq!(b"first", &std::fs::read(&output).unwrap()[..]);
}

#[test]
fn an_output_that_appears_meanwhile_is_not_overwritten() {
    for hidden in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        let second = draft(&output, false, hidden, b"second");
        draft(&output, false, false, b"first").publish().unwrap();
        assert!(matches!(second.publish(), Err(Error::Exists { .. })));
        assert_eq!(b"first", &std::fs::read(&output).unwrap()[..]);
        assert_eq!(["clean"], names_in(folder.path())[..]);
    }
}

#[test]
fn force_replaces_in_one_step() {
    for hidden in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        draft(&output, false, hidden, b"first").publish().unwrap();
        let second = draft(&output, true, hidden, b"second");
        assert_eq!(b"first", &std::fs::read(&output).unwrap()[..]);
        second.publish().unwrap();
        assert_eq!(b"second", &std::fs::read(&output).unwrap()[..]);
        assert_eq!(["clean"], names_in(folder.path())[..]);
    }
}

#[test]
fn force_replaces_a_link_and_not_what_it_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input"), folder.path().join("clean"));
    draft(&input, false, false, b"precious").publish().unwrap();
    std::os::unix::fs::symlink(&input, &output).unwrap();
    draft(&output, true, false, b"clean").publish().unwrap();
    assert_eq!(b"precious", &std::fs::read(&input).unwrap()[..]);
    assert_eq!(b"clean", &std::fs::read(&output).unwrap()[..]);
}

#[test]
fn a_folder_that_takes_the_name_meanwhile_is_kept() {
    for hidden in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        let draft = draft(&output, true, hidden, b"content");
        std::fs::create_dir(&output).unwrap();
        assert!(matches!(draft.publish(), Err(Error::Folder { .. })));
        assert_eq!(["clean"], names_in(folder.path())[..]);
    }
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Writer::create(&folder.path().join("no").join("clean"), false).unwrap_err();
    assert!(matches!(&fault, Error::NoFolder { folder: missing, .. } if missing.ends_with("no")), "{fault}");
    for path in ["", "/", "..", "some/", "some/."] {
        assert!(matches!(Writer::create(Path::new(path), true), Err(Error::Folder { .. })), "{path}");
    }
}

#[test]
fn a_folder_that_is_removed_meanwhile_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let draft = draft(&inner.join("clean"), false, false, b"content");
    std::fs::remove_dir(&inner).unwrap();
    assert!(matches!(draft.publish(), Err(Error::Io { .. })));
}

/// A disk whose n-th operation fails, counted from zero.
struct Failing {
    file: File,
    operations: Arc<AtomicUsize>,
    failing: usize,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        match self.operations.fetch_add(1, Ordering::Relaxed) == self.failing {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl Medium for Failing {
    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        Medium::write_all_at(&self.file, offset, bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.step()?;
        self.file.set_length(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.step()?;
        self.file.sync()
    }
}

/// Writes several blocks to a disk that fails once; errors of single writes are
/// swallowed if `careless`, as a faulty encoder might.
fn write_to_failing_disk(output: &Path, failing: usize, careless: bool) -> Result<(), Error> {
    let target = Target::create(output, false, unnamed::PRIVATE)?;
    let file = target.file.try_clone().unwrap();
    let medium = Failing { file, operations: Arc::default(), failing };
    let mut writer = Writer::over(target, Box::new(medium));
    for block in 0..4_u8 {
        let result = writer.write_all(&vec![block + 1; 700_000]);
        if !careless {
            result.map_err(|error| writer.explain(error))?;
        }
    }
    writer.finish()?.publish()
}

#[test]
fn a_disk_that_fails_at_any_operation_publishes_nothing() {
    for careless in [false, true] {
        let mut failing = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            let output = folder.path().join("clean");
            match write_to_failing_disk(&output, failing, careless) {
                Ok(()) => break,
                Err(fault) if careless => drop(fault),
                Err(fault) => assert!(matches!(fault, Error::Full { .. }), "operation {failing}: {fault:?}"),
            }
            assert!(names_in(folder.path()).is_empty(), "operation {failing}");
            failing += 1;
        }
        assert!(failing > 4, "writes, length and sync were reached");
    }
}

#[test]
fn what_a_killed_run_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "what is found there was not made by a writer")]
    let put = |name: &str| std::fs::write(folder.path().join(name), b"x").unwrap();
    let abandoned = [".coredact-0123456789abcdef.part", ".coredact-ffffffffffffffff.part"];
    let others = [
        ".coredact-0123456789abcdef",
        ".coredact-0123456789abcdef.part.txt",
        ".coredact-0123456789ABCDEF.part",
        ".coredact-123.part",
        "coredact-0123456789abcdef.part",
        "x.coredact-0123456789abcdef.part",
    ];
    abandoned.iter().chain(&others).for_each(|name| put(name));
    // A link, a folder and a pipe are none of ours, whatever their name.
    let at = |digit: char| folder.path().join(format!(".coredact-{}.part", digit.to_string().repeat(16)));
    std::os::unix::fs::symlink("x.coredact-0123456789abcdef.part", at('1')).unwrap();
    std::fs::create_dir(at('2')).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, at('3'), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    let before = names_in(folder.path());
    // These still write.
    let living = draft(&folder.path().join("living"), false, true, b"living");
    let other = writer(&folder.path().join("other"), false, true).unwrap();
    let with_living = names_in(folder.path());
    assert_eq!(with_living.len(), before.len() + 2 - abandoned.len(), "{with_living:?}");

    draft(&folder.path().join("clean"), false, false, b"clean").publish().unwrap();
    living.publish().unwrap();
    drop(other);
    let kept = |name: &String| !abandoned.contains(&name.as_str());
    let mut expected: Vec<String> = before.into_iter().filter(kept).collect();
    expected.extend(["clean".to_owned(), "living".to_owned()]);
    expected.sort();
    assert_eq!(names_in(folder.path()), expected);
    assert_eq!(std::fs::read(folder.path().join("living")).unwrap(), b"living");
}

#[test]
fn refused_link_is_told_with_a_next_step() {
    use rustix::io::Errno;
    for errno in [Errno::PERM, Errno::ACCESS, Errno::OPNOTSUPP] {
        let error = Error::new(super::error::PUBLISH, Path::new("clean"), errno.into());
        assert!(matches!(error, Error::NotNamed { .. }), "{error:?}");
        assert!(error.to_string().contains("choose another folder"), "{error}");
    }
    for errno in [Errno::PERM, Errno::ACCESS, Errno::ROFS] {
        let error = Error::new("write", Path::new("clean"), errno.into());
        assert!(matches!(error, Error::Permission { .. }), "{error:?}");
    }
    for errno in [Errno::NOSPC, Errno::DQUOT, Errno::FBIG] {
        let error = Error::new("write", Path::new("clean"), errno.into());
        assert!(matches!(error, Error::Full { .. }), "{error:?}");
    }
}

#[test]
fn a_full_disk_is_told_with_a_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::create(&folder.path().join("clean"), false, unnamed::PRIVATE).unwrap();
    // `/dev/full` refuses every write with ENOSPC (full(4)).
    #[expect(clippy::disallowed_methods, reason = "the medium of a test")]
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut writer = Writer::over(target, Box::new(full));
    let error = writer.write_all(&vec![1; 2 << 20]).unwrap_err();
    let text = writer.explain(error).to_string();
    assert!(text.contains("clean") && text.contains("free some"), "{text}");
    assert!(writer.finish().is_err());
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_draft_can_be_read_back_and_opened_by_a_child() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(&folder.path().join("clean"), false, false, b"content");
    let mut bytes = [0; 4];
    draft.read_exact_at(3, &mut bytes).unwrap();
    assert_eq!((*b"tent", 7), (bytes, draft.length()));
    assert!(draft.read_exact_at(4, &mut bytes).is_err());
    let mut text = String::new();
    draft.reader().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!("content", text);
    let file = draft.for_child().unwrap();
    let child = std::process::Command::new("cat").arg(file.path()).output().unwrap();
    assert_eq!(b"content", &child.stdout[..]);
}

#[test]
fn nothing_but_a_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(matches!(Writer::create(&socket, true), Err(Error::NotRegular { .. })));
    // As /dev/stdout is: what it leads to is not the point.
    for (name, target) in [("to-socket", "socket"), ("stdout", "/proc/self/fd/1"), ("null", "/dev/null")] {
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(target, &link).unwrap();
        for force in [false, true] {
            assert!(matches!(Writer::check(&link, force), Err(Error::NotRegular { .. })), "{name}");
        }
        #[expect(clippy::disallowed_methods, reason = "a link of this test")]
        std::fs::remove_file(link).unwrap();
    }
    let long = folder.path().join("x".repeat(300));
    assert!(matches!(Writer::check(&long, true), Err(Error::BadName { .. })));
    // The name is taken by a socket after the work has begun.
    let late = folder.path().join("late");
    let draft = draft(&late, true, false, b"content");
    let _listener = std::os::unix::net::UnixListener::bind(&late).unwrap();
    assert!(draft.publish().is_err());
    assert_eq!(["late", "socket"], names_in(folder.path())[..]);
}

#[test]
fn documents_are_published_before_the_dump() {
    let folder = tempfile::tempdir().unwrap();
    let (report, seal, clean) =
        (folder.path().join("report"), folder.path().join("seal"), folder.path().join("clean"));
    let dump = draft(&clean, false, false, b"dump");
    let mut publication = Publication::new();
    publication.document(&report, b"report", false).unwrap();
    publication.document(&seal, b"seal", false).unwrap();
    assert!(names_in(folder.path()).is_empty());
    // The second document's name is taken meanwhile: the dump must not appear.
    publish_document(&seal, b"other", false).unwrap();
    assert!(matches!(publication.publish(Some(dump)), Err(Error::Exists { .. })));
    assert_eq!(["report", "seal"], names_in(folder.path())[..]);

    let mut publication = Publication::new();
    publication.document(&report, b"new report", true).unwrap();
    publication.publish(Some(draft(&clean, false, false, b"dump"))).unwrap();
    assert_eq!(["clean", "report", "seal"], names_in(folder.path())[..]);
    assert_eq!(b"new report", &std::fs::read(&report).unwrap()[..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn content_and_length_are_those_written(
        parts in prop::collection::vec((0..3_000_000_usize, prop::bool::ANY), 0..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("clean");
        let mut writer = Writer::create(&output, false).unwrap();
        let mut expected = Vec::new();
        for (length, zero) in parts {
            let part: Vec<u8> = (0..length).map(|i| if zero { 0 } else { (i / 9).to_le_bytes()[0] }).collect();
            writer.write_all(&part).unwrap();
            expected.extend(part);
        }
        let draft = writer.finish().unwrap();
        prop_assert_eq!(expected.len() as u64, draft.length());
        prop_assert!(expected == content(&draft));
        draft.publish().unwrap();
        prop_assert!(expected == std::fs::read(&output).unwrap());
    }
}
