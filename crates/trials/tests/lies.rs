//! Cores whose headers lie or that are cut off: refused for what they are, or scrubbed so that the judge
//! passes them. A lie that only the judge notices would be a scrub that fails for no stated reason.

use anyhow::{Result, ensure};
use coredact_synth::{Keyring, Layout, Machine, Recipe, Truth, hostile};
use coredact_trials::oracles::pipeline;
use proptest::prelude::*;

/// A core of 160 KiB without secrets: a trial of it costs little.
fn small(machine: Machine, extended_count: bool) -> (Vec<u8>, Truth) {
    let layout = Layout { alignment: 64, extended_count, ..Layout::default() };
    Recipe { seed: 1, machine, threads: 2, memory_bytes: 4096, layout }.bytes(&Keyring::default())
}

fn check(core: &[u8], what: &str) -> Result<()> {
    match pipeline::judged(core)? {
        None => Ok(()),
        Some(Ok(verdict)) => {
            let failed: Vec<_> = verdict.answers.iter().filter(|answer| !answer.passed).collect();
            ensure!(verdict.passed, "{what}: {failed:?}");
            Ok(())
        }
        Some(Err(why)) => anyhow::bail!("{what}: {why}"),
    }
}

#[test]
fn cut_off_core_is_refused_or_passes_the_judge() -> Result<()> {
    let (core, truth) = small(Machine::X86_64, true);
    for mutation in hostile::truncations(&truth).step_by(11) {
        check(&mutation.apply(&core), &format!("{mutation:?}"))?;
    }
    Ok(())
}

#[test]
fn lie_of_any_field_of_a_header_is_refused_or_passes_the_judge() -> Result<()> {
    let (core, truth) = small(Machine::X86_64, true);
    let of_header = |name: &str| ["e_", "p_", "sh_", "n_"].iter().any(|prefix| name.starts_with(prefix));
    let lies = hostile::lies(&truth).filter(|lie| match lie {
        hostile::Mutation::Set { field, .. } => of_header(field.name),
        _ => false,
    });
    for lie in lies.step_by(41) {
        check(&lie.apply(&core), &format!("{lie:?}"))?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn several_lies_are_refused_or_pass_the_judge(
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 1..5),
        arm in any::<bool>(),
        extended in any::<bool>(),
    ) {
        let machine = if arm { Machine::Aarch64 } else { Machine::X86_64 };
        let (mut core, truth) = small(machine, extended);
        let all: Vec<_> = hostile::mutations(&truth).collect();
        for pick in &picks {
            core = pick.get(&all).apply(&core);
        }
        let outcome = check(&core, &format!("{:?}", picks.iter().map(|pick| pick.get(&all)).collect::<Vec<_>>()));
        prop_assert!(outcome.is_ok(), "{outcome:?}");
    }
}
