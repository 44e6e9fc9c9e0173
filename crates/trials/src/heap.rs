//! A small reader of heap dumps that shares no code with coredact: what a heap histogram shows, and who refers to whom.
//! Whoever opens a clean dump in a tool must see the same of it as before.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// What tools show of a heap.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heap {
    /// Instances and their bytes, by the name of the class or array.
    pub histogram: BTreeMap<String, (u64, u64)>,
    /// Identifier of each object, its class, and what it refers to.
    pub references: Vec<(u64, u64, Vec<u64>)>,
    /// Roots by tag.
    pub roots: BTreeMap<u8, u64>,
}

/// A class: superclass, types of fields.
type Class = (u64, Vec<u8>);

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    id: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self
            .bytes
            .get(self.at..self.at + count)
            .with_context(|| format!("the dump ends at {}", self.at))?;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64> {
        Ok(self.take(bytes)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn size(&mut self, bytes: usize) -> Result<usize> {
        usize::try_from(self.number(bytes)?).context("read a length")
    }

    fn identifier(&mut self) -> Result<u64> {
        self.number(self.id)
    }

    fn width(&self, kind: u8) -> Result<usize> {
        Ok(match kind {
            2 => self.id,
            4 | 8 => 1,
            5 | 9 => 2,
            6 | 10 => 4,
            7 | 11 => 8,
            other => bail!("{other} is no type"),
        })
    }
}

/// Names by which arrays of primitive types are counted, from `boolean` (4) to `long` (11).
const TYPES: [&str; 8] = ["boolean", "char", "float", "double", "byte", "short", "int", "long"];

/// Reads a heap dump with identifiers of 4 or 8 bytes and lengths that fit.
///
/// # Errors
/// If anything in it is not as documented.
pub fn read(bytes: &[u8]) -> Result<Heap> {
    ensure!(bytes.starts_with(b"JAVA PROFILE 1.0."), "this is no heap dump");
    let end = bytes.iter().position(|byte| *byte == 0).context("find the end of the name")?;
    let mut reader = Reader { bytes, at: end + 1, id: 8 };
    reader.id = reader.size(4)?;
    reader.take(8)?;
    let (mut texts, mut names, mut classes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut objects = Vec::new();
    let mut heap = Heap::default();
    while reader.at < bytes.len() {
        let tag = reader.number(1)?;
        reader.take(4)?;
        let length = reader.size(4)?;
        let end = reader.at + length;
        match tag {
            1 => {
                let id = reader.identifier()?;
                texts.insert(id, String::from_utf8_lossy(reader.take(end - reader.at)?).into_owned());
            }
            2 => {
                reader.take(4)?;
                let class = reader.identifier()?;
                reader.take(4)?;
                names.insert(class, reader.identifier()?);
            }
            0x0c | 0x1c => {
                while reader.at < end {
                    object(&mut reader, &mut classes, &mut objects, &mut heap)?;
                }
            }
            _ => {}
        }
        reader.at = end;
    }
    let name = |class: &u64| names.get(class).and_then(|text| texts.get(text)).cloned();
    for (id, class, at, length) in objects {
        let count = heap.histogram.entry(name(&class).unwrap_or_default()).or_default();
        *count = (count.0 + 1, count.1 + length as u64);
        reader.at = at;
        let references = fields(&mut reader, &classes, class)?;
        ensure!(reader.at == at + length, "the fields of object {id:#x} do not add up");
        heap.references.push((id, class, references));
    }
    Ok(heap)
}

/// The references among the fields of an object.
fn fields(reader: &mut Reader<'_>, classes: &BTreeMap<u64, Class>, mut class: u64) -> Result<Vec<u64>> {
    let mut out = Vec::new();
    while class != 0 {
        let (parent, kinds) = classes.get(&class).context("find a class")?;
        for kind in kinds {
            if *kind == 2 {
                out.push(reader.identifier()?);
            } else {
                reader.take(reader.width(*kind)?)?;
            }
        }
        class = *parent;
    }
    Ok(out)
}

/// Reads one sub-record. Objects are kept for later: their classes may follow.
fn object(
    reader: &mut Reader<'_>,
    classes: &mut BTreeMap<u64, Class>,
    objects: &mut Vec<(u64, u64, usize, usize)>,
    heap: &mut Heap,
) -> Result<()> {
    let tag = u8::try_from(reader.number(1)?)?;
    let id = reader.identifier()?;
    let rest = match tag {
        0x20 => return class(reader, id, classes, heap),
        0x21 => {
            reader.take(4)?;
            let class = reader.identifier()?;
            let length = reader.size(4)?;
            objects.push((id, class, reader.at, length));
            length
        }
        0x22 => {
            reader.take(4)?;
            let count = reader.size(4)?;
            let class = reader.identifier()?;
            let all = (0..count).map(|_| reader.identifier()).collect::<Result<Vec<_>>>()?;
            let entry = heap.histogram.entry(format!("array {class:#x}")).or_default();
            *entry = (entry.0 + 1, entry.1 + count as u64);
            heap.references.push((id, class, all));
            0
        }
        0x23 => {
            reader.take(4)?;
            let count = reader.size(4)?;
            let kind = u8::try_from(reader.number(1)?)?;
            let name = TYPES.get(usize::from(kind.wrapping_sub(4))).context("name a type")?;
            let entry = heap.histogram.entry(format!("{name}[]")).or_default();
            *entry = (entry.0 + 1, entry.1 + count as u64);
            count * reader.width(kind)?
        }
        0xc3 => 9,
        0x01 => reader.id,
        0x02 | 0x03 | 0x08 | 0x8e => 8,
        0x04 | 0x06 => 4,
        // The number of the heap is no identifier.
        0xfe => 4,
        0x05 | 0x07 | 0x89..=0x8d | 0x90 | 0xff => 0,
        other => bail!("{other:#x} is no sub-record"),
    };
    if !matches!(tag, 0x20..=0x23 | 0xc3) {
        *heap.roots.entry(tag).or_default() += 1;
    }
    reader.take(rest)?;
    Ok(())
}

fn class(
    reader: &mut Reader<'_>,
    id: u64,
    classes: &mut BTreeMap<u64, Class>,
    heap: &mut Heap,
) -> Result<()> {
    reader.take(4)?;
    let parent = reader.identifier()?;
    let mut references = vec![parent];
    for _ in 0..5 {
        references.push(reader.identifier()?);
    }
    reader.take(4)?;
    for key in [2, reader.id] {
        for _ in 0..reader.number(2)? {
            reader.take(key)?;
            let kind = u8::try_from(reader.number(1)?)?;
            if kind == 2 {
                references.push(reader.identifier()?);
            } else {
                reader.take(reader.width(kind)?)?;
            }
        }
    }
    let mut kinds = Vec::new();
    for _ in 0..reader.number(2)? {
        reader.take(reader.id)?;
        kinds.push(u8::try_from(reader.number(1)?)?);
    }
    classes.insert(id, (parent, kinds));
    heap.references.push((id, 0, references));
    Ok(())
}
