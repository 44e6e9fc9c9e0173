use super::*;
use crate::text::is_hidden;
use crate::*;

const HOSTILE: &str = "<script>alert(1)</script>\"'&\x1b[31m\u{202e}</style><img src=//x>";

/// A report in which every text is hostile.
pub(crate) fn hostile() -> Report {
    let text = || HOSTILE.to_owned();
    let input = InputInfo {
        uri: None,
        name: text(),
        length: 4096,
        sha256: Some(text()),
        compression: Some(text()),
        format: text(),
        machine: text(),
        threads: 1,
        members: vec![MemberInfo { name: text(), format: text(), ..MemberInfo::default() }],
    };
    let mut report = Report::new(Command::Scrub, input);
    let place = Place {
        file_offset: 8,
        length: 8,
        address: Some(8),
        region: text(),
        component: text(),
        form: text(),
        ..Place::default()
    };
    report.findings = vec![Finding {
        number: 1,
        kind: text(),
        marker: text(),
        bits: 1,
        certainty: Certainty::Matched,
        detector: text(),
        fingerprint: Some(text()),
        public_ids: vec![PublicId { name: text(), value: text() }],
        published: vec![Publication {
            place: text(),
            kind: text(),
            label: Some(text()),
            ..Publication::default()
        }],
        publicly_known: Some(text()),
        removed: false,
        why_kept: Some(text()),
        places: vec![place],
        copies: 1,
        places_omitted: 1,
    }];
    report.output =
        Some(OutputInfo { name: text(), length: 4096, sha256: text(), compression: Some(text()) });
    report.detectors = vec![DetectorRun { name: text(), remarks: vec![text()], ..DetectorRun::default() }];
    report.unread = vec![Unread { file_offset: 1, length: 1, why: text() }];
    report.searched_incompletely = vec![CutOff { search: text(), limit: text(), what: text(), left_out: 1 }];
    report.remarks = vec![text()];
    report.regions = vec![RegionPicture {
        length: 4096,
        access: text(),
        name: text(),
        cut_bytes: 8,
        findings: vec![1],
        ..RegionPicture::default()
    }];
    report.verdict = Some(hostile_verdict());
    report.stages = vec![Stage { name: text(), bytes: 1, milliseconds: 1 }];
    report
}

fn hostile_verdict() -> Verdict {
    let text = || HOSTILE.to_owned();
    let line = DifferingLine { before: text(), after: text(), explained_by: None };
    let run = DebuggerComparison {
        debugger: text(),
        same: false,
        threads: 1,
        frames: 1,
        modules: 1,
        lines: 1,
        differing: vec![line],
        not_run: None,
        not_comparable: None,
    };
    let not_run = DebuggerComparison { not_run: Some(text()), ..run.clone() };
    let vacuous = DebuggerComparison { not_comparable: Some(text()), ..run.clone() };
    let numbers = [(text(), 1)].into();
    let answer = |passed| Answer { name: text(), passed, not_applicable: false, detail: text(), numbers };
    let (answers, debugger) = (vec![answer(true)], vec![run, not_run, vacuous]);
    Verdict { passed: false, answers, debugger, ..Verdict::default() }
}

fn sample() -> Report {
    Report::from_json(include_bytes!("../../../../../testdata/report/report-v1.json")).unwrap()
}

fn check_harmless(page: &str) {
    for forbidden in ["<script", "<img", "http://", "https://", "url(", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // Escaped text may speak of attributes; a tag must not have them.
    let tags = page.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    for tag in tags {
        assert!(!tag.contains(" src=") && !tag.contains(" href="), "<{tag}>");
    }
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.chars().all(|character| character == '\n' || !is_hidden(character)));
}

#[test]
fn hostile_text_stays_text() {
    let text = || HOSTILE.to_owned();
    let block = DemoBlock { title: text(), before: text(), after: text() };
    let options = HtmlOptions {
        seal: Some(SealSummary { name: text(), sha256: text(), key_id: text() }),
        demo: Some(Demo { title: text(), paragraphs: vec![text()], blocks: vec![block] }),
    };
    let page = html(&hostile(), &options);
    check_harmless(&page);
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn page_shows_every_part_of_the_report() {
    let page = html(&sample(), &HtmlOptions::default());
    for expected in [
        "Clean and verified",
        "rsa-private-key",
        "CN=shop.example",
        "[RSA#1]",
        "libcrypto.so.3",
        "publicly known",
        "gdb 13.1",
        "not installed",
        "every byte was read",
        "bytes outside the plan unchanged",
        "aes-schedule",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn page_links_to_nothing() {
    let mut report = sample();
    report.findings[4].public_ids.clear();
    check_harmless(&html(&report, &HtmlOptions::default()));
}

#[test]
fn conclusions_follow_the_exit_code() {
    let check = |report: &Report, expected: &str| {
        assert!(html(report, &HtmlOptions::default()).contains(expected), "{expected}");
    };
    let mut report = sample();
    report.unread = vec![Unread { file_offset: 0, length: 9, why: "truncated".into() }];
    check(&report, "Verified, but not every byte was read");
    report.verdict = None;
    check(&report, "Refused: verification failed");
    report.command = Command::Scan;
    check(&report, "Secrets found");
    report.findings.clear();
    check(&report, "Incomplete");
    report.unread.clear();
    let limit = CutOff { search: "RSA".into(), what: "pairs".into(), limit: "work".into(), left_out: 3 };
    report.searched_incompletely = vec![limit];
    check(&report, "Every byte was read, but a limit cut a search off");
    check(&report, "RSA: 3 pairs beyond the limit on the work");
    report.searched_incompletely.clear();
    check(&report, "No secret found");
}

#[test]
fn same_report_gives_the_same_page() {
    let page = || html(&sample(), &HtmlOptions::default());
    assert_eq!(page(), page());
}
