//! Forged and damaged tokens against the guard and two other libraries; `examples/mutate.rs` runs the same with more.

mod common;
#[path = "common/mutate.rs"]
mod mutate;

#[test]
fn no_forged_token_is_accepted_and_no_genuine_one_refused() {
    let seed = 0x558;
    let mut tally = mutate::run(10_000, seed);
    tally.add(mutate::run(10_000, seed + 1));
    assert_eq!(tally.genuine + tally.forged, 20_000, "seed {seed}");
    assert!(tally.genuine > 2_000 && tally.reasons.len() > 25, "the changes reach many checks: {tally:?}");
}
