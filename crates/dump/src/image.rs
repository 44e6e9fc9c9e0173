//! The unified view of a dump: spaces that detectors scan, and what must stay.

pub use crate::address::AddressMap;
use crate::container::Foreign;
use crate::cursor::grouped;
use crate::text::Said;
pub use crate::weave::{Content, Part, Weave};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Processor of the dumped process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// AArch64.
    Aarch64,
    /// x86 of 32 bits.
    X86,
    /// ARM of 32 bits.
    Arm,
    /// Unknown: a file scanned as raw bytes.
    Unknown,
}

impl Machine {
    /// Bytes of a pointer; 8 where nothing is known.
    #[must_use]
    pub fn pointer_bytes(self) -> u64 {
        match self {
            Self::X86 | Self::Arm => 4,
            Self::X86_64 | Self::Aarch64 | Self::Unknown => 8,
        }
    }
}

/// What a space is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Memory of the process: virtually contiguous segments joined.
    Memory,
    /// One record beside the memory: a note's descriptor of an ELF core, a stream of a minidump or what it points to,
    /// with its thread id if it belongs to one.
    Note {
        /// Name as the format's header file has it: `NT_PRPSINFO`, `LinuxEnviron`, `ThreadContext`.
        name: &'static str,
        /// `n_type` of the note, `StreamType` of the stream.
        kind: u32,
        /// Thread that it describes.
        thread: Option<u32>,
    },
    /// Vector registers rejoined from their split parts: an overlay, whose
    /// bytes other spaces own.
    Registers {
        /// Thread whose registers these are.
        thread: Option<u32>,
    },
    /// Headers and tables of the format.
    Header,
    /// Bytes between structures, owned by nothing else.
    Gap,
    /// Bytes after the last structure.
    Trailing,
    /// A file of no known format.
    Raw,
    /// A text as it stands.
    Text,
    /// Stretches of physical memory in the order of virtual addresses, as page tables tell it: an overlay, whose bytes other
    /// spaces own.
    Paged,
    /// What a text says in digits and escapes, as memory: an overlay, whose bytes another space owns, and without pieces.
    Said(Arc<Said>),
    /// What the objects of a virtual machine hold, as it lay in memory: without pieces, for they are too many. The
    /// description says where each byte lies in the file, and owns the structure around it too.
    Heap(Arc<Weave>),
}

impl Origin {
    /// Whether a program kept its data there.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        matches!(self, Self::Memory | Self::Paged | Self::Heap(_) | Self::Said(_))
    }
}

/// Access rights of memory (`PF_R`, `PF_W`, `PF_X` of the program header).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Readable.
    pub read: bool,
    /// Writable: policy `strict` looks here. Also set where nothing is known: for gaps,
    /// trailing bytes and raw files.
    pub write: bool,
    /// Executable.
    pub execute: bool,
}

/// A run of file bytes inside a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it starts in the space, in bytes.
    pub start: u64,
    /// Where its bytes lie in the file.
    pub file_offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Rights of the memory; `write` is also set for register notes.
    pub access: Access,
}

/// Bytes that a detector may see as contiguous. Pieces are sorted and leave no hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// What it is.
    pub origin: Origin,
    /// Virtual address of its first byte, for memory.
    pub address: Option<u64>,
    /// The file bytes of which it is made.
    pub pieces: Vec<Piece>,
    /// Total length in bytes.
    pub length: u64,
}

impl Space {
    /// The file bytes behind `range` of this space, in the order of the space.
    pub fn file_ranges(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let first =
            self.pieces.partition_point(|piece| piece.start.saturating_add(piece.length) <= range.start);
        self.pieces.iter().skip(first).take_while(move |piece| piece.start < range.end).map(move |piece| {
            let skipped = range.start.saturating_sub(piece.start);
            let taken = range.end.saturating_sub(piece.start).min(piece.length);
            piece.file_offset.saturating_add(skipped)..piece.file_offset.saturating_add(taken)
        })
    }
}

