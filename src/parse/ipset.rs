//! `ipset list` and `ipset save`: sets and their members.
//!
//! The forms are those of `ipset_session`'s list and save modes (ipset, `lib/session.c`); `eks-log-collector.sh` puts
//! both into one file. A set of `ipset list` starts with `Name:`, one of `ipset save` with `create`.

use super::{Found, IssueKind, Line, Parser, Section};
use crate::{
    model::{
        Fact, Partial,
        netfilter::{
            ipset::{IpSet, SetMember, SetPart},
            nft_kind::ValueKind,
        },
    },
    net::{Family, IpNet, Mark, PortRange, Protocol},
};
use std::net::IpAddr;

pub(super) static PARSER: Parser = Parser {
    id: "ipset",
    command: "ipset list",
    paths: &["networking/ipset.txt", "ipset.txt", "ipset-list.txt", "ipset-save.txt"],
    prints: |command| {
        command.program() == "ipset"
            && command.args().any(|arg| {
                matches!(arg, "list" | "save" | "-L" | "-S" | "--list" | "--save" | "-l")
            })
    },
    begins,
    continues,
    parse,
};

/// `create NAME hash:ip …`, or `Name: NAME` with one blank and one word, as nothing but ipset prints it.
fn begins(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("create"), Some(_), Some(kind)) => is_kind(kind),
        (Some("Name:"), Some(name), None) => {
            line.trim() == format!("Name: {name}") && !name.contains(['/', '@'])
        }
        (_, _, _) => false,
    }
}

fn is_kind(word: &str) -> bool {
    ["hash:", "bitmap:", "list:"].iter().any(|start| word.starts_with(start))
}

/// The keys of `ipset list`'s head.
const KEYS: &[&str] = &[
    "Name:",
    "Type:",
    "Revision:",
    "Header:",
    "Size in memory:",
    "References:",
    "Number of entries:",
    "Members:",
];

fn continues(line: &str) -> bool {
    let line = line.trim();
    let mut words = line.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    match first {
        "create" | "add" | "-N" | "-A" => return words.count() >= 2,
        _ if KEYS.iter().any(|key| line.starts_with(key)) => return true,
        _ => {}
    }
    let part = first.split(',').next().unwrap_or_default();
    let is_address = part.parse::<IpNet>().is_ok()
        || part.parse::<IpAddr>().is_ok()
        || part.parse::<crate::net::MacAddr>().is_ok()
        || range(part).is_some();
    let rest: Vec<&str> = words.collect();
    let options = rest.first().is_none_or(|word| OPTIONS.iter().any(|(known, _)| known == word));
    let is_value = is_address || part.parse::<u16>().is_ok();
    (is_value && options) || is_set_name(line)
}

/// A member of a `list:set` is a name alone on its line; so is a command that is typed without a prompt.
fn is_set_name(line: &str) -> bool {
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    let command = [
        "ip",
        "nft",
        "conntrack",
        "exit",
        "logout",
        "ifconfig",
        "netstat",
        "route",
        "arp",
        "lsns",
        "sysctl",
        "hostname",
        "date",
        "clear",
        "uname",
    ];
    line.len() < 32
        && line.bytes().all(name)
        && !command.iter().any(|start| line.starts_with(start))
        && line.contains(['-', '_'])
}

/// What a line of a set's body is read as.
#[derive(Debug, Default)]
struct Reading {
    sets: Vec<IpSet>,
    /// The form of the last set; a change of form starts another fact.
    is_save: bool,
    /// Whether `Members:` was seen in the last set.
    in_members: bool,
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut reading = Reading::default();
    for line in section.text_lines() {
        let text = line.text.trim();
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        let result = match first {
            "create" | "-N" => {
                reading.turn(true, found, section);
                create(text, line, section).map(|set| reading.sets.push(set))
            }
            "add" | "-A" => reading.add(text, line, section),
            "Name:" => {
                reading.turn(false, found, section);
                reading.in_members = false;
                let name = words.next().ok_or(IssueKind::Missing { expected: "a set's name" });
                name.map(|name| reading.sets.push(empty(name, line, section)))
            }
            "COMMIT" => Ok(()),
            _ if text.starts_with('#') || text.starts_with("***") => {
                Err(IssueKind::unexpected("`ipset list`", text))
            }
            _ => reading.body(text, line),
        };
        if let Err(kind) = result {
            found.issue(section, line, &kind);
        }
    }
    reading.finish(found, section);
}

