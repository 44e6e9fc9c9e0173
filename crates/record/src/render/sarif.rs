//! SARIF 2.1.0 (OASIS standard, 27 March 2020): for code-scanning dashboards.
//!
//! One result per finding; its locations are the places that hold it, because
//! it is gone only when all of them are (section 3.27.12). Bytes are addressed by
//! `byteOffset` and `byteLength` (3.30.11, 3.30.12), memory by `absoluteAddress` (3.32.6).

use crate::{Certainty, Command, ExitCode, Finding, Place, Report};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The official schema's address, as the standard names it.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as a SARIF log, ended by a line feed.
#[must_use]
pub fn sarif(report: &Report) -> String {
    sarif_log(std::slice::from_ref(report))
}

/// Several reports as one SARIF log with a run each, ended by a line feed.
#[must_use]
pub fn sarif_log(reports: &[Report]) -> String {
    let runs: Vec<Value> = reports.iter().map(run).collect();
    super::pretty_text(&json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": runs }))
}

fn run(report: &Report) -> Value {
    let rules = rules(report);
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, kind)| (*kind, at)).collect();
    let results: Vec<Value> = report.findings.iter().map(|finding| result(report, finding, &index)).collect();
    json!({
        "columnKind": "unicodeCodePoints",
        "tool": { "driver": {
            "name": report.tool,
            "version": report.tool_version,
            "rules": rules.iter().map(|kind| rule(kind)).collect::<Vec<_>>(),
        }},
        "artifacts": [artifact(report)],
        "invocations": [invocation(report)],
        "results": results,
    })
}

/// The kinds found, each once, in order.
fn rules(report: &Report) -> Vec<&str> {
    let mut kinds: Vec<&str> = report.findings.iter().map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn rule(kind: &str) -> Value {
    json!({
        "id": kind,
        "shortDescription": { "text": format!("A secret of the kind {kind} lies in the memory of a dump.") },
        "help": { "text": "Replace the secret, and remove it from the dump with coredact scrub." },
    })
}

fn artifact(report: &Report) -> Value {
    let mut artifact = json!({
        "location": { "uri": uri_of(report) },
        "length": report.input.length,
        "roles": ["analysisTarget"],
    });
    if let (Some(sha256), Some(artifact)) = (&report.input.sha256, artifact.as_object_mut()) {
        artifact.insert("hashes".into(), json!({ "sha-256": sha256 }));
    }
    artifact
}

fn invocation(report: &Report) -> Value {
    let unread = report.unread.iter().map(|unread| {
        let text = format!(
            "Not read: {} bytes at file offset {:#x}: {}.",
            unread.length, unread.file_offset, unread.why
        );
        json!({ "level": "warning", "message": { "text": text } })
    });
    let cut_off = report.searched_incompletely.iter().map(|one| {
        let text = format!("Searched incompletely: {one}.");
        json!({ "level": "warning", "message": { "text": text } })
    });
    let remarks =
        report.remarks.iter().map(|remark| json!({ "level": "note", "message": { "text": remark } }));
    let code = report.exit_code();
    json!({
        "executionSuccessful": !matches!(code, ExitCode::VerificationFailed | ExitCode::Incomplete),
        "exitCode": code.status(),
        "toolExecutionNotifications": unread.chain(cut_off).chain(remarks).collect::<Vec<_>>(),
    })
}

fn result(report: &Report, finding: &Finding, index: &BTreeMap<&str, usize>) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".into(), finding.kind.as_str().into());
    if let Some(at) = index.get(finding.kind.as_str()) {
        result.insert("ruleIndex".into(), (*at).into());
    }
    // Section 3.27.10: a result that is no failure has the level `none`.
    let (kind, level) = match (&finding.publicly_known, finding.certainty) {
        (Some(_), _) => ("informational", "none"),
        (None, Certainty::Proven | Certainty::Structured) => ("fail", "error"),
        (None, Certainty::Matched) => ("fail", "warning"),
        (None, Certainty::Suspected) => ("fail", "note"),
    };
    result.insert("kind".into(), kind.into());
    result.insert("level".into(), level.into());
    result.insert("message".into(), json!({ "text": message(report, finding) }));
    let locations: Vec<Value> = finding.places.iter().map(|place| location(report, place)).collect();
    result.insert("locations".into(), locations.into());
    if let Some(fingerprint) = &finding.fingerprint {
        result.insert("fingerprints".into(), json!({ "coredact/v1": fingerprint }));
    }
    result.insert("occurrenceCount".into(), finding.copies.max(1).into());
    result.insert("properties".into(), properties(report, finding));
    result.into()
}

fn message(report: &Report, finding: &Finding) -> String {
    let state = match (report.command, &finding.why_kept, finding.removed) {
        // A scan removes nothing; why a scrub would leave it is worth knowing all the same.
        (Command::Scan, None, _) => String::new(),
        (Command::Scan, Some(why), _) => format!("; {why}"),
        (_, _, true) => "; removed in the output".to_owned(),
        (_, Some(why), false) => format!("; not removed: {why}"),
        (_, None, false) => "; not removed".to_owned(),
    };
    format!(
        "{} ({} bits, {}) found by {} in {} places{state}.",
        finding.kind, finding.bits, finding.certainty, finding.detector, finding.copies
    )
}

