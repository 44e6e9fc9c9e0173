//! A heap dump, reduced to what must not change.

use super::stream::{Stream, number};
use super::walk::{Item, Walk, width};
use crate::fault::{Fault, Named};
use crate::limits::{CHUNK_BYTES, HPROF_CLASSES_MAX, HPROF_FIELDS_MAX, HPROF_INSTANCE_BYTES_MAX};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Superclasses of one class.
const DEPTH_MAX: usize = 256;

/// Instances and their bytes, of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) instances: u64,
    pub(super) bytes: u64,
}

/// A heap dump, as far as the judge needs it.
#[derive(Debug)]
pub(crate) struct Dump {
    /// SHA-256 of all that is structure: tags, lengths, identifiers, references, layouts of classes.
    pub(super) structure: [u8; 32],
    /// Bytes that it is of.
    pub(super) structure_bytes: u64,
    /// Instances by class; arrays of references by their class, of primitive types by type.
    pub(super) histogram: BTreeMap<(&'static str, u64), Count>,
    /// Digests of the names of classes, by identifier of the string.
    pub(super) names: BTreeMap<u64, [u8; 32]>,
    /// Instances whose class is not in the dump.
    pub(super) unknown: u64,
    /// Places where something was not understood.
    pub(super) strange: u64,
}

/// What the first reading learns.
#[derive(Default)]
struct Known {
    classes: BTreeMap<u64, (u64, Vec<u8>)>,
    fields: usize,
    names: BTreeSet<u64>,
    texts: BTreeMap<u64, Range<u64>>,
}

impl Dump {
    /// Reads a heap dump; none if the file does not begin like one.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        let Some((first, id)) = header(dump)? else { return Ok(None) };
        let known = learn(dump, first, id)?;
        let mut out = Self {
            structure: [0; 32],
            structure_bytes: first,
            histogram: BTreeMap::new(),
            names: BTreeMap::new(),
            unknown: 0,
            strange: 0,
        };
        let mut digest = Sha256::new();
        digest.update(dump.take(0, first)?);
        let mut reader = Stream::new(dump, 0);
        let visit = |item: Item| out.count(item, &known, id, &mut digest, &mut reader);
        Walk { stream: Stream::new(dump, first), id, visit }.run()?;
        out.structure = digest.finalize().into();
        for (text, place) in known.texts {
            let bytes = place.end.saturating_sub(place.start).min(CHUNK_BYTES as u64);
            out.names.insert(text, Sha256::digest(dump.take(place.start, bytes)?).into());
        }
        Ok(Some(out))
    }

    fn count(
        &mut self,
        item: Item,
        known: &Known,
        id: usize,
        digest: &mut Sha256,
        reader: &mut Stream<'_>,
    ) -> Result<(), Fault> {
        let mut add = |what: &'static str, class: u64, bytes: u64| {
            if self.histogram.len() < HPROF_CLASSES_MAX {
                let count = self.histogram.entry((what, class)).or_default();
                count.instances = count.instances.saturating_add(1);
                count.bytes = count.bytes.saturating_add(bytes);
            }
        };
        match item {
            Item::Structure(range) => {
                self.structure_bytes = self.structure_bytes.saturating_add(range.end - range.start);
                structure(range, digest, reader)?;
            }
            Item::Instance { class, fields } => {
                let length = fields.end.saturating_sub(fields.start);
                add("instances", class, length);
                if length > HPROF_INSTANCE_BYTES_MAX {
                    return Err(Fault::Limit(format!(
                        "an object of more than {HPROF_INSTANCE_BYTES_MAX} bytes"
                    )));
                }
                reader.at = fields.start;
                let bytes = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?.unwrap_or_default();
                match known.references(class, bytes, id) {
                    Some(references) => references.iter().for_each(|one| digest.update(one)),
                    None => self.unknown = self.unknown.saturating_add(1),
                }
            }
            Item::References { class, bytes } => add("arrays of references", class, bytes),
            Item::Elements { kind, bytes } => add("arrays", u64::from(kind), bytes),
            Item::Strange => self.strange = self.strange.saturating_add(1),
            Item::Text { .. } | Item::ClassName { .. } | Item::Class { .. } => {}
        }
        Ok(())
    }
}

impl Known {
    /// The references among the fields of an instance; none if its classes are not known or say otherwise.
    fn references<'a>(&self, class: u64, bytes: &'a [u8], id: usize) -> Option<Vec<&'a [u8]>> {
        let (mut at, mut out, mut class) = (0_usize, Vec::new(), class);
        for _ in 0..DEPTH_MAX {
            let (parent, fields) = self.classes.get(&class)?;
            for kind in fields {
                let wide = if *kind == 2 { id } else { usize::try_from(width(*kind)?).ok()? };
                let field = bytes.get(at..at.checked_add(wide)?)?;
                if *kind == 2 {
                    out.push(field);
                }
                at += wide;
            }
            if *parent == 0 {
                return (at == bytes.len()).then_some(out);
            }
            class = *parent;
        }
        None
    }
}

/// Digests bytes of the file.
fn structure(range: Range<u64>, digest: &mut Sha256, reader: &mut Stream<'_>) -> Result<(), Fault> {
    reader.at = range.start;
    while reader.at < range.end {
        let left = usize::try_from(range.end - reader.at).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        match reader.take(left)? {
            Some(bytes) => digest.update(bytes),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The classes of a dump, and where the names of classes stand.
fn learn(dump: Named<'_>, first: u64, id: usize) -> Result<Known, Fault> {
    let mut known = Known::default();
    let visit = |item: Item| {
        match item {
            Item::Class { id, parent, fields } => {
                known.fields = known.fields.saturating_add(fields.len());
                known.classes.entry(id).or_insert((parent, fields));
            }
            Item::ClassName { text } => {
                known.names.insert(text);
            }
            _ => {}
        }
        if known.classes.len().max(known.names.len()) > HPROF_CLASSES_MAX || known.fields > HPROF_FIELDS_MAX {
            return Err(Fault::Limit(format!("more than {HPROF_CLASSES_MAX} classes")));
        }
        Ok(())
    };
    Walk { stream: Stream::new(dump, first), id, visit }.run()?;
    let names = std::mem::take(&mut known.names);
    let texts = &mut known.texts;
    let visit = |item: Item| {
        if let Item::Text { id, characters } = item
            && names.contains(&id)
        {
            texts.insert(id, characters);
        }
        Ok(())
    };
    Walk { stream: Stream::new(dump, first), id, visit }.run()?;
    Ok(known)
}

/// Where the records begin, and how long identifiers are; none if this is something else.
fn header(dump: Named<'_>) -> Result<Option<(u64, usize)>, Fault> {
    let head = dump.take(0, dump.length().min(64))?;
    if !head.starts_with(b"JAVA PROFILE 1.0") {
        return Ok(None);
    }
    let parse = || {
        let end = head.iter().position(|byte| *byte == 0)?;
        let size = number(head.get(end + 1..end + 5)?);
        let first = u64::try_from(end + 13).ok().filter(|first| *first <= dump.length())?;
        Some((first, usize::try_from(size).ok().filter(|size| matches!(size, 4 | 8))?))
    };
    let what = || "its header says no length of identifiers".to_owned();
    parse().map(Some).ok_or_else(|| Fault::Parse { which: dump.which, what: what() })
}
