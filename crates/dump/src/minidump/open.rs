//! From a file to an image.

use super::claim::Claims;
use super::context::{Processor, READ_BYTES};
use super::directory::Directory;
use super::list::{Module, Reader, Thread as Listed};
use super::rights::Rights;
use super::{FORMAT, crashpad, image, mark, stream};
use crate::annotation::Annotations;
use crate::cursor::to_usize;
use crate::error::Error;
use crate::image::{AddressMap, Image, Mapping, Thread};
use crate::limits::{MAPPINGS_MAX, PATH_BYTES_MAX};
use crate::memory::Memory;
use crate::read::ReadAt;
use crate::stacks::Stacks;
use std::collections::BTreeSet;
use std::ops::Range;

/// Reads the structure of a minidump. Its bytes stay in the file.
///
/// # Errors
/// If this is no minidump, if it ends before the end of its directory, or if the medium fails. Whatever else is wrong is
/// remarked, and the bytes concerned are still owned by a space of the image.
pub fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let directory = Directory::read(source)?;
    let mut annotations = Annotations::new(FORMAT);
    let mut reader = Reader { source, annotations: &mut annotations };
    let processor = Processor::of(reader.stream(&directory, stream::SYSTEM_INFO)?.as_deref());
    let listed = reader.threads(&directory)?;
    let exception = reader.exception(&directory)?;
    let modules = reader.modules(&directory)?;
    let memory = reader.memory(&directory)?;
    let names = reader.names(&directory)?;
    let annotated = crashpad::read(&mut reader, &directory)?;
    let mut rights = Rights::default();
    rights.add_info(&reader.memory_info(&directory)?);
    let maps = reader.stream(&directory, stream::LINUX_MAPS)?;
    let mut mappings = maps.map(|text| rights.add_maps(&text)).unwrap_or_default();
    if mappings.is_empty() {
        mappings = files(&reader, &modules)?;
    }
    rights.add_modules(&modules);
    rights.add_sections(image::sections(&reader, &modules, &memory)?);
    rights.add_code(program_counters(&reader, processor, &listed)?);
    rights.finish();
    mark::texts(&mut reader, &directory)?;

    let mut claims = Claims::new(&mut reader);
    claims.structure(&directory);
    for (thread, context) in exception.iter().cloned() {
        claims.context(processor, thread, &context);
    }
    for thread in &listed {
        claims.context(processor, thread.id, &thread.context);
    }
    claims.memory(&rights, &listed, &memory);
    claims.names(&modules, &names)?;
    for (range, name) in &annotated {
        claims.text(range, name, None);
    }
    let spaces = claims.finish();
    let addresses = AddressMap::new(&spaces);
    let of_process = Memory::new(FORMAT, source, &addresses);
    mark::random(&mut reader, &directory, &of_process)?;
    of_process.finish()?;
    let threads = threads(&reader, processor, &listed, exception.as_ref(), &Stacks::of(&spaces))?;
    let everything: Vec<_> = listed.iter().map(|thread| thread.stack.clone()).chain(memory).collect();
    let (missing_bytes, missing) = annotations.missing(source.length());
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image {
        format: "minidump",
        machine: processor.machine(),
        file_length: source.length(),
        mapped: rights.mapped(&everything),
        spaces,
        protected,
        ignored_pointer_bits: 0,
        mappings,
        threads,
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
        members: Vec::new(),
        joints_left: 0,
        addresses,
    })
}

/// Where the threads stand.
fn program_counters(reader: &Reader<'_>, processor: Processor, listed: &[Listed]) -> Result<Vec<u64>, Error> {
    let mut counters = Vec::new();
    for thread in listed {
        let bytes = reader.bytes("context", &thread.context, READ_BYTES)?;
        let layout = processor.layout(crate::spaces::length(&thread.context));
        counters.extend(layout.and_then(|layout| layout.pointers(&bytes)).map(|(counter, _)| counter));
    }
    counters.sort_unstable();
    Ok(counters)
}

/// The modules as mapped files.
fn files(reader: &Reader<'_>, modules: &[Module]) -> Result<Vec<Mapping>, Error> {
    let mut mappings = Vec::new();
    for module in modules.iter().take(to_usize(MAPPINGS_MAX)) {
        let Some(place) = reader.string(module.name)? else { continue };
        let text = place.start.saturating_add(4)..place.end.saturating_sub(2);
        let bytes = reader.bytes("module name", &text, PATH_BYTES_MAX)?;
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        mappings.push(Mapping {
            range: module.base..module.base.saturating_add(module.size),
            file_offset: 0,
            path: String::from_utf16_lossy(&units),
        });
    }
    Ok(mappings)
}

/// The threads as they were running: the one that failed as its exception says.
fn threads(
    reader: &Reader<'_>,
    processor: Processor,
    listed: &[Listed],
    exception: Option<&(u32, Range<u64>)>,
    stacks: &Stacks,
) -> Result<Vec<Thread>, Error> {
    let mut known = BTreeSet::new();
    let mut threads: Vec<Thread> = Vec::new();
    for thread in listed.iter().filter(|thread| known.insert(thread.id)) {
        let failed = exception.filter(|(id, context)| *id == thread.id && !context.is_empty());
        let context = failed.map_or(&thread.context, |(_, context)| context);
        let bytes = reader.bytes("context", context, READ_BYTES)?;
        let layout = processor.layout(crate::spaces::length(context));
        let Some((program_counter, stack_pointer)) = layout.and_then(|layout| layout.pointers(&bytes)) else {
            continue;
        };
        threads.push(Thread {
            id: thread.id,
            program_counter,
            stack_pointer,
            thread_pointer: None,
            stack: stacks.live(stack_pointer, processor.machine()),
        });
    }
    Ok(threads)
}
