//! Limits on what input controls.

/// Bytes read at once from a dump.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// Bytes read beyond a chunk, so that nothing is missed that lies across its end: more than the longest
/// writing of 8 bytes, which is UTF-16 of percent-encoded text with line breaks.
pub(crate) const OVERLAP_BYTES: usize = 256;

/// Encodings inside one that stands in the dump which are undone: Helm's releases are gzip in base64 in base64, and
/// the documents in them hold values in base64.
pub(crate) const NESTING_MAX: usize = 3;

/// How far a run of base64 is read beyond its chunk: more than the 1.5 MiB that etcd takes for one object of
/// Kubernetes.
pub(crate) const BASE64_RUN_BYTES_MAX: usize = 2 << 20;

/// Most bytes of secrets that one verification looks for.
pub(crate) const SECRET_BYTES_MAX: usize = 32 << 20;

/// Longest place that is taken as one secret; longer ones are taken in pieces of it.
pub(crate) const PLACE_BYTES_MAX: usize = 64 << 10;

/// Most needles held at once: 16 bytes each, and as much again while they are sorted.
pub(crate) const NEEDLES_MAX: usize = 4 << 20;

/// Most survivors that are listed; all are counted.
pub(crate) const SURVIVORS_LISTED_MAX: usize = 8;

/// Most survivors that are told apart.
pub(crate) const SURVIVORS_MAX: usize = 10_000;

/// Most bytes that one compressed stream is inflated to.
pub(crate) const STREAM_BYTES_MAX: u64 = 256 << 20;

/// Most bytes that all compressed streams together are inflated to, for each byte of the dump.
pub(crate) const INFLATION_MAX: u64 = 4;

/// Most bytes that are inflated whatever the dump's length.
pub(crate) const INFLATED_BYTES_FREE: u64 = 256 << 20;

/// Deepest nesting of DER that is followed: a key in PKCS#8 in PKCS#12 takes ten.
pub(crate) const DER_DEPTH_MAX: usize = 16;

/// Most program or section headers that are read.
pub(crate) const HEADERS_MAX: u64 = 1 << 20;

/// Most bytes of notes that are read of one file.
pub(crate) const NOTE_BYTES_MAX: u64 = 128 << 20;

/// How far above a stack pointer a stack is followed.
pub(crate) const STACK_BYTES_MAX: u64 = 64 << 20;

/// Most bytes of all stacks together.
pub(crate) const STACKS_BYTES_MAX: u64 = 16 << 30;

/// Most bytes of a debugger's output that are kept.
pub(crate) const DEBUGGER_OUTPUT_MAX: usize = 64 << 20;

/// Longest time that one run of a debugger may take, in seconds.
pub(crate) const DEBUGGER_SECONDS_MAX: u64 = 120;

/// Most differing lines that are listed; all are counted.
pub(crate) const DIFFERING_LINES_MAX: usize = 200;

/// Most cuts among which the explanation of a differing line is looked for.
pub(crate) const EXPLAINING_FILLS_MAX: usize = 4096;

/// Bytes read beyond a chunk by the finders of `alone`: the longest encoded key that they read.
pub(crate) const FINDER_OVERLAP_BYTES: usize = 16 << 10;

/// Longest complaint of a debugger that a sentence quotes, in characters.
pub(crate) const COMPLAINT_CHARACTERS_MAX: usize = 160;

/// Most streams of a minidump that are read.
pub(crate) const MINIDUMP_STREAMS_MAX: u64 = 4096;

/// Most bytes of one stream of a minidump that are read.
pub(crate) const MINIDUMP_STREAM_BYTES_MAX: u64 = 64 << 20;

/// Most modules of a minidump whose names and records are compared.
pub(crate) const MINIDUMP_TEXTS_MAX: usize = 1 << 16;

/// Most ranges of physical memory whose headers are compared.
pub(crate) const LIME_RANGES_MAX: usize = 1 << 16;

/// Most bytes of the bitmaps of a kdump that are compared.
pub(crate) const KDUMP_BITMAP_BYTES_MAX: u64 = 512 << 20;

/// Most bytes of a kdump's VMCOREINFO that are compared.
pub(crate) const KDUMP_TEXT_BYTES_MAX: u64 = 64 << 20;

/// Most bytes of the bitmap or the ranges of a Windows kernel dump that are compared.
pub(crate) const DUMP64_TABLE_BYTES_MAX: u64 = 512 << 20;

/// Most bytes of the load commands of a Mach-O core, and of its notes together, that are compared.
pub(crate) const MACHO_COMMAND_BYTES_MAX: u64 = 64 << 20;
pub(crate) const MACHO_NOTE_BYTES_MAX: u64 = 64 << 20;

/// Most frames of one thread that are followed.
pub(crate) const MACHO_FRAMES_MAX: usize = 1 << 17;

/// Most classes of a heap dump, and kinds of array, that are counted.
pub(crate) const HPROF_CLASSES_MAX: usize = 1 << 20;

/// Most fields of all classes of a heap dump together.
pub(crate) const HPROF_FIELDS_MAX: usize = 1 << 23;

/// Most bytes of fields of one object of a heap dump: a class has 65,535 fields at most, and so have the few above it.
pub(crate) const HPROF_INSTANCE_BYTES_MAX: u64 = 16 << 20;

/// Most members of a bundle: as many as are opened.
pub(crate) const BUNDLE_MEMBERS_MAX: usize = 1 << 16;

/// Most objects, frames and segments of a heap dump of Go, of 16 bytes each.
pub(crate) const GO_TARGETS_MAX: usize = 1 << 24;

/// Most names in a heap dump of Go: of types, functions and files, those of a profile once for each place.
pub(crate) const GO_NAMES_MAX: usize = 1 << 24;
