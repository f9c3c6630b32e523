//! `ip rule show`: one line per rule, `PRIORITY: [not] SELECTOR... ACTION`.
//!
//! The grammar is what `print_rule()` of iproute2 writes (`ip/iprule.c`).

use super::{Found, IssueKind, Parser, Section, command::Simple, issue::excerpt, words::Words};
use crate::{
    model::{
        Dump, Fact, Partial, Sourced,
        routing::{IpRule, RuleAction, Selector},
    },
    net::{Family, IfName, IpNet, PortRange, Protocol, TableId},
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
        "ip-rule*",
        "ip_rule*",
    ],
    prints: |command| {
        command.is_ip_object(&["rule", "rul", "ru"])
            && command.ip_lists()
            && !command.ip_prints_json()
    },
    begins,
    continues: begins,
    parse,
};

/// `1536:` followed by `from` or `not from` and an address or `all`.
fn begins(line: &str) -> bool {
    let Some((priority, rest)) = line.trim_start().split_once(':') else { return false };
    let digits = !priority.is_empty()
        && priority.len() <= 10
        && priority.bytes().all(|b| b.is_ascii_digit());
    let mut words = Words::new(rest);
    words.take_word("not");
    digits
        && words.take_word("from")
        && words.next().is_some_and(|word| word == "all" || net(word).is_ok() || is_masked(word))
}

/// Returns whether a word is an address of which an author has hidden a part: `43.xxx.xxx.xxx`.
fn is_masked(word: &str) -> bool {
    word.split('.').count() == 4
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'*'))
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut n_issues = found.issues.len();
    let mut rules: Vec<Sourced<IpRule>> = Vec::new();
    for line in section.text_lines() {
        let (text, note) = without_note(&line.text);
        match rule(text, section.family()) {
            Ok(rule) => {
                // A list is sorted by priority; a lower one starts another list.
                let goes_back =
                    rules.last().is_some_and(|last| rule.priority < last.value.priority);
                if goes_back {
                    let has_issues = found.issues.len() > n_issues;
                    flush(section, found, std::mem::take(&mut rules), has_issues);
                    n_issues = found.issues.len();
                }
                rules.push(Sourced::new(rule, line.origin(section.artifact)));
            }
            Err(kind) => found.issue(section, line, &kind),
        }
        if !note.is_empty() {
            let kind = IssueKind::Other(format!("a note of an author: `{}`", excerpt(note)).into());
            found.issue(section, line, &kind);
            // A note beside a rule leaves no gap in the list.
            n_issues += 1;
        }
    }
    let has_issues = found.issues.len() > n_issues;
    flush(section, found, rules, has_issues);
}

/// Keeps a list. All rules of a list are of one family, which one address shows.
fn flush(
    section: &Section<'_>,
    found: &mut Found,
    mut rules: Vec<Sourced<IpRule>>,
    has_issues: bool,
) {
    let Some(origin) = rules.first().map(|rule| rule.origin) else { return };
    let mut families = rules.iter().filter_map(|rule| rule.value.family);
    let shown = families.next().filter(|first| families.all(|family| family == *first));
    // Without `-6` the list is that of IPv4 (`iprule_list_flush_or_save()`), also in the bundle of the log collector.
    let is_plain = section.command.is_some() || section.path.ends_with("networking/iprule.txt");
    let family = section.family().or(shown).or(is_plain.then_some(Family::V4));
    for rule in &mut rules {
        rule.value.family = rule.value.family.or(family);
    }
    let is_whole = is_whole(&rules);
    let mut dump = Dump { origin, ..section.dump(rules) };
    dump.family = family;
    dump.partial = dump
        .partial
        .or(section.command.is_some_and(Simple::ip_selects).then_some(Partial::Selected))
        .or(has_issues.then_some(Partial::Gaps))
        .or((!is_whole).then_some(Partial::Cut));
    found.fact(Fact::IpRules(dump));
}

/// Every list has rules that ask the table `local` and the table `main` without a condition, since the kernel makes
/// them (`fib_default_rules_init()`) and a host is lost without them. A list that lacks one was not copied whole.
fn is_whole(rules: &[Sourced<IpRule>]) -> bool {
    [TableId::LOCAL, TableId::MAIN].iter().all(|wanted| {
        rules.iter().any(|rule| {
            let IpRule { negated, selectors, action, .. } = &rule.value;
            let asks = matches!(action, RuleAction::Lookup { table, .. } if table == wanted);
            asks && !negated && selectors.is_empty()
        })
    })
}

/// Words that start what `print_rule()` writes after the action.
const AFTER_ACTION: &[&str] = &[
    "suppress_prefixlength",
    "suppress_ifgroup",
    "realms",
    "map-to",
    "masquerade",
    "proto",
    "[unresolved]",
];

/// Cuts off what an author wrote beside a rule, such as `<----- to the pod`: what starts with an arrow, a comment
/// sign or a bracket after the action.
fn without_note(line: &str) -> (&str, &str) {
    let mut after_action = false;
    let mut words = Words::new(line);
    loop {
        let rest = words.rest();
        let Some(word) = words.next() else { return (line, "") };
        let is_note = !word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        if after_action && is_note {
            let at = line.trim().len() - rest.len();
            let text = line.trim();
            return (text.get(..at).unwrap_or(text), rest);
        }
        after_action |= matches!(
            word,
            "lookup" | "table" | "goto" | "nop" | "blackhole" | "unreachable" | "prohibit"
        );
    }
}

