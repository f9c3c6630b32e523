//! `nft list ruleset`, `list table`, `list chain`, …: tables, chains, rules, sets and maps as text.
//!
//! The grammar is what nftables prints (`src/rule.c`, `src/statement.c`, `src/expression.c`), in versions 0.4 to 1.1,
//! and `add …` commands as `nft -f` reads them. Indentation means nothing. A rule is never dropped: what is not
//! understood of it stays in it as words.

mod commands;
mod cursor;
mod element;
mod expr;
mod header;
pub mod json;
mod key;
mod lexer;
mod nat;
mod options;
mod reader;
mod recognize;
mod rule;
mod value;

use super::{Found, IssueKind, Parser, Section, command::Simple};
use crate::model::{Fact, Partial, netfilter::nft::NftRuleset};

pub(super) static PARSER: Parser = Parser {
    id: "nft",
    command: "nft list ruleset",
    paths: &["nft-ruleset.txt", "nft_ruleset.txt", "nftables.txt", "nft.txt", "nft-list-ruleset.txt"],
    prints: |command| command.program() == "nft" && command.has_arg("list"),
    begins: recognize::begins,
    continues: recognize::continues,
    parse,
};

fn parse(section: &Section<'_>, found: &mut Found) {
    let is_json = section.text_lines().next().is_some_and(|line| line.text.trim().starts_with('{'));
    if is_json {
        parse_json(section, found);
        return;
    }
    let mut ruleset = reader::read(section, found);
    let asked = section.command.and_then(selected);
    ruleset.partial = section.partial().or(ruleset.partial).or(asked);
    if let Some(command) = section.command {
        mark_unlisted(command, &mut ruleset);
    }
    found.fact(Fact::NftRuleset(ruleset));
}

/// A JSON document that stands among other outputs.
fn parse_json(section: &Section<'_>, found: &mut Found) {
    let mut text = String::new();
    for line in section.lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    match serde_json::from_str(&text) {
        Ok(document) => {
            let mut ruleset = json::from_json(&document, section.origin(), found);
            ruleset.command = section.command.map(|command| command.text.clone());
            ruleset.partial = section.partial().or_else(|| section.command.and_then(selected));
            if let Some(command) = section.command {
                mark_unlisted(command, &mut ruleset);
            }
            found.fact(Fact::NftRuleset(ruleset));
        }
        Err(error) => {
            let message = format!("not a JSON document: {error}").into();
            for line in section.text_lines() {
                found.issue(section, line, &IssueKind::Other(message));
                // One message for the document; its other lines have nothing to add.
                return;
            }
        }
    }
}

/// Returns the word after `list`.
fn listed(command: &Simple) -> Option<&str> {
    command.args().skip_while(|arg| *arg != "list").nth(1)
}

/// Whether the command asked for a part of the ruleset only.
fn selected(command: &Simple) -> Option<Partial> {
    let whole = listed(command) == Some("ruleset")
        && command.args().skip_while(|arg| *arg != "ruleset").count() == 1;
    (!whole).then_some(Partial::Selected)
}

/// `list chains` prints no rules, `list sets` and `-t` no elements.
fn mark_unlisted(command: &Simple, ruleset: &mut NftRuleset) {
    let object = listed(command).unwrap_or_default();
    let no_rules = matches!(object, "chains" | "tables");
    let short = |arg: &str| arg.starts_with('-') && !arg.starts_with("--") && arg.contains('t');
    let terse = command.args().any(|arg| arg == "--terse" || short(arg));
    let no_elements = terse || matches!(object, "sets" | "maps" | "meters" | "chains" | "tables");
    for table in &mut ruleset.tables {
        table.chains.iter_mut().for_each(|chain| chain.listed &= !no_rules);
        for set in &mut table.sets {
            set.listed &= !no_elements || !set.elements.is_empty();
        }
    }
}

#[cfg(test)]
mod tests;
