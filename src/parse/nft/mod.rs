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

use super::{Found, Parser, Section, command::Simple};
use crate::model::{Fact, Partial, netfilter::nft::NftRuleset};

pub(super) static PARSER: Parser = Parser {
    id: "nft",
    command: "nft list ruleset",
    paths: &[
        "nft-ruleset.txt",
        "nft_ruleset.txt",
        "nftables.txt",
        "nft.txt",
        "nft-list-ruleset.txt",
    ],
    prints: |command| command.program() == "nft" && command.has_arg("list"),
    begins: recognize::begins,
    continues: recognize::continues,
    parse,
};

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut ruleset = reader::read(section, found);
    let whole = section.partial().or(ruleset.partial);
    ruleset.partial = partial(section.cut, section.command, whole);
    if let Some(command) = section.command {
        mark_unlisted(command, &mut ruleset);
    }
    found.fact(Fact::NftRuleset(ruleset));
}

/// Why the output may not be everything: what was seen of it, or what its command asked for.
fn partial(cut: bool, command: Option<&Simple>, seen: Option<Partial>) -> Option<Partial> {
    let filtered = command.filter(|command| command.filtered).map(|_| Partial::Filtered);
    let cut = cut.then_some(Partial::Cut);
    seen.or(filtered).or(cut).or_else(|| command.and_then(selected))
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
