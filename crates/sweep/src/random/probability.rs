//! What the rules lose: the table in the documentation of [`random`](super),
//! computed.

use super::BLOCK;
use super::rule::*;

/// The share of the 256 byte values that are of a class.
fn share(is: impl Fn(u8) -> bool) -> f64 {
    f64::from((0..=255).map(|byte| u16::from(is(byte))).sum::<u16>()) / 256.0
}

/// That of `trials` with a probability each, at least `least` succeed.
fn at_least(least: usize, trials: usize, probability: f64) -> f64 {
    let mut counts = vec![0.0; trials + 1];
    counts[0] = 1.0;
    for _ in 0..trials {
        for count in (0..=trials).rev() {
            let more = if count > 0 { counts[count - 1] * probability } else { 0.0 };
            counts[count] = counts[count] * (1.0 - probability) + more;
        }
    }
    counts[least..].iter().sum()
}

/// That `length` in a row of `trials` succeed.
fn in_a_row(length: usize, trials: usize, probability: f64) -> f64 {
    let (mut streaks, mut done) = (vec![0.0; length], 0.0);
    streaks[0] = 1.0;
    for _ in 0..trials {
        let failed = streaks.iter().sum::<f64>() * (1.0 - probability);
        done += streaks[length - 1] * probability;
        streaks.rotate_right(1);
        streaks.iter_mut().for_each(|streak| *streak *= probability);
        streaks[0] = failed;
    }
    done
}

/// That two zero bytes follow a byte that tops a word, or start the block.
fn word_ends() -> f64 {
    let zero = 1.0 / 256.0;
    let top = share(|byte| tops_a_word(byte) && byte != 0);
    let chances = [zero, top, 1.0 - zero - top];
    // By the classes of the last two bytes: zero, top, other.
    let mut last = [[0.0; 3]; 3];
    for (a, b) in (0..9).map(|pair| (pair / 3, pair % 3)).filter(|pair| *pair != (0, 0)) {
        last[a][b] = chances[a] * chances[b];
    }
    let mut struck = zero * zero;
    for _ in 2..BLOCK {
        let mut next = [[0.0; 3]; 3];
        for (a, b, c) in (0..27).map(|three| (three / 9, three / 3 % 3, three % 3)) {
            let chance = last[a][b] * chances[c];
            if b == 0 && c == 0 && a < 2 {
                struck += chance;
            } else {
                next[b][c] += chance;
            }
        }
        last = next;
    }
    struck
}

/// That ten bytes and more belong to whole multi-byte characters.
fn multibyte() -> f64 {
    let (leads, tail) = ([(2, 30.0 / 256.0), (3, 16.0 / 256.0), (4, 1.0 / 256.0)], 0.25);
    let other = 1.0 - tail - leads.iter().map(|(_, chance)| chance).sum::<f64>();
    // By length and present bytes of an open character, and bytes of whole ones.
    let mut states = vec![((0, 0, 0), 1.0)];
    for _ in 0..BLOCK {
        let mut next: Vec<((usize, usize, usize), f64)> = Vec::new();
        let mut add = |state, chance: f64| match next.iter_mut().find(|(known, _)| *known == state) {
            Some((_, sum)) => *sum += chance,
            None => next.push((state, chance)),
        };
        for ((length, present, sum), chance) in states {
            let open = match (length, present + 1 == length) {
                (0, _) => (0, 0, sum),
                (_, true) => (0, 0, sum + length),
                _ => (length, present + 1, sum),
            };
            add(open, chance * tail);
            add((0, 0, sum), chance * other);
            leads.iter().for_each(|(length, lead)| add((*length, 1, sum), chance * lead));
        }
        states = next;
    }
    states.iter().filter(|((_, _, sum), _)| *sum > UTF8_MAX).map(|(_, chance)| chance).sum()
}

