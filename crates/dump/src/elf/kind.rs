//! Names and kinds of notes.

use crate::image::Machine;

/// General registers of a thread (`struct elf_prstatus`).
pub(super) const NT_PRSTATUS: u32 = 1;
/// Floating-point registers (`user_fpregs_struct`, `user_fpsimd_state`).
pub(super) const NT_FPREGSET: u32 = 2;
/// Process state (`struct elf_prpsinfo`).
pub(super) const NT_PRPSINFO: u32 = 3;
/// Auxiliary vector.
pub(super) const NT_AUXV: u32 = 6;
/// `siginfo_t` of the fatal signal ("SIGI").
pub(super) const NT_SIGINFO: u32 = 0x5349_4749;
/// Mapped files ("FILE").
pub(super) const NT_FILE: u32 = 0x4649_4c45;
/// XSAVE area.
pub(super) const NT_X86_XSTATE: u32 = 0x202;
/// Offsets of the XSAVE components (Linux 6.12 and later).
pub(super) const NT_X86_XSAVE_LAYOUT: u32 = 0x205;
/// `tpidr_el0` (and `tpidr2_el0`).
pub(super) const NT_ARM_TLS: u32 = 0x401;
/// Scalable vector registers.
pub(super) const NT_ARM_SVE: u32 = 0x405;
/// Pointer-authentication masks: debuggers strip return addresses with them.
pub(super) const NT_ARM_PAC_MASK: u32 = 0x406;
/// Address authentication keys.
pub(super) const NT_ARM_PACA_KEYS: u32 = 0x407;
/// Generic authentication key.
pub(super) const NT_ARM_PACG_KEYS: u32 = 0x408;
/// Streaming-mode vector registers.
pub(super) const NT_ARM_SSVE: u32 = 0x40b;
/// Target description of gdb (`include/elf/common.h` of binutils).
pub(super) const NT_GDB_TDESC: u32 = 0xff00_0000;

/// Whose kinds a note uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// `CORE` or `LINUX`.
    Linux,
    /// `GDB`.
    Gdb,
    /// `VMCOREINFO`: text that debuggers of a kernel dump start from.
    VmCoreInfo,
    /// `QEMU`: the registers of a virtual processor.
    Qemu,
    /// Anything else.
    Other,
}

impl Owner {
    /// Recognises an owner by the name field, NUL and all.
    pub(super) fn new(name: &[u8]) -> Self {
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        match name {
            b"CORE" | b"LINUX" => Self::Linux,
            b"GDB" => Self::Gdb,
            b"VMCOREINFO" => Self::VmCoreInfo,
            b"QEMU" => Self::Qemu,
            _ => Self::Other,
        }
    }
}

/// Name of a note as in `elf.h`.
pub(super) fn name(owner: Owner, kind: u32, machine: Machine) -> &'static str {
    match (owner, kind) {
        (Owner::Gdb, NT_GDB_TDESC) => "NT_GDB_TDESC",
        (Owner::VmCoreInfo, _) => "VMCOREINFO",
        (Owner::Qemu, _) => "QEMU",
        (Owner::Linux, _) => linux_name(kind, machine),
        _ => "unknown note",
    }
}

fn linux_name(kind: u32, machine: Machine) -> &'static str {
    match (kind, machine) {
        (NT_PRSTATUS, _) => "NT_PRSTATUS",
        (NT_FPREGSET, _) => "NT_FPREGSET",
        (NT_PRPSINFO, _) => "NT_PRPSINFO",
        (4, _) => "NT_TASKSTRUCT",
        (NT_AUXV, _) => "NT_AUXV",
        (NT_SIGINFO, _) => "NT_SIGINFO",
        (NT_FILE, _) => "NT_FILE",
        (0x46e6_2b7f, _) => "NT_PRXFPREG",
        (0x200, Machine::X86_64) => "NT_386_TLS",
        (0x201, Machine::X86_64) => "NT_386_IOPERM",
        (NT_X86_XSTATE, Machine::X86_64) => "NT_X86_XSTATE",
        (0x204, Machine::X86_64) => "NT_X86_SHSTK",
        (NT_X86_XSAVE_LAYOUT, Machine::X86_64) => "NT_X86_XSAVE_LAYOUT",
        (_, Machine::Aarch64) => arm_name(kind),
        _ => "unknown note",
    }
}

fn arm_name(kind: u32) -> &'static str {
    match kind {
        0x400 => "NT_ARM_VFP",
        NT_ARM_TLS => "NT_ARM_TLS",
        0x402 => "NT_ARM_HW_BREAK",
        0x403 => "NT_ARM_HW_WATCH",
        0x404 => "NT_ARM_SYSTEM_CALL",
        NT_ARM_SVE => "NT_ARM_SVE",
        NT_ARM_PAC_MASK => "NT_ARM_PAC_MASK",
        NT_ARM_PACA_KEYS => "NT_ARM_PACA_KEYS",
        NT_ARM_PACG_KEYS => "NT_ARM_PACG_KEYS",
        0x409 => "NT_ARM_TAGGED_ADDR_CTRL",
        0x40a => "NT_ARM_PAC_ENABLED_KEYS",
        NT_ARM_SSVE => "NT_ARM_SSVE",
        0x40c => "NT_ARM_ZA",
        0x40d => "NT_ARM_ZT",
        0x40e => "NT_ARM_FPMR",
        0x40f => "NT_ARM_POE",
        0x410 => "NT_ARM_GCS",
        _ => "unknown note",
    }
}
