//! `ip -br addr` and `ip -br link`: `NAME[@PEER] STATE ADDRESS…` and `NAME[@PEER] STATE MAC <FLAGS>`.
//!
//! The grammar is what `print_linkinfo_brief()` and `print_addrinfo()` of iproute2 write (`ip/ipaddress.c`).

use super::{
    Found, IssueKind, Parser, Section,
    command::Simple,
    ip_addr_line::net_and_peer,
    ip_link::{Form, prints_links},
    ip_link_block::name_and_peer,
    ip_link_line::{flags, mac},
    words::Words,
};
use crate::{
    model::{
        Dump, Fact, Origin, Partial, Sourced,
        link::{Address, Link},
    },
    net::IpNet,
};

pub(super) static PARSER: Parser = Parser {
    id: "ip-brief",
    command: "ip -br addr",
    paths: &[],
    prints: |command| prints_links(command) == Some(Form::Brief),
    begins,
    continues,
    parse,
};

/// Values of `operstate` (`include/uapi/linux/if.h`, `oper_states[]` of `ip/ipaddress.c`).
const STATES: &[&str] =
    &["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];

fn parse(section: &Section<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let mut entries = Vec::new();
    for line in section.text_lines() {
        let origin = line.origin(section.artifact);
        match link(&line.text, origin) {
            Ok(link) => entries.push(Sourced::new(link, origin)),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    let has_issues = found.issues.len() > n_issues;
    for mut entries in listings(entries) {
        let Some(origin) = entries.first().map(|link| link.origin) else { continue };
        let has_addresses = prints_addresses(section.command, &entries);
        for Sourced { value: link, .. } in &mut entries {
            if has_addresses {
                link.addresses.get_or_insert_default();
            }
        }
        let has_loopback = entries.iter().any(|link| link.value.name.as_str() == "lo");
        let selects = !has_loopback || section.command.is_some_and(Simple::ip_selects);
        let mut dump = Dump { origin, ..section.dump(entries) };
        dump.partial = dump
            .partial
            .or(has_issues.then_some(Partial::Gaps))
            .or(selects.then_some(Partial::Selected));
        found.fact(Fact::Links(dump));
    }
}

/// A name, a state, and an address or flags; the loopback device may have nothing.
fn begins(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (Some(name), Some(state)) = (words.next(), words.next()) else { return false };
    let shows_more = match words.next() {
        Some(word) => {
            is_net(word)
                || word.starts_with('<')
                || words.next().is_some_and(|next| next == "peer" || next.starts_with('<'))
        }
        None => name == "lo",
    };
    STATES.contains(&state) && shows_more && name_and_peer(name).is_ok()
}

/// An interface without addresses has a name and a state only.
fn continues(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().is_some_and(|name| name_and_peer(name).is_ok());
    let state = words.next().is_some_and(|state| STATES.contains(&state));
    // An address that its author has masked is a gap in the list, not its end.
    let is_address = |word: &str| word.contains(['.', ':', '/']) || word.starts_with('<');
    name && state && words.next().is_none_or(is_address)
}

fn is_net(word: &str) -> bool {
    word.contains('/') && word.parse::<IpNet>().is_ok()
}

/// Cuts where a name comes again: one list follows another.
fn listings(entries: Vec<Sourced<Link>>) -> Vec<Vec<Sourced<Link>>> {
    let mut listings: Vec<Vec<Sourced<Link>>> = Vec::new();
    for entry in entries {
        match listings.last_mut() {
            Some(last) if !last.iter().any(|link| link.value.name == entry.value.name) => {
                last.push(entry);
            }
            Some(_) | None => listings.push(vec![entry]),
        }
    }
    listings
}

/// Returns whether this is `ip -br addr`, which prints no flags, and not `ip -br link`.
fn prints_addresses(command: Option<&Simple>, links: &[Sourced<Link>]) -> bool {
    let any = links.iter().any(|link| link.value.addresses.is_some());
    let any_flags = links.iter().any(|link| link.value.flags.is_some());
    match command.and_then(Simple::ip_object) {
        _ if any => true,
        _ if any_flags => false,
        Some(object) => object.starts_with('a'),
        None => true,
    }
}

fn link(line: &str, origin: Origin) -> Result<Link, IssueKind> {
    let mut words = Words::new(line);
    let (name, peer) = name_and_peer(words.expect("an interface name")?)?;
    let state = words.expect("a state")?;
    if !STATES.contains(&state) {
        return Err(IssueKind::malformed("a state such as `UP`", state));
    }
    let mut link = Link { peer, state: Some(state.into()), ..Link::named(name) };
    while let Some(word) = words.peek() {
        if let Some(text) = word.strip_prefix('<').and_then(|text| text.strip_suffix('>'))
            && link.flags.is_none()
        {
            link.flags = Some(flags(text));
        } else if let Some(mac) = mac(word).filter(|_| link.mac.is_none()) {
            link.mac = Some(mac);
        } else if is_net(word) || words.clone().nth(1) == Some("peer") {
            let (net, peer) = net_and_peer(&mut words)?;
            let mut address = Address { peer, ..Address::new(net) };
            if words.take_word("metric") {
                address.metric = Some(words.parse("a metric")?);
            }
            link.addresses.get_or_insert_default().push(Sourced::new(address, origin));
            continue;
        } else if word.contains(['.', ':', '/']) && link.flags.is_none() && !line.contains('<') {
            return Err(IssueKind::malformed("an address with its prefix length", word));
        } else {
            link.rest.push(word.into());
        }
        words.next();
    }
    Ok(link)
}
