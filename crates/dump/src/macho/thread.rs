//! Thread states: registers by flavor.

use crate::cursor::{to_u64, to_usize, u32_at, u64_at};
use crate::image::Machine;
use std::ops::Range;

/// Offsets of what matters in one flavor of state.
#[derive(Debug)]
struct Layout {
    machine: Machine,
    flavor: u32,
    /// Least bytes of the state.
    bytes: u64,
    /// Bytes of a register.
    width: usize,
    /// Offsets of program counter, stack pointer and frame pointer; of none but general states.
    roles: Option<[usize; 3]>,
    /// Start and end of what may be overwritten: registers without a role, vectors.
    free: &'static [(u64, u64)],
}

/// Vectors, or control words: no program counter is among them.
const fn other(machine: Machine, flavor: u32, free: &'static [(u64, u64)]) -> Layout {
    Layout { machine, flavor, bytes: 0, width: 8, roles: None, free }
}

/// All of a state behind its control words.
const BEHIND_CONTROL: &[(u64, u64)] = &[(40, u64::MAX)];

/// `x86_thread_state64_t`: rax rbx rcx rdx rdi rsi rbp rsp r8 to r15 rip rflags cs fs gs; the same behind the head of
/// `x86_thread_state_t`; `x86_float_state64_t` and `x86_avx_state64_t`: 40 bytes before the registers; exception and debug
/// states. `arm_thread_state64_t`: x0 to x28 fp lr sp pc cpsr; `arm_neon_state64_t`: q0 to q31, then fpsr and fpcr.
/// `i386_thread_state_t`: eax ebx ecx edx edi esi ebp esp ss eflags eip; `arm_thread_state_t`: r0 to r12 sp lr pc cpsr, with
/// the frame pointer in r7.
const LAYOUTS: [Layout; 17] = [
    Layout {
        machine: Machine::X86_64,
        flavor: 4,
        bytes: 168,
        width: 8,
        roles: Some([128, 56, 48]),
        free: &[(0, 48), (64, 128)],
    },
    Layout {
        machine: Machine::X86_64,
        flavor: 7,
        bytes: 176,
        width: 8,
        roles: Some([136, 64, 56]),
        free: &[(8, 56), (72, 136)],
    },
    other(Machine::X86_64, 5, BEHIND_CONTROL),
    other(Machine::X86_64, 8, &[(48, u64::MAX)]),
    other(Machine::X86_64, 17, BEHIND_CONTROL),
    other(Machine::X86_64, 20, BEHIND_CONTROL),
    other(Machine::X86_64, 6, &[]),
    other(Machine::X86_64, 9, &[]),
    other(Machine::X86_64, 11, &[]),
    Layout {
        machine: Machine::Aarch64,
        flavor: 6,
        bytes: 268,
        width: 8,
        roles: Some([256, 248, 232]),
        free: &[(0, 232)],
    },
    other(Machine::Aarch64, 17, &[(0, 512)]),
    other(Machine::Aarch64, 7, &[]),
    other(Machine::Aarch64, 15, &[]),
    Layout {
        machine: Machine::X86,
        flavor: 1,
        bytes: 64,
        width: 4,
        roles: Some([40, 28, 24]),
        free: &[(0, 24)],
    },
    other(Machine::X86, 2, BEHIND_CONTROL),
    Layout {
        machine: Machine::Arm,
        flavor: 1,
        bytes: 68,
        width: 4,
        roles: Some([60, 52, 28]),
        free: &[(0, 28), (32, 52)],
    },
    other(Machine::Arm, 2, &[(0, 256)]),
];

/// One state of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// `flavor` and `count` in the file.
    pub(super) head: Range<u64>,
    pub(super) file: Range<u64>,
    /// Parts of the file that a debugger needs; none of a flavor that is not known.
    pub(super) needed: Vec<Range<u64>>,
    /// Whether it holds vector registers.
    pub(super) is_vectors: bool,
}

/// All states of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct States {
    pub(super) states: Vec<State>,
    /// Program counter, stack pointer and frame pointer.
    pub(super) pointers: Option<[u64; 3]>,
    /// What is no state any more.
    pub(super) rest: Range<u64>,
}

impl States {
    /// Reads the states in `bytes`, which stand at `at` in the file.
    pub(super) fn read(machine: Machine, at: u64, bytes: &[u8]) -> Self {
        let end = at.saturating_add(to_u64(bytes.len()));
        let mut read = Self { states: Vec::new(), pointers: None, rest: at..end };
        let mut rest = bytes;
        while let (Some(flavor), Some(count)) = (u32_at(rest, 0), u32_at(rest, 4)) {
            let length = u64::from(count).saturating_mul(4);
            let state = rest.get(8..).and_then(|rest| rest.split_at_checked(to_usize(length)));
            let Some((state, after)) = state else { break };
            let start = read.rest.start.saturating_add(8);
            let state = read.state(machine, flavor, start, state);
            read.states.push(state);
            read.rest.start = start.saturating_add(length);
            rest = after;
        }
        read
    }

    fn state(&mut self, machine: Machine, flavor: u32, start: u64, bytes: &[u8]) -> State {
        let length = to_u64(bytes.len());
        let file = start..start.saturating_add(length);
        let head = start.saturating_sub(8)..start;
        let known = |one: &&Layout| one.machine == machine && one.flavor == flavor && length >= one.bytes;
        let Some(layout) = LAYOUTS.iter().find(known) else {
            return State { head, file, needed: Vec::new(), is_vectors: false };
        };
        if let Some(roles) = layout.roles {
            let register = |at| match layout.width {
                4 => u32_at(bytes, at).map(u64::from).unwrap_or(0),
                _ => u64_at(bytes, at).unwrap_or(0),
            };
            self.pointers.get_or_insert(roles.map(register));
        }
        let (mut needed, mut at) = (Vec::new(), 0);
        for &(from, to) in layout.free {
            needed.push(at..from.min(length));
            at = to.min(length);
        }
        needed.push(at..length);
        needed.retain(|part| part.start < part.end);
        let place = |part: Range<u64>| start.saturating_add(part.start)..start.saturating_add(part.end);
        let is_vectors = layout.roles.is_none() && !layout.free.is_empty();
        State { head, file, needed: needed.into_iter().map(place).collect(), is_vectors }
    }
}
