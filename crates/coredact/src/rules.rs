//! `coredact rules`.

use crate::args::{Rules as Arguments, RulesAction};
use crate::session::{Session, rule_file};
use crate::terminal;
use anyhow::Result;
use coredact_engine::tokens::Rules;
use coredact_record::ExitCode;
use coredact_record::text::visible;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A rule that must not be relied on.
struct Fault {
    file: String,
    rule: String,
    case: String,
    reason: String,
}

/// Lists or checks rules.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.action {
        RulesAction::List => list(session),
        RulesAction::Check { rules } => check(session, rules),
    }
}

fn list(session: &Session) -> Result<ExitCode> {
    let rules = Rules::builtin()?;
    if session.json {
        let rows = rules.rules().iter().map(
            |rule| json!({ "id": rule.id(), "description": rule.description(), "kind": rule.kind().name() }),
        );
        print(&Value::Array(rows.collect()))?;
    } else {
        let rows = rules.rules().iter();
        let rows: Vec<String> =
            rows.map(|rule| format!("{:<32} {}\n", rule.id(), rule.description())).collect();
        terminal::data(&rows.concat())?;
    }
    Ok(ExitCode::Clean)
}

/// Checks the built-in rules and every file by itself, so that a fault names its file.
fn check(session: &Session, files: &[PathBuf]) -> Result<ExitCode> {
    let builtin = Rules::builtin()?;
    let mut faults = found("built-in", &builtin);
    let mut count = builtin.rules().len();
    let mut remarks = Vec::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for path in files {
        let file = path.to_string_lossy().into_owned();
        let rules = rule_file(path)?;
        count += rules.rules().len();
        faults.extend(found(&file, &rules));
        for rule in rules.rules() {
            if let Some(earlier) = owners.insert(rule.id().to_owned(), file.clone()) {
                let reason = format!("not used: {file} has a rule of the same id, which replaces it");
                faults.push(Fault {
                    file: earlier,
                    rule: rule.id().to_owned(),
                    case: "id".to_owned(),
                    reason,
                });
            }
        }
        remarks.extend(rules.remarks().iter().filter(|remark| !remark.unused).cloned());
    }
    let line = |fault: &Fault| format!("{}: {}: {}: {}", fault.file, fault.rule, fault.case, fault.reason);
    if session.json {
        let faults = faults.iter().map(|fault| {
            json!({ "file": fault.file, "rule": fault.rule, "case": fault.case, "reason": fault.reason })
        });
        let remarks = remarks
            .iter()
            .map(|remark| json!({ "file": remark.file, "rule": remark.rule, "reason": remark.reason }));
        print(&json!({
            "rules": count,
            "faults": faults.collect::<Vec<_>>(),
            "remarks": remarks.collect::<Vec<_>>(),
        }))?;
    } else {
        let lines: Vec<String> = faults.iter().map(|fault| format!("{}\n", visible(&line(fault)))).collect();
        terminal::data(&lines.concat())?;
    }
    for remark in &remarks {
        session.talk.note(&format!("{}: rule {}: {}", remark.file, remark.rule, remark.reason));
    }
    session.talk.note(&format!("{count} rules, {} faults", faults.len()));
    Ok(if faults.is_empty() { ExitCode::Clean } else { ExitCode::VerificationFailed })
}

/// What is wrong in one set of rules.
fn found(file: &str, rules: &Rules) -> Vec<Fault> {
    let fault = |rule: &str, case: &str, reason: &str| Fault {
        file: file.to_owned(),
        rule: rule.to_owned(),
        case: case.to_owned(),
        reason: reason.to_owned(),
    };
    let mut faults: Vec<Fault> =
        rules.check().iter().map(|one| fault(&one.rule, &one.case, &one.reason)).collect();
    let unused = rules.remarks().iter().filter(|remark| remark.unused);
    faults.extend(unused.map(|remark| fault(&remark.rule, "rule", &remark.reason)));
    if rules.rules().is_empty() && faults.is_empty() {
        faults.push(fault("(none)", "file", "it holds no rule: neither [[rule]] nor gitleaks' [[rules]]"));
    }
    faults
}

fn print(value: &Value) -> Result<()> {
    Ok(terminal::data(&format!("{}\n", serde_json::to_string_pretty(value)?))?)
}
