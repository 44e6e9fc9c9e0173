//! The search itself: collect from windows, then conclude.

use super::groups::{GROUPS, Group};
use super::limits::{
    BASES_MAX, GROUPS_MAX, MEMBERS_TRIED_MAX, MODULI_MAX, NUMBERS_MAX, WORK_MAX, WORK_OTHER_MAX,
};
use super::numbers::{self, Layout, Number};
use super::power::Table;
use crate::ec::{self, Lookup, Place};
use crate::encoded;
use crate::lattice::Found;
use crate::material::{Certainty, Material, PublicId};
use crate::rsa::{has_small_factor, is_probable_prime};
use aho_corasick::{AhoCorasick, MatchKind};
use num_bigint::BigUint;
use num_traits::One as _;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

/// Lengths in bytes of moduli that are searched for, and of the orders that go with them
/// (FIPS 186-4, section 4.2; RFC 5114).
const MODULI: [usize; 4] = [128, 256, 384, 512];
const ORDERS: [usize; 3] = [20, 28, 32];

/// Bits of primes of named groups, and of the exponents that go with them (RFC 7919, section 5.2; `dh_named_groups` of
/// OpenSSL's `crypto/ffc/ffc_dh.c` has the same for RFC 3526).
const EXPONENTS: [(u64, u64); 7] =
    [(1024, 160), (1536, 200), (2048, 225), (3072, 275), (4096, 325), (6144, 375), (8192, 400)];

/// Leading zero bits that an exponent may have: more are met once in four million times.
const LEADING_ZEROS_MAX: u64 = 22;

/// Lengths of runs that are looked through for constants of groups: bulk data holds none, tables
/// of primes are shorter.
const SIGHT_BYTES: Range<usize> = 64..1 << 16;

/// Which groups with a name are in sight.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Indices in the list of groups.
    seen: BTreeSet<usize>,
}

/// The marks of all groups in the layouts of limbs, bytes and `int[]`.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let forms = GROUPS.iter().flat_map(|group| {
        let halves = group.mark.rotate_left(32);
        [group.mark.to_le_bytes(), group.mark.to_be_bytes(), halves.to_le_bytes()]
    });
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(forms).ok()
});

/// Forms of one mark.
const FORMS: usize = 3;

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Powers computed.
    pub candidates: u64,
    /// Numbers and groups beyond a limit.
    pub numbers_skipped: u64,
    /// Powers that the bound on the work left out.
    pub skipped: u64,
    /// The same where no key is likely to be: of exponents as long as no standard has them, and in groups without a name.
    pub far: u64,
}

impl Coverage {
    /// Whether a limit cut the search off where a key may well be.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.numbers_skipped > 0 || self.skipped > 0
    }
}

impl Harvest {
    /// Looks for constants of groups in the random parts of a window.
    pub fn collect(&mut self, bytes: &[u8], runs: &[Range<usize>]) {
        let Some(marks) = MARKS.as_ref() else { return };
        let runs = runs.iter().filter(|run| SIGHT_BYTES.contains(&run.len()));
        for run in runs.filter_map(|run| bytes.get(run.clone())) {
            self.seen.extend(marks.find_iter(run).map(|mark| mark.pattern().as_usize() / FORMS));
        }
    }

    /// Adds everything of another harvest.
    pub fn merge(&mut self, other: Self) {
        self.seen.extend(other.seen);
    }

    /// Proves what can be proven among the random bytes that were gathered for elliptic curves.
    #[must_use]
    pub fn conclude(self, gathered: &ec::Harvest) -> (Vec<Found>, Coverage) {
        let coverage = Coverage::default();
        let mut search = Search { gathered, coverage, left: WORK_MAX, found: BTreeMap::new() };
        let moduli = search.own_groups();
        search.named_groups(&self.seen);
        search.left = WORK_OTHER_MAX;
        search.other_groups(&self.seen, &moduli);
        (search.found.into_values().collect(), search.coverage)
    }
}

pub(super) struct Search<'a> {
    pub(super) gathered: &'a ec::Harvest,
    pub(super) coverage: Coverage,
    /// Products of limbs that are left.
    pub(super) left: u64,
    found: BTreeMap<(BigUint, BigUint), Found>,
}

