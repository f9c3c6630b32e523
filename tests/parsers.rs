//! Every fixture of `fixtures/parse/<parser>/`, understood: the facts in the syntax of their command, with line numbers,
//! beside the snapshot `<fixture>.snap`.
//!
//! `INSTA_UPDATE=always cargo test --test parsers` writes snapshots. They are read in review, never edited.
//!
//! ```text
//! = ip-rule 1-3 `ip rule`            an output: parser, lines, command
//!   1 | 0: from all lookup local     a fact, printed back, with its line
//!   2 ~ proto kernel                 words of the line that no fact prints back
//!   3 ! expected a mark …            a line that was not understood
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

mod harness;

use enilens::{
    model::{ArtifactId, Fact, Scope},
    parse::{
        PARSERS, json,
        transcript::{self, Output, Reading},
    },
};
use harness::words::{self, Printed};
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for parser in fs::read_dir("fixtures/parse").unwrap() {
        for file in fs::read_dir(parser.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name != "README.md" && !name.ends_with(".snap") && !name.ends_with(".snap.new") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn parser_of(fixture: &Path) -> &str {
    fixture.parent().unwrap().file_name().unwrap().to_str().unwrap()
}

fn show(text: &str, reading: &Reading) -> String {
    let mut shown = String::new();
    for output in &reading.outputs {
        let (first, last) = output.lines;
        write!(shown, "= {} {first}-{last}", output.parser).unwrap();
        if let Some(command) = &output.command {
            write!(shown, " `{command}`").unwrap();
        }
        if let Some(node) = &output.at.node {
            write!(shown, " on {node}").unwrap();
        }
        if output.at.scope != Scope::Host {
            write!(shown, " in {:?}", output.at.scope).unwrap();
        }
        shown.push('\n');
        let mut lines: Vec<(u32, char, String)> = Vec::new();
        for fact in &output.facts {
            lines.extend(fact.lines(text).into_iter().map(|(line, fact)| (line, '|', fact)));
        }
        lines.extend(unprinted(text, output, &lines, reading));
        lines.sort_by_key(|(line, mark, _)| (*line, *mark != '|'));
        for (line, mark, fact) in lines {
            writeln!(shown, "{line:3} {mark} {fact}").unwrap();
        }
    }
    for issue in &reading.issues {
        writeln!(shown, "{:3} ! {}", issue.origin.line, issue.message).unwrap();
    }
    shown
}

/// Returns the words of lines that no fact of their output prints back; a fact of several lines holds until the next.
///
/// A JSON document is not asked: its facts are the members that questions need, and print in other words.
fn unprinted(
    text: &str,
    output: &Output,
    facts: &[(u32, char, String)],
    reading: &Reading,
) -> Vec<(u32, char, String)> {
    let is_document = json::DOCUMENTS.iter().any(|document| document.id == output.parser);
    if is_document || words::is_selective(output.parser) {
        return Vec::new();
    }
    let mut printed: BTreeMap<u32, String> = BTreeMap::new();
    for (line, _, fact) in facts {
        let known = printed.entry(*line).or_default();
        known.push(' ');
        known.push_str(fact);
    }
    let numbered = text.lines().any(|line| line.trim_start().starts_with("num "));
    let unused = output.facts.iter().all(|fact| matches!(fact, Fact::Known { .. }));
    let mut missing = Vec::new();
    if unused && !output.facts.is_empty() {
        return missing;
    }
    for line in enilens::parse::line::lines(text) {
        let number = line.number;
        let inside = output.lines.0 <= number && number <= output.lines.1;
        let strange = reading
            .issues
            .iter()
            .any(|issue| issue.origin.line <= number && number <= issue.last_line);
        if !inside || strange || words::is_layout(output.parser, &line.text) {
            continue;
        }
        let here = printed.range(..=number).next_back().map_or("", |(_, fact)| fact);
        let data = words::data(output.parser, numbered, &line.text);
        let words = Printed::new(output.parser, here).missing(&data).join(" ");
        if !words.is_empty() {
            missing.push((number, '~', words));
        }
    }
    missing
}

#[test]
fn every_fixture_is_understood_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let name = fixture.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&fixture).unwrap();
        let Ok(text) = String::from_utf8(bytes) else {
            wrong
                .push(format!("{}: a fixture of a text parser that is no text", fixture.display()));
            continue;
        };
        let reading = transcript::read(ArtifactId(0), name, &text, 1);
        let read_by: Vec<_> = reading.outputs.iter().map(|output| output.parser).collect();
        if !name.starts_with("err-") && !read_by.contains(&parser_of(&fixture)) {
            wrong.push(format!("{}: read by {read_by:?}", fixture.display()));
        }
        let shown = show(&text, &reading);
        if let Some(lost) = shown.lines().find(|line| line.get(3..6) == Some(" ~ ")) {
            wrong.push(format!("{}: words that no fact prints back: {lost}", fixture.display()));
        }
        settings.set_snapshot_path(fs::canonicalize(fixture.parent().unwrap()).unwrap());
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_parser_has_fixtures_and_every_folder_a_parser() {
    let ids = PARSERS
        .iter()
        .map(|parser| parser.id)
        .chain(json::DOCUMENTS.iter().map(|document| document.id));
    let ids: Vec<_> = ids.collect();
    let folders: Vec<_> = fixtures().iter().map(|fixture| parser_of(fixture).to_owned()).collect();
    let without: Vec<_> =
        ids.iter().filter(|id| !folders.iter().any(|folder| folder == *id)).collect();
    let orphans: Vec<_> = folders.iter().filter(|folder| !ids.contains(&folder.as_str())).collect();
    assert!(
        without.is_empty() && orphans.is_empty(),
        "parsers without fixtures: {without:?}; folders without parser: {orphans:?}"
    );
    let unexplained: Vec<_> = folders
        .iter()
        .filter(|folder| !Path::new("fixtures/parse").join(folder).join("README.md").exists())
        .collect();
    assert!(unexplained.is_empty(), "folders without README.md: {unexplained:?}");
}
