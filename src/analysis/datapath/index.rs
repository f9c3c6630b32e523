//! Which rules of a chain can concern a packet, so that a chain of thousands of Services costs a few look-ups.
//!
//! A rule is found by its exact destination address, else by its exact destination port, else it is looked at for
//! every packet. The order of the chain is kept.

use crate::model::netfilter::{
    xt::Rule,
    xt_match::{MatchKind, Side},
};
use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Chains shorter than this are walked rule by rule.
const MIN_RULES: usize = 16;

/// The rules of a chain by what they ask of a packet.
#[derive(Debug, Default)]
pub(super) struct ChainIndex {
    indexed: bool,
    by_dst: FxHashMap<IpAddr, Vec<u32>>,
    by_dport: FxHashMap<u16, Vec<u32>>,
    others: Vec<u32>,
}

enum Key {
    Dst(IpAddr),
    Dport(u16),
    None,
}

impl ChainIndex {
    /// Indexes the rules of a chain.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        if rules.len() < MIN_RULES {
            return index;
        }
        index.indexed = true;
        for (number, rule) in (0_u32..).zip(rules) {
            match key(rule) {
                Key::Dst(ip) => index.by_dst.entry(ip).or_default().push(number),
                Key::Dport(port) => index.by_dport.entry(port).or_default().push(number),
                Key::None => index.others.push(number),
            }
        }
        index
    }

    /// Returns the first rule from `from` on that can concern a packet to this destination.
    pub(super) fn next(&self, from: u32, dst: IpAddr, dport: Option<u16>) -> Option<u32> {
        // A port that the kernel has yet to pick may be any.
        if !self.indexed || (dport.is_none() && !self.by_dport.is_empty()) {
            return Some(from);
        }
        let after = |rules: &[u32]| rules.get(rules.partition_point(|rule| *rule < from)).copied();
        let by_dst = self.by_dst.get(&dst).and_then(|rules| after(rules));
        let by_dport =
            dport.and_then(|port| self.by_dport.get(&port)).and_then(|rules| after(rules));
        [by_dst, by_dport, after(&self.others)].into_iter().flatten().min()
    }
}

fn key(rule: &Rule) -> Key {
    let mut port = None;
    for condition in rule.matches.iter().filter(|condition| !condition.negated) {
        if let MatchKind::Addr4(Side::Destination, net) = &condition.kind
            && net.mask == Ipv4Addr::BROADCAST
        {
            return Key::Dst(IpAddr::V4(net.addr));
        }
        if let MatchKind::Addr6(Side::Destination, net) = &condition.kind
            && net.mask == Ipv6Addr::from(u128::MAX)
        {
            return Key::Dst(IpAddr::V6(net.addr));
        }
        if let MatchKind::Port(Side::Destination, ports) = &condition.kind
            && ports.first == ports.last
        {
            port = Some(ports.first);
        }
    }
    port.map_or(Key::None, Key::Dport)
}
