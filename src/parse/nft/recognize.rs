//! Telling nft's output from other text without a command above it.

use super::key;
use crate::model::netfilter::nft::NftFamily;

/// `table ip nat {`, `chain NAME {`, `set NAME {`, `add rule ip …`, and the warning about iptables' tables.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with("# Warning: table ") && line.contains("managed by iptables-nft") {
        return true;
    }
    let mut words = line.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    match (next(), next(), next(), next()) {
        ("table", family, name, brace) => {
            NftFamily::of_word(family).is_some()
                && (matches!(brace, "{" | "{}") || name.ends_with('{') || is_listed(line))
        }
        ("chain" | "set" | "map" | "flowtable", name, "{", rest) => {
            !name.is_empty() && (rest.is_empty() || rest == "#" || rest == "}")
        }
        ("add", "table", family, name) => NftFamily::of_word(family).is_some() && !name.is_empty(),
        ("add" | "insert", "chain" | "rule" | "set" | "map" | "element", family, table) => {
            NftFamily::of_word(family).is_some() && !table.is_empty()
        }
        ("delete" | "destroy" | "flush", object, family, name) => {
            matches!(object, "table" | "chain" | "rule" | "set" | "map" | "element")
                && NftFamily::of_word(family).is_some()
                && !name.is_empty()
        }
        ("type", "filter" | "nat" | "route", "hook", hook) => super::header::hook(hook).is_some(),
        (_, _, _, _) => false,
    }
}

/// A line of `nft list tables`, which has three words.
fn is_listed(line: &str) -> bool {
    line.split_ascii_whitespace().count() == 3
}

/// Words that start lines of a ruleset beside keys.
const STARTS: &[&str] = &[
    "table",
    "chain",
    "set",
    "map",
    "meter",
    "flowtable",
    "counter",
    "quota",
    "limit",
    "type",
    "typeof",
    "flags",
    "elements",
    "size",
    "timeout",
    "gc-interval",
    "policy",
    "auto-merge",
    "comment",
    "accept",
    "drop",
    "return",
    "continue",
    "jump",
    "goto",
    "queue",
    "snat",
    "dnat",
    "masquerade",
    "redirect",
    "reject",
    "notrack",
    "log",
    "tproxy",
    "dup",
    "fwd",
    "synproxy",
    "flow",
    "xt",
    "update",
    "add",
    "delete",
    "insert",
    "create",
    "flush",
    "define",
    "hook",
    "devices",
    "protocol",
    "l3proto",
    "rate",
    "packets",
    "over",
    "secmark",
    "last",
    "osf",
    "ipsec",
];

/// A line that may stand inside: braces, statements, elements. Refuses prompts and other commands.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with('}') || line.starts_with("# Warning: table ") {
        return true;
    }
    if matches!(line, "..." | "…") {
        return true;
    }
    let mut words = line.split_ascii_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    // `ct helper ftp {` and the like.
    if first == "ct" && matches!(second, Some("helper" | "timeout" | "expectation")) {
        return true;
    }
    if STARTS.contains(&first) {
        return !matches!(
            (first, second),
            ("set", Some("-" | "+" | "-e" | "-x" | "-o")) | ("type", Some("-a" | "-t"))
        );
    }
    let first = first.trim_end_matches([';', ',']);
    key::starts_key(first, second) || is_element(line)
}

/// A line of `elements = { a,` that goes on: it ends with a comma or with the closing brace.
fn is_element(line: &str) -> bool {
    let quoted = line.starts_with('"');
    let value = line.starts_with(|c: char| c.is_ascii_hexdigit() || c == '*' || c == ':');
    let named = line.split_ascii_whitespace().nth(1).is_some_and(|word| matches!(word, "." | ":"));
    (quoted || value || named) && (line.ends_with(',') || line.ends_with('}'))
}
