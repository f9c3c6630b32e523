//! How unit tests run one parser of documents on one text.

use crate::{
    model::{ArtifactId, Fact},
    parse::{
        Found,
        json::{Document, DocumentParser, Reads, Shape},
    },
};

/// Reads a whole text as the document of a parser, and returns the facts as `LINE: FACT`, then the issues.
pub(super) fn shown(parser: &DocumentParser, path: &str, text: &str) -> Vec<String> {
    let shape = Shape::of(text);
    assert!((parser.recognizes)(&shape), "{} does not recognize {text}", parser.id);
    let document = Document {
        text,
        artifact: ArtifactId(0),
        path,
        command: None,
        line: 1,
        start: 0,
        length: text.len() as u64,
        converted: false,
        cut: false,
    };
    let mut found = Found::default();
    match parser.reads {
        Reads::Whole(read) => read(&document, &mut found),
        Reads::Items(_) => unreachable!("the documents of ipamd are read whole"),
    }
    let mut shown: Vec<String> = found.facts.iter().flat_map(facts).collect();
    shown.extend(
        found.issues.iter().map(|issue| format!("{}! {}", issue.origin.line, issue.message)),
    );
    shown
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other facts are not made by these parsers")]
fn facts(fact: &Fact) -> Vec<String> {
    fn dump<T: std::fmt::Display>(dump: &crate::model::Dump<T>) -> Vec<String> {
        let entries = dump.entries.iter();
        entries.map(|entry| format!("{}: {}", entry.origin.line, entry.value)).collect()
    }
    match fact {
        Fact::Datastore(store) => vec![format!("{}: {}", store.origin.line, store.value)],
        Fact::Conflist(list) => vec![format!("{}: {}", list.origin.line, list.value)],
        Fact::CniResult(result) => vec![format!("{}: {}", result.origin.line, result.value)],
        Fact::Allocations(facts) => dump(facts),
        Fact::EnvSettings(facts) => dump(facts),
        Fact::Netns(facts) => dump(facts),
        Fact::Log(facts) => dump(facts),
        other => vec![format!("{other:?}")],
    }
}
