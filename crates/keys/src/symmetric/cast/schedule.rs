//! The key schedule (RFC 2144 section 2.4), and its first step undone.

use super::boxes::BOXES;

/// Rounds.
pub(super) const ROUNDS: usize = 16;

/// The sixteen bytes x0 to xF, or z0 to zF.
pub(super) type State = [u8; 16];

/// The S-boxes by their names.
const S5: usize = 0;
const S6: usize = 1;
const S7: usize = 2;
const S8: usize = 3;

/// The steps from x to z and back: the word that is made, the word that goes in, and the bytes whose entries of S5, S6, S7 and
/// S8 are added, with the S-box and the byte of the old state of a fifth. The first word takes its bytes from the old state,
/// the others from the new one.
type Step = (usize, usize, [usize; 4], (usize, usize));
const TO_Z: [Step; 4] = [
    (0, 0, [13, 15, 12, 14], (S7, 8)),
    (1, 2, [0, 2, 1, 3], (S8, 10)),
    (2, 3, [7, 6, 5, 4], (S5, 9)),
    (3, 1, [10, 9, 11, 8], (S6, 11)),
];
const TO_X: [Step; 4] = [
    (0, 2, [5, 7, 4, 6], (S7, 0)),
    (1, 0, [0, 2, 1, 3], (S8, 2)),
    (2, 1, [7, 6, 5, 4], (S5, 1)),
    (3, 3, [10, 9, 11, 8], (S6, 3)),
];

/// The bytes whose entries of S5 to S8 a key of each of the four groups is the sum of, and the byte of the fifth entry,
/// which is of S5 in the first key, of S6 in the second and so on.
const KEYS: [[([usize; 4], usize); 4]; 4] = [
    [([8, 9, 7, 6], 2), ([10, 11, 5, 4], 6), ([12, 13, 3, 2], 9), ([14, 15, 1, 0], 12)],
    [([3, 2, 12, 13], 8), ([1, 0, 14, 15], 13), ([7, 6, 8, 9], 3), ([5, 4, 10, 11], 7)],
    [([3, 2, 12, 13], 9), ([1, 0, 14, 15], 12), ([7, 6, 8, 9], 2), ([5, 4, 10, 11], 6)],
    [([8, 9, 7, 6], 3), ([10, 11, 5, 4], 7), ([12, 13, 3, 2], 8), ([14, 15, 1, 0], 13)],
];

/// An entry of an S-box.
pub(super) fn entry(which: usize, byte: u8) -> u32 {
    BOXES[which][usize::from(byte)]
}

fn sum(state: &State, places: [usize; 4]) -> u32 {
    places.into_iter().enumerate().fold(0, |sum, (which, place)| sum ^ entry(which, state[place]))
}

fn word(state: &State, index: usize) -> u32 {
    state.as_chunks().0.get(index).map_or(0, |word| u32::from_be_bytes(*word))
}

fn set_word(state: &mut State, index: usize, value: u32) {
    if let Some(word) = state.as_chunks_mut().0.get_mut(index) {
        *word = value.to_be_bytes();
    }
}

fn step(old: &State, steps: &[Step; 4]) -> State {
    let mut new = [0; 16];
    for (index, (to, from, places, (which, fifth))) in steps.iter().enumerate() {
        let entries = sum(if index == 0 { old } else { &new }, *places);
        set_word(&mut new, *to, word(old, *from) ^ entries ^ entry(*which, old[*fifth]));
    }
    new
}

/// The masking keys, and the words whose five lowest bits are the rotations.
pub(super) fn expand(key: &[u8; 16]) -> [[u32; ROUNDS]; 2] {
    let mut out = [[0; ROUNDS]; 2];
    let mut state = *key;
    let groups = out.as_flattened_mut().as_chunks_mut::<4>().0;
    for (index, group) in groups.iter_mut().enumerate() {
        state = step(&state, if index.is_multiple_of(2) { &TO_Z } else { &TO_X });
        for (which, (key, (places, fifth))) in group.iter_mut().zip(KEYS[index % 4]).enumerate() {
            *key = sum(&state, places) ^ entry(which, state[fifth]);
        }
    }
    out
}

/// The keys of which the first step makes a state: each word but one follows from those after it; the one has a byte that
/// goes into itself, and so none, one or a few values.
pub(super) fn undone(z: &State) -> Vec<State> {
    let part = |index: usize| {
        let (to, _, places, _) = TO_Z[index];
        word(z, to) ^ sum(z, places)
    };
    // x8 to xB, of which xA chose an entry of S8.
    let second = part(1);
    let fitting = (0..=u8::MAX).map(|byte| (byte, second ^ entry(S8, byte)));
    let fitting = fitting.filter(|(byte, word)| word.to_be_bytes()[2] == *byte);
    fitting
        .map(|(_, x8)| {
            let [_, x9, _, xb] = x8.to_be_bytes();
            let mut x = [0; 16];
            set_word(&mut x, 2, x8);
            set_word(&mut x, 3, part(2) ^ entry(S5, x9));
            set_word(&mut x, 1, part(3) ^ entry(S6, xb));
            let first = word(z, 0) ^ sum(&x, TO_Z[0].2) ^ entry(S7, x[8]);
            set_word(&mut x, 0, first);
            x
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_step_is_undone() {
        let key =
            [0x91, 0x5c, 0x07, 0xee, 0x3b, 0xa4, 0x68, 0xd2, 0x1f, 0x86, 0xc9, 0x40, 0x75, 0xfa, 0x2d, 0xb3];
        assert!(undone(&step(&key, &TO_Z)).contains(&key));
    }
}
