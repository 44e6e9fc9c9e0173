//! The initial stack, as `create_elf_tables` in `fs/binfmt_elf.c` of Linux lays it out:
//! argc, argv, 0, envp, 0, auxiliary vector, random bytes, strings.

use crate::memory::Memory;

/// What goes onto the stack.
#[derive(Clone, Debug)]
pub(super) struct Initial {
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) environment: Vec<Vec<u8>>,
    /// Without the entries that point into the stack.
    pub(super) auxv: Vec<(u64, u64)>,
    pub(super) random: [u8; 16],
}

/// Where it came to lie.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) arguments: Vec<u64>,
    pub(super) environment: Vec<u64>,
    pub(super) random: u64,
    /// The whole auxiliary vector.
    pub(super) auxv: Vec<(u64, u64)>,
    /// Address of argc: the stack pointer at the start.
    pub(super) bottom: u64,
}

const AT_NULL: u64 = 0;
const AT_RANDOM: u64 = 25;
const AT_EXECFN: u64 = 31;

impl Initial {
    /// Writes everything below `top`.
    pub(super) fn write(&self, memory: &mut Memory, top: u64) -> Written {
        // The last word of the stack is zero, below it the path, then the strings from last to first.
        let mut at = top - 8;
        let mut push = |text: &[u8]| {
            at -= text.len() as u64 + 1;
            memory.put(at, text);
            at
        };
        let path = push(self.arguments.first().map_or(&[], Vec::as_slice));
        let mut environment: Vec<u64> = self.environment.iter().rev().map(|text| push(text)).collect();
        let mut arguments: Vec<u64> = self.arguments.iter().rev().map(|text| push(text)).collect();
        environment.reverse();
        arguments.reverse();
        let random = (at & !15) - 64;
        memory.put(random, &self.random);

        let mut auxv = self.auxv.clone();
        auxv.extend([(AT_RANDOM, random), (AT_EXECFN, path), (AT_NULL, 0)]);
        let mut words = vec![arguments.len() as u64];
        words.extend(&arguments);
        words.push(0);
        words.extend(&environment);
        words.push(0);
        words.extend(auxv.iter().flat_map(|entry| [entry.0, entry.1]));
        let bottom = (random - 8 * words.len() as u64) & !15;
        memory.words(bottom, &words);
        Written { arguments, environment, random, auxv, bottom }
    }
}
