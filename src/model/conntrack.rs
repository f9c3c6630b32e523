//! Connection tracking: `conntrack -L`, `/proc/net/nf_conntrack`, `conntrack -S`.

use crate::net::{Family, Mark, Protocol};
use jiff::Timestamp;
use std::net::IpAddr;

/// One entry: two tuples, a state, marks (`net/netfilter/nf_conntrack_standalone.c`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtEntry {
    /// The time of an event (`conntrack -E -o timestamp`).
    pub time: Option<Timestamp>,
    /// The `ipv4     2` of `-o extended` and `/proc/net/nf_conntrack`.
    pub family: Option<Family>,
    pub protocol: Protocol,
    /// Seconds until it is dropped; `None` for offloaded entries and events.
    pub timeout_secs: Option<u32>,
    /// `ESTABLISHED`, `SYN_SENT`, … of protocols that have states.
    pub state: Option<Box<str>>,
    pub original: CtTuple,
    pub reply: CtTuple,
    pub status: CtStatus,
    pub mark: Option<Mark>,
    /// The zone of both directions.
    pub zone: Option<u16>,
    /// `zone-orig=`, `zone-reply=`: a zone of one direction only.
    pub zone_original: Option<u16>,
    pub zone_reply: Option<u16>,
    pub id: Option<u32>,
    /// `[NEW]`, `[UPDATE]`, `[DESTROY]` of `conntrack -E`.
    pub event: Option<Box<str>>,
    /// Other words: `use=1`, `secctx=…`, `delta-time=27`, `labels=…`.
    pub rest: Vec<Box<str>>,
}

/// One direction of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtTuple {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub ports: CtPorts,
    pub packets: Option<u64>,
    pub bytes: Option<u64>,
}

/// What tells connections of the same two addresses apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtPorts {
    Ports {
        sport: u16,
        dport: u16,
    },
    Icmp {
        kind: u8,
        code: u8,
        id: u16,
    },
    /// `srckey=0x0 dstkey=0x0`.
    Gre {
        src_key: u32,
        dst_key: u32,
    },
    None,
}

/// Bits of `enum ip_conntrack_status` that are printed in brackets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent bits of the kernel's status word"
)]
pub struct CtStatus {
    pub unreplied: bool,
    pub assured: bool,
    pub offload: bool,
    pub hw_offload: bool,
}

/// Counters of one CPU (`conntrack -S`): names as printed, such as `insert_failed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CtStats {
    pub cpu: Option<u32>,
    pub counters: Vec<(Box<str>, u64)>,
}