/// Why bytes may not be overwritten, or only by a proven finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// The format itself: headers, note headers, program headers. Never overwritten.
    Structure,
    /// A debugger needs it: pc, sp, `link_map`, `r_debug`, auxv, build-ids, module headers.
    /// Overwritten by no suspicion; a proven finding there fails the scrub instead of breaking the dump.
    Debugger,
    /// Explained and therefore no randomness (build-ids, bytes of mapped files).
    Explained,
}

/// A protected run of file bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// File bytes.
    pub range: Range<u64>,
    /// How strongly.
    pub protection: Protection,
    /// What it is, e.g. `link_map`, `NT_PRSTATUS pc`.
    pub what: &'static str,
}

/// A file that was mapped into the process (`NT_FILE`), or a mapped segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Addresses.
    pub range: Range<u64>,
    /// Offset in the file, in bytes.
    pub file_offset: u64,
    /// Path of the file as the note gives it (lossy UTF-8).
    pub path: String,
}

/// One thread of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Kernel thread id.
    pub id: u32,
    /// Program counter.
    pub program_counter: u64,
    /// Stack pointer.
    pub stack_pointer: u64,
    /// Thread pointer (`fs_base`, `tpidr_el0`), if known.
    pub thread_pointer: Option<u64>,
    /// Addresses of its live stack: from the stack pointer, less the 128 bytes of
    /// red zone on x86-64, to the end of the segment that holds it.
    pub stack: Option<Range<u64>>,
}

/// A place that holds a secret by definition or by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// File bytes.
    pub range: Range<u64>,
    /// `at-random`, `stack-guard`, `pointer-guard`, `pac-keys`, `environment` (one value),
    /// `argument` (one argument, or the value of `--option=value`), `psargs`, `annotation` (one value that the
    /// program or the crash reporter set), `key-object`, `password-object` (an array that an object of a class of keys or
    /// passwords refers to; the name is that of the class).
    pub what: &'static str,
    /// Name of the environment variable, or the option to which an argument belongs
    /// (`--password` for the argument after it). For rules to decide by; the dumped
    /// process chose it, so it is not for printing without escaping.
    pub name: Option<String>,
}

/// A structure that the file ends in or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Format and structure, e.g. `ELF core, segment 17`: the number is the index of its program header.
    pub structure: String,
    /// File bytes that the headers promise for it.
    pub promised: Range<u64>,
    /// How many of them the file holds.
    pub present: u64,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { structure, promised, present } = self;
        let length = promised.end.saturating_sub(promised.start);
        let (present, length) = (grouped(*present), grouped(length));
        write!(f, "{structure} at offset {:#x}: {present} of {length} bytes are there", promised.start)
    }
}

