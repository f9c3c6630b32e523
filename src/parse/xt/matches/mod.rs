//! Conditions in both spellings: the options of a save (`-m mark --mark 0x80`) and what `-L` prints (`mark match 0x80`).
//!
//! Each file reads both spellings of its modules, so that a rule means the same in either output.

mod addresses;
mod conntrack;
mod fields;
mod local;
pub(super) mod ports;
mod undecidable;

use super::{
    cursor::Quotes,
    spec::{self, Rule},
};

/// Reads the options of one `-m MODULE`. What it does not know stays for the caller.
pub(super) fn module(rule: &mut Rule<'_, '_>, module: &str) {
    match module {
        "comment" => {
            if rule.words.take_word("--comment") {
                spec::comment(rule);
            }
        }
        "tcp" | "udp" | "sctp" | "dccp" | "udplite" => ports::transport(rule),
        "icmp" | "icmp6" | "icmpv6" => ports::icmp(rule, module != "icmp"),
        "multiport" => ports::multiport(rule),
        "conntrack" => conntrack::conntrack(rule),
        "state" => conntrack::state(rule),
        "mark" => conntrack::mark(rule, conntrack::Which::Packet),
        "connmark" => conntrack::mark(rule, conntrack::Which::Connection),
        "addrtype" => addresses::addrtype(rule),
        "iprange" => addresses::iprange(rule),
        "set" => addresses::set(rule),
        "mac" => addresses::mac(rule),
        "pkttype" => addresses::pkttype(rule),
        "statistic" => fields::statistic(rule),
        "length" => fields::length(rule),
        "ttl" => fields::ttl(rule),
        "hl" => fields::hop_limit(rule),
        "tos" => fields::tos(rule),
        "dscp" => fields::dscp(rule),
        "owner" => local::owner(rule),
        "physdev" => local::physdev(rule),
        "rpfilter" => local::rpfilter(rule),
        other => undecidable::module(rule, other),
    }
}

/// Reads a condition as `-L` prints it. `word` was taken, and a `!` before it if `negated`. Returns `false`, with the
/// words as they were, where this starts no condition that is known.
pub(super) fn listed(rule: &mut Rule<'_, '_>, negated: bool, word: &str) -> bool {
    let before = rule.words;
    let n_matches = rule.builder.matches.len();
    let understood = ports::listed(rule, negated, word)
        || conntrack::listed(rule, negated, word)
        || addresses::listed(rule, negated, word)
        || fields::listed(rule, negated, word)
        || local::listed(rule, negated, word)
        || undecidable::listed(rule, negated, word);
    if !understood {
        rule.words = before;
        rule.builder.matches.truncate(n_matches);
    }
    understood
}

/// Hands the options that follow to `read`, one after the other, as long as it knows them. `read` gets whether a `!`
/// stood before the option.
fn each_option(
    rule: &mut Rule<'_, '_>,
    mut read: impl FnMut(&mut Rule<'_, '_>, bool, &str) -> bool,
) {
    while rule.words.is_at_option() {
        let before = rule.words;
        let Some(word) = rule.words.next() else { return };
        let negated = word.text == "!" && word.quotes == Quotes::None;
        let option = if negated { rule.words.text() } else { word.text };
        if !option.starts_with("--") || !read(rule, negated, option) {
            rule.words = before;
            return;
        }
    }
}

/// Takes the `!` that may stand before or be glued to a value of `-L`.
fn listed_value<'a>(rule: &mut Rule<'a, '_>, negated: &mut bool) -> &'a str {
    let word = rule.words.text();
    let Some(rest) = word.strip_prefix('!') else { return word };
    *negated = !*negated;
    if rest.is_empty() { rule.words.text() } else { rest }
}
