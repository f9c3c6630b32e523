//! One folder with the files of several nodes: `node1-ip-addr.txt` beside `node2-ip-addr.txt`.
//!
//! A folder is one node's as long as nothing in it says otherwise. Where its outputs show two primary addresses,
//! primary ENIs or instances that no other output ties together, they are parted: by what they show themselves, by the
//! words in which the names of their files differ, and by the addresses of pods. What none of that places stays with
//! the folder.

use super::{
    evidence::{self, Key},
    groups::{Groups, Label},
};
use crate::{
    model::{
        Artifact, ArtifactId, Origin,
        routing::{RouteKind, RuleAction, Selector},
        snapshot::Node,
    },
    net::{IfName, IpNet},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What one output tells, before it is known which node printed it.
pub(super) struct Piece {
    pub(super) group: super::GroupId,
    /// The index of the output.
    pub(super) record: usize,
    pub(super) parser: &'static str,
    pub(super) first: Origin,
    pub(super) node: Node,
}

/// The outputs of a folder that are one node's.
#[derive(Debug, Default)]
struct Part {
    pieces: Vec<usize>,
    keys: BTreeSet<Key>,
    /// What a node has one of.
    marks: BTreeSet<Key>,
    addresses: BTreeSet<IpAddr>,
    words: BTreeSet<Vec<String>>,
}

/// Gives the outputs of folders that hold several nodes' files to groups of their own.
pub(super) fn split(groups: &mut Groups, pieces: &mut [Piece], artifacts: &[Artifact]) {
    let mut folders: BTreeMap<super::GroupId, Vec<usize>> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        if matches!(groups.label(piece.group), Some(Label::Folder { .. })) {
            folders.entry(piece.group).or_default().push(at);
        }
    }
    let paths: BTreeMap<ArtifactId, &str> =
        artifacts.iter().map(|it| (it.id, it.path.as_str())).collect();
    for (folder, members) in folders {
        let mut parts = by_keys(pieces, &members);
        if !has_conflict(&parts) {
            continue;
        }
        let names: Vec<Vec<String>> = pieces
            .iter()
            .map(|piece| words(file_name(paths.get(&piece.first.artifact).copied())))
            .collect();
        find_words(&mut parts, pieces, &names);
        gather(&mut parts, pieces, &names);
        let Some(Label::Folder { way, name, root, .. }) = groups.label(folder).cloned() else {
            continue;
        };
        for part in &parts {
            let marked = !part.marks.is_empty();
            let first = part.pieces.iter().min().and_then(|at| pieces.get(*at));
            let file = first.and_then(|piece| paths.get(&piece.first.artifact).copied());
            let folder = if name.is_empty() { root.clone() } else { name.clone() };
            let part_of = |groups: &mut Groups| {
                groups.group(Label::Part {
                    way: way.clone(),
                    folder: folder.clone(),
                    word: part.words.first().map(|words| words.join("-").into()),
                    file: file_name(file).into(),
                    record: first.map_or(0, |piece| piece.record),
                })
            };
            let group = match marked {
                true => part_of(groups),
                false => groups.group(Label::Rest { way: way.clone(), folder: folder.clone() }),
            };
            for at in &part.pieces {
                if let Some(piece) = pieces.get_mut(*at) {
                    piece.group = group;
                }
            }
        }
    }
}

impl Part {
    fn of(at: usize, piece: &Piece) -> Self {
        let found = evidence::of_node(None, piece.first, &piece.node);
        let mut keys: BTreeSet<Key> = found.into_iter().map(|(key, _)| key).collect();
        keys.retain(|key| !matches!(key, Key::Name(_)));
        let single = |key: &&Key| matches!(key, Key::Instance(_) | Key::Ip(_));
        let mut marks: BTreeSet<Key> = keys.iter().filter(single).cloned().collect();
        if !piece.node.host.routes.is_seen() && piece.node.host.links.is_seen() {
            // Without routes the address of `eth0` is a guess, which tells two lists of interfaces apart and nothing else.
            let guess =
                |key: Key| key.ip().map_or(key, |ip| Key::Name(format!("uplink {ip}").into()));
            marks = marks.into_iter().map(guess).collect();
        }
        for store in piece.node.datastores.seen().into_iter().flatten() {
            let primary = store.value.enis.iter().filter(|eni| eni.primary == Some(true));
            let card = store.value.card.is_none_or(|card| card == 0);
            marks.extend(primary.filter(|_| card).map(|eni| Key::Eni(eni.id.clone())));
        }
        keys.extend(own_addresses(&piece.node).map(Key::Ip));
        let addresses = addresses(&piece.node);
        Self { pieces: vec![at], keys, marks, addresses, words: BTreeSet::new() }
    }

