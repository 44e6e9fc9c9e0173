//! Every bound on what a file may make us hold or repeat. Each is far above
//! what real dumps need and far below what hurts.

/// Program headers read. Linux allows 65,530 mappings by default and busy
/// hosts raise `vm.max_map_count` to 1,048,576.
pub(crate) const SEGMENTS_MAX: u64 = 1 << 20;

/// End of the last structure that a file may promise. No core is longer than what its process could
/// address: 2^56 bytes, the user half under five-level paging (`Documentation/arch/x86/x86_64/mm.rst`).
pub(crate) const FILE_END_MAX: u64 = 1 << 56;

/// Bytes of all note segments together: 10,000 threads with registers of 12 KiB. The verifier holds
/// as many.
pub(crate) const NOTE_BYTES_MAX: u64 = 128 << 20;

/// Structures listed that the file ends in or before; the rest is listed as one.
pub(crate) const MISSING_MAX: usize = 64;

/// Notes read from all note segments together: 32,768 threads of 12 notes each
/// and as many again.
pub(crate) const NOTES_MAX: usize = 1 << 19;

/// Bytes of one descriptor that are held in memory to be parsed (`NT_FILE` is the
/// largest; the kernel stops it at `kernel.core_file_note_size_limit`, 4 to 16 MiB).
pub(crate) const DESCRIPTOR_BYTES_MAX: u64 = 32 << 20;

/// Mapped files taken from `NT_FILE`.
pub(crate) const MAPPINGS_MAX: u64 = 1 << 20;

/// Entries of an auxiliary vector. The kernel writes about two dozen.
pub(crate) const AUXV_ENTRIES_MAX: usize = 256;

/// Feature entries of `NT_X86_XSAVE_LAYOUT`. XCR0 has 64 bits.
pub(crate) const XSAVE_COMPONENTS_MAX: usize = 64;

/// Bytes of the section name table of a core: gcore writes about 20.
pub(crate) const SECTION_NAME_BYTES_MAX: u64 = 64 << 10;

/// Starts of segments at which an ELF header is looked for.
pub(crate) const MODULE_CANDIDATES_MAX: usize = 1 << 17;

/// Modules whose headers are protected.
pub(crate) const MODULES_MAX: usize = 1 << 14;

/// Program headers of one module.
pub(crate) const MODULE_HEADERS_MAX: u16 = 512;

/// Bytes of one `PT_DYNAMIC`: 1,024 entries; real ones hold about 40.
pub(crate) const DYNAMIC_BYTES_MAX: u64 = 16 << 10;

/// Bytes of one module's `PT_NOTE` that are searched for a build-id.
pub(crate) const MODULE_NOTE_BYTES_MAX: u64 = 4 << 10;

/// Note segments of one module: linkers make one or two.
pub(crate) const MODULE_NOTES_MAX: usize = 8;

/// Pieces of file in which one structure in memory may lie: segments are pages or more.
pub(crate) const STRUCTURE_PIECES_MAX: usize = 64;

/// Bytes of a build-id descriptor: SHA-1 has 20, SHA-256 has 32.
pub(crate) const BUILD_ID_BYTES_MAX: u64 = 64;

/// `link_map` entries walked, over all namespaces.
pub(crate) const LINK_MAPS_MAX: usize = 1 << 14;

/// Linker namespaces walked (`DL_NNS` of glibc is 16).
pub(crate) const NAMESPACES_MAX: usize = 64;

/// Bytes of one path in memory (`PATH_MAX` of Linux).
pub(crate) const PATH_BYTES_MAX: u64 = 4096;

/// Bytes of vDSO protected.
pub(crate) const VDSO_BYTES_MAX: u64 = 64 << 10;

/// Bytes of stack searched below `AT_RANDOM` for the auxiliary vector: the
/// arguments and environment may take a quarter of the stack limit, 2 MiB by default, 6 MiB at most.
pub(crate) const STACK_SEARCH_BYTES_MAX: u64 = 8 << 20;

