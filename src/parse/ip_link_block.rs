//! The lines of `ip addr` and `ip link`, gathered into interfaces and the interfaces into listings.

use super::{
    Found, IssueKind, Line, Section, command::Simple, ip_addr_line, ip_link_line,
    ip_link_stats::Stats, words::Words,
};
use crate::{
    model::{
        Dump, Fact, Partial, Sourced,
        link::{Address, Link, LinkPeer},
    },
    net::{Family, IfIndex, IfName},
};

/// What stands before and after the flags of an interface's first line.
pub(super) struct HeaderParts<'a> {
    pub(super) index: u32,
    pub(super) name: &'a str,
    pub(super) flags: &'a str,
    pub(super) rest: &'a str,
}

/// Cuts `2: eth0@if5: <BROADCAST,UP> mtu …` at its punctuation.
pub(super) fn header_parts(line: &str) -> Option<HeaderParts<'_>> {
    let (index, rest) = line.trim_start().split_once(": ")?;
    let (name, rest) = rest.split_once(": <")?;
    let (flags, rest) = rest.split_once('>')?;
    let is_flag = |b: u8| b.is_ascii_uppercase() || matches!(b, b',' | b'_' | b'-');
    let is_header = index.bytes().all(|b| b.is_ascii_digit())
        && !name.contains(' ')
        && flags.bytes().all(|b| is_flag(b) || b.is_ascii_digit());
    Some(HeaderParts { index: index.parse().ok()?, name, flags, rest }).filter(|_| is_header)
}

/// Returns whether a line was the first one of an interface before it was cut: `2: eth0: <BROAD`.
pub(super) fn is_cut_header(line: &str) -> bool {
    let Some((index, rest)) = line.trim_start().split_once(": ") else { return false };
    let is_index = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
    is_index && rest.split_once(": <").is_some_and(|(name, _)| !name.contains(' '))
}

/// First words of the lines below an interface's first one.
const DETAILS: &[&str] = &[
    "inet",
    "inet6",
    "valid_lft",
    "altname",
    "RX:",
    "TX:",
    "RX",
    "TX",
    "vf",
    "alias",
    "promiscuity",
    "netrom",
    "prog/xdp",
    "protodown",
    "qdisc",
    "addrgenmode",
    "numtxqueues",
];

/// Returns whether a line can stand below the first line of an interface.
pub(super) fn is_detail(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let Some(first) = words.next() else { return true };
    let second = words.next();
    match first {
        "RX" | "TX" => second == Some("errors:"),
        "inet" | "inet6" => second.is_some_and(|word| word.contains(['.', ':', '['])),
        "vf" => second.is_some_and(is_number),
        "alias" => second.is_some(),
        _ if first.starts_with("link/") || DETAILS.contains(&first) => true,
        _ if is_number(first) => second.is_some_and(is_number) && words.all(is_number),
        _ if first.ends_with("_slave") => true,
        // The second half of a line that a terminal has wrapped.
        _ if line.contains(" gso_max_size ") || line.contains(" gso_max_segs ") => true,
        _ => is_device_detail(line, first),
    }
}

/// Returns whether a line is what `-d` prints of a kind of device: the kind, then its settings.
fn is_device_detail(line: &str, first: &str) -> bool {
    ip_link_line::is_kind(first)
        && (line.trim() == first
            || line.starts_with("    ")
            || [" addrgenmode ", " numtxqueues ", " id ", " remote "]
                .iter()
                .any(|word| line.contains(word)))
}