impl Reading {
    /// Hands over what was read in the other form.
    fn turn(&mut self, is_save: bool, found: &mut Found, section: &Section<'_>) {
        if self.is_save != is_save && !self.sets.is_empty() {
            self.finish(found, section);
        }
        self.is_save = is_save;
    }

    fn finish(&mut self, found: &mut Found, section: &Section<'_>) {
        let mut sets = std::mem::take(&mut self.sets);
        let last = sets.len().saturating_sub(1);
        for (index, set) in sets.iter_mut().enumerate() {
            let count = u64::try_from(set.members.len()).unwrap_or(u64::MAX);
            let short = set.listed && set.n_entries.is_some_and(|entries| entries > count);
            let cut = short || (section.cut && index == last);
            set.partial = section.partial().filter(|_| index == last || !section.cut);
            set.partial = set.partial.or(cut.then_some(Partial::Cut));
        }
        if !sets.is_empty() || section.text_lines().next().is_none() {
            found.fact(Fact::IpSets(sets));
        }
    }

    /// A line after `Name:`.
    fn body(&mut self, text: &str, line: &Line<'_>) -> Result<(), IssueKind> {
        let unexpected = || IssueKind::unexpected("`ipset list`", text);
        let set = self.sets.last_mut().ok_or_else(unexpected)?;
        if self.in_members {
            set.members.push(member(text, set.kind.as_deref(), line.number)?);
            return Ok(());
        }
        let (key, value) = text.split_once(':').ok_or_else(unexpected)?;
        let value = value.trim();
        match key {
            "Type" => set.kind = Some(value.into()),
            "Header" => header(set, value),
            "Members" => (self.in_members, set.listed) = (true, true),
            "Number of entries" => {
                let number = value.parse();
                set.n_entries = Some(number.map_err(|_| IssueKind::malformed("a number", value))?);
            }
            "Revision" | "Size in memory" | "References" => set.notes.push(text.into()),
            _ => return Err(unexpected()),
        }
        Ok(())
    }

    /// `add NAME MEMBER`; the set may have been created before the text starts.
    fn add(&mut self, text: &str, line: &Line<'_>, section: &Section<'_>) -> Result<(), IssueKind> {
        let rest = text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim());
        let missing = IssueKind::Missing { expected: "a member" };
        let (name, rest) = rest.split_once(char::is_whitespace).ok_or(missing)?;
        let at = self.sets.iter().rposition(|set| &*set.name == name);
        let at = at.unwrap_or_else(|| {
            self.sets.push(IpSet { partial: Some(Partial::Cut), ..empty(name, line, section) });
            self.sets.len() - 1
        });
        if let Some(set) = self.sets.get_mut(at) {
            set.listed = true;
            set.members.push(member(rest, set.kind.as_deref(), line.number)?);
        }
        Ok(())
    }
}

fn empty(name: &str, line: &Line<'_>, section: &Section<'_>) -> IpSet {
    IpSet {
        name: name.into(),
        kind: None,
        family: None,
        header: Vec::new(),
        origin: line.origin(section.artifact),
        members: Vec::new(),
        n_entries: None,
        listed: false,
        notes: Vec::new(),
        partial: None,
    }
}

/// `create NAME KIND HEADER…`.
fn create(text: &str, line: &Line<'_>, section: &Section<'_>) -> Result<IpSet, IssueKind> {
    let mut words = super::words::Words::new(text);
    words.next();
    let mut set = empty(words.expect("a set's name")?, line, section);
    let kind = words.expect("a set's type such as `hash:ip`")?;
    if !is_kind(kind) {
        return Err(IssueKind::malformed("a set's type such as `hash:ip`", kind));
    }
    set.kind = Some(kind.into());
    set.listed = true;
    header(&mut set, words.rest());
    Ok(set)
}

/// Header words that have a value.
const VALUED: &[&str] = &[
    "hashsize",
    "maxelem",
    "timeout",
    "bucketsize",
    "initval",
    "netmask",
    "bitmask",
    "markmask",
    "range",
    "size",
    "probes",
    "resize",
    "gc",
];

