//! `ip rule show`: one line per rule, `PRIORITY: [not] SELECTOR... ACTION`.
//!
//! The grammar is what `print_rule()` of iproute2 writes (`ip/iprule.c`).

use super::{IssueKind, Parser, words::Words};
use crate::{
    model::{
        Fact,
        routing::{IpRule, RuleAction, Selector},
    },
    net::{Family, IfName, IpNet, PortRange, Protocol},
};
use std::net::IpAddr;

pub(super) static PARSER: Parser = Parser {
    id: "ip-rule",
    command: "ip rule show",
    paths: &[
        "networking/iprule.txt",
        "networking/ip6rule.txt",
        "iprule.out",
        "iprule.txt",
        "iprule.output",
    ],
    prints: |command| command.is_ip_object(&["rule", "ru"]),
    begins,
    continues: begins,
    parse: |section, found| {
        let family = section.family();
        let dump = section.parse_lines(found, |line| rule(line, family));
        found.fact(Fact::IpRules(dump));
    },
};

/// `1536:` followed by `from` or `not`.
fn begins(line: &str) -> bool {
    let line = line.trim_start();
    let Some((priority, rest)) = line.split_once(':') else { return false };
    let digits = !priority.is_empty()
        && priority.len() <= 10
        && priority.bytes().all(|b| b.is_ascii_digit());
    digits && matches!(rest.split_ascii_whitespace().next(), Some("from" | "not"))
}

fn rule(line: &str, family: Option<Family>) -> Result<IpRule, IssueKind> {
    let (priority, rest) = line.split_once(':').ok_or(IssueKind::Missing { expected: "`:`" })?;
    let priority = priority.trim();
    let priority = priority.parse().map_err(|_| IssueKind::malformed("a priority", priority))?;

    let mut words = Words::new(rest);
    let mut rule = IpRule {
        priority,
        family,
        negated: words.take_word("not"),
        selectors: Vec::new(),
        action: RuleAction::Nop,
        proto: None,
        unmodelled: Vec::new(),
    };
    let mut action = None;
    while let Some(word) = words.next() {
        if let Some(selector) = selector(word, &mut words)? {
            rule.selectors.extend(selector.into_option());
            continue;
        }
        match word {
            "lookup" | "table" => action = Some(lookup(words.expect("a table")?)),
            "goto" => action = Some(RuleAction::Goto(words.parse("a priority to go to")?)),
            "nop" => action = Some(RuleAction::Nop),
            "blackhole" => action = Some(RuleAction::Blackhole),
            "unreachable" => action = Some(RuleAction::Unreachable),
            "prohibit" => action = Some(RuleAction::Prohibit),
            "suppress_prefixlength" => {
                suppress_length(&mut action, words.parse("a prefix length")?)?
            }
            "suppress_ifgroup" => suppress_group(&mut action, words.expect("a device group")?)?,
            "proto" | "protocol" => rule.proto = Some(words.expect("a protocol")?.into()),
            other => rule.unmodelled.push(other.into()),
        }
    }
    rule.action =
        action.ok_or(IssueKind::Missing { expected: "an action such as `lookup main`" })?;
    rule.family = rule.family.or_else(|| rule.selectors.iter().find_map(Selector::family));
    Ok(rule)
}

/// A selector of the line: one that selects, or `from all`, which selects everything.
enum Selected {
    Everything,
    Only(Selector),
}

impl Selected {
    fn into_option(self) -> Option<Selector> {
        match self {
            Self::Everything => None,
            Self::Only(selector) => Some(selector),
        }
    }
}

/// Returns `None` where the word starts no selector.
fn selector(word: &str, words: &mut Words<'_>) -> Result<Option<Selected>, IssueKind> {
    let selector = match word {
        "from" | "to" => {
            let prefix = words.expect("an address, a prefix or `all`")?;
            match (word, prefix) {
                (_, "all") => return Ok(Some(Selected::Everything)),
                ("from", _) => Selector::From(net(prefix)?),
                (_, _) => Selector::To(net(prefix)?),
            }
        }
        "iif" | "oif" => {
            let name: IfName = words.parse("an interface name")?;
            let detached = words.take_word("[detached]");
            if word == "iif" {
                Selector::Iif { name, detached }
            } else {
                Selector::Oif { name, detached }
            }
        }
        "fwmark" => Selector::Fwmark(words.parse("a mark")?),
        "ipproto" => Selector::IpProto(words.parse::<Protocol>("an IP protocol")?),
        "sport" => Selector::Sport(words.parse::<PortRange>("a port or a range")?),
        "dport" => Selector::Dport(words.parse::<PortRange>("a port or a range")?),
        "tos" | "dsfield" => Selector::Tos(tos(words.expect("a TOS value")?)?),
        "uidrange" => uid_range(words.expect("a range of user ids")?)?,
        "l3mdev" => Selector::L3mdev,
        "tun_id" => Selector::TunId(words.parse("a tunnel id")?),
        _ => return Ok(None),
    };
    Ok(Some(Selected::Only(selector)))
}

fn net(word: &str) -> Result<IpNet, IssueKind> {
    word.parse()
        .or_else(|_| word.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| IssueKind::malformed("an address, a prefix or `all`", word))
}

/// `0x10`, or a name of `/etc/iproute2/rt_dsfield`, which is on the node.
fn tos(word: &str) -> Result<u8, IssueKind> {
    let hex = word.strip_prefix("0x").map(|digits| u8::from_str_radix(digits, 16));
    hex.unwrap_or_else(|| word.parse()).map_err(|_| IssueKind::malformed("a TOS value", word))
}

fn uid_range(word: &str) -> Result<Selector, IssueKind> {
    let malformed = || IssueKind::malformed("a range of user ids", word);
    let (first, last) = word.split_once('-').ok_or_else(malformed)?;
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) => Ok(Selector::UidRange { first, last }),
        (Err(_), _) | (_, Err(_)) => Err(malformed()),
    }
}

fn lookup(table: &str) -> RuleAction {
    match table {
        "[l3mdev-table]" => RuleAction::L3mdevTable,
        _ => {
            let Ok(table) = table.parse();
            RuleAction::Lookup { table, suppress_prefix_length: None, suppress_group: None }
        }
    }
}

fn suppress_length(action: &mut Option<RuleAction>, length: u8) -> Result<(), IssueKind> {
    let Some(RuleAction::Lookup { suppress_prefix_length, .. }) = action else {
        return Err(IssueKind::malformed("`lookup` before it", "suppress_prefixlength"));
    };
    *suppress_prefix_length = Some(length);
    Ok(())
}

fn suppress_group(action: &mut Option<RuleAction>, group: &str) -> Result<(), IssueKind> {
    let Some(RuleAction::Lookup { suppress_group, .. }) = action else {
        return Err(IssueKind::malformed("`lookup` before it", "suppress_ifgroup"));
    };
    *suppress_group = Some(group.into());
    Ok(())
}
