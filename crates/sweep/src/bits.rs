//! Sliding windows over bit masks: bit `i` of a mask says something of byte
//! `i`, and the answer at bit `i` is about the bytes `i..i + width`.

/// Where at least one, two and three of the bits in a sliding window are set.
#[derive(Clone, Copy)]
struct AtLeast {
    one: u128,
    two: u128,
    three: u128,
}

impl AtLeast {
    /// The counts of a window followed by another that starts `WIDTH` bits on.
    #[inline(always)]
    fn join<const WIDTH: u32>(self, next: Self) -> Self {
        let (one, two, three) = (next.one >> WIDTH, next.two >> WIDTH, next.three >> WIDTH);
        Self {
            one: self.one | one,
            two: self.two | two | (self.one & one),
            three: self.three | three | (self.two & one) | (self.one & two),
        }
    }
}

/// Marks positions with three or more set bits among the next `WIDTH`: from 8
/// to 16, known when compiled so that no branch is left.
#[inline(always)]
pub(crate) fn three_of<const WIDTH: usize>(mask: u128) -> u128 {
    const { assert!(WIDTH >= 8 && WIDTH <= 16) };
    let in_one = AtLeast { one: mask, two: 0, three: 0 };
    let in_two = in_one.join::<1>(in_one);
    let in_four = in_two.join::<2>(in_two);
    let in_eight = in_four.join::<4>(in_four);
    let sum = match WIDTH {
        8 => in_eight,
        // Windows that overlap would count twice, so the parts stand end to end.
        9 => in_eight.join::<8>(in_one),
        10 => in_eight.join::<8>(in_two),
        11 => in_eight.join::<8>(in_two).join::<10>(in_one),
        12 => in_eight.join::<8>(in_four),
        13 => in_eight.join::<8>(in_four).join::<12>(in_one),
        14 => in_eight.join::<8>(in_four).join::<12>(in_two),
        15 => in_eight.join::<8>(in_four).join::<12>(in_two).join::<14>(in_one),
        _ => in_eight.join::<8>(in_eight),
    };
    sum.three
}

/// Marks positions with a set bit among the next `WIDTH` (8 to 16).
#[inline(always)]
pub(crate) fn any_of<const WIDTH: u32>(mask: u128) -> u128 {
    const { assert!(WIDTH >= 8 && WIDTH <= 16) };
    let in_two = mask | mask >> 1;
    let in_four = in_two | in_two >> 2;
    let in_eight = in_four | in_four >> 4;
    in_eight | in_eight >> (WIDTH - 8)
}

/// Marks positions where the next `WIDTH` bits (4 to 16) are all set.
#[inline(always)]
pub(crate) fn all_of<const WIDTH: u32>(mask: u128) -> u128 {
    const { assert!(WIDTH >= 4 && WIDTH <= 16) };
    let in_two = mask & mask >> 1;
    let in_four = in_two & in_two >> 2;
    if WIDTH < 8 {
        in_four & in_four >> (WIDTH - 4)
    } else {
        let in_eight = in_four & in_four >> 4;
        in_eight & in_eight >> (WIDTH - 8)
    }
}

/// How many of the next 16 bits are set, as five bit planes, lowest first.
#[inline(always)]
pub(crate) fn count_of_16(mask: u128) -> [u128; 5] {
    let (a, b) = half(mask, mask >> 1);
    let (a, carry) = half(a, a >> 2);
    let (b, c) = full(b, b >> 2, carry);
    let (a, carry) = half(a, a >> 4);
    let (b, carry) = full(b, b >> 4, carry);
    let (c, d) = full(c, c >> 4, carry);
    let (a, carry) = half(a, a >> 8);
    let (b, carry) = full(b, b >> 8, carry);
    let (c, carry) = full(c, c >> 8, carry);
    let (d, e) = full(d, d >> 8, carry);
    [a, b, c, d, e]
}

/// Sum and carry of two bits.
#[inline(always)]
fn half(a: u128, b: u128) -> (u128, u128) {
    (a ^ b, a & b)
}

/// Sum and carry of three bits.
#[inline(always)]
fn full(a: u128, b: u128, c: u128) -> (u128, u128) {
    (a ^ b ^ c, (a & b) | (c & (a ^ b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(mask: u128, at: u32, width: usize) -> u32 {
        (mask >> at & ((1 << width) - 1)).count_ones()
    }

    proptest! {
        #[test]
        fn sliding_windows_agree_with_counting(mask: u128, sparse: u128) {
            for mask in [mask, mask & sparse, mask & sparse & sparse.rotate_left(7), mask | sparse] {
                let three = [
                    (8, three_of::<8>(mask)), (9, three_of::<9>(mask)), (10, three_of::<10>(mask)),
                    (11, three_of::<11>(mask)), (12, three_of::<12>(mask)), (13, three_of::<13>(mask)),
                    (14, three_of::<14>(mask)), (15, three_of::<15>(mask)), (16, three_of::<16>(mask)),
                ];
                let any = [(8, any_of::<8>(mask)), (11, any_of::<11>(mask)), (16, any_of::<16>(mask))];
                let all = [(4, all_of::<4>(mask)), (7, all_of::<7>(mask)), (8, all_of::<8>(mask)), (16, all_of::<16>(mask))];
                let planes = count_of_16(mask);
                for at in 0..112 {
                    let bit = |m: u128| m >> at & 1 == 1;
                    prop_assert!(three.iter().all(|(width, m)| bit(*m) == (count(mask, at, *width) >= 3)));
                    prop_assert!(any.iter().all(|(width, m)| bit(*m) == (count(mask, at, *width) >= 1)));
                    prop_assert!(all.iter().all(|(width, m)| bit(*m) == (count(mask, at, *width) as usize == *width)));
                    let sum: u32 = planes.iter().enumerate().map(|(i, p)| u32::from(bit(*p)) << i).sum();
                    prop_assert_eq!(sum, count(mask, at, 16));
                }
            }
        }
    }
}
