//! Conntrack entries of a dump, found by the tuple of a packet in either direction.

use super::packet::{Packet, Tuple};
use crate::{
    model::{
        Origin,
        conntrack::{CtEntry, CtPorts, CtTuple},
        netfilter::xt_match::CtStatuses,
        snapshot::NetnsState,
    },
    net::{Mark, Protocol},
};
use rustc_hash::FxHashMap;

/// The entries of a namespace.
#[derive(Debug, Default)]
pub(super) struct Entries {
    by_tuple: FxHashMap<(Protocol, Tuple), Option<Found>>,
}

/// An entry, seen from a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Whether the packet goes against the direction of the first one.
    pub(super) is_reply: bool,
    pub(super) original: Tuple,
    pub(super) reply: Tuple,
    pub(super) mark: Mark,
    /// Bits of [`CtStatuses`].
    pub(super) status: u8,
    pub(super) origin: Origin,
}

impl Entries {
    /// Indexes the entries. Of a tuple that has two entries that differ, none is taken.
    pub(super) fn new(state: &NetnsState) -> Self {
        let mut entries = Self::default();
        let dumps = state.conntrack.seen().into_iter().flatten();
        for entry in dumps.flat_map(|dump| &dump.entries) {
            let value = &entry.value;
            // Entries of other zones are for packets that a rule puts there; ended ones are gone.
            let zoned = value.zone.is_some_and(|zone| zone != 0)
                || value.zone_original.is_some()
                || value.zone_reply.is_some();
            if !zoned && value.event.as_deref() != Some("[DESTROY]") {
                entries.add(value, entry.origin);
            }
        }
        entries
    }

    fn add(&mut self, entry: &CtEntry, origin: Origin) {
        let (Some(original), Some(reply)) = (tuple(&entry.original), tuple(&entry.reply)) else {
            return;
        };
        let mut status = CtStatuses::CONFIRMED;
        if !entry.status.unreplied {
            status |= CtStatuses::SEEN_REPLY;
        }
        if entry.status.assured {
            status |= CtStatuses::ASSURED;
        }
        let mark = entry.mark.unwrap_or_default();
        for (key, is_reply) in [(original, false), (reply, true)] {
            let found = Found { is_reply, original, reply, mark, status, origin };
            let same = |known: &Found| {
                (known.original, known.reply, known.mark) == (original, reply, mark)
            };
            self.by_tuple
                .entry((entry.protocol, key))
                .and_modify(|known| *known = known.filter(same))
                .or_insert(Some(found));
        }
    }

    /// Returns the entry of a packet as it comes in.
    pub(super) fn of(&self, packet: &Packet) -> Option<Found> {
        let mut key = packet.tuple;
        if matches!(packet.protocol, Protocol::ICMP | Protocol::ICMPV6) {
            key.dport = Some(0);
        }
        self.by_tuple.get(&(packet.protocol, key)).copied().flatten()
    }
}

/// Ports as packets of this model have them: the identifier of an echo is the source port.
fn tuple(side: &CtTuple) -> Option<Tuple> {
    let (sport, dport) = match side.ports {
        CtPorts::Ports { sport, dport } => (sport, dport),
        CtPorts::Icmp { id, .. } => (id, 0),
        CtPorts::Gre { .. } => return None,
        CtPorts::None => (0, 0),
    };
    Some(Tuple { src: side.src, dst: side.dst, sport: Some(sport), dport: Some(dport) })
}
