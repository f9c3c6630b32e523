//! The packet on its way, and its connection.

use crate::net::{Family, IfName, Mark, Protocol};
use std::net::IpAddr;

/// What is asked: one packet, and where it enters the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: Protocol,
    /// The source port, or the identifier of an ICMP echo; `None` where the kernel has yet to pick it.
    pub sport: Option<u16>,
    pub dport: u16,
    pub entry: Entry,
    pub mark: Mark,
    pub tos: Option<u8>,
    pub ttl: Option<u8>,
    pub length: Option<u16>,
    pub tcp_flags: Option<u8>,
    /// Type and code of an ICMP message.
    pub icmp: Option<(u8, u8)>,
    pub state: FlowState,
}

/// Where a packet enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It comes in by this interface.
    Interface(IfName),
    /// It comes in by an interface that is not known.
    Somewhere,
    /// A socket of the namespace sends it.
    Local,
}

/// What conntrack knows of the connection before this packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowState {
    #[default]
    New,
    /// In the direction of the first packet.
    Established,
    /// Against it.
    Reply,
    Related,
    Invalid,
    Untracked,
}

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    pub src: IpAddr,
    pub dst: IpAddr,
    /// `None` where the kernel picks the port.
    pub sport: Option<u16>,
    pub dport: Option<u16>,
}

/// The packet as it is at one point of its way.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one packet")]
pub struct Packet {
    pub family: Family,
    pub tuple: Tuple,
    pub protocol: Protocol,
    pub mark: Mark,
    pub tos: Option<u8>,
    pub ttl: Option<u8>,
    pub length: Option<u16>,
    pub tcp_flags: Option<u8>,
    pub icmp: Option<(u8, u8)>,
    pub iif: Option<IfName>,
    pub oif: Option<IfName>,
    /// The interface of a second route that was taken inside of `output`: the hook's chains go on to see the first one
    /// (`nf_hook_state.out` is set when the hook is entered).
    pub rerouted: Option<IfName>,
    /// Whether it came in, or goes out, by an interface that the dumps do not tell.
    pub unknown_in: bool,
    pub unknown_out: bool,
    pub from_local: bool,
    /// Whether it came back over the loopback device, with its route and its conntrack entry.
    pub looped: bool,
    pub connection: Connection,
}

/// The conntrack entry that the packet carries.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent bits of the kernel's status word")]
pub struct Connection {
    pub state: FlowState,
    pub mark: Mark,
    /// The first packet's tuple before any translation.
    pub original: Tuple,
    /// The tuple of the reply, for a connection that has an entry already.
    pub reply: Option<Tuple>,
    /// Whether this packet is of the reply.
    pub is_reply: bool,
    /// `IPS_SEEN_REPLY` and its like, as bits of `CtStatuses`.
    pub status: u8,
    /// Whether conntrack has seen the packet yet: its hook is at -200.
    pub tracked: bool,
    /// Whether destination and source translation were decided (`IPS_DST_NAT_DONE`, `IPS_SRC_NAT_DONE`).
    pub dst_done: bool,
    pub src_done: bool,
    pub dnat: bool,
    pub snat: bool,
}

impl Packet {
    /// Returns the packet as it enters.
    pub fn new(flow: &Flow) -> Self {
        let tuple =
            Tuple { src: flow.src, dst: flow.dst, sport: flow.sport, dport: Some(flow.dport) };
        Self {
            family: Family::of(flow.dst),
            tuple,
            protocol: flow.protocol,
            mark: flow.mark,
            tos: flow.tos,
            ttl: flow.ttl,
            length: flow.length,
            tcp_flags: flow.tcp_flags,
            icmp: flow.icmp,
            iif: match flow.entry {
                Entry::Interface(name) => Some(name),
                Entry::Somewhere | Entry::Local => None,
            },
            oif: None,
            rerouted: None,
            unknown_in: flow.entry == Entry::Somewhere,
            unknown_out: false,
            from_local: flow.entry == Entry::Local,
            looped: false,
            connection: Connection {
                state: flow.state,
                mark: Mark(0),
                original: tuple,
                reply: None,
                is_reply: flow.state == FlowState::Reply,
                status: 0,
                tracked: false,
                dst_done: false,
                src_done: false,
                dnat: false,
                snat: false,
            },
        }
    }

    /// Returns the tuple of the connection's reply, as far as it is translated yet.
    pub(super) fn answer(&self) -> Tuple {
        let now = &self.tuple;
        let mirrored = Tuple { src: now.dst, dst: now.src, sport: now.dport, dport: now.sport };
        self.connection.reply.unwrap_or(mirrored)
    }

    /// Returns the destination half of the original tuple's numbers: of an echo it is type and code of the request
    /// (`union nf_conntrack_man_proto`).
    pub(super) fn original_dport(&self) -> Option<u16> {
        match self.protocol {
            Protocol::ICMP => Some(0x0800),
            Protocol::ICMPV6 => Some(0x8000),
            _ => self.connection.original.dport,
        }
    }

    /// Returns the numbers of the reply's tuple: of an echo the identifier, and type and code of the answer.
    pub(super) fn answer_ports(&self) -> (Option<u16>, Option<u16>) {
        match self.protocol {
            Protocol::ICMP => (self.tuple.sport, Some(0)),
            Protocol::ICMPV6 => (self.tuple.sport, Some(0x8100)),
            _ => (self.answer().sport, self.answer().dport),
        }
    }

    /// Returns whether the packet carries a conntrack entry.
    pub(super) fn has_entry(&self) -> bool {
        let connection = &self.connection;
        connection.tracked && !matches!(connection.state, FlowState::Invalid | FlowState::Untracked)
    }
}
