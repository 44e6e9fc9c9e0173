//! The walk through a file and all that is nested in it.

use super::expand::{Expanded, Stream, expand};
use super::item::Item;
use super::limits::{DEPTH_MAX, FAULTS_MAX, HOLE_BYTES_PER_BYTE, MEMBERS_MAX};
use crate::error::Error;
use crate::open::{self, head};
use crate::report::Subject;
use crate::source::limits::INPUT_BYTES_MAX;
use crate::source::{self, Source};
use crate::withheld::masked;
use coredact_dump::archive::{Archive, Content, Entry, Fault, Member, Packing, StoredFile};
use coredact_dump::container::{Compression, DecodeLimits};
use coredact_dump::{ReadAt, physical};
use coredact_record::render;
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use std::io::BufReader;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

/// How what is packed is opened.
#[derive(Debug)]
pub struct Unpacking<'a> {
    /// Folder for the encrypted spools of long members.
    pub spool_folder: &'a Path,
    /// What compressed members may expand to.
    pub limits: DecodeLimits,
}

/// Where items go; whoever has enough breaks.
type Each<'a, E> = &'a mut dyn FnMut(Item) -> Result<ControlFlow<()>, E>;

/// Gives a file to `each`: as it is, or, if it is an archive, member by member, and last what of it belongs to none.
///
/// # Errors
/// Those of the medium and of spools, and those of `each`.
pub fn unpack<E: From<Error>>(
    subject: Subject,
    source: Source,
    unpacking: &Unpacking<'_>,
    each: Each<'_, E>,
) -> Result<ControlFlow<()>, E> {
    let limits = &unpacking.limits;
    let left = source
        .length()
        .saturating_mul(limits.sparse_ratio_max)
        .max(limits.sparse_free_bytes)
        .min(limits.expanded_bytes_max);
    let file = Arc::new(source);
    let item = Item {
        subject,
        source: Arc::<Source>::clone(&file),
        unread: Vec::new(),
        is_member: false,
        rest: None,
        file,
    };
    Unpacker { unpacking, left, members: 0 }.open(item, 0, each)
}

/// What is left of the bounds on one file.
struct Unpacker<'a> {
    unpacking: &'a Unpacking<'a>,
    /// Bytes that members may still expand to.
    left: u64,
    members: u64,
}

/// Why nothing more is taken out of a file.
const TOO_LONG: &str =
    "what is packed in this file expands beyond the limit: if it is no bomb, allow more with --max-expanded";

