//! The ELF header, and the count of program headers that does not fit into it.

use super::FORMAT;
use super::segment::PROGRAM_HEADER_BYTES;
use crate::cursor::{array_at, u16_at, u32_at, u64_at};
use crate::error::Error;
use crate::image::Machine;
use crate::limits::SECTION_NAME_BYTES_MAX;
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
    /// If this is no ELF64 little-endian core of a known processor, or too short to say.
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
            section_headers: section_table(section_offset, section_count),
            section_names: 0..0,
        };
        header.section_names = header.names(source, field16(&bytes, 62))?;
        if field16(&bytes, 56) == PN_XNUM {
            header.extend(source, section_offset)?;
        }
        Ok(header)
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
        self.section_headers = section_table(section_offset, 1);
        if section_offset != 0 {
            match take::<64>(source, "section header 0", section_offset) {
                Ok(bytes) => {
                    // A count that would have fitted into e_phnum is against the gABI, but it is what
                    // binutils and debuggers go by; zero is none.
                    let count = u32_at(&bytes, 44).filter(|count| *count != 0);
                    self.program_header_count = count.map_or(u64::from(PN_XNUM), u64::from);
                    return Ok(());
                }
                // The kernel writes this section header last: a truncated core has lost it.
                Err(Error::Truncated { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        let first = take::<56>(source, "program header 0", self.program_headers)?;
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
        other => Err(unsupported(
            "e_machine",
            18,
            u64::from(other),
            "only 0x3e (x86-64) and 0xb7 (aarch64) are understood",
        )),
    }
}

fn section_table(offset: u64, count: u16) -> Range<u64> {
    if offset == 0 || count == 0 {
        return 0..0;
    }
    offset..offset.saturating_add(u64::from(count).saturating_mul(SECTION_HEADER_BYTES))
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
