//! Which crate may use which.

use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

/// What each crate may depend on inside the workspace. ARCHITECTURE.md draws
/// this table; change both or neither.
const MAY_USE: &[(&str, &[&str])] = &[
    ("coredact-sweep", &[]),
    ("coredact-dump", &[]),
    ("coredact-keys", &[]),
    ("coredact-record", &[]),
    ("coredact-guard", &["coredact-record"]),
    ("coredact-guardd", &["coredact-guard", "coredact-record"]),
    ("coredact-replay", &["coredact-guard"]),
    ("coredact-store", &[]),
    ("coredact-synth", &[]),
    ("xtask", &[]),
    ("coredact-verify", &["coredact-record"]),
    ("coredact-engine", &["coredact-sweep", "coredact-dump", "coredact-keys", "coredact-record"]),
    ("coredact", &["coredact-engine", "coredact-record", "coredact-store", "coredact-verify"]),
    (
        "coredact-trials",
        &[
            "coredact-dump",
            "coredact-engine",
            "coredact-keys",
            "coredact-record",
            "coredact-sweep",
            "coredact-synth",
            "coredact-verify",
        ],
    ),
];

/// Appends a line for each dependency that the table does not allow.
pub(crate) fn check(faults: &mut Vec<String>) -> Result<()> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for package in &metadata.packages {
        let Some(allowed) = table.get(package.name.as_str()) else {
            faults.push(format!("{}: not in MAY_USE", package.name));
            continue;
        };
        let inside = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        for dependency in inside.filter(|dependency| dependency.kind == DependencyKind::Normal) {
            if !allowed.contains(&dependency.name.as_str()) {
                faults.push(format!("{} must not use {}", package.name, dependency.name));
            }
        }
    }
    Ok(())
}