    fn absorb(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
        self.keys.extend(other.keys);
        self.marks.extend(other.marks);
        self.addresses.extend(other.addresses);
        self.words.extend(other.words);
    }
}

/// Returns the addresses of a node's uplinks, by its interfaces and by its local table. An interface list and a route
/// list of one node share them, also where each alone would name another one the primary.
fn own_addresses(node: &Node) -> impl Iterator<Item = IpAddr> {
    let uplink = |name: &IfName| {
        let name = name.as_str();
        ["eth", "ens", "enp", "eno", "enx"].iter().any(|start| name.starts_with(start))
    };
    let global = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => !ip.is_link_local() && !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_unicast_link_local() && !ip.is_loopback(),
    };
    let links = node.host.links.seen().into_iter().flatten().flat_map(|dump| &dump.entries);
    let of_links = links
        .filter(move |link| link.value.peer.is_none() && uplink(&link.value.name))
        .flat_map(|link| link.value.addresses.iter().flatten())
        .map(|address| address.value.net.addr());
    let routes = node.host.routes.seen().into_iter().flatten().flat_map(|dump| &dump.entries);
    let of_routes = routes
        .filter(move |route| {
            let mut devices = route.value.nexthops.iter().filter_map(|hop| hop.dev.as_ref());
            route.value.kind == RouteKind::Local && devices.any(uplink)
        })
        .map(|route| route.value.dst.addr());
    of_links.chain(of_routes).filter(global).collect::<Vec<_>>().into_iter()
}

fn kind(key: &Key) -> u8 {
    match key {
        Key::Instance(_) => 0,
        Key::Ip(_) => 1,
        Key::Name(_) => 2,
        Key::Eni(_) => 3,
        Key::Mac(_) => 4,
    }
}

/// Returns whether two parts show two of what a node has one of. Parts share no key, so two of a kind differ.
fn has_conflict<'p>(parts: impl IntoIterator<Item = &'p Part>) -> bool {
    let mut seen = BTreeSet::new();
    parts.into_iter().any(|part| {
        let kinds: BTreeSet<u8> = part.marks.iter().map(kind).collect();
        // A loop over all of them, so that each is noted.
        kinds.into_iter().filter(|kind| !seen.insert(*kind)).count() > 0
    })
}

/// Joins outputs that show a key in common.
fn by_keys(pieces: &[Piece], members: &[usize]) -> Vec<Part> {
    let mut parts: Vec<Option<Part>> = Vec::new();
    let mut holder: BTreeMap<Key, usize> = BTreeMap::new();
    for (at, piece) in members.iter().filter_map(|at| Some((*at, pieces.get(*at)?))) {
        let mut part = Part::of(at, piece);
        let known: BTreeSet<usize> =
            part.keys.iter().filter_map(|key| holder.get(key)).copied().collect();
        for other in known {
            if let Some(other) = parts.get_mut(other).and_then(Option::take) {
                part.absorb(other);
            }
        }
        holder.extend(part.keys.iter().map(|key| (key.clone(), parts.len())));
        parts.push(Some(part));
    }
    parts.into_iter().flatten().collect()
}