impl Unpacker<'_> {
    fn open<E: From<Error>>(
        &mut self,
        mut item: Item,
        depth: usize,
        each: Each<'_, E>,
    ) -> Result<ControlFlow<()>, E> {
        let head = head(&*item.source);
        if physical::is_packed(&head) && depth < DEPTH_MAX && self.lay_out(&mut item).map_err(E::from)? {
            return self.open(item, depth + 1, each);
        }
        if open::is_dump(&head) {
            return each(item);
        }
        let packed = Packed::detect(&head);
        let archive = Archive::detect(&head).filter(|_| packed.is_none());
        if depth >= DEPTH_MAX && (packed.is_some() || archive.is_some()) {
            let why = format!("archives in archives are opened down to {DEPTH_MAX} levels");
            item.is_unread(0..item.source.length(), why);
            return each(item);
        }
        match (packed, archive) {
            (Some(packed), _) => self.packed(item, packed, depth, each),
            (_, Some(archive)) => self.archive(item, archive, depth, each),
            _ => each(item),
        }
    }

    /// A compressed file, which is what it holds.
    fn packed<E: From<Error>>(
        &mut self,
        mut item: Item,
        packed: Packed,
        depth: usize,
        each: Each<'_, E>,
    ) -> Result<ControlFlow<()>, E> {
        let length = item.source.length();
        let stream = Stream { source: Arc::clone(&item.source), at: 0, end: length };
        let expanded = self.expand(packed, stream).map_err(E::from)?;
        if let Some(fault) = expanded.fault {
            item.is_unread(0..length, fault);
        }
        // What cannot be expanded at all is searched as it is.
        let Some(content) = expanded.content else { return each(item) };
        item.source = content;
        let outer = item.subject.compression.take().map(|outer| outer + "+").unwrap_or_default();
        item.subject.compression = Some(outer + packed.extension());
        self.open(item, depth + 1, each)
    }

    /// Lays a dump of packed physical memory out in its plain form; false if it is plain, or cannot be.
    fn lay_out(&mut self, item: &mut Item) -> Result<bool, Error> {
        let mut limits = self.unpacking.limits;
        limits.expanded_bytes_max = limits.expanded_bytes_max.min(self.left);
        let length = item.source.length();
        let laid_out = match physical::expand(&item.source, &limits) {
            Ok(laid_out) => laid_out,
            Err(error) if source::Error::of(&error).is_some() => return Err(Error::read(error)),
            Err(error) => {
                item.is_unread(0..length, format!("its pages cannot be unpacked: {error}"));
                return Ok(false);
            }
        };
        let Some(laid_out) = laid_out else { return Ok(false) };
        let expanded = expand(laid_out.stream, self.left, self.unpacking.spool_folder)?;
        self.left = self.left.saturating_sub(expanded.length);
        if let Some(fault) = expanded.fault {
            item.is_unread(0..length, fault);
        }
        let Some(content) = expanded.content else { return Ok(false) };
        item.source = content;
        let outer = item.subject.compression.take().map(|outer| outer + "+").unwrap_or_default();
        item.subject.compression = Some(outer + laid_out.format);
        Ok(true)
    }

    fn expand(&mut self, packed: Packed, stream: Stream) -> Result<Expanded, Error> {
        let mut limits = self.unpacking.limits;
        limits.expanded_bytes_max = limits.expanded_bytes_max.min(self.left);
        let (length, folder) = (stream.end.saturating_sub(stream.at), self.unpacking.spool_folder);
        let (mut expanded, used) = match packed {
            // Its decoder reads to the end of the file, or says why not.
            Packed::Stream(compression) => {
                let decoder = compression.decoder(stream, &limits).map_err(Error::read)?;
                (expand(decoder, self.left, folder)?, length)
            }
            Packed::Zlib => {
                let mut decoder = ZlibDecoder::new(BufReader::new(stream));
                (expand(&mut decoder, self.left, folder)?, decoder.total_in())
            }
            Packed::Deflate => {
                let mut decoder = DeflateDecoder::new(BufReader::new(stream));
                (expand(&mut decoder, self.left, folder)?, decoder.total_in())
            }
        };
        self.left = self.left.saturating_sub(expanded.length);
        if used < length && expanded.fault.is_none() {
            expanded.fault = Some("something follows its packed bytes".to_owned());
        }
        Ok(expanded)
    }

    fn archive<E: From<Error>>(
        &mut self,
        mut item: Item,
        archive: Archive,
        depth: usize,
        each: Each<'_, E>,
    ) -> Result<ControlFlow<()>, E> {
        let source = Arc::clone(&item.source);
        let (mut owned, mut faults) = (Vec::new(), 0_usize);
        for entry in archive.walk(&*source) {
            let mut note = |item: &mut Item, range: Range<u64>, why: String| {
                faults += 1;
                if faults <= FAULTS_MAX {
                    item.is_unread(range, why);
                }
            };
            match entry.map_err(|error| E::from(Error::read(error)))? {
                Entry::Fault(Fault { range, why, is_hidden }) => {
                    if is_hidden {
                        own(&mut owned, range.clone());
                    }
                    note(&mut item, range, why);
                }
                Entry::Member(member) => {
                    self.members += 1;
                    if self.members > MEMBERS_MAX {
                        let rest = member.range.start..source.length();
                        note(&mut item, rest, format!("more than {MEMBERS_MAX} members are not opened"));
                        break;
                    }
                    let range = member.range.clone();
                    let is_stored = matches!(member.content, Content::Stored { .. });
                    match self.member(&item, &source, member).map_err(E::from)? {
                        Ok(None) => {}
                        Ok(Some(member)) => {
                            if self.open(member, depth + 1, each)?.is_break() {
                                return Ok(ControlFlow::Break(()));
                            }
                        }
                        Err(why) => {
                            note(&mut item, range.clone(), why);
                            // What is stored as it is can be searched where it stands.
                            if is_stored {
                                continue;
                            }
                        }
                    }
                    own(&mut owned, range);
                }
            }
        }
        if let Some(more) = faults.checked_sub(FAULTS_MAX).filter(|more| *more > 0) {
            item.is_unread(0..source.length(), format!("{more} more members were not read"));
        }
        item.rest = Some((archive.name(), unowned(source.length(), owned)));
        each(item)
    }

    /// A member as an item of its own; nothing if it is empty, or why it is not read.
    fn member(
        &mut self,
        archive: &Item,
        source: &Arc<dyn ReadAt>,
        member: Member,
    ) -> Result<Result<Option<Item>, String>, Error> {
        let Member { name, content, range } = member;
        let name = masked(&name);
        let too_long = || Ok(Err(format!("member {name}: {TOO_LONG}")));
        let mut fault = None;
        let content: Arc<dyn ReadAt> = match content {
            Content::Stored { length: 0, .. } => return Ok(Ok(None)),
            Content::Stored { length, parts } => {
                let there: u64 = parts.iter().map(|part| part.length).sum();
                let cost = there.saturating_add(length / HOLE_BYTES_PER_BYTE);
                let Some(left) = self.left.checked_sub(cost).filter(|_| length <= INPUT_BYTES_MAX) else {
                    return too_long();
                };
                self.left = left;
                Arc::new(StoredFile::new(Arc::clone(source), length, parts))
            }
            Content::Held(held) if held.length() == 0 => return Ok(Ok(None)),
            Content::Held(held) => {
                let Some(left) = self.left.checked_sub(held.length()) else { return too_long() };
                self.left = left;
                held.bytes()
            }
            Content::Packed { packing, length, crc32 } => {
                let stream = Stream { source: Arc::clone(source), at: range.start, end: range.end };
                let packed = match packing {
                    Packing::Deflate => Packed::Deflate,
                    Packing::Zlib => Packed::Zlib,
                    Packing::Stream(compression) => Packed::Stream(compression),
                };
                let expanded = self.expand(packed, stream)?;
                let differs = expanded.length != length || expanded.crc32 != crc32;
                let wrong = differs.then(|| "its length or checksum is not what the archive says".to_owned());
                fault = expanded.fault.or(wrong).map(|why| format!("member {name}: {why}"));
                match (expanded.content, &fault) {
                    (Some(content), _) => content,
                    (None, Some(why)) => return Ok(Err(why.clone())),
                    (None, None) => return Ok(Ok(None)),
                }
            }
        };
        let uri = |uri: &String| format!("{uri}!{}", render::uri(name.as_bytes()));
        let subject = Subject {
            name: format!("{}!{name}", archive.subject.name),
            uri: archive.subject.uri.as_ref().map(uri),
            compression: None,
            sha256: None,
        };
        let file = Arc::clone(&archive.file);
        let mut item =
            Item { subject, source: content, unread: Vec::new(), is_member: true, rest: None, file };
        if let Some(why) = fault {
            item.is_unread(0..item.source.length(), why);
        }
        Ok(Ok(Some(item)))
    }
}

/// Adds a range; one that follows the last takes no room.
fn own(owned: &mut Vec<Range<u64>>, range: Range<u64>) {
    match owned.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ if range.start < range.end => owned.push(range),
        _ => {}
    }
}

/// What of a file of `length` bytes no member owns. Members of a hostile archive may overlap.
fn unowned(length: u64, mut owned: Vec<Range<u64>>) -> Vec<Range<u64>> {
    owned.sort_unstable_by_key(|range| range.start);
    let (mut out, mut end) = (Vec::new(), 0);
    for range in owned.into_iter().chain(std::iter::once(length..length)) {
        if end < range.start {
            out.push(end..range.start);
        }
        end = end.max(range.end);
    }
    out
}

/// How bytes are packed.
#[derive(Clone, Copy)]
enum Packed {
    Stream(Compression),
    Zlib,
    Deflate,
}

impl Packed {
    /// What a whole file is packed in.
    fn detect(head: &[u8]) -> Option<Self> {
        Compression::detect(head).map(Self::Stream).or_else(|| open::is_zlib(head).then_some(Self::Zlib))
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Stream(compression) => compression.extension(),
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
        }
    }
}