/// Pointers in argv or envp: `MAX_ARG_STRINGS` is larger, but 6 MiB of stack hold no more.
pub(crate) const STRINGS_MAX: usize = 768 << 10;

/// Bytes of one argument or environment string (`MAX_ARG_STRLEN` of Linux).
pub(crate) const STRING_BYTES_MAX: u64 = 128 << 10;

/// Bytes of all argument and environment strings together: Linux allows 6 MiB, and a program
/// may have moved them.
pub(crate) const ALL_STRINGS_BYTES_MAX: u64 = 64 << 20;

/// Bytes of a processor's name with its NUL: `ELF_PLATFORM` of Linux has 7 on x86-64, 8 on aarch64.
pub(crate) const PLATFORM_BYTES_MAX: u64 = 32;

/// Bytes of a name (of a variable, of an option) that is passed on.
pub(crate) const NAME_BYTES_MAX: usize = 128;

/// Remarks kept; the rest is counted.
pub(crate) const REMARKS_MAX: usize = 64;

/// Bytes read at once when walking tables and searching memory.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Streams of a minidump: Windows writes about fifteen, Breakpad and Crashpad ten.
pub(crate) const MINIDUMP_STREAMS_MAX: u64 = 4096;

/// Bytes of one stream of a minidump that are held to be parsed: a list of a million ranges of memory has 16 MiB.
pub(crate) const MINIDUMP_STREAM_BYTES_MAX: u64 = 64 << 20;

/// Entries of one list of a minidump: threads, modules, ranges of memory, handles.
pub(crate) const MINIDUMP_ENTRIES_MAX: u64 = 1 << 20;

/// Annotations of Crashpad that are followed: it allows 200 a module.
pub(crate) const MINIDUMP_ANNOTATIONS_MAX: usize = 1 << 16;

/// Bytes of a module's header in a minidump: one page, of which 96 sections take all.
pub(crate) const MINIDUMP_IMAGE_BYTES_MAX: u64 = 4096;

/// Ranges of a dump of physical memory: machines with much memory plugged in and out have hundreds.
pub(crate) const PHYSICAL_RANGES_MAX: usize = 1 << 16;

/// Records of a flattened dump, held at 48 bytes each: makedumpfile and QEMU write a buffer of a megabyte or a page at a time.
pub(crate) const FLATTENED_RECORDS_MAX: usize = 1 << 23;

/// Bytes of both bitmaps of a kdump: one bit for each frame of 4 KiB of 8 TiB, twice.
pub(crate) const KDUMP_BITMAP_BYTES_MAX: u64 = 512 << 20;

/// Runs of neighbouring frames of a kdump that are told apart: 4 million of one page each are 16 GiB of memory without two
/// neighbours.
pub(crate) const KDUMP_RUNS_MAX: usize = 1 << 22;

/// Stretches of a kdump between its packed pages. Writers leave none or one.
pub(crate) const KDUMP_GAPS_MAX: usize = 1 << 16;

/// Bytes of the notes of a kdump, of its VMCOREINFO and of its ERASEINFO: a note of a processor has 356.
pub(crate) const KDUMP_NOTE_BYTES_MAX: u64 = 64 << 20;

/// Bytes of the bitmap or the ranges of a Windows kernel dump: one bit for each frame of 16 TiB.
pub(crate) const DUMP64_TABLE_BYTES_MAX: u64 = 512 << 20;

/// Runs of neighbouring frames of a Windows kernel dump that are told apart, as of a kdump.
pub(crate) const DUMP64_RUNS_MAX: usize = 1 << 22;

/// Bytes of the load commands of a Mach-O core: 100,000 segments and 10,000 threads have 20 MiB.
pub(crate) const MACHO_COMMAND_BYTES_MAX: u64 = 64 << 20;

/// Load commands of a Mach-O core.
pub(crate) const MACHO_COMMANDS_MAX: usize = 1 << 20;

/// Bytes of the load commands of a module in memory: the largest frameworks have 20 KiB.
pub(crate) const MACHO_MODULE_BYTES_MAX: u64 = 256 << 10;