fn header(set: &mut IpSet, text: &str) {
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let value = if word == "family" || VALUED.contains(&word) { words.next() } else { None };
        set.header.push(match value {
            Some(value) => format!("{word} {value}").into(),
            None => word.into(),
        });
        match (word, value) {
            ("family", Some("inet")) => set.family = Some(Family::V4),
            ("family", Some("inet6")) => set.family = Some(Family::V6),
            ("range", Some(range)) if range.contains('.') => set.family = Some(Family::V4),
            (_, _) => {}
        }
    }
}

/// Options of a member, and whether they have a value.
const OPTIONS: &[(&str, bool)] = &[
    ("timeout", true),
    ("packets", true),
    ("bytes", true),
    ("comment", true),
    ("skbmark", true),
    ("skbprio", true),
    ("skbqueue", true),
    ("before", true),
    ("after", true),
    ("nomatch", false),
    ("wildcard", false),
];

fn member(text: &str, kind: Option<&str>, line: u32) -> Result<SetMember, IssueKind> {
    let (value, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if value.is_empty() {
        return Err(IssueKind::Missing { expected: "a member" });
    }
    let options = options(rest);
    let wildcard = options.iter().any(|option| &**option == "wildcard");
    let dimensions = kind.and_then(|kind| kind.split_once(':')).map(|(_, parts)| parts);
    let mut names = dimensions.unwrap_or_default().split(',');
    let parts = value.split(',').map(|word| part(word, names.next(), wildcard)).collect();
    Ok(SetMember { parts, options, line })
}

/// Cuts options apart: `timeout 99`, `comment "hello world"`, `nomatch`.
fn options(text: &str) -> Vec<Box<str>> {
    let mut options = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let valued = OPTIONS.iter().any(|(known, valued)| *known == word && *valued);
        let after = after.trim_start();
        let len = match after.strip_prefix('"') {
            _ if !valued || after.is_empty() => 0,
            Some(quoted) => quoted.find('"').map_or(after.len(), |end| end + 2),
            None => after.find(char::is_whitespace).unwrap_or(after.len()),
        };
        let (value, after) = after.split_at_checked(len).unwrap_or((after, ""));
        options.push(match value {
            "" => word.into(),
            value => format!("{word} {value}").into(),
        });
        rest = after.trim_start();
    }
    options
}

/// Reads one part of a member by the name of its dimension; without one, by its form.
fn part(word: &str, dimension: Option<&str>, wildcard: bool) -> SetPart {
    let known = match dimension {
        Some("ip" | "net") => address(word),
        Some("port") => port(word),
        Some("mac") => word.parse().ok().map(SetPart::Mac),
        Some("mark") => word.parse::<Mark>().ok().map(SetPart::Mark),
        Some("iface") => interface(word, wildcard),
        Some("set") => Some(SetPart::Set(word.into())),
        Some(_) | None => {
            address(word).or_else(|| word.parse().ok().map(SetPart::Mac)).or_else(|| port(word))
        }
    };
    known.unwrap_or_else(|| SetPart::Unmodelled(word.into()))
}

fn address(word: &str) -> Option<SetPart> {
    let net = word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from));
    net.map(SetPart::Net).or_else(|| range(word))
}

fn range(word: &str) -> Option<SetPart> {
    let (first, last) = word.split_once('-')?;
    Some(SetPart::AddrRange(first.parse().ok()?, last.parse().ok()?))
}

fn interface(word: &str, wildcard: bool) -> Option<SetPart> {
    let name = word.strip_prefix("physdev:");
    let parsed = name.unwrap_or(word).parse().ok()?;
    Some(SetPart::Iface { name: parsed, physdev: name.is_some(), wildcard })
}

/// `tcp:80`, `udp:53-60`, `icmp:echo-request`, `icmp:8/0`, `gre:0`, `80`.
fn port(word: &str) -> Option<SetPart> {
    let Some((protocol, port)) = word.split_once(':') else {
        return word.parse().ok().map(|ports| SetPart::Port { protocol: None, ports });
    };
    let protocol: Protocol = protocol.parse().ok()?;
    let ports = match protocol {
        Protocol::ICMP => icmp(port, ValueKind::IcmpType),
        Protocol::ICMPV6 => icmp(port, ValueKind::IcmpV6Type),
        _ => port.parse().ok(),
    };
    Some(SetPart::Port { protocol: Some(protocol), ports: ports? })
}

