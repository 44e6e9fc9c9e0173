//! Places that hold secrets by position: environment, arguments, random bytes of the process.

use super::directory::Directory;
use super::list::Reader;
use super::stream;
use crate::cursor::to_u64;
use crate::elf::Auxv;
use crate::error::Error;
use crate::memory::Memory;
use crate::strings;

/// Marks the values of `LinuxEnviron` and the arguments of `LinuxCmdLine`: texts that end in NUL, as `/proc/PID/environ` and
/// `/proc/PID/cmdline` have them.
///
/// # Errors
/// If the medium fails.
pub(super) fn texts(reader: &mut Reader<'_>, directory: &Directory) -> Result<(), Error> {
    for kind in [stream::LINUX_ENVIRON, stream::LINUX_CMD_LINE] {
        let Some(bytes) = reader.stream(directory, kind)? else { continue };
        let Some(found) = directory.find(kind) else { continue };
        let mut at = found.file.start;
        let mut option: Option<String> = None;
        for (index, text) in bytes.split(|byte| *byte == 0).enumerate() {
            let end = at.saturating_add(to_u64(text.len()));
            let (name, start) = strings::split(text);
            let value = at.saturating_add(to_u64(start))..end;
            if kind == stream::LINUX_ENVIRON {
                reader.annotations.mark(std::iter::once(value), "environment", name);
            } else if index > 0 {
                match name.filter(|name| name.starts_with('-')) {
                    Some(name) => reader.annotations.mark(std::iter::once(value), "argument", Some(name)),
                    None => reader.annotations.mark(std::iter::once(at..end), "argument", option.as_deref()),
                }
            }
            option = strings::option(text).map(str::to_owned);
            at = end.saturating_add(1);
        }
    }
    Ok(())
}

/// Marks the 16 bytes that `AT_RANDOM` of `LinuxAuxv` points to, if they were dumped.
///
/// # Errors
/// If the medium fails.
pub(super) fn random(
    reader: &mut Reader<'_>,
    directory: &Directory,
    memory: &Memory<'_>,
) -> Result<(), Error> {
    if let Some(bytes) = reader.stream(directory, stream::LINUX_AUXV)? {
        crate::elf::mark_random(memory, &Auxv::parse(&bytes), reader.annotations);
    }
    Ok(())
}
