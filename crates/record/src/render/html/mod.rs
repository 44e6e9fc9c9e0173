//! One self-contained page: what people show to their security team.
//!
//! No script, no link, no font, no picture from elsewhere, and a content security policy that
//! would refuse them; so it reads the same from a disk, in an e-mail gateway and on paper.

mod evidence;
mod findings;
mod map;
mod tiles;

use crate::text::{counted, percent, size, thousands, visible};
use crate::{Answer, Command, ExitCode, Report, Verdict};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

/// What the page says beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlOptions {
    /// The seal that lies beside the output.
    pub seal: Option<SealSummary>,
    /// The story of a demonstration, shown first.
    pub demo: Option<Demo>,
}

/// Which seal belongs to the output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealSummary {
    /// Name of the seal's file.
    pub name: String,
    /// SHA-256 of that file, 64 hexadecimal digits.
    pub sha256: String,
    /// Name of the key that signed it ([`crate::seal::PublicKey::id`]).
    pub key_id: String,
}

/// The story of `coredact demo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// Heading.
    pub title: String,
    /// What happened, a paragraph each.
    pub paragraphs: Vec<String>,
    /// What was seen before and after.
    pub blocks: Vec<DemoBlock>,
}

/// Two texts side by side, shown as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoBlock {
    /// Heading: `The RSA key, asked of the dump`.
    pub title: String,
    /// Text for the input.
    pub before: String,
    /// Text for the output.
    pub after: String,
}

/// The whole page, ended by a line feed.
#[must_use]
pub fn html(report: &Report, options: &HtmlOptions) -> String {
    let title = format!("{} {}: {}", report.tool, report.command.name(), visible(&report.input.name));
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main {
                    (head(report))
                    (banner(report))
                    (facts(report))
                    @if let Some(demo) = &options.demo { (story(demo)) }
                    (map::section(report))
                    (findings::section(report))
                    (evidence::sections(report))
                    (evidence::documents(report, options.seal.as_ref()))
                    footer {
                        "Written by " (visible(&report.tool)) " " (visible(&report.tool_version))
                        ". This page holds no byte of any secret: keys are named by fingerprints and public names."
                    }
                }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

fn head(report: &Report) -> Markup {
    let input = &report.input;
    markup! {
        header {
            p.tool { (report.tool) " " (report.command.name()) }
            h1 { (visible(&input.name)) }
            p.soft {
                (visible(&input.format)) " · " (visible(&input.machine)) " · "
                (counted(u64::from(input.threads), "thread", "threads")) " · " (size(input.length))
                @if let Some(compression) = &input.compression { " · " (visible(compression)) }
                @if let Some(policy) = report.policy { " · policy " strong { (policy) } }
            }
        }
    }
}

fn banner(report: &Report) -> Markup {
    let (class, title, text) = conclusion(report);
    markup! { div.verdict.(class) { strong { (title) } p { (text) } } }
}

/// Colour, headline and sentence of the page's first statement.
fn conclusion(report: &Report) -> (&'static str, &'static str, String) {
    let unread = report.unread.iter().fold(0_u64, |sum, unread| sum.saturating_add(unread.length));
    let not_read = if report.unread.is_empty() {
        "Every byte was read, but a limit cut a search off: a secret may have been missed.".to_owned()
    } else {
        format!("{} could not be read, and nothing is claimed about them.", counted(unread, "byte", "bytes"))
    };
    let asked = report.verdict.as_ref().map_or(0, |verdict| asked(verdict).count());
    match (report.exit_code(), report.command) {
        (ExitCode::VerificationFailed, _) => (
            "bad",
            "Refused: verification failed",
            "Nothing was released. The verifier's answers below say why.".to_owned(),
        ),
        (ExitCode::SecretsFound, _) => (
            "bad",
            "Secrets found",
            if report.input.format != "raw" {
                "Whoever can read this file has them. Replace them, and scrub the file before it moves."
            } else {
                "Whoever can read this file has them. Replace them, and delete the file or guard it."
            }
            .to_owned(),
        ),
        (ExitCode::Incomplete, Command::Scan) => {
            ("warn", "Incomplete", format!("No secret was found. {not_read}"))
        }
        (ExitCode::Incomplete, _) if report.unread.is_empty() => {
            ("warn", "Verified, but searched incompletely", not_read)
        }
        (ExitCode::Incomplete, _) => ("warn", "Verified, but not every byte was read", not_read),
        (_, Command::Scan) => ("good", "No secret found", "Every byte was read.".to_owned()),
        (_, Command::Scrub) => (
            "good",
            "Clean and verified",
            format!(
                "Every byte was read. What was found was removed, and an independent verifier asked {asked} questions of the result."
            ),
        ),
        (_, Command::Verify) => (
            "good",
            "Verified",
            format!("An independent verifier asked {asked} questions, and every answer is the one wanted."),
        ),
    }
}

fn facts(report: &Report) -> Markup {
    let secrets = report.findings.iter().filter(|finding| finding.is_secret()).count();
    let others = report.findings.len() - secrets;
    let places = report.findings.iter().fold(0_u64, |sum, finding| sum.saturating_add(finding.copies));
    let unread = report.unread.iter().fold(0_u64, |sum, unread| sum.saturating_add(unread.length));
    markup! {
        dl.facts {
            (fact("Secrets", &thousands(secrets as u64), &format!("{others} suspected or public beside them")))
            (fact("Places", &thousands(places), "where they stood"))
            @if report.command != Command::Scan {
                (fact("Removed", &size(report.bytes_removed), &format!("{} of the dump", percent(report.bytes_removed, report.input.length))))
            }
            (fact("Not read", &size(unread), if unread == 0 { "every byte was read" } else { "no claim about them" }))
            @if let Some(verdict) = &report.verdict {
                @let passed = asked(verdict).filter(|answer| answer.passed).count();
                (fact("Verifier", &format!("{passed} of {}", asked(verdict).count()), "answers as wanted"))
                @let ran: Vec<_> = verdict.debugger.iter().filter(|run| run.compared()).collect();
                @if !ran.is_empty() {
                    @let same = ran.iter().filter(|run| run.same).count();
                    (fact("Debuggers", &format!("{same} of {}", ran.len()), "show the same stacks"))
                }
            }
        }
    }
}

/// The answers to questions that there was something to ask of.
fn asked(verdict: &Verdict) -> impl Iterator<Item = &Answer> {
    verdict.answers.iter().filter(|answer| !answer.not_applicable)
}

fn fact(name: &str, value: &str, note: &str) -> Markup {
    markup! { div { dt { (name) } dd { (value) small { (note) } } } }
}

fn story(demo: &Demo) -> Markup {
    markup! {
        section {
            h2 { (visible(&demo.title)) }
            @for paragraph in &demo.paragraphs { p { (visible(paragraph)) } }
            @for block in &demo.blocks {
                h3 { (visible(&block.title)) }
                div.pair {
                    div { h4 { "before" } pre { (lines(&block.before)) } }
                    div { h4 { "after" } pre { (lines(&block.after)) } }
                }
            }
        }
    }
}

/// Text of several lines: line feeds stay, other controls are shown.
fn lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
pub(crate) mod tests;
