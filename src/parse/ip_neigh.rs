//! `ip neigh`: `ADDRESS [dev NAME] [lladdr MAC] [router] [proxy] … STATE`.
//!
//! The grammar is what `print_neigh()` of iproute2 writes (`ip/ipneigh.c`). With `show dev NAME` the device is not
//! printed.

use super::{Found, IssueKind, Parser, Section, command::Simple, ip_link_line::mac, words::Words};
use crate::{
    model::{Fact, Partial, routing::Neighbour},
    net::IfName,
};
use std::net::IpAddr;

pub(super) static PARSER: Parser = Parser {
    id: "ip-neigh",
    command: "ip neigh",
    paths: &["ip-neigh*", "ip_neigh*", "ipneigh*"],
    prints: |command| {
        command.is_ip_object(&["neighbour", "neighbor", "neigh", "nei", "ne", "n"])
            && command.ip_lists()
            && !command.ip_prints_json()
    },
    begins,
    continues,
    parse,
};

/// States of `linux/neighbour.h`.
const STATES: &[&str] =
    &["INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT", "NONE"];

/// An address, then a link layer address or a state.
fn begins(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_address = words.next().is_some_and(|word| word.parse::<IpAddr>().is_ok());
    let second = words.clone().next();
    is_address
        && second.is_some_and(|word| word == "dev" || word == "lladdr" || STATES.contains(&word))
        && words.any(|word| word == "lladdr" || STATES.contains(&word))
}

/// `… dev NAME proxy` has no state, and an author may have masked the address.
fn continues(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_address = words.next().is_some_and(|word| word.contains(['.', ':']));
    is_address
        && match words.next() {
            Some("dev") => words.nth(1).is_some_and(|word| {
                matches!(word, "lladdr" | "proxy" | "router" | "used" | "ref")
                    || STATES.contains(&word)
            }),
            Some(word) => word == "lladdr" || STATES.contains(&word),
            None => false,
        }
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let device = section.command.and_then(device);
    let n_issues = found.issues.len();
    let mut dump = section.parse_lines(found, |line| neighbour(line, device));
    let selects = section.command.is_some_and(selects);
    let has_issues = found.issues.len() > n_issues;
    dump.partial = dump
        .partial
        .or(selects.then_some(Partial::Selected))
        .or(has_issues.then_some(Partial::Gaps));
    if !dump.entries.is_empty() {
        found.fact(Fact::Neighbours(dump));
    }
}

pub(super) fn neighbour(line: &str, device: Option<IfName>) -> Result<Neighbour, IssueKind> {
    let mut words = Words::new(line);
    let ip = words.parse("an address")?;
    let mut neighbour = Neighbour { ip, dev: None, mac: None, state: None, rest: Vec::new() };
    while let Some(word) = words.next() {
        match word {
            "dev" if neighbour.dev.is_none() => {
                neighbour.dev = Some(words.parse("an interface name")?);
            }
            "lladdr" if neighbour.mac.is_none() => {
                let address = words.expect("a link layer address")?;
                match mac(address) {
                    Some(mac) => neighbour.mac = Some(mac),
                    // Tunnels have an IP address here.
                    None => neighbour.rest.extend([word.into(), address.into()]),
                }
            }
            state if neighbour.state.is_none() && STATES.contains(&state) => {
                neighbour.state = Some(state.into());
            }
            other => neighbour.rest.push(other.into()),
        }
    }
    let says_nothing =
        neighbour.mac.is_none() && neighbour.state.is_none() && neighbour.rest.is_empty();
    if says_nothing {
        return Err(IssueKind::Missing { expected: "a link layer address or a state" });
    }
    neighbour.dev = neighbour.dev.or(device);
    Ok(neighbour)
}

/// Returns the device of `ip neigh show dev NAME`.
fn device(command: &Simple) -> Option<IfName> {
    let mut args = command.args().skip_while(|arg| *arg != "dev").skip(1);
    args.next()?.parse().ok()
}

/// `nud all` asks for everything.
fn selects(command: &Simple) -> bool {
    command.ip_selects() && !command.ip_object_args().any(|arg| arg == "all")
}
