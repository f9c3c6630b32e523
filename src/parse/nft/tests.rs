//! What the ruleset reader does with whole texts.

use super::*;
use crate::{model::ArtifactId, parse::line::lines};

fn read(text: &str) -> (NftRuleset, Found) {
    let lines = lines(text);
    let section = Section {
        artifact: ArtifactId(0),
        path: "nft.txt",
        command: None,
        lines: &lines,
        cut: false,
    };
    let mut found = Found::default();
    parse(&section, &mut found);
    let Some(Fact::NftRuleset(ruleset)) = found.facts.pop() else { panic!("no ruleset") };
    (ruleset, found)
}

#[test]
fn keeps_what_it_does_not_know_of_a_rule() {
    let (ruleset, found) =
        read("table ip x {\nchain c {\nip saddr 10.0.0.1 frobnicate 5 \"a\" accept\n}\n}\n");
    assert!(found.issues.is_empty());
    let rule = &ruleset.tables[0].chains[0].rules[0];
    assert_eq!(rule.to_string(), "ip saddr 10.0.0.1 frobnicate 5 \"a\" accept");
    assert_eq!(rule.statements.len(), 3);
}
