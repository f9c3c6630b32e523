//! `arp -n` and `arp -a`: the neighbours of IPv4 as net-tools print them (`arp.c`).
//!
//! A host's name in place of its address (`arp` without `-n`) is not looked up: the line is not understood.

use super::{Found, IssueKind, Parser, Section, words::Words};
use crate::{
    model::{Fact, Partial, Sourced, routing::Neighbour},
    net::{Family, MacAddr},
};
use std::net::IpAddr;

pub(super) static PARSER: Parser = Parser {
    id: "arp",
    command: "arp -n",
    paths: &["arp.txt", "arp-n.txt", "arp_n.txt", "arp-a.txt", "arp_a.txt"],
    prints: |command| command.program() == "arp",
    begins: |line| is_header(line) || is_bsd_entry(line),
    continues: |line| is_header(line) || is_bsd_entry(line) || is_entry(line) || is_footer(line),
    parse,
};

fn is_header(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next() == Some("Address") && words.next() == Some("HWtype")
}

/// The last line of `arp -v`.
fn is_footer(line: &str) -> bool {
    line.starts_with("Entries: ") && line.contains("Found: ")
}

/// `? (10.0.0.1) at 02:… [ether] on eth0`.
fn is_bsd_entry(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace().skip(1);
    let address = words.next().and_then(|word| word.strip_prefix('(')?.strip_suffix(')'));
    address.is_some_and(|word| word.parse::<IpAddr>().is_ok()) && words.next() == Some("at")
}

fn is_entry(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next();
    match words.next() {
        Some("(incomplete)") | Some("*") => true,
        Some(_) => words.next().is_some_and(|word| word.parse::<MacAddr>().is_ok()),
        None => false,
    }
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let mut entries = Vec::new();
    for line in section.text_lines() {
        let text = &*line.text;
        if is_footer(text) {
            continue;
        }
        if is_header(text) {
            flush(section, found, std::mem::take(&mut entries), n_issues);
            continue;
        }
        let entry = if is_bsd_entry(text) { bsd_entry(text) } else { entry(text) };
        match entry {
            Ok(entry) => entries.push(Sourced::new(entry, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    flush(section, found, entries, n_issues);
}

fn flush(
    section: &Section<'_>,
    found: &mut Found,
    entries: Vec<Sourced<Neighbour>>,
    n_issues: usize,
) {
    let Some(origin) = entries.first().map(|entry| entry.origin) else { return };
    let mut dump = section.dump(entries);
    dump.origin = origin;
    dump.family = Some(Family::V4);
    let has_issues = found.issues.len() > n_issues;
    dump.partial = dump.partial.or(has_issues.then_some(Partial::Gaps));
    found.fact(Fact::Neighbours(dump));
}

/// `10.0.0.1  ether  02:…  C  eth0`, `10.0.0.2  (incomplete)  eth0`.
fn entry(line: &str) -> Result<Neighbour, IssueKind> {
    let mut words = Words::new(line);
    let mut entry = of(words.parse("an IP address")?);
    let kind = words.expect("a hardware type")?;
    entry.rest.push(kind.into());
    if kind == "(incomplete)" {
        entry.state = Some("INCOMPLETE".into());
    } else {
        mac(&mut entry, words.expect("a hardware address")?);
        let flags = words.expect("flags")?;
        permanent(&mut entry, flags.contains('M'));
        entry.rest.push(flags.into());
    }
    // The mask stands between flags and interface, and hardly anybody has one.
    let last = words.clone().last().ok_or(IssueKind::Missing { expected: "an interface" })?;
    entry.dev = Some(last.parse().map_err(|_| IssueKind::malformed("an interface", last))?);
    let n_between = words.clone().count() - 1;
    entry.rest.extend(words.take(n_between).map(Into::into));
    Ok(entry)
}

/// `NAME (10.0.0.1) at 02:… [ether] PERM on eth0`, `? (10.0.0.2) at <incomplete> on eth0`.
fn bsd_entry(line: &str) -> Result<Neighbour, IssueKind> {
    let mut words = Words::new(line);
    let name = words.expect("a host name or `?`")?;
    let address = words.expect("an IP address in brackets")?;
    let ip = address.trim_matches(['(', ')']).parse();
    let mut entry = of(ip.map_err(|_| IssueKind::malformed("an IP address", address))?);
    entry.rest.push(name.into());
    while let Some(word) = words.next() {
        match word {
            "on" if entry.dev.is_none() => {
                entry.rest.push(word.into());
                entry.dev = Some(words.parse("an interface")?);
            }
            "at" => {
                entry.rest.push(word.into());
                let hardware = words.expect("a hardware address")?;
                if hardware == "<incomplete>" || hardware == "(incomplete)" {
                    entry.state = Some("INCOMPLETE".into());
                }
                mac(&mut entry, hardware);
            }
            "PERM" | "permanent" => {
                permanent(&mut entry, true);
                entry.rest.push(word.into());
            }
            other => entry.rest.push(other.into()),
        }
    }
    match entry.dev {
        Some(_) => Ok(entry),
        None => Err(IssueKind::Missing { expected: "`on` and an interface" }),
    }
}

fn of(ip: IpAddr) -> Neighbour {
    Neighbour { ip, dev: None, mac: None, state: None, rest: Vec::new() }
}

fn mac(entry: &mut Neighbour, word: &str) {
    match word.parse() {
        Ok(mac) if entry.mac.is_none() => entry.mac = Some(mac),
        Ok(_) | Err(_) => entry.rest.push(word.into()),
    }
}

/// The flag `M` and the word `PERM` are `ATF_PERM`, the kernel's `NUD_PERMANENT` (`arp_state_to_flags()`).
fn permanent(entry: &mut Neighbour, is_permanent: bool) {
    if is_permanent {
        entry.state = Some("PERMANENT".into());
    }
}