impl Search<'_> {
    pub(super) fn numbers(&mut self, bytes: usize, max: usize) -> Vec<Number> {
        self.numbers_where(bytes, max, |_| true)
    }

    /// Those that `fits` accepts: others take no room.
    pub(super) fn numbers_where(
        &mut self,
        bytes: usize,
        max: usize,
        fits: impl Fn(&BigUint) -> bool,
    ) -> Vec<Number> {
        numbers::of_length(self.gathered, bytes, max, fits, &mut self.coverage.numbers_skipped)
    }

    /// Groups whose p and q stand in the dump.
    /// The numbers that may be moduli, by their length.
    fn own_groups(&mut self) -> Vec<(usize, Vec<Number>)> {
        let is_full = |value: &BigUint, bytes: usize| value.bits() == 8 * bytes as u64 && value.bit(0);
        let moduli: Vec<(usize, Vec<Number>)> = MODULI
            .into_iter()
            .map(|bytes| (bytes, self.numbers_where(bytes, MODULI_MAX, |value| is_full(value, bytes))))
            .collect();
        if moduli.iter().all(|(_, values)| values.is_empty()) {
            return moduli;
        }
        for order_bytes in ORDERS {
            let may_be_prime =
                |value: &BigUint| is_full(value, order_bytes) && !has_small_factor(&value.to_u64_digits());
            let orders = self.numbers_where(order_bytes, NUMBERS_MAX, may_be_prime);
            let primes: Vec<BigUint> =
                orders.into_par_iter().map(|number| number.value).filter(is_probable_prime).collect();
            for (bytes, values) in &moduli {
                let pairs = values.par_iter().flat_map_iter(|modulus| {
                    let fits = |order: &&BigUint| (&modulus.value % *order).is_one();
                    primes.iter().filter(fits).map(|order| (modulus.value.clone(), order.clone()))
                });
                let pairs: BTreeSet<(BigUint, BigUint)> = pairs.collect();
                if pairs.is_empty() {
                    continue;
                }
                self.coverage.numbers_skipped += pairs.len().saturating_sub(GROUPS_MAX) as u64;
                let members = self.numbers(*bytes, MODULI_MAX);
                let exponents = self.numbers(order_bytes, NUMBERS_MAX);
                for (modulus, order) in pairs.into_iter().take(GROUPS_MAX) {
                    self.own_group(&modulus, &order, &members, &exponents);
                }
            }
        }
        moduli
    }

    /// One group: its members among the numbers of its length, then every member as the
    /// generator of the others.
    fn own_group(&mut self, p: &BigUint, q: &BigUint, values: &[Number], exponents: &[Number]) {
        let fits: Vec<&BigUint> =
            values.iter().map(|number| &number.value).filter(|value| *value < p && !value.is_one()).collect();
        self.coverage.numbers_skipped += fits.len().saturating_sub(MEMBERS_TRIED_MAX) as u64;
        let tried = fits.par_iter().take(MEMBERS_TRIED_MAX);
        let members: BTreeSet<BigUint> =
            tried.filter(|value| value.modpow(q, p).is_one()).map(|value| (*value).clone()).collect();
        let exponents: Vec<&Number> = exponents.iter().filter(|number| number.value < *q).collect();
        let bits = usize::try_from(q.bits()).unwrap_or(0);
        self.coverage.numbers_skipped += members.len().saturating_sub(BASES_MAX) as u64;
        for base in members.iter().take(BASES_MAX) {
            let powers = self.powers(base, p, bits, &exponents);
            for (number, y) in powers {
                if members.contains(&y) && y != *base && !number.value.is_one() {
                    self.prove(number, p, Some(q), base, &y);
                }
            }
        }
    }

    /// Groups of a safe prime and the generator 2, of which a constant is in sight.
    fn named_groups(&mut self, in_sight: &BTreeSet<usize>) {
        for (done, group) in in_sight.iter().filter_map(|index| GROUPS.get(*index)).enumerate() {
            let length = usize::try_from(group.prime.bits().div_ceil(8)).unwrap_or(0);
            let mut long = self.numbers(length, MODULI_MAX);
            long.retain(|number| number.value < group.prime);
            // Without a number as long as y there is nothing that would prove x.
            if long.is_empty() {
                continue;
            }
            let numbers = self.exponents(group);
            let share = self.left / (in_sight.len() - done) as u64;
            let rest = std::mem::replace(&mut self.left, share) - share;
            self.named_group(group, length, &numbers.iter().collect::<Vec<_>>());
            self.named_group(group, length, &long.iter().collect::<Vec<_>>());
            self.left += rest;
        }
    }

    /// Numbers as long as the exponents of a group: as whole limbs, and without leading zeros.
    fn exponents(&mut self, group: &Group) -> Vec<Number> {
        let Some((_, bits)) = EXPONENTS.into_iter().find(|(prime, _)| *prime == group.prime.bits()) else {
            return Vec::new();
        };
        let fits = |value: &BigUint| (bits - LEADING_ZEROS_MAX..=bits).contains(&value.bits());
        let mut seen = BTreeSet::new();
        let mut numbers = Vec::new();
        for bytes in [bits.div_ceil(64) * 8, bits.div_ceil(8)] {
            let bytes = usize::try_from(bytes).unwrap_or(0);
            numbers.extend(self.numbers_where(bytes, NUMBERS_MAX, fits));
        }
        numbers.retain(|number| seen.insert(number.value.clone()));
        numbers
    }

    fn named_group(&mut self, group: &Group, length: usize, numbers: &[&Number]) {
        let two = BigUint::from(2_u32);
        let ys = self.shown_powers(&two, &group.prime, length, numbers);
        self.name(group, &ys);
    }

    /// Gives the keys that were proven in a group its name.
    pub(super) fn name(&mut self, group: &Group, ys: &[BigUint]) {
        for y in ys {
            if let Some(found) = self.found.get_mut(&(group.prime.clone(), y.clone())) {
                let id = PublicId { name: "group", value: group.name.clone() };
                if !found.material.public_ids.contains(&id) {
                    found.material.public_ids.push(id);
                }
            }
        }
    }

    /// Proves those numbers whose powers stand somewhere in the dump; gives the powers.
    pub(super) fn shown_powers(
        &mut self,
        base: &BigUint,
        p: &BigUint,
        length: usize,
        numbers: &[&Number],
    ) -> Vec<BigUint> {
        let bits = numbers.iter().map(|number| number.value.bits()).max().unwrap_or(0);
        let powers = self.powers(base, p, usize::try_from(bits).unwrap_or(0), numbers);
        let mut shown = shown(self.gathered, powers, length);
        shown.retain(|(number, y)| !number.value.is_one() && y != base);
        for (number, y) in &shown {
            self.prove(number, p, None, base, y);
        }
        shown.into_iter().map(|(_, y)| y).collect()
    }

    /// base^x for as many numbers as the bound allows, in their order.
    fn powers<'n>(
        &mut self,
        base: &BigUint,
        p: &BigUint,
        bits: usize,
        numbers: &[&'n Number],
    ) -> Vec<(&'n Number, BigUint)> {
        let (table, each) = Table::cost(p.bits(), bits);
        let allowed = self.left.saturating_sub(table).checked_div(each).unwrap_or(0);
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX).min(numbers.len());
        self.coverage.skipped += (numbers.len() - allowed) as u64;
        if allowed == 0 {
            return Vec::new();
        }
        self.left = self.left.saturating_sub(table + each * allowed as u64);
        self.coverage.candidates += allowed as u64;
        let Some(table) = Table::new(base, p, bits) else { return Vec::new() };
        numbers.par_iter().take(allowed).map(|number| (*number, table.power(&number.value))).collect()
    }

    fn prove(&mut self, number: &Number, p: &BigUint, q: Option<&BigUint>, g: &BigUint, y: &BigUint) {
        if is_trivial(&number.value, p) || is_trivial(y, p) {
            return;
        }
        let place = Place {
            position: number.position,
            length: number.width,
            component: "x",
            form: number.layout.name(),
        };
        let known = self
            .found
            .entry((p.clone(), y.clone()))
            .or_insert_with(|| Found { material: material(&number.value, p, q, g, y), places: Vec::new() });
        known.places.push(place);
    }
}