/// `1234` and, with `-h`, `1.2M`.
fn is_number(word: &str) -> bool {
    let digits = word.strip_suffix(['k', 'K', 'M', 'G', 'T', 'P', 'i']).unwrap_or(word);
    let digits = digits.strip_suffix(['K', 'M', 'G', 'T', 'P']).unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Listings of interfaces, as the lines of a section come in.
pub(super) struct Listings<'s, 'a> {
    section: &'s Section<'a>,
    found: &'s mut Found,
    n_issues: usize,
    links: Vec<Sourced<Link>>,
    /// Whether the lines that follow belong to the last of `links`.
    open: bool,
    stats: Stats,
}

impl<'s, 'a> Listings<'s, 'a> {
    pub(super) fn new(section: &'s Section<'a>, found: &'s mut Found) -> Self {
        let n_issues = found.issues.len();
        Self { section, found, n_issues, links: Vec::new(), open: false, stats: Stats::default() }
    }

    /// Takes a line, or the part of one between two `\`.
    pub(super) fn line(&mut self, line: &Line<'_>, text: &str) {
        let result = match header_parts(text) {
            Some(parts) => self.header(line, &parts),
            None => self.detail(line, text),
        };
        if let Err(kind) = result {
            self.found.issue(self.section, line, &kind);
        }
    }

    /// Takes a line of `ip -o addr`.
    pub(super) fn address_of(&mut self, line: &Line<'_>, index: u32, name: &str, text: &str) {
        let result = self.open_named(line, index, name).and_then(|()| self.address(line, text));
        if let Err(kind) = result {
            self.found.issue(self.section, line, &kind);
        }
    }

    /// Ends the last listing.
    pub(super) fn finish(mut self) {
        self.flush();
    }

    fn header(&mut self, line: &Line<'_>, parts: &HeaderParts<'_>) -> Result<(), IssueKind> {
        self.close_link();
        let link = ip_link_line::header(parts)?;
        if self.starts_listing(IfIndex(parts.index)) {
            self.flush();
        }
        self.links.push(Sourced::new(link, line.origin(self.section.artifact)));
        self.open = true;
        Ok(())
    }

    /// Opens the interface of a line that repeats its index and name.
    fn open_named(&mut self, line: &Line<'_>, index: u32, name: &str) -> Result<(), IssueKind> {
        let (name, peer) = name_and_peer(name)?;
        let index = IfIndex(index);
        let is_last = self.links.last().is_some_and(|last| {
            last.value.index == Some(index) && last.value.name == name && self.open
        });
        if is_last {
            return Ok(());
        }
        self.close_link();
        if self.starts_listing(index) {
            self.flush();
        }
        let link = Link { index: Some(index), peer, ..Link::named(name) };
        self.links.push(Sourced::new(link, line.origin(self.section.artifact)));
        self.open = true;
        Ok(())
    }

    /// Returns whether an interface of this index cannot come next in the same listing.
    ///
    /// The kernel lists interfaces by index, before 6.6 by its lowest eight bits first (`rtnl_dump_ifinfo()`).
    fn starts_listing(&self, index: IfIndex) -> bool {
        let Some(last) = self.links.last().and_then(|link| link.value.index) else { return false };
        let goes_back = index < last && (index.0 & 0xff) < (last.0 & 0xff);
        goes_back || self.links.iter().any(|link| link.value.index == Some(index))
    }

    fn detail(&mut self, line: &Line<'_>, text: &str) -> Result<(), IssueKind> {
        let mut words = Words::new(text);
        let first = words.peek().unwrap_or_default();
        let is_indented = text.starts_with(' ') || text.starts_with('\t');
        if looks_like_header(first, text) {
            self.close_link();
            return Err(IssueKind::malformed("`INDEX: NAME: <FLAGS>`", text));
        }
        if matches!(first, "inet" | "inet6") {
            return self.address(line, text);
        }
        if first == "valid_lft" {
            return self.lifetime(words);
        }
        let open = self.open;
        let orphan = || IssueKind::unexpected("an interface that is shown", text);
        let link = self.links.last_mut().filter(|_| open).ok_or_else(orphan)?;
        let link = &mut link.value;
        if self.stats.takes(link, text) {
            return Ok(());
        }
        match first {
            "altname" => {
                words.next();
                link.altnames.push(words.expect("a name")?.into());
                link.rest.extend(words.map(Into::into));
            }
            _ if first.starts_with("link/") => {
                ip_link_line::link_line(link, words)?;
            }
            _ if ip_link_line::is_kind(first) && (is_indented || is_detail(text)) => {
                if link.kind.is_none() {
                    link.kind = ip_link_line::kind(words.clone());
                }
                link.rest.extend(words.map(Into::into));
            }
            _ if is_detail(text) || is_indented => link.rest.extend(words.map(Into::into)),
            _ => return Err(IssueKind::unexpected("`ip addr`", text)),
        }
        Ok(())
    }

    fn address(&mut self, line: &Line<'_>, text: &str) -> Result<(), IssueKind> {
        let address = ip_addr_line::address(text)?;
        let open = self.open;
        let orphan = || IssueKind::unexpected("an interface that is shown", text);
        let link = self.links.last_mut().filter(|_| open).ok_or_else(orphan)?;
        let address = Sourced::new(address, line.origin(self.section.artifact));
        link.value.addresses.get_or_insert_default().push(address);
        Ok(())
    }

    fn lifetime(&mut self, words: Words<'_>) -> Result<(), IssueKind> {
        let open = self.open;
        let link = self.links.last_mut().filter(|_| open);
        let address = link.and_then(|link| link.value.addresses.as_mut()?.last_mut());
        let orphan = || IssueKind::unexpected("an address that is shown", words.rest());
        ip_addr_line::lifetime(&mut address.ok_or_else(orphan)?.value, words.clone())
    }

    fn close_link(&mut self) {
        if let Some(link) = self.links.last_mut() {
            self.stats.close(&mut link.value);
        }
        self.open = false;
    }

    /// Ends a listing.
    fn flush(&mut self) {
        self.close_link();
        let mut links = std::mem::take(&mut self.links);
        let Some(first) = links.first() else { return };
        let origin = first.origin;
        let prints_addresses = self.prints_addresses(&links);
        // `-4` and `-6` leave out the line with the hardware address, and interfaces without such an address.
        let has_link_lines = links.iter().any(|link| link.value.link_type.is_some());
        let has_headers = links.iter().any(|link| link.value.flags.is_some());
        for link in &mut links {
            if prints_addresses {
                link.value.addresses.get_or_insert_default();
            }
        }
        let has_loopback = links.iter().any(|link| link.value.index == Some(IfIndex(1)));
        let only_some = !has_loopback || (prints_addresses && !has_link_lines);
        let one_family = one_family(&links).filter(|_| !has_link_lines && has_headers);
        let mut dump = Dump { origin, ..self.section.dump(links) };
        dump.family = dump.family.or(one_family);
        dump.partial = dump.partial.or_else(|| self.partial(only_some));
        self.found.fact(Fact::Links(dump));
        self.n_issues = self.found.issues.len();
    }

    /// Returns why interfaces may be missing. Index 1 is the loopback device of every namespace.
    fn partial(&self, only_some: bool) -> Option<Partial> {
        if self.found.issues.len() > self.n_issues {
            Some(Partial::Gaps)
        } else {
            let selects = self.section.command.is_some_and(Simple::ip_selects);
            (selects || only_some).then_some(Partial::Selected)
        }
    }

    /// Returns whether this is `ip addr`, which prints no `mode`, and not `ip link`.
    fn prints_addresses(&self, links: &[Sourced<Link>]) -> bool {
        let any = links.iter().any(|link| link.value.addresses.is_some());
        match self.section.command {
            _ if any => true,
            Some(command) => command.ip_object().is_some_and(|object| object.starts_with('a')),
            None => {
                let has = |first: &str, second: &[&str]| {
                    links.iter().any(|link| {
                        link.value.rest.windows(2).any(|pair| match pair {
                            [word, value] => &**word == first && second.contains(&&**value),
                            _ => false,
                        })
                    })
                };
                has("group", &["default"]) && !has("mode", &["DEFAULT", "DORMANT"])
            }
        }
    }
}

/// Returns whether a line was the first of an interface before it was cut or changed.
fn looks_like_header(first: &str, text: &str) -> bool {
    let is_index = first
        .strip_suffix(':')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    is_index || (text.contains('<') && text.contains(" mtu ")) || text.contains(" qdisc ")
}

/// Returns the family of all addresses, if it is one.
fn one_family(links: &[Sourced<Link>]) -> Option<Family> {
    let addresses = || links.iter().flat_map(|link| link.value.addresses.iter().flatten());
    let family = |address: &Sourced<Address>| Family::of(address.value.net.addr());
    let first = addresses().next().map(family)?;
    addresses().all(|address| family(address) == first).then_some(first)
}

/// Reads `eth0`, `eth0@if5`, `eth0.10@eth0`, `tunl0@NONE`.
pub(super) fn name_and_peer(text: &str) -> Result<(IfName, Option<LinkPeer>), IssueKind> {
    let malformed = |_| IssueKind::malformed("an interface name", text);
    let Some((name, peer)) = text.rsplit_once('@') else {
        return Ok((text.parse().map_err(malformed)?, None));
    };
    let index = peer
        .strip_prefix("if")
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok());
    let peer = match (peer, index) {
        ("NONE", _) => LinkPeer::None,
        (_, Some(index)) => LinkPeer::Index(IfIndex(index)),
        (name, None) => LinkPeer::Name(name.parse().map_err(malformed)?),
    };
    Ok((name.parse().map_err(malformed)?, Some(peer)))
}