pub(super) fn rule(line: &str, family: Option<Family>) -> Result<IpRule, IssueKind> {
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
    let mut done = None;
    while let Some(word) = words.next() {
        match &mut done {
            None => {
                if let Some(selector) = selector(word, &mut words)? {
                    match selector {
                        Selected::Everything => {}
                        Selected::Only(selector) => {
                            // Most rules have one selector or two; a vector that grows would reserve room for four.
                            rule.selectors.reserve_exact(1);
                            rule.selectors.push(selector);
                        }
                        Selected::Unknown(operand) => {
                            rule.unmodelled.extend([word.into(), operand.into()]);
                        }
                    }
                } else if let Some(action) = action(word, &mut words)? {
                    done = Some(action);
                } else {
                    rule.unmodelled.push(word.into());
                }
            }
            Some(action) => after_action(word, &mut words, action, &mut rule)?,
        }
    }
    rule.action = done.ok_or(IssueKind::Missing { expected: "an action such as `lookup main`" })?;
    rule.family = rule.family.or_else(|| rule.selectors.iter().find_map(Selector::family));
    Ok(rule)
}

/// Returns `None` where the word is no action. `-N` prints the numbers of `linux/fib_rules.h`.
fn action(word: &str, words: &mut Words<'_>) -> Result<Option<RuleAction>, IssueKind> {
    Ok(Some(match word {
        "lookup" | "table" => lookup(words.expect("a table")?),
        "goto" => {
            let priority = words.parse("a priority to go to")?;
            if words.take_word("[unresolved]") {
                RuleAction::GotoUnresolved(priority)
            } else {
                RuleAction::Goto(priority)
            }
        }
        "nop" | "3" => RuleAction::Nop,
        "blackhole" | "6" => RuleAction::Blackhole,
        "unreachable" | "7" => RuleAction::Unreachable,
        "prohibit" | "8" => RuleAction::Prohibit,
        "map-to" => {
            RuleAction::Unmodelled(format!("map-to {}", words.expect("an address")?).into())
        }
        "masquerade" => RuleAction::Unmodelled(word.into()),
        _ => return Ok(None),
    }))
}

/// Reads a word after the action. `realms` only classifies for `tc` and for the match `realm`.
fn after_action(
    word: &str,
    words: &mut Words<'_>,
    action: &mut RuleAction,
    rule: &mut IpRule,
) -> Result<(), IssueKind> {
    match word {
        "suppress_prefixlength" => suppress_length(action, words.parse("a prefix length")?)?,
        "suppress_ifgroup" => suppress_group(action, words.expect("a device group")?)?,
        "proto" | "protocol" if rule.proto.is_none() => {
            rule.proto = Some(words.expect("a protocol")?.into());
        }
        other if AFTER_ACTION.contains(&other) => {
            rule.unmodelled.push(other.into());
            rule.unmodelled.extend(words.next().map(Into::into));
        }
        // Words that iproute2 does not print here are a note, of which nothing is taken.
        other => {
            rule.unmodelled.push(other.into());
            rule.unmodelled.extend(words.by_ref().map(Into::into));
        }
    }
    Ok(())
}

/// A selector of the line: one that selects, `from all`, which selects everything, or one that is not modelled.
enum Selected<'a> {
    Everything,
    Only(Selector),
    Unknown(&'a str),
}

/// Returns `None` where the word starts no selector.
fn selector<'a>(word: &str, words: &mut Words<'a>) -> Result<Option<Selected<'a>>, IssueKind> {
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
        "ipproto" => {
            let name = words.expect("an IP protocol")?;
            // `-N` prints `ipproto-6`.
            match name.strip_prefix("ipproto-").unwrap_or(name).parse::<Protocol>() {
                Ok(protocol) => Selector::IpProto(protocol),
                Err(_) => return Ok(Some(Selected::Unknown(name))),
            }
        }
        "sport" | "dport" => {
            let ports = words.expect("a port or a range")?;
            match (word, ports.parse::<PortRange>()) {
                ("sport", Ok(ports)) => Selector::Sport(ports),
                (_, Ok(ports)) => Selector::Dport(ports),
                // A port under a mask, or a name of `/etc/services`.
                (_, Err(_)) => return Ok(Some(Selected::Unknown(ports))),
            }
        }
        "tos" | "dsfield" => {
            let name = words.expect("a TOS value")?;
            match tos(name) {
                Some(tos) => Selector::Tos(tos),
                None => return Ok(Some(Selected::Unknown(name))),
            }
        }
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

/// Returns `None` for a name of `/etc/iproute2/rt_dsfield`, which is on the node.
fn tos(word: &str) -> Option<u8> {
    let hex = word.strip_prefix("0x").map(|digits| u8::from_str_radix(digits, 16).ok());
    hex.unwrap_or_else(|| word.parse().ok())
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

fn suppress_length(action: &mut RuleAction, length: u8) -> Result<(), IssueKind> {
    let RuleAction::Lookup { suppress_prefix_length, .. } = action else {
        return Err(IssueKind::malformed("`lookup` before it", "suppress_prefixlength"));
    };
    *suppress_prefix_length = Some(length);
    Ok(())
}

fn suppress_group(action: &mut RuleAction, group: &str) -> Result<(), IssueKind> {
    let RuleAction::Lookup { suppress_group, .. } = action else {
        return Err(IssueKind::malformed("`lookup` before it", "suppress_ifgroup"));
    };
    *suppress_group = Some(group.into());
    Ok(())
}