/// A dump, understood.
#[derive(Clone, Debug)]
pub struct Image {
    /// `elf-core`, `minidump`, `macho-core`, `hprof`, `goheap`, `lime`, `kdump`, `dump64`, `raw`, the name of a
    /// [kind of text](crate::text::Kind), or of a bundle that of its [archive format](crate::archive::Archive).
    pub format: &'static str,
    /// Processor.
    pub machine: Machine,
    /// Length of the file in bytes.
    pub file_length: u64,
    /// Every byte of the file, once; then overlays ([`Origin::Registers`], [`Origin::Paged`], [`Origin::Said`]).
    pub spaces: Vec<Space>,
    /// Sorted by start; may overlap.
    pub protected: Vec<Protected>,
    /// Address ranges that existed in the process, sorted and merged: a word with a
    /// value in one of them is a pointer, not randomness. Includes memory that
    /// was not dumped (`filesz < memsz`, `NT_FILE`).
    pub mapped: Vec<Range<u64>>,
    /// Bits of a word that are no part of an address when it is a pointer: tags and
    /// authentication codes of AArch64 (`NT_ARM_PAC_MASK`, top-byte-ignore). Zero on x86-64.
    pub ignored_pointer_bits: u64,
    /// Files mapped into the process.
    pub mappings: Vec<Mapping>,
    /// Threads in note order.
    pub threads: Vec<Thread>,
    /// Places that hold secrets by definition or by position, sorted by start.
    pub marked: Vec<Mark>,
    /// Things that could not be read or were strange; not fatal. Human sentences with format, structure and offset.
    pub remarks: Vec<String>,
    /// How many bytes longer the file would be if it held all that its headers promise (truncated core).
    pub missing_bytes: u64,
    /// What is cut off, by offset. Not empty if [`missing_bytes`](Self::missing_bytes) is not zero.
    pub missing: Vec<Missing>,
    /// Places where pages that lie apart follow each other in an address space, and that a limit left out: what crosses them
    /// was not searched as a whole.
    pub joints_left: u64,
    /// The format that hides what the file holds: its bytes can be searched, but its content was not read.
    pub unopened: Option<Foreign>,
    /// Where the dumped memory lies in the file.
    pub addresses: AddressMap,
    /// Of a bundle: its files, by where they lie. Their spaces are among those of the bundle.
    pub members: Vec<Member>,
}

/// A file in a bundle.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; of a file in an archive in the bundle, `archive!file`.
    pub name: String,
    /// Its bytes in the bundle.
    pub range: Range<u64>,
    /// Index of its first space among those of the bundle.
    pub first_space: usize,
    /// What it is, with offsets in the bundle.
    pub image: Image,
}

impl Image {
    /// What a file offset belongs to: a member of a bundle, else the whole.
    #[must_use]
    pub fn at(&self, file_offset: u64) -> &Self {
        self.member_at(file_offset).map_or(self, |member| &member.image)
    }

    /// The member that owns a file byte, if this is a bundle and one does.
    #[must_use]
    pub fn member_at(&self, file_offset: u64) -> Option<&Member> {
        let after = self.members.partition_point(|member| member.range.start <= file_offset);
        let member = self.members.get(after.checked_sub(1)?)?;
        (file_offset < member.range.end).then_some(member)
    }

    /// What a space belongs to: a member of a bundle, else the whole.
    #[must_use]
    pub fn of_space(&self, space: usize) -> &Self {
        let after = self.members.partition_point(|member| member.first_space <= space);
        let member = after.checked_sub(1).and_then(|index| self.members.get(index));
        member.map_or(self, |member| {
            let inside = space.saturating_sub(member.first_space);
            if inside < member.image.spaces.len() { &member.image } else { self }
        })
    }

    /// The images that know their own addresses: those of the members of a bundle, else this one.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        let own = self.members.is_empty().then_some(self);
        own.into_iter().chain(self.members.iter().map(|member| &member.image))
    }

    /// File offset of the byte at `address`, and how many bytes follow it both in
    /// memory and in the file.
    #[must_use]
    pub fn file_offset_of(&self, address: u64) -> Option<(u64, u64)> {
        self.addresses.file_offset_of(address)
    }

    /// True if `word` points into memory that the process had.
    #[must_use]
    pub fn is_pointer(&self, word: u64) -> bool {
        let address = word & !self.ignored_pointer_bits;
        let after = self.mapped.partition_point(|range| range.start <= address);
        after.checked_sub(1).and_then(|index| self.mapped.get(index)).is_some_and(|range| address < range.end)
    }

    /// Address of the byte at `file_offset`, if memory owns it.
    #[must_use]
    pub fn address_of(&self, file_offset: u64) -> Option<u64> {
        self.addresses.address_of(file_offset)
    }

    /// The file bytes that hold `addresses`, in address order, as far as they were dumped.
    #[must_use]
    pub fn file_ranges_of(&self, addresses: Range<u64>) -> Vec<Range<u64>> {
        self.addresses.file_ranges_of(addresses)
    }
}