/// Finds the words by which the files of conflicting parts differ, where they differ in one place only. Each file is
/// compared with the next that the same kind of output is in.
fn find_words(parts: &mut [Part], pieces: &[Piece], names: &[Vec<String>]) {
    let mut rows: BTreeMap<&str, Vec<(&Vec<String>, usize)>> = BTreeMap::new();
    for (of, part) in parts.iter().enumerate().filter(|(_, part)| !part.marks.is_empty()) {
        for at in &part.pieces {
            let (Some(piece), Some(name)) = (pieces.get(*at), names.get(*at)) else { continue };
            rows.entry(piece.parser).or_default().push((name, of));
        }
    }
    let mut found: BTreeMap<Vec<String>, BTreeSet<usize>> = BTreeMap::new();
    for mut row in rows.into_values() {
        row.sort_unstable();
        for pair in row.windows(2) {
            let [(a, of_a), (b, of_b)] = pair else { continue };
            let Some((left, right)) = difference(a, b).filter(|_| of_a != of_b) else { continue };
            found.entry(left).or_default().insert(*of_a);
            found.entry(right).or_default().insert(*of_b);
        }
    }
    for (words, of) in found {
        // A word may be that of several parts of one node, never of two nodes'.
        if !has_conflict(of.iter().filter_map(|at| parts.get(*at))) {
            for at in of {
                if let Some(part) = parts.get_mut(at) {
                    part.words.insert(words.clone());
                }
            }
        }
    }
}

/// Joins parts that do not conflict: by the words of their files, by the file itself, by addresses of pods; each only
/// where everything that it leads to can be one node's.
fn gather(parts: &mut Vec<Part>, pieces: &[Piece], names: &[Vec<String>]) {
    for way in [by_word, by_file, by_address] {
        for _ in 0..MAX_ROUNDS {
            let fits = way(parts, pieces, names);
            let mut n_joined = 0_usize;
            let mut all: Vec<Option<Part>> = std::mem::take(parts).into_iter().map(Some).collect();
            for (at, found) in fits.into_iter().enumerate() {
                let known = || found.iter().filter_map(|other| all.get(*other)?.as_ref());
                let Some(Some(part)) = all.get(at) else { continue };
                if has_conflict(known().chain([part])) {
                    continue;
                }
                let into = found.iter().find(|other| matches!(all.get(**other), Some(Some(_))));
                let into = into.copied();
                if let Some(into) = into
                    && let Some(part) = all.get_mut(at).and_then(Option::take)
                    && let Some(Some(into)) = all.get_mut(into)
                {
                    into.absorb(part);
                    n_joined = n_joined.saturating_add(1);
                }
            }
            parts.extend(all.into_iter().flatten());
            if n_joined == 0 {
                break;
            }
        }
    }
}

/// Parts that were joined show more addresses; each round can follow one more step.
const MAX_ROUNDS: usize = 4;

/// For every part, the others that it could belong to.
type Fits = Vec<BTreeSet<usize>>;

/// Returns for each part the others that any of its marks leads to, by an index of the marked parts.
fn lookup<K: Ord>(
    parts: &[Part],
    own: impl Fn(&Part) -> Vec<K>,
    asked: impl Fn(&Part) -> Vec<K>,
) -> Fits {
    let mut index: BTreeMap<K, BTreeSet<usize>> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| !part.marks.is_empty()) {
        for key in own(part) {
            index.entry(key).or_default().insert(at);
        }
    }
    let found = |(at, part): (usize, &Part)| {
        let keys = asked(part);
        let others = keys.iter().filter_map(|key| index.get(key)).flatten();
        others.copied().filter(|other| *other != at).collect()
    };
    parts.iter().enumerate().map(found).collect()
}

fn by_word(parts: &[Part], _: &[Piece], names: &[Vec<String>]) -> Fits {
    let lengths: BTreeSet<usize> =
        parts.iter().flat_map(|part| part.words.iter().map(Vec::len)).collect();
    let asked = |part: &Part| {
        let names = part.pieces.iter().filter_map(|at| names.get(*at));
        let runs = names.flat_map(|name| {
            lengths.iter().flat_map(move |n| name.windows((*n).max(1)).map(<[String]>::to_vec))
        });
        runs.collect()
    };
    lookup(parts, |part| part.words.iter().cloned().collect(), asked)
}

