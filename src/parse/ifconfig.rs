//! `ifconfig` in its three dialects: net-tools until 1.60 and BusyBox (`Link encap:`), net-tools 2 (`flags=4163<…>`),
//! and BSD (`netmask 0xffffff00`).
//!
//! It prints interfaces that are up only (without `-a`) and one IPv4 address of each label only, so nothing follows
//! from what it does not print. Every word is kept in `rest`, whether it is also understood or not.

use super::{
    Found, IssueKind, Line, Parser, Section,
    ifconfig_stats::Stats,
    ip_link_line::{flags, mac},
    words::Words,
};
use crate::{
    model::{
        Fact, Partial, Sourced,
        link::{Address, Link},
    },
    net::{IfName, IpNet, Ipv4Net, Ipv6Net},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) static PARSER: Parser = Parser {
    id: "ifconfig",
    command: "ifconfig -a",
    paths: &["networking/ifconfig.txt", "ifconfig*", "ifconig.output", "ifconfig.output"],
    prints: |command| command.program() == "ifconfig",
    begins: |line| header_parts(line).is_some(),
    continues: |line| header_parts(line).is_some() || is_detail(line),
    parse: |section, found| {
        let mut listing = Listing::new(section, found);
        for line in section.text_lines() {
            if let Err(kind) = listing.line(line) {
                listing.found.issue(section, line, &kind);
            }
        }
        listing.flush();
    },
};

/// Cuts `eth0: flags=4163<UP>  mtu 9001` and `eth0      Link encap:Ethernet  HWaddr …` after the name.
fn header_parts(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    if rest.starts_with("Link encap:") {
        return Some((name, rest));
    }
    let digits = rest.strip_prefix("flags=")?.split_once('<')?.0;
    let is_header = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    Some((name.strip_suffix(':')?, rest)).filter(|_| is_header)
}

/// Returns whether a line can stand below the first line of an interface.
fn is_detail(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (Some(first), second) = (words.next(), words.next()) else { return true };
    match first {
        "inet" | "inet6" => second.is_some_and(|word| word.contains(['.', ':'])),
        "RX" | "TX" => second.is_some_and(|word| {
            ["packets", "errors", "bytes"].iter().any(|counter| word.starts_with(counter))
        }),
        "ether" | "lladdr" | "unspec" | "hwaddr" => {
            second.is_some_and(|word| word.contains([':', '-']))
        }
        "loop" | "tunnel" | "sit" | "ppp" | "infiniband" => line.contains("txqueuelen"),
        "device" => matches!(second, Some("interrupt" | "memory" | "base")),
        "nd6" => second.is_some_and(|word| word.starts_with("options=")),
        "media:" | "status:" | "groups:" => true,
        _ => {
            ["collisions:", "Interrupt:", "Memory:", "options="]
                .iter()
                .any(|start| first.starts_with(start))
                || (line.contains("MTU:") && line.contains("Metric:"))
        }
    }
}

struct Listing<'s, 'a> {
    section: &'s Section<'a>,
    found: &'s mut Found,
    n_issues: usize,
    links: Vec<Sourced<Link>>,
    /// Where in `links` the lines that follow belong, and the label of an alias such as `eth0:1`.
    current: Option<(usize, Option<Box<str>>)>,
    stats: Stats,
}

impl<'s, 'a> Listing<'s, 'a> {
    fn new(section: &'s Section<'a>, found: &'s mut Found) -> Self {
        let n_issues = found.issues.len();
        Self { section, found, n_issues, links: Vec::new(), current: None, stats: Stats::default() }
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), IssueKind> {
        let text = line.text.trim();
        if let Some((name, rest)) = header_parts(text) {
            return self.header(line, name, rest);
        }
        if text.contains("Link encap:") || text.contains("flags=") {
            self.close();
            return Err(IssueKind::malformed("`NAME: flags=` or `NAME Link encap:`", text));
        }
        let origin = line.origin(self.section.artifact);
        let orphan = || IssueKind::unexpected("an interface that is shown", text);
        let (index, label) = self.current.clone().ok_or_else(orphan)?;
        let link = &mut self.links.get_mut(index).ok_or_else(orphan)?.value;
        if text.starts_with("inet") {
            let mut address = address(text)?;
            address.label = label.filter(|_| address.net.addr().is_ipv4());
            link.addresses.get_or_insert_default().push(Sourced::new(address, origin));
            return Ok(());
        }
        if !is_detail(text) && !line.text.starts_with([' ', '\t']) {
            return Err(IssueKind::unexpected("`ifconfig`", text));
        }
        detail(link, text)?;
        self.stats.line(text);
        Ok(())
    }

    fn header(&mut self, line: &Line<'_>, name: &str, rest: &str) -> Result<(), IssueKind> {
        self.close();
        let (device, label) = match name.split_once(':') {
            Some((device, _)) => (device, Some(name.into())),
            None => (name, None),
        };
        let device: IfName =
            device.parse().map_err(|_| IssueKind::malformed("an interface name", name))?;
        let known = self.links.iter().position(|link| link.value.name == device);
        let index = match (known, &label) {
            (Some(index), Some(_)) => index,
            (Some(_), None) => {
                self.flush();
                self.open(line, device)
            }
            (None, _) => self.open(line, device),
        };
        self.current = Some((index, label));
        let Some(link) = self.links.get_mut(index) else { return Ok(()) };
        let link = &mut link.value;
        let mut words = Words::new(rest);
        while let Some(word) = words.next() {
            link.rest.push(word.into());
            if let Some((_, shown)) = word.strip_suffix('>').and_then(|word| word.split_once('<')) {
                link.flags.get_or_insert_with(|| flags(shown));
            } else if word == "HWaddr" {
                link.mac = link.mac.or_else(|| mac(words.peek()?));
            } else if word == "mtu" {
                link.mtu = link.mtu.or_else(|| words.peek()?.parse().ok());
            }
        }
        Ok(())
    }

