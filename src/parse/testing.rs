//! How unit tests run one parser on one text.

use super::{Found, Parser, Section, command, line::lines};
use crate::model::{ArtifactId, Fact};

/// Runs a parser on a text as the output of a command (or of an unnamed one), and returns what it found.
pub(super) fn parse(parser: &Parser, command: Option<&str>, text: &str) -> (Found, usize) {
    parse_at(parser, "pasted.txt", command, text)
}

/// Runs a parser on a text that stands under a path.
pub(super) fn parse_at(
    parser: &Parser,
    path: &str,
    command: Option<&str>,
    text: &str,
) -> (Found, usize) {
    let lines = lines(text);
    let command = command.and_then(|command| command::commands(command).into_iter().next());
    let section = Section {
        artifact: ArtifactId(0),
        path,
        command: command.as_ref(),
        lines: &lines,
        cut: !text.ends_with('\n'),
    };
    let mut found = Found::default();
    (parser.parse)(&section, &mut found);
    let n_lines = section.text_lines().count();
    (found, n_lines)
}

/// Returns the entries as `LINE: ENTRY`, then the issues.
pub(super) fn shown(found: &Found) -> Vec<String> {
    let mut shown: Vec<String> = found.facts.iter().flat_map(entries).collect();
    shown.extend(
        found.issues.iter().map(|issue| format!("{}! {}", issue.origin.line, issue.message)),
    );
    shown
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other facts have no syntax of their own here")]
fn entries(fact: &Fact) -> Vec<String> {
    fn dump<T: std::fmt::Display>(dump: &crate::model::Dump<T>) -> Vec<String> {
        let entries = dump.entries.iter();
        entries.map(|entry| format!("{}: {}", entry.origin.line, entry.value)).collect()
    }
    match fact {
        Fact::Netns(facts) => dump(facts),
        Fact::NamedNetns(facts) => dump(facts),
        Fact::Conntrack(facts) => dump(facts),
        Fact::ConntrackStats(facts) => dump(facts),
        Fact::Sysctls(facts) => dump(facts),
        Fact::Metrics(facts) => dump(facts),
        Fact::LinkCounters(facts) => dump(facts),
        Fact::Log(facts) => dump(facts),
        other => vec![format!("{other:?}")],
    }
}
