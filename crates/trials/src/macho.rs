//! Mach-O cores, composed of the memory and registers of a process that was stopped.

use crate::folder::Folder;
use anyhow::{Context, Result, ensure};
use std::ops::Range;
use std::path::PathBuf;

/// `p_type` of segments of memory and of notes in an ELF core; `n_type` of general and floating-point registers.
const PT_LOAD: u64 = 1;
const PT_NOTE: u64 = 4;
const NT_PRSTATUS: u64 = 1;
const NT_FPREGSET: u64 = 2;

/// Where `struct elf_prstatus` has its registers, and which of them make `x86_thread_state64_t`: rax rbx rcx rdx rdi rsi rbp
/// rsp r8 to r15 rip rflags cs fs gs, by their places in `struct user_regs_struct`.
const REGISTERS: usize = 112;
const ORDER: [usize; 21] = [10, 5, 11, 12, 14, 13, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16, 18, 17, 25, 26];

/// Where an FXSAVE area has xmm6.
const XMM6: usize = 160 + 6 * 16;

/// Bytes of a page.
const PAGE: usize = 4096;

/// An ELF core, as far as it is needed.
struct Process {
    /// Address, rights, length in memory, and bytes of the file.
    segments: Vec<(u64, u32, u64, Range<usize>)>,
    /// General and floating-point registers of each thread.
    threads: Vec<(Vec<u64>, Vec<u8>)>,
}

/// Makes a Mach-O core of an ELF core. A key stands in a vector register of the first thread, in a note of no known owner, between
/// load commands and memory, and at the end.
///
/// # Errors
/// If the core is none of x86-64, or has one thread only.
pub fn core(folder: &Folder, core: PathBuf, key: &[u8]) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    let process = read(&bytes)?;
    ensure!(process.threads.len() >= 2, "the core has {} threads", process.threads.len());
    let (mut commands, mut count) = (Vec::new(), 1);
    for (index, (general, floating)) in process.threads.iter().enumerate() {
        let mut floating = floating.clone();
        if index == 0 {
            floating[XMM6..XMM6 + key.len()].copy_from_slice(key);
        }
        let general: Vec<u8> = ORDER.iter().flat_map(|at| general[*at].to_le_bytes()).collect();
        let states = [&words(&[4, 42]), &general, &words(&[5, 131]), &vec![0; 8], &floating, &vec![0; 4]];
        let states: Vec<u8> = states.into_iter().flatten().copied().collect();
        // LC_THREAD
        commands.extend(words(&[4, u32::try_from(8 + states.len())?]));
        commands.extend(states);
        count += 1;
    }
    let note = 32 + commands.len() + 40 + 72 * process.segments.len() + 64;
    // LC_NOTE
    commands.extend(words(&[0x31, 40]));
    commands.extend(b"owner unknown\0\0\0");
    commands.extend([note as u64, key.len() as u64].into_iter().flat_map(u64::to_le_bytes));
    let mut place = (note + 2 * key.len()).next_multiple_of(PAGE);
    let mut memory = Vec::new();
    for (address, rights, length, file) in &process.segments {
        // LC_SEGMENT_64
        commands.extend(words(&[0x19, 72]));
        commands.extend([0; 16]);
        let fields = [*address, *length, place as u64, file.len() as u64];
        commands.extend(fields.into_iter().flat_map(u64::to_le_bytes));
        commands.extend(words(&[7, *rights, 0, 0]));
        memory.extend_from_slice(&bytes[file.clone()]);
        place += file.len();
        count += 1;
    }
    // MH_MAGIC_64, CPU_TYPE_X86_64, CPU_SUBTYPE_X86_64_ALL, MH_CORE
    let mut out = words(&[0xfeed_facf, 0x0100_0007, 3, 4, count, u32::try_from(commands.len())?, 0, 0]);
    out.extend(commands);
    out.resize(note, 0);
    out.extend([key, key].concat());
    out.resize(out.len().next_multiple_of(PAGE), 0);
    out.extend(memory);
    out.extend([b"tail: ", key].concat());
    folder.put("memory.core", out)
}

/// Where the segments of a Mach-O core begin in memory.
///
/// # Errors
/// If it is none.
pub fn addresses(core: &[u8]) -> Result<Vec<u64>> {
    let (mut at, mut addresses) = (32, Vec::new());
    for _ in 0..number(core, 16, 4)? {
        if number(core, at, 4)? == 0x19 {
            addresses.push(number(core, at + 24, 8)?);
        }
        at += usize::try_from(number(core, at + 4, 4)?)?;
    }
    Ok(addresses)
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn number(bytes: &[u8], at: usize, width: usize) -> Result<u64> {
    let bytes = bytes.get(at..at + width).context("find a number of the core")?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn read(core: &[u8]) -> Result<Process> {
    let (table, count) = (usize::try_from(number(core, 32, 8)?)?, usize::try_from(number(core, 56, 2)?)?);
    let mut process = Process { segments: Vec::new(), threads: Vec::new() };
    for header in (0..count).map(|index| table + 56 * index) {
        let start = usize::try_from(number(core, header + 8, 8)?)?;
        let file = start..start + usize::try_from(number(core, header + 32, 8)?)?;
        match number(core, header, 4)? {
            PT_LOAD if !file.is_empty() => {
                let (flags, address) = (number(core, header + 4, 4)?, number(core, header + 16, 8)?);
                // PF_R, PF_W, PF_X are 4, 2, 1; VM_PROT_READ, _WRITE, _EXECUTE 1, 2, 4.
                let rights = (flags >> 2 & 1) | (flags & 2) | (flags & 1) << 2;
                process.segments.push((address, u32::try_from(rights)?, number(core, header + 40, 8)?, file));
            }
            PT_NOTE => notes(core, file, &mut process)?,
            _ => {}
        }
    }
    Ok(process)
}

fn notes(core: &[u8], file: Range<usize>, process: &mut Process) -> Result<()> {
    let mut at = file.start;
    while at + 12 <= file.end {
        let [name, length] = [0, 4].map(|field| number(core, at + field, 4));
        let (name, length) = (usize::try_from(name?)?, usize::try_from(length?)?);
        let kind = number(core, at + 8, 4)?;
        let start = at + 12 + name.next_multiple_of(4);
        let descriptor = core.get(start..start + length).context("find a note of the core")?;
        if kind == NT_PRSTATUS {
            let registers = (0..27).map(|index| number(descriptor, REGISTERS + 8 * index, 8));
            process.threads.push((registers.collect::<Result<_>>()?, vec![0; 512]));
        } else if let (NT_FPREGSET, Some((_, floating))) = (kind, process.threads.last_mut()) {
            *floating = descriptor.to_vec();
        }
        at = start + length.next_multiple_of(4);
    }
    Ok(())
}
