//! Puts the secrets where they are to lie: heaps, edges, gaps, registers, arguments.

use super::{Builder, SMALL_HEAP, Spot};
use crate::elf;
use crate::keyring::Keyring;
use crate::memory::size;
use crate::process::allocator::Allocator;
use crate::process::stack::Written;
use crate::recipe::{Machine, Planned};
use crate::secret::{Place, Planting};
use crate::truth::Planted;
use std::collections::BTreeMap;

impl Builder<'_> {
    pub(super) fn plant(&mut self, allocator: &mut Allocator) {
        let mut used: BTreeMap<&'static str, u64> = BTreeMap::new();
        let keyring = self.keyring;
        for (index, planting) in keyring.plantings.iter().enumerate() {
            let place = self.place(planting);
            let count = used.entry(place.name()).or_default();
            let number = *count;
            *count += 1;
            let length = planting.bytes.len() as u64;
            let spot = match place {
                Place::Heap(skew) => Spot::Memory(allocator.take(&mut self.random, length, skew)),
                Place::Border => {
                    let border = self.plan.neighbours + (number + 1) * SMALL_HEAP;
                    // At least eight bytes on either side; limbs stay aligned as an allocator aligns them.
                    let before = 8 + self.random.below(length.saturating_sub(15).max(1));
                    let before = if length.is_multiple_of(8) { before & !7 } else { before };
                    Spot::Memory(border - before.min(length))
                }
                Place::SegmentEnd => Spot::Memory(self.edge(number) + SMALL_HEAP - length),
                Place::SegmentStart => Spot::Memory(self.edge(self.count(Place::SegmentEnd) + number)),
                Place::Gap => self.gap(number, &planting.bytes),
                Place::Trailing => self.after_end(&planting.bytes),
                Place::Vector => {
                    self.vector(index, number, &planting.bytes);
                    continue;
                }
                Place::Environment | Place::Argument => continue,
            };
            if let Spot::Memory(address) = spot {
                self.memory.put(address, &planting.bytes);
            }
            self.planted.push(Planned { entry: entry(keyring, planting, place.name()), spot });
        }
    }

    /// Before every second segment of the file there is a gap, as long as there are plantings for one.
    fn gap(&mut self, number: u64, bytes: &[u8]) -> Spot {
        let mut gap = self.random.bytes(3);
        gap.extend([0; 16]);
        let start = gap.len() as u64;
        gap.extend(bytes);
        gap.extend([0; 9]);
        let count = self.memory.segments().len();
        let number = size(number) * 2 % count;
        let at = self.gaps.entry(number).or_default();
        let before = at.len() as u64;
        at.extend(gap);
        Spot::Gap(number, before + start)
    }

    fn after_end(&mut self, bytes: &[u8]) -> Spot {
        self.trailing.extend([0; 21]);
        let start = self.trailing.len() as u64;
        self.trailing.extend(bytes);
        Spot::Trailing(start)
    }

    /// Puts a planting into the next free registers of the next thread.
    fn vector(&mut self, planting: usize, number: u64, bytes: &[u8]) {
        let thread = size(number % self.registers.len() as u64);
        let before = self.vectors.iter().filter(|taken| taken.1 == thread);
        let register = before.map(|(planting, _, register)| {
            // On AArch64 a long value fills several registers.
            let length = self.keyring.plantings[*planting].bytes.len() as u64;
            register + if self.recipe.machine == Machine::Aarch64 { length.div_ceil(16) } else { 1 }
        });
        let register = register.max().unwrap_or(0);
        if let Some(vector) = self.registers[thread].vectors.get_mut(size(register)) {
            vector[..bytes.len()].copy_from_slice(bytes);
            self.vectors.push((planting, thread, register));
        }
    }

    /// What lies in notes: vector registers and the arguments in `NT_PRPSINFO`.
    pub(super) fn note_plantings(&mut self, notes: &[elf::Note]) {
        for (planting, thread, register) in std::mem::take(&mut self.vectors) {
            let planting = &self.keyring.plantings[planting];
            for copy in elf::parts(self.recipe.machine, register, planting.bytes.len() as u64) {
                let find =
                    |name| notes.iter().position(|note| note.name == name && note.thread == Some(thread));
                let parts: Option<Vec<_>> =
                    copy.iter().map(|part| Some((find(part.note)?, part.offset, part.length))).collect();
                let length: u64 = copy.iter().map(|part| part.length).sum();
                let mut entry = entry(self.keyring, planting, copy.first().map_or("", |part| part.note));
                entry.bytes.truncate(size(length));
                entry.secret_ranges = std::iter::once(0..entry.bytes.len()).collect();
                let Some(parts) = parts else { continue };
                self.planted.push(Planned { entry, spot: Spot::Note(parts) });
            }
        }
        let Some(process) = notes.iter().position(|note| note.name == "NT_PRPSINFO") else { return };
        for planting in self.keyring.plantings.iter().filter(|planting| planting.place == Place::Argument) {
            let text = &notes[process].descriptor;
            let place = text.windows(planting.bytes.len()).position(|window| window == planting.bytes);
            if let Some(at) = place {
                let spot = Spot::Note(vec![(process, at as u64, planting.bytes.len() as u64)]);
                self.planted.push(Planned { entry: entry(self.keyring, planting, "NT_PRPSINFO"), spot });
            }
        }
    }

    pub(super) fn stack_plantings(&mut self, written: &Written) {
        let (own, own_environment) = (1, 3);
        let lists = [
            (Place::Argument, &written.arguments[own..]),
            (Place::Environment, &written.environment[own_environment..]),
        ];
        for (place, addresses) in lists {
            let plantings = self.keyring.plantings.iter().filter(|planting| planting.place == place);
            for (planting, address) in plantings.zip(addresses) {
                let entry = entry(self.keyring, planting, place.name());
                self.planted.push(Planned { entry, spot: Spot::Memory(*address) });
            }
        }
    }
}

fn entry(keyring: &Keyring, planting: &Planting, place: &str) -> Planted {
    let secret = &keyring.secrets[planting.secret];
    Planted {
        secret: secret.id.clone(),
        kind: secret.kind.to_owned(),
        component: planting.component.to_owned(),
        form: planting.form.clone(),
        place: place.to_owned(),
        expectation: planting.expectation,
        pieces: Vec::new(),
        bytes: planting.bytes.clone(),
        secret_ranges: planting.secret_ranges.clone(),
        fragment: planting.fragment,
    }
}
