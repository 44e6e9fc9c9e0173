//! The ELF header, and the count of program headers that does not fit into it.

use super::FORMAT;
use super::check::{impossible, overlap, place};
use super::segment::PROGRAM_HEADER_BYTES;
use crate::cursor::{array_at, u16_at, u32_at, u64_at};
use crate::error::Error;
use crate::image::Machine;
use crate::limits::{SECTION_NAME_BYTES_MAX, SEGMENTS_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes of `Elf64_Ehdr`.
pub(super) const FILE_HEADER_BYTES: usize = 64;
/// Bytes of `Elf64_Shdr`.
pub(super) const SECTION_HEADER_BYTES: u64 = 64;
/// `e_phnum` that says: look into `sh_info` of section header 0.
const PN_XNUM: u16 = 0xffff;
const SHT_STRTAB: u32 = 3;
const ET_CORE: u16 = 4;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;
const EM_386: u16 = 3;

/// What the ELF header says, checked as far as the header alone can be.
#[derive(Debug)]
pub(super) struct Header {
    /// Processor.
    pub(super) machine: Machine,
    /// File offset of the program headers.
    pub(super) program_headers: u64,
    /// How many there are, as promised.
    pub(super) program_header_count: u64,
    /// Set if that number is derived because its place was cut off.
    pub(super) count_is_derived: bool,
    /// File bytes of the section header table, as promised; empty if there is none.
    pub(super) section_headers: Range<u64>,
    /// File bytes of the section names, as promised; empty if there are none.
    pub(super) section_names: Range<u64>,
}

impl Header {
    /// Reads the header at the start of the file.
    ///
    /// # Errors
    /// If this is no ELF64 little-endian core of a known processor, too short to say, or says what
    /// cannot be.
    pub(super) fn read(source: &dyn ReadAt) -> Result<Self, Error> {
        let bytes = take::<FILE_HEADER_BYTES>(source, "ELF header", 0)?;
        check(&bytes)?;
        let machine = machine(&bytes)?;
        let section_count = field16(&bytes, 60);
        let section_offset = field64(&bytes, 40);
        let program_headers = field64(&bytes, 32);
        let mut header = Self {
            machine,
            program_headers,
            program_header_count: u64::from(field16(&bytes, 56)),
            count_is_derived: false,
            section_headers: 0..0,
            section_names: 0..0,
        };
        let extended = field16(&bytes, 56) == PN_XNUM;
        if section_offset != 0 && (section_count != 0 || extended) {
            header.section_headers = section_table(&bytes, section_offset, section_count.max(1))?;
        }
        header.section_names = header.names(source, field16(&bytes, 62))?;
        if extended {
            header.extend(source, section_offset)?;
        }
        header.check()?;
        Ok(header)
    }

    /// File bytes of the program headers, as promised.
    pub(super) fn program_header_table(&self) -> Range<u64> {
        let bytes = self.program_header_count.saturating_mul(PROGRAM_HEADER_BYTES);
        self.program_headers..self.program_headers.saturating_add(bytes)
    }

    /// Refuses tables that lie where nobody puts them.
    fn check(&self) -> Result<(), Error> {
        let table = self.program_header_table();
        if self.program_header_count == 0 {
            return Err(unsupported("e_phnum", 56, 0, "a core has one program header or more"));
        }
        if table.start < crate::cursor::to_u64(FILE_HEADER_BYTES) {
            return Err(unsupported("e_phoff", 32, table.start, "the ELF header fills the first 0x40 bytes"));
        }
        place("the program headers", 32, table.start, table.end.saturating_sub(table.start))?;
        if overlap(&table, &self.section_headers) {
            let problem = format!("they overlap the program headers at {:#x}", table.start);
            return Err(impossible("the section headers".to_owned(), 40, problem));
        }
        Ok(())
    }

    /// Where the names of the sections stand: section `index`, if it is a string table.
    fn names(&self, source: &dyn ReadAt, index: u16) -> Result<Range<u64>, Error> {
        let offset =
            self.section_headers.start.checked_add(u64::from(index).saturating_mul(SECTION_HEADER_BYTES));
        let Some(offset) = offset.filter(|offset| *offset < self.section_headers.end) else {
            return Ok(0..0);
        };
        let bytes = match take::<64>(source, "section header", offset) {
            Ok(bytes) => bytes,
            Err(Error::Truncated { .. }) => return Ok(0..0),
            Err(fault) => return Err(fault),
        };
        let (start, length) = (field64(&bytes, 24), field64(&bytes, 32));
        if u32_at(&bytes, 4) != Some(SHT_STRTAB) || length > SECTION_NAME_BYTES_MAX {
            return Ok(0..0);
        }
        Ok(start..start.saturating_add(length))
    }

    /// Finds the real count of a core with 65,535 segments or more.
    fn extend(&mut self, source: &dyn ReadAt, section_offset: u64) -> Result<(), Error> {
        if section_offset != 0 {
            match take::<64>(source, "section header 0", section_offset) {
                Ok(bytes) => {
                    // A count that would have fitted into e_phnum is against the gABI, but it is what
                    // binutils and debuggers go by.
                    self.program_header_count = u32_at(&bytes, 44).map_or(0, u64::from);
                    if (1..=SEGMENTS_MAX).contains(&self.program_header_count) {
                        return Ok(());
                    }
                    return Err(Error::Unsupported {
                        format: FORMAT,
                        structure: "section header 0",
                        offset: section_offset.saturating_add(44),
                        field: "sh_info",
                        value: self.program_header_count,
                        expected: "it counts the program headers, 1 to 0x100000",
                    });
                }
                // The kernel writes this section header last: a truncated core has lost it.
                Err(Error::Truncated { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        let first = match take::<56>(source, "program header 0", self.program_headers) {
            Ok(first) => first,
            // Not even one is there: as many are lost as the header alone promises.
            Err(Error::Truncated { .. }) => return Ok(()),
            Err(fault) => return Err(fault),
        };
        let bytes = u64_at(&first, 8).unwrap_or(0).saturating_sub(self.program_headers);
        self.program_header_count = bytes.checked_div(PROGRAM_HEADER_BYTES).unwrap_or(0);
        self.count_is_derived = true;
        if self.program_header_count < u64::from(PN_XNUM) {
            return Err(unsupported(
                "e_phnum",
                56,
                u64::from(PN_XNUM),
                "and section header 0, which holds the real count, lies past the end of the file",
            ));
        }
        Ok(())
    }
}

/// Reads `N` bytes of a structure without which nothing can be understood.
fn take<const N: usize>(source: &dyn ReadAt, structure: &'static str, offset: u64) -> Result<[u8; N], Error> {
    let length = source.length();
    let end = offset.checked_add(crate::cursor::to_u64(N));
    if end.is_none_or(|end| end > length) {
        return Err(Error::Truncated { format: FORMAT, structure, offset, length });
    }
    let mut bytes = [0; N];
    source.read_exact_at(offset, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure,
        offset,
        source: fault,
    })?;
    Ok(bytes)
}

fn check(bytes: &[u8]) -> Result<(), Error> {
    let byte = |at: usize| bytes.get(at).copied().map_or(0, u64::from);
    let magic = array_at::<4>(bytes, 0).map_or(0, u32::from_be_bytes);
    if magic != 0x7f45_4c46 {
        return Err(unsupported("e_ident magic", 0, u64::from(magic), "an ELF file starts with 7f 45 4c 46"));
    }
    if byte(4) != 2 {
        return Err(unsupported("EI_CLASS", 4, byte(4), "only 2 (64-bit) is understood"));
    }
    if byte(5) != 1 {
        return Err(unsupported("EI_DATA", 5, byte(5), "only 1 (little-endian) is understood"));
    }
    if byte(6) != 1 {
        return Err(unsupported("EI_VERSION", 6, byte(6), "only 1 (current) is defined"));
    }
    let kind = field16(bytes, 16);
    if kind != ET_CORE {
        return Err(unsupported("e_type", 16, u64::from(kind), "only 4 (core file) is a dump"));
    }
    let entry = field16(bytes, 54);
    if entry != 56 && field16(bytes, 56) != 0 {
        return Err(unsupported(
            "e_phentsize",
            54,
            u64::from(entry),
            "an ELF64 program header has 0x38 bytes",
        ));
    }
    Ok(())
}

fn machine(bytes: &[u8]) -> Result<Machine, Error> {
    match field16(bytes, 18) {
        EM_X86_64 => Ok(Machine::X86_64),
        EM_AARCH64 => Ok(Machine::Aarch64),
        // A guest that QEMU dumped before it ran in 64 bits: memory of whatever is in it.
        EM_386 => Ok(Machine::Unknown),
        other => Err(unsupported(
            "e_machine",
            18,
            u64::from(other),
            "only 0x3e (x86-64) and 0xb7 (aarch64) are understood",
        )),
    }
}

/// File bytes of the section headers, unless nobody puts them there or reads their kind.
fn section_table(header: &[u8], offset: u64, count: u16) -> Result<Range<u64>, Error> {
    if offset < crate::cursor::to_u64(FILE_HEADER_BYTES) {
        return Err(unsupported("e_shoff", 40, offset, "the ELF header fills the first 0x40 bytes"));
    }
    let entry = u64::from(field16(header, 58));
    if entry != SECTION_HEADER_BYTES {
        return Err(unsupported("e_shentsize", 58, entry, "an ELF64 section header has 0x40 bytes"));
    }
    place("the section headers", 40, offset, u64::from(count).saturating_mul(SECTION_HEADER_BYTES))
}

fn unsupported(field: &'static str, offset: u64, value: u64, expected: &'static str) -> Error {
    Error::Unsupported { format: FORMAT, structure: "ELF header", offset, field, value, expected }
}

fn field16(bytes: &[u8], at: usize) -> u16 {
    u16_at(bytes, at).unwrap_or(0)
}

fn field64(bytes: &[u8], at: usize) -> u64 {
    u64_at(bytes, at).unwrap_or(0)
}
