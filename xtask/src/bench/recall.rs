//! Which planted secrets a tool found.

use super::tool::{Group, Places, Tool};
use anyhow::{Context, Result};
use serde_json::Value;
use std::ops::Range;
use std::path::Path;

/// One planted secret.
struct Secret {
    id: String,
    kind: String,
    /// File bytes that hold it.
    places: Vec<Range<u64>>,
    /// What a tool would print: keys in hexadecimal, texts.
    prints: Vec<Vec<u8>>,
}

/// What is in the file.
pub(super) struct Truth {
    secrets: Vec<Secret>,
}

/// What a tool found of it.
#[derive(Clone, Debug)]
pub(super) struct Recall {
    /// Found and planted, for each group that the tool looks for.
    pub(super) groups: Vec<(Group, usize, usize)>,
    /// Ids of the secrets that were not found.
    pub(super) missed: Vec<String>,
}

impl Truth {
    /// Reads what `coredact-synth` wrote. Secrets that nothing but their randomness gives away
    /// are left out: no scan claims to name them.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
        let document: Value =
            serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))?;
        let array = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let mut secrets = Vec::new();
        for secret in array(&document, "secrets") {
            let id = secret["id"].as_str().unwrap_or_default().to_owned();
            let kind = secret["kind"].as_str().unwrap_or_default().to_owned();
            let all = array(&document, "planted");
            let planted = all.iter().filter(|planted| {
                planted["secret"] == secret["id"]
                    && planted["expectation"] == "proven"
                    && planted["secret_ranges"].as_array().is_some_and(|ranges| !ranges.is_empty())
            });
            let places: Vec<Range<u64>> = planted
                .flat_map(|planted| array(planted, "pieces"))
                .filter_map(|piece| range(&piece, "length"))
                .collect();
            let values = secret["values"].as_object().into_iter().flatten();
            let hex = values.filter(|value| matches!(value.0.as_str(), "key" | "text")).filter_map(
                |(name, value)| {
                    let hex = value["bytes"].as_str()?;
                    Some(if name == "text" { bytes(hex) } else { hex.as_bytes().to_vec() })
                },
            );
            let prints = hex.collect();
            if !places.is_empty() {
                secrets.push(Secret { id, kind, places, prints });
            }
        }
        Ok(Self { secrets })
    }

    /// How many secrets there are.
    pub(super) fn count(&self) -> usize {
        self.secrets.len()
    }

    /// How many of a group.
    pub(super) fn count_of(&self, group: Group) -> usize {
        self.secrets.iter().filter(|secret| group.1.contains(&secret.kind.as_str())).count()
    }

    /// What a tool's output shows that it found.
    pub(super) fn recall(&self, tool: &Tool, output: &[u8]) -> Recall {
        let mut places = places(tool.places, output);
        places.sort_by_key(|place| place.start);
        let is_found = |secret: &Secret| match tool.places {
            Places::None => false,
            Places::Printed => secret.prints.iter().any(|print| contains(output, print)),
            Places::FoundAt | Places::HexColon | Places::Report => secret.places.iter().any(|planted| {
                places.iter().any(|place| place.start < planted.end && planted.start < place.end)
            }),
        };
        let found: Vec<bool> = self.secrets.iter().map(is_found).collect();
        let of_group = |group: &Group| {
            let found = self
                .secrets
                .iter()
                .zip(&found)
                .filter(|(secret, found)| **found && group.1.contains(&secret.kind.as_str()));
            (*group, found.count(), self.count_of(*group))
        };
        let missed = self.secrets.iter().zip(&found).filter(|(_, found)| !**found);
        Recall {
            groups: tool.groups.iter().map(of_group).collect(),
            missed: missed.map(|(secret, _)| secret.id.clone()).collect(),
        }
    }
}

/// File bytes at which a tool says that something is.
fn places(kind: Places, output: &[u8]) -> Vec<Range<u64>> {
    let text = String::from_utf8_lossy(output);
    // A tool that names an offset alone names the start of what it found.
    let at = |offset: Option<u64>| offset.map(|offset| offset..offset + 1);
    match kind {
        Places::None | Places::Printed => Vec::new(),
        Places::FoundAt => {
            let offset =
                |line: &str| u64::from_str_radix(line.strip_prefix("FOUND PRIVATE KEY AT ")?.trim(), 16).ok();
            text.lines().filter_map(|line| at(offset(line))).collect()
        }
        Places::HexColon => {
            // What matched is printed after the offset, an `x` or two for each byte: long enough to reach the secret.
            let place = |line: &str| {
                let (offset, rest) = line.strip_prefix("0x")?.split_once(':')?;
                let start = u64::from_str_radix(offset, 16).ok()?;
                Some(start..start + rest.len() as u64)
            };
            text.lines().filter_map(place).collect()
        }
        Places::Report => {
            let reports = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let whole = serde_json::from_str::<Value>(&text).ok();
            let mut out = Vec::new();
            for report in whole.into_iter().chain(reports) {
                let findings = report["findings"].as_array().cloned().unwrap_or_default();
                let places = findings
                    .iter()
                    .flat_map(|finding| finding["places"].as_array().cloned().unwrap_or_default());
                out.extend(places.filter_map(|place| range(&place, "length")));
            }
            out
        }
    }
}

fn range(value: &Value, length: &str) -> Option<Range<u64>> {
    let start = value["file_offset"].as_u64()?;
    Some(start..start.checked_add(value[length].as_u64()?)?)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
