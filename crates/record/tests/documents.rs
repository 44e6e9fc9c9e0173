//! Released documents stay readable, and the published schemas are those of the types.

use coredact_record::{Certainty, Policy, Report, render, schema};

const SAMPLE: &[u8] = include_bytes!("../../../testdata/report/report-v1.json");

#[test]
fn published_schemas_are_up_to_date() {
    // cargo run -p coredact-record --example documents -- schema-report > docs/schema/report-v1.json
    assert_eq!(include_str!("../../../docs/schema/report-v1.json"), schema::report());
    // cargo run -p coredact-record --example documents -- schema-seal > docs/schema/seal-v1.json
    assert_eq!(include_str!("../../../docs/schema/seal-v1.json"), schema::seal());
    // cargo run -p coredact-record --example documents -- schema-known > docs/schema/known-v1.json
    assert_eq!(include_str!("../../../docs/schema/known-v1.json"), schema::known());
}

#[test]
fn report_of_version_1_is_readable_for_ever() {
    let report = Report::from_json(SAMPLE).unwrap();
    assert_eq!(report.schema_version, 1);
    assert_eq!(report.policy, Some(Policy::Strict));
    assert_eq!(report.findings[0].kind, "rsa-private-key");
    assert_eq!(report.findings[0].certainty, Certainty::Proven);
    assert_eq!(report.findings[0].public_ids[0].name, "spki-sha256");
    let plan = report.plan.as_ref().unwrap();
    assert_eq!(plan.bytes(), report.bytes_removed);
    assert!(report.verdict.as_ref().unwrap().debugger[0].same);
}

#[test]
fn report_round_trips_to_the_same_bytes() {
    let report = Report::from_json(SAMPLE).unwrap();
    let json = render::json(&report);
    assert_eq!(json.as_bytes(), SAMPLE, "the sample is as this version writes it");
    assert_eq!(Report::from_json(json.as_bytes()).unwrap(), report);
}

#[test]
fn fields_added_later_are_ignored() {
    let mut value: serde_json::Value = serde_json::from_slice(SAMPLE).unwrap();
    value["a_later_field"] = 1.into();
    value["findings"][0]["a_later_field"] = 1.into();
    assert_eq!(Report::from_json(value.to_string().as_bytes()).unwrap(), Report::from_json(SAMPLE).unwrap());
}

#[test]
fn report_cut_off_anywhere_is_refused() {
    let end = SAMPLE.len() - 2;
    for length in (0..end).step_by(997).chain([end]) {
        assert!(Report::from_json(&SAMPLE[..length]).is_err(), "{length} bytes");
    }
}