/// Frames that are followed of one thread; recursion that ended a program has more, and debuggers show no more.
pub(crate) const FRAMES_MAX: usize = 1 << 17;

/// Bytes of a heap dump that are read at once.
pub(crate) const STREAM_BUFFER_BYTES: usize = 1 << 20;

/// Classes of a heap dump, and classes of which instances were dumped. A large server loads 100,000.
pub(crate) const HPROF_CLASSES_MAX: usize = 1 << 20;

/// Fields of all classes of a heap dump together.
pub(crate) const HPROF_FIELDS_MAX: usize = 1 << 23;

/// Superclasses of one class: the compiler's own nest a dozen deep.
pub(crate) const HPROF_CLASS_DEPTH_MAX: usize = 256;

/// Kinds of record of a heap dump: arrays of one type and length, instances of one class.
pub(crate) const HPROF_SHAPES_MAX: usize = 1 << 21;

/// Runs of fields of all kinds of instance together.
pub(crate) const HPROF_PARTS_MAX: usize = 1 << 22;

/// Strings of the virtual machine whose identifiers are remembered, to tell names from literals.
pub(crate) const HPROF_STRINGS_MAX: usize = 1 << 23;

/// Objects of classes of keys that are followed. A server with a hundred thousand connections has as many.
pub(crate) const HPROF_KEYS_MAX: usize = 1 << 20;

/// Records of a heap dump between two places at which its description can be entered.
pub(crate) const HPROF_RECORDS_PER_ENTRANCE: usize = 512;

/// Kinds of object and frame of a heap dump of Go: those of one length whose pointers are at the same places.
pub(crate) const GO_SHAPES_MAX: usize = 1 << 21;

/// Runs between the pointers of all kinds of object and frame together.
pub(crate) const GO_PARTS_MAX: usize = 1 << 22;

/// Objects, frames and segments of a heap dump of Go whose addresses are remembered, of 48 bytes each.
pub(crate) const GO_ADDRESSES_MAX: usize = 1 << 22;

/// Bytes of a program's code and data: 4 GiB, for linkers place what refers to each other within 32 bits.
pub(crate) const GO_PROGRAM_BYTES_MAX: u64 = 1 << 32;

/// Bytes of a text that are held at once, and of one line that are read together.
pub(crate) const TEXT_BUFFER_BYTES: usize = 4 << 20;

/// Bytes by which the parts of a longer line overlap: more than what is written there of any key.
pub(crate) const TEXT_OVERLAP_BYTES: u64 = 64 << 10;

/// Bytes of one string of a JSON document: V8's longest has 512 MiB (`String::kMaxLength`), and heap snapshots cut strings
/// at 1,024 characters.
pub(crate) const TEXT_STRING_BYTES_MAX: u64 = 256 << 20;

/// Arrays and objects in one another in a JSON document: as many as `serde_json` follows.
pub(crate) const JSON_DEPTH_MAX: usize = 128;

/// Runs of numbers and characters that a text writes down, of 32 bytes each: a line of a hex dump is one.
pub(crate) const TEXT_RUNS_MAX: usize = 1 << 22;

/// Numbers that follow one another in a dump of memory and are read as one stretch.
pub(crate) const TEXT_BLOCK_UNITS_MAX: usize = 1 << 20;

/// Places of a text that go together: the characters beside a line of a hex dump.
pub(crate) const TEXT_TIES_MAX: usize = 1 << 22;

/// Tables at the top of address spaces that are followed: twice the processes of a busy machine (`pid_max` is 32,768), and as
/// many again for the kernel's own view of each.
pub(crate) const PAGING_ROOTS_MAX: u64 = 1 << 17;

/// Pairs of pages that follow each other in an address space and not in memory, of 16 bytes each: those of 8 GiB of which no
/// two pages lie side by side.
pub(crate) const PAGING_JOINTS_MAX: usize = 1 << 21;

/// Runs of memory in the stretches that are searched again, of 16 bytes each, and 40 as pieces of a space.
pub(crate) const PAGING_PIECES_MAX: u64 = 1 << 21;