    fn open(&mut self, line: &Line<'_>, name: IfName) -> usize {
        let link = Link { addresses: Some(Vec::new()), ..Link::named(name) };
        self.links.push(Sourced::new(link, line.origin(self.section.artifact)));
        self.links.len() - 1
    }

    fn close(&mut self) {
        let stats = std::mem::take(&mut self.stats).finish();
        if let Some((index, _)) = self.current.take()
            && let Some(link) = self.links.get_mut(index)
            && link.value.stats.is_none()
        {
            link.value.stats = stats;
        }
    }

    fn flush(&mut self) {
        self.close();
        let links = std::mem::take(&mut self.links);
        let Some(origin) = links.first().map(|link| link.origin) else { return };
        let mut dump = self.section.dump(links);
        dump.origin = origin;
        let has_issues = self.found.issues.len() > self.n_issues;
        let partial = if has_issues { Partial::Gaps } else { Partial::Selected };
        dump.partial = dump.partial.or(Some(partial));
        self.n_issues = self.found.issues.len();
        self.found.fact(Fact::Links(dump));
    }
}

/// Reads a line that is neither the first one nor an address.
fn detail(link: &mut Link, text: &str) -> Result<(), IssueKind> {
    let mut words = Words::new(text);
    let is_old_flags = text.contains("MTU:");
    let mut shown = Vec::new();
    while let Some(word) = words.next() {
        if let Some(mtu) = word.strip_prefix("MTU:") {
            let mtu = mtu.parse().map_err(|_| IssueKind::malformed("an MTU", word))?;
            link.mtu = link.mtu.or(Some(mtu));
        } else if matches!(word, "ether" | "lladdr" | "hwaddr") {
            link.mac = link.mac.or_else(|| mac(words.peek()?));
        } else if is_old_flags && !word.contains(':') {
            shown.push(word.into());
        }
        link.rest.push(word.into());
    }
    if is_old_flags {
        link.flags.get_or_insert(shown);
    }
    Ok(())
}

/// Reads an address with its mask or prefix length in any of the dialects.
fn address(text: &str) -> Result<Address, IssueKind> {
    let mut words = Words::new(text);
    let is_v4 = words.expect("`inet` or `inet6`")? == "inet";
    let mut word = words.expect("an address")?;
    if word == "addr:" {
        word = words.expect("an address")?;
    }
    let word = word.strip_prefix("addr:").unwrap_or(word);
    // BSD names the interface of a link-local address: `fe80::1%lo0`.
    let shown = word.split('%').next().unwrap_or(word);
    let net = if is_v4 {
        let addr: Ipv4Addr = parse(shown)?;
        let mask =
            value(&words, &["netmask", "Mask"]).ok_or(IssueKind::Missing { expected: "a mask" })?;
        let malformed = || IssueKind::malformed("a mask", mask);
        let mask = netmask(mask).ok_or_else(malformed)?;
        IpNet::V4(Ipv4Net::with_netmask(addr, mask).map_err(|_| malformed())?)
    } else {
        match shown.parse::<Ipv6Net>() {
            Ok(net) => IpNet::V6(net),
            Err(_) => {
                let addr: Ipv6Addr = parse(shown)?;
                let length = value(&words, &["prefixlen"]);
                let length = length.ok_or(IssueKind::Missing { expected: "a prefix length" })?;
                let net = length.parse().ok().and_then(|length| Ipv6Net::new(addr, length).ok());
                IpNet::V6(net.ok_or_else(|| IssueKind::malformed("a prefix length", length))?)
            }
        }
    };
    let mut address = Address::new(net);
    let addr = |names: &[&str]| value(&words, names)?.parse::<IpAddr>().ok();
    address.broadcast = addr(&["broadcast", "Bcast"]);
    address.peer = addr(&["destination", "P-t-P", "-->"]).map(IpNet::from);
    address.scope = scope(&words);
    address.rest = text.split_ascii_whitespace().map(Into::into).collect();
    Ok(address)
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, IssueKind> {
    word.parse().map_err(|_| IssueKind::malformed("an address", word))
}

/// Returns the word after a name, or behind it and a colon.
fn value<'a>(words: &Words<'a>, names: &[&str]) -> Option<&'a str> {
    let mut words = words.clone();
    while let Some(word) = words.next() {
        if names.contains(&word) {
            return words.next();
        }
        let behind =
            word.split_once(':').filter(|(name, value)| names.contains(name) && !value.is_empty());
        if let Some((_, value)) = behind {
            return Some(value);
        }
    }
    None
}

/// `255.255.255.0`, and `0xffffff00` of BSD.
fn netmask(word: &str) -> Option<Ipv4Addr> {
    match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok().map(Ipv4Addr::from),
        None => word.parse().ok(),
    }
}

/// `scopeid 0x20<link>` and `Scope:Link`, in iproute2's words.
fn scope(words: &Words<'_>) -> Option<Box<str>> {
    let scope = value(words, &["scopeid", "Scope"])?;
    let name = scope.split_once('<').map_or(scope, |(_, name)| name.trim_end_matches('>'));
    let known = ["global", "link", "host", "site"];
    known.into_iter().find(|known| name.eq_ignore_ascii_case(known)).map(Into::into)
}
