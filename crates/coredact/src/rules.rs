//! `coredact rules`.

use crate::args::{Detection, Rules, RulesAction};
use crate::session::Session;
use crate::terminal;
use anyhow::Result;
use coredact_record::ExitCode;

/// Lists or checks rules.
pub(crate) fn run(session: &Session, arguments: &Rules) -> Result<ExitCode> {
    match &arguments.action {
        RulesAction::List => {
            let rules = session.rules(&Detection { rules: Vec::new(), remove_public: false })?;
            let rows: Vec<String> = rules
                .rules()
                .iter()
                .map(|rule| format!("{:<32} {}\n", rule.id(), rule.description()))
                .collect();
            terminal::data(&rows.concat())?;
            Ok(ExitCode::Clean)
        }
        RulesAction::Check { rules } => {
            let rules = session.rules(&Detection { rules: rules.clone(), remove_public: false })?;
            let faults = rules.check();
            for fault in &faults {
                terminal::data(&format!("{}: {}: {}\n", fault.rule, fault.case, fault.reason))?;
            }
            session.talk.note(&format!("{} rules, {} faults", rules.rules().len(), faults.len()));
            Ok(if faults.is_empty() { ExitCode::Clean } else { ExitCode::VerificationFailed })
        }
    }
}