/// That the block is text in UTF-8 from end to end.
fn utf8_text() -> f64 {
    let single = share(|byte| matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x20..=0x7e));
    let leads = [(1, 30.0 / 256.0), (2, 16.0 / 256.0), (3, 1.0 / 256.0)];
    let mut valid = vec![1.0];
    for left in 1..=BLOCK {
        let after = |follow: usize| {
            0.25_f64.powf(follow.min(left - 1) as f64) * valid[left - 1 - follow.min(left - 1)]
        };
        let many: f64 = leads.iter().map(|(follow, lead)| lead * after(*follow)).sum();
        let chance = single * valid[left - 1] + many;
        valid.push(chance);
    }
    (0..=3).map(|cut: usize| 0.25_f64.powf(cut as f64) * valid[BLOCK - cut]).sum()
}

/// That the block has fewer than [`DISTINCT_MIN`] values.
fn few_values() -> f64 {
    let mut values = [0.0; BLOCK + 1];
    values[0] = 1.0;
    for _ in 0..BLOCK {
        for count in (0..=BLOCK).rev() {
            let more = if count > 0 { values[count - 1] * (257.0 - count as f64) / 256.0 } else { 0.0 };
            values[count] = values[count] * count as f64 / 256.0 + more;
        }
    }
    values[..DISTINCT_MIN as usize].iter().sum()
}

/// Upper bound of the probability that 16 random bytes do not look random.
fn missed() -> f64 {
    let byte = 1.0 / 256.0;
    let equal = |distance: &usize| at_least(EQUAL_MAX as usize + 1, BLOCK - distance, byte);
    let bits = |least| at_least(least, 8 * BLOCK, 0.5);
    let small =
        2.0 * (48.0_f64 / 256.0).powi(8) + 2.0 * (45.0_f64 / 256.0).powi(8) + 4.0 * (8.0_f64 / 256.0).powi(4);
    [
        at_least(ZERO_MAX as usize + 1, BLOCK, byte),
        word_ends(),
        byte * byte,
        2.0 * 0.5_f64.powi(16),
        DISTANCES.iter().map(equal).sum(),
        in_a_row(TEXT_RUN as usize, BLOCK, share(is_text)),
        at_least(PLAIN_MAX as usize + 1, BLOCK, share(is_plain)),
        multibyte(),
        utf8_text(),
        at_least(CODE_MAX as usize + 1, BLOCK, share(is_code)),
        1.0 - bits(*SET_BITS.start() as usize) + bits(*SET_BITS.end() as usize + 1),
        small,
        few_values(),
    ]
    .iter()
    .sum()
}

/// Upper bound of the probability that the rule for 32 bytes strikes.
fn missed_long() -> f64 {
    let byte = 1.0 / 256.0;
    let equal = |distance: &usize| at_least(6, LONG - distance, byte);
    let bits = |least| at_least(least, 8 * LONG, 0.5);
    // Two stretches of two zero bytes: at most all choices of two places.
    let stretches = 31.0 * 30.0 / 2.0 * byte.powi(4);
    [
        at_least(LONG_ZERO_MAX as usize + 1, LONG, byte),
        stretches,
        2.0 * at_least(31, LONG, 0.5),
        DISTANCES.iter().map(equal).sum(),
        in_a_row(LONG_TEXT_RUN as usize, LONG, share(is_text)),
        at_least(18, LONG, share(is_plain)),
        at_least(11, LONG, share(is_code)),
        1.0 - bits(86) + bits(171),
    ]
    .iter()
    .sum()
}

#[test]
fn the_screen_misses_16_random_bytes_less_than_once_in_two_thousand() {
    let missed = missed();
    assert!((4.92e-4..4.94e-4).contains(&missed), "{missed}");
}

#[test]
fn the_screen_misses_32_random_bytes_less_than_once_in_a_million() {
    let missed = missed().powi(2) + missed_long();
    assert!((8e-7..9e-7).contains(&missed), "{missed}");
}