/// Bits by which a random number may be shorter than its modulus, or closer to it or to half of it.
const CLOSE_BITS: u64 = 64;

/// True for powers and exponents that follow from the group alone: `golang.org/x/crypto/ssh` keeps p - 1, whose power is 1,
/// which stands anywhere.
fn is_trivial(number: &BigUint, p: &BigUint) -> bool {
    let distance = |to: &BigUint| if number > to { number - to } else { to - number };
    let is_close = |to: &BigUint| distance(to).bits() + CLOSE_BITS < p.bits();
    let is_power = number.bits() + CLOSE_BITS < p.bits() && number.bits() <= CLOSE_BITS;
    is_power || is_close(p) || is_close(&(p >> 1_u32))
}

/// Those powers that stand among the gathered bytes, in any layout.
fn shown<'n>(
    gathered: &ec::Harvest,
    powers: Vec<(&'n Number, BigUint)>,
    length: usize,
) -> Vec<(&'n Number, BigUint)> {
    let mut lookup = Lookup::default();
    for ((_, y), owner) in powers.iter().zip(0..) {
        Layout::ALL.iter().for_each(|layout| lookup.add(&layout.write(y, length), owner));
    }
    lookup.build();
    let stored = gathered.stored();
    let sweep = |bytes: &&[u8]| {
        let mut seen = Vec::new();
        lookup.sweep(bytes, |at, owner| {
            let power = usize::try_from(owner).ok().and_then(|owner| powers.get(owner));
            let Some(((_, y), rest)) = power.zip(bytes.get(at..)) else { return };
            if Layout::ALL.iter().any(|layout| rest.starts_with(&layout.write(y, length))) {
                seen.push(owner);
            }
        });
        seen
    };
    let seen: BTreeSet<u32> = stored.par_iter().flat_map_iter(sweep).collect();
    let wanted = |owner: &u32| seen.contains(owner);
    powers.into_iter().zip(0..).filter(|(_, owner)| wanted(owner)).map(|(power, _)| power).collect()
}

fn material(x: &BigUint, p: &BigUint, q: Option<&BigUint>, g: &BigUint, y: &BigUint) -> Material {
    let mut public = vec![("y", y.to_bytes_be()), ("p", p.to_bytes_be()), ("g", g.to_bytes_be())];
    public.extend(q.map(|q| ("q", q.to_bytes_be())));
    let public: Vec<(&'static str, &[u8])> =
        public.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let mut material = encoded::finite_field(&x.to_bytes_be(), &public, "discrete-logarithms");
    material.certainty = Certainty::Proven;
    material
}