fn by_file(parts: &[Part], pieces: &[Piece], _: &[Vec<String>]) -> Fits {
    let files = |part: &Part| {
        part.pieces.iter().filter_map(|at| Some(pieces.get(*at)?.first.artifact)).collect()
    };
    lookup(parts, files, files)
}

fn by_address(parts: &[Part], _: &[Piece], _: &[Vec<String>]) -> Fits {
    let addresses = |part: &Part| part.addresses.iter().copied().collect();
    lookup(parts, addresses, addresses)
}

/// Returns the addresses of pods that an output names: routes to one address, rules of pods, and what ipamd lists.
fn addresses(node: &Node) -> BTreeSet<IpAddr> {
    let mut found = BTreeSet::new();
    let whole = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
    for route in node.host.routes.seen().into_iter().flatten().flat_map(|dump| &dump.entries) {
        let route = &route.value;
        let via = route.nexthops.iter().any(|hop| hop.via.is_some());
        if route.kind == RouteKind::Unicast && whole(&route.dst) && !via {
            found.insert(route.dst.addr());
        }
    }
    for rule in node.host.rules.seen().into_iter().flatten().flat_map(|dump| &dump.entries) {
        if !matches!(rule.value.action, RuleAction::Lookup { .. }) {
            continue;
        }
        found.extend(rule.value.selectors.iter().filter_map(|selector| match selector {
            Selector::From(net) | Selector::To(net) => whole(net).then(|| net.addr()),
            Selector::Iif { .. }
            | Selector::Oif { .. }
            | Selector::Fwmark(_)
            | Selector::IpProto(_)
            | Selector::Sport(_)
            | Selector::Dport(_)
            | Selector::Tos(_)
            | Selector::UidRange { .. }
            | Selector::L3mdev
            | Selector::TunId(_) => None,
        }));
    }
    for row in node.allocations.seen().into_iter().flatten().flat_map(|dump| &dump.entries) {
        found.extend(row.value.ipv4.into_iter().chain(row.value.ipv6));
    }
    let stores = node.datastores.seen().into_iter().flatten();
    for cidr in stores.flat_map(|store| &store.value.enis).flat_map(|eni| &eni.cidrs) {
        found.extend(whole(&cidr.cidr).then(|| cidr.cidr.addr()));
        found.extend(cidr.addresses.iter().map(|address| address.ip));
    }
    // Every node routes to these, or to the gateway of its subnet.
    found.retain(|ip| match ip {
        IpAddr::V4(ip) => !ip.is_link_local() && !matches!(ip.octets(), [_, _, _, 1]),
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    });
    found
}

fn file_name(path: Option<&str>) -> &str {
    let path = path.unwrap_or_default();
    path.rsplit(['/', '!']).next().unwrap_or(path)
}

fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Returns the words in which two names differ, where all before and after is the same and something is.
fn difference(a: &[String], b: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let n_before = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a_rest, b_rest) = (a.get(n_before..)?, b.get(n_before..)?);
    let n_after = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let left = a_rest.get(..a_rest.len().checked_sub(n_after)?)?;
    let right = b_rest.get(..b_rest.len().checked_sub(n_after)?)?;
    let same = n_before.saturating_add(n_after) > 0;
    (same && !left.is_empty() && !right.is_empty()).then(|| (left.to_vec(), right.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_in_one_place() {
        let differ = |a: &str, b: &str| {
            let found = difference(&words(a), &words(b))?;
            Some((found.0.join(" "), found.1.join(" ")))
        };
        let found = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(differ("node1-ip-addr.txt", "node2-ip-addr.txt"), found("node1", "node2"));
        assert_eq!(differ("ip-addr.txt.1", "ip-addr.txt.2"), found("1", "2"));
        assert_eq!(differ("10.0.0.5_rules", "10.0.1.7_rules"), found("0 5", "1 7"));
        assert_eq!(differ("a.txt", "a.txt"), None);
        assert_eq!(differ("a", "b"), None);
    }
}