fn location(report: &Report, place: &Place) -> Value {
    let mut region = json!({ "byteOffset": place.file_offset, "byteLength": place.length });
    if let (Some(line), Some(column), Some(region)) = (place.line, place.column, region.as_object_mut()) {
        region.insert("startLine".into(), line.into());
        region.insert("startColumn".into(), column.into());
    }
    let mut physical = json!({
        "artifactLocation": { "uri": uri_of(report), "index": 0 },
        "region": region,
    });
    if let (Some(address), Some(physical)) = (place.address, physical.as_object_mut()) {
        physical.insert("address".into(), json!({ "absoluteAddress": address }));
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "name": place.region }],
        "message": { "text": format!("{} as {}", place.component, place.form) },
    })
}

fn properties(report: &Report, finding: &Finding) -> Value {
    let ids: Map<String, Value> =
        finding.public_ids.iter().map(|id| (id.name.clone(), id.value.as_str().into())).collect();
    let mut properties = json!({
        "finding": finding.number,
        "bits": finding.bits,
        "certainty": finding.certainty.name(),
        "detector": finding.detector,
        "placesOmitted": finding.places_omitted,
        "publicIds": ids,
        "publiclyKnown": finding.publicly_known,
        "published": finding.published,
    });
    if let Some(properties) = properties.as_object_mut().filter(|_| report.command != Command::Scan) {
        properties.insert("removed".into(), finding.removed.into());
    }
    properties
}

/// The input as a URI reference, from the bytes of its name.
fn uri_of(report: &Report) -> String {
    report.input.uri.clone().unwrap_or_else(|| uri(report.input.name.as_bytes()))
}

/// A file name as a URI reference: everything but RFC 3986's unreserved characters and `/` is percent-encoded,
/// byte by byte, whatever the name's encoding.
#[must_use]
pub fn uri(name: &[u8]) -> String {
    let mut uri = String::with_capacity(name.len());
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    // A reference that begins with `//` would name a host (section 4.2).
    let slashes = uri.len() - uri.trim_start_matches('/').len();
    if slashes > 1 { format!("/{}", uri.trim_start_matches('/')) } else { uri }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(report: &Report) -> Value {
        serde_json::from_str(&sarif(report)).unwrap()
    }

    fn sample() -> Report {
        Report::from_json(include_bytes!("../../../../testdata/report/report-v1.json")).unwrap()
    }

    #[test]
    fn every_place_is_a_region_in_bytes_of_a_result_with_a_rule() {
        let report = sample();
        let run = &log(&report)["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        for (result, finding) in results.iter().zip(&report.findings) {
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            for (location, place) in result["locations"].as_array().unwrap().iter().zip(&finding.places) {
                let physical = &location["physicalLocation"];
                assert_eq!(physical["region"]["byteOffset"], place.file_offset);
                assert_eq!(physical["region"]["byteLength"], place.length);
            }
        }
    }

    #[test]
    fn publicly_known_key_is_informational_and_proven_secret_an_error() {
        let run = &log(&sample())["runs"][0];
        assert_eq!(run["results"][0]["level"], "error");
        assert_eq!(
            run["results"][0]["fingerprints"]["coredact/v1"],
            sample().findings[0].fingerprint.clone().unwrap()
        );
        assert_eq!(run["results"][6]["kind"], "informational");
        assert_eq!(run["results"][6]["level"], "none");
    }

    #[test]
    fn file_names_become_uris() {
        for (name, expected) in [
            ("core.812", "core.812"),
            ("/var/a b", "/var/a%20b"),
            ("//host/x", "/host/x"),
            ("c:ore?#\u{1b}", "c%3Aore%3F%23%1B"),
        ] {
            assert_eq!(uri(name.as_bytes()), expected);
        }
        assert_eq!(uri(b"core\xff\xc3\xa9"), "core%FF%C3%A9");
        let mut report = sample();
        report.input.uri = Some("core%FF".into());
        let run = &log(&report)["runs"][0];
        assert_eq!(run["artifacts"][0]["location"]["uri"], "core%FF");
        assert_eq!(
            run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "core%FF"
        );
    }

    #[test]
    fn what_was_not_read_or_not_searched_is_a_warning() {
        let mut report = Report { command: Command::Scan, ..sample() };
        report.findings.clear();
        report.unread = vec![crate::Unread { length: 9, why: "cut off".into(), ..Default::default() }];
        report.searched_incompletely = vec![crate::CutOff { search: "RSA".into(), ..Default::default() }];
        let invocation = &log(&report)["runs"][0]["invocations"][0];
        assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&4.into(), &false.into()));
        for (at, beginning) in ["Not read: 9 bytes", "Searched incompletely: RSA"].iter().enumerate() {
            let told = &invocation["toolExecutionNotifications"][at];
            assert_eq!(told["level"], "warning");
            assert!(told["message"]["text"].as_str().unwrap().starts_with(beginning), "{told}");
        }
    }

    #[test]
    fn scan_says_nothing_of_removal() {
        let report = Report { command: Command::Scan, ..sample() };
        assert!(!sarif(&report).contains("removed"), "{}", sarif(&report));
    }
}