/// The type is the upper byte and the code the lower one (`ipset_parse_icmp()`, `lib/parse.c`).
fn icmp(text: &str, kind: ValueKind) -> Option<PortRange> {
    if let Some((kind, code)) = text.split_once('/') {
        let (kind, code): (u8, u8) = (kind.parse().ok()?, code.parse().ok()?);
        return Some(PortRange::one(u16::from_be_bytes([kind, code])));
    }
    // Of the names, only those of types without codes are the same as nft's.
    let named = matches!(text, "echo-request" | "echo-reply").then(|| kind.number_of(text))??;
    Some(PortRange::one(u16::from_be_bytes([u8::try_from(named).ok()?, 0])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::ArtifactId, parse::line::lines};

    fn read(text: &str) -> Found {
        let lines = lines(text);
        let section =
            Section { artifact: ArtifactId(0), path: "", command: None, lines: &lines, cut: false };
        let mut found = Found::default();
        parse(&section, &mut found);
        found
    }

    #[test]
    fn list_and_save_of_one_set_have_equal_members() {
        let found = read(
            "Name: a\nType: hash:ip,port\nRevision: 7\nHeader: family inet hashsize 1024\nReferences: 0\n\
             Number of entries: 2\nMembers:\n10.0.0.1,tcp:80 timeout 9 comment \"a b\"\n10.0.0.1,icmp:echo-request\n\
             create a hash:ip,port family inet hashsize 1024\nadd a 10.0.0.1,tcp:80 timeout 9 comment \"a b\"\n\
             add a 10.0.0.1,icmp:echo-request\n",
        );
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let [Fact::IpSets(list), Fact::IpSets(save)] = found.facts.as_slice() else {
            panic!("{:?}", found.facts)
        };
        let parts = |sets: &[IpSet]| -> Vec<_> {
            sets[0].members.iter().map(|m| (m.parts.clone(), m.options.clone())).collect()
        };
        assert_eq!(parts(list), parts(save));
        assert_eq!(list[0].members[0].to_string(), "10.0.0.1,tcp:80 timeout 9 comment \"a b\"");
        assert_eq!(list[0].members[1].to_string(), "10.0.0.1,icmp:echo-request");
        assert_eq!(list[0].header, save[0].header);
    }

    #[test]
    fn says_when_members_are_missing() {
        let found =
            read("Name: a\nType: hash:net\nNumber of entries: 3\nMembers:\n10.0.0.0/8 nomatch\n");
        let [Fact::IpSets(sets)] = found.facts.as_slice() else { panic!() };
        assert_eq!(sets[0].partial, Some(Partial::Cut));
        assert!(sets[0].members[0].is_nomatch());
    }

    #[test]
    fn begins_where_ipset_begins() {
        assert!(begins("Name: KUBE-CLUSTER-IP") && begins("create a hash:ip family inet"));
        assert!(
            !begins("Name:         coredns") && !begins("Name: a b") && !begins("create a file")
        );
        assert!(!continues("iptables-save") && !continues("exit") && continues("KUBE-LOOP-BACK"));
    }

    #[test]
    fn every_member_is_printed_back() {
        for text in [
            include_str!("../../fixtures/parse/ipset/list-then-save.txt"),
            include_str!("../../fixtures/parse/ipset/hand-other-types.txt"),
        ] {
            let found = read(text);
            assert!(found.issues.is_empty(), "{:?}", found.issues);
            let source: Vec<&str> = text.lines().collect();
            let mut n_members = 0;
            for fact in &found.facts {
                let Fact::IpSets(sets) = fact else { panic!("{fact:?}") };
                for member in sets.iter().flat_map(|set| &set.members) {
                    let shown = member.to_string().replace("ipv6-icmp", "icmpv6");
                    let line = source[member.line as usize - 1].replace("ipv6-icmp", "icmpv6");
                    let same = line.ends_with(&shown) || line.contains("132:0");
                    let known = line.contains("icmp:8/0");
                    assert!(same || known, "{line}\n{shown}");
                    let unknown = |part: &SetPart| matches!(part, SetPart::Unmodelled(_));
                    assert!(!member.parts.iter().any(unknown), "{line}");
                    n_members += 1;
                }
            }
            assert!(n_members >= 10, "{n_members}");
        }
    }

    #[test]
    fn survives_every_cut() {
        let text = include_str!("../../fixtures/parse/ipset/list-then-save.txt");
        for end in (0..text.len()).step_by(7) {
            let _ = (read(&text[..end]), read(&text[end..]));
        }
    }
}
