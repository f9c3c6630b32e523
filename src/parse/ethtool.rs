//! `ethtool -S`: the counters of an interface's driver, one per line; the log collector writes `Interface NAME` above.

use super::{Found, IssueKind, Parser, Section};
use crate::{
    model::{
        Fact, Sourced,
        metrics::{LinkCounter, LinkCounters},
    },
    net::IfName,
};

pub(super) static PARSER: Parser = Parser {
    id: "ethtool-S",
    command: "ethtool -S eth0",
    paths: &["networking/ethtool.txt", "ethtool.txt"],
    prints: |command| {
        command.program() == "ethtool" && (command.has_arg("-S") || command.has_arg("--statistics"))
    },
    begins: |line| {
        line.trim() == "NIC statistics:"
            || interface(line).is_some_and(|name| {
                ["eth", "ens", "eni", "lo"].iter().any(|start| name.as_str().starts_with(start))
            })
    },
    continues: |line| {
        interface(line).is_some()
            || matches!(line.trim(), "NIC statistics:" | "no stats available")
            || counter(line).is_ok()
    },
    parse,
};

/// `Interface NAME`, which the collector writes before each.
fn interface(line: &str) -> Option<IfName> {
    let mut words = line.split_ascii_whitespace();
    let is_heading = words.next() == Some("Interface");
    let name = words.next()?.trim_end_matches(':').split('@').next()?.parse().ok()?;
    (is_heading && words.next().is_none()).then_some(name)
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let asked = section.command.and_then(|command| {
        command.args().filter(|arg| !arg.starts_with('-')).last()?.parse::<IfName>().ok()
    });
    let mut entries: Vec<Sourced<LinkCounters>> = Vec::new();
    // The heading of a block that has had no `NIC statistics:` line yet.
    let mut named = None;
    for line in section.text_lines() {
        let origin = line.origin(section.artifact);
        let text = line.text.trim();
        if let Some(name) = interface(text) {
            let block = LinkCounters { interface: Some(name), counters: Vec::new() };
            entries.push(Sourced::new(block, origin));
            named = Some(());
        } else if text == "NIC statistics:" || text == "no stats available" {
            if named.take().is_none() {
                let block = LinkCounters { interface: asked, counters: Vec::new() };
                entries.push(Sourced::new(block, origin));
            }
        } else {
            match (counter(text), entries.last_mut()) {
                (Ok((name, value)), Some(block)) => {
                    let counter = LinkCounter { name: name.into(), value, line: line.number };
                    block.value.counters.push(counter);
                }
                (Ok(_), None) => {
                    let kind = IssueKind::unexpected("ethtool -S before its heading", text);
                    found.issue(section, line, &kind);
                }
                (Err(kind), _) => found.issue(section, line, &kind),
            }
        }
    }
    found.fact(Fact::LinkCounters(section.dump(entries)));
}

/// `NAME: VALUE`; names such as `[0]: rx_bytes` have colons of their own.
fn counter(line: &str) -> Result<(&str, u64), IssueKind> {
    let line = line.trim();
    let (name, value) =
        line.rsplit_once(':').ok_or(IssueKind::Missing { expected: "`: VALUE`" })?;
    let value = value.trim();
    let value = value.parse().map_err(|_| IssueKind::malformed("a counter", value))?;
    match name.split_ascii_whitespace().count() {
        1..=4 => Ok((name, value)),
        _ => Err(IssueKind::malformed("the name of a counter", name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    #[test]
    fn reads_blocks() {
        let text = "Interface eth0\nNIC statistics:\n     total_resets: 0\n     \
            conntrack_allowance_exceeded: 12\n\nInterface lo\nno stats available\n\nInterface eni1\nx\n";
        let (found, _) = testing::parse(&PARSER, None, text);
        assert_eq!(
            testing::shown(&found),
            [
                "1: eth0: total_resets: 0 conntrack_allowance_exceeded: 12",
                "6: lo: no stats available",
                "9: eni1: no stats available",
                "10! expected `: VALUE`, found the end of the line",
            ]
        );
        let (found, _) = testing::parse(
            &PARSER,
            Some("ethtool -S ens5"),
            "NIC statistics:\n [0]: rx_bytes: 5\n",
        );
        assert_eq!(testing::shown(&found), ["1: ens5: [0]: rx_bytes: 5"]);
    }
}
