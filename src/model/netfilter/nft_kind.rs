//! What kind of value stands where in an nftables rule, which decides how its words are read and printed.

use super::{nft::Expr, nft_names as names};

/// The kind of a value, as far as reading, printing and comparing it depend on it (`src/datatype.c` of nftables).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// An IPv4 or IPv6 address.
    Address,
    Port,
    Protocol,
    EtherType,
    Mac,
    /// A packet or connection mark, printed as `0x00000080`.
    Mark,
    /// An interface's name; `iif` and `oif` are names, too, while the interface exists.
    Iface,
    IcmpType,
    IcmpCode,
    IcmpV6Type,
    IcmpV6Code,
    IgmpType,
    DccpType,
    ArpOperation,
    CtState,
    CtStatus,
    CtDirection,
    TcpFlags,
    PktType,
    FibType,
    Dscp,
    Ecn,
    NfProto,
    /// Seconds, printed as `1h30m`.
    Duration,
    /// `exists` or `missing`.
    Boolean,
    /// Text that is printed in quotes: helpers, users, groups, times of day.
    Quoted,
    Other,
}

impl ValueKind {
    /// Returns the kind of what an expression reads.
    pub fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Payload { protocol, field } => of_payload(protocol, field),
            Expr::Meta(key) => of_meta(key),
            Expr::Ct { key, .. } => of_ct(key),
            Expr::Fib { result, .. } => match &**result {
                "type" => Self::FibType,
                "oif" | "oifname" => Self::Iface,
                _ => Self::Boolean,
            },
            Expr::Binary { left, .. } => Self::of(left),
            Expr::Lookup { .. } => Self::Other,
            Expr::Other(words) => match &**words {
                "socket mark" => Self::Mark,
                "rt ip nexthop" | "rt ip6 nexthop" | "rt nexthop" => Self::Address,
                "osf name" | "osf version" => Self::Quoted,
                exists if exists.starts_with("exthdr ") => Self::Boolean,
                option if option.starts_with("ip option ") || option.starts_with("sctp chunk ") => {
                    Self::Boolean
                }
                _ => Self::Other,
            },
            Expr::Numgen { .. }
            | Expr::Hash { .. }
            | Expr::RawPayload { .. }
            | Expr::Number(_)
            | Expr::Named { .. }
            | Expr::Net(_)
            | Expr::Mac(_)
            | Expr::Iface(_)
            | Expr::Range(_)
            | Expr::Flags(_)
            | Expr::Word(_)
            | Expr::Annotated { .. }
            | Expr::Concat(_)
            | Expr::Set(_)
            | Expr::Map(_)
            | Expr::SetRef(_)
            | Expr::Any => Self::Other,
        }
    }

    /// Returns the kinds of the parts of a concatenation, or of the one part that an expression is.
    pub fn parts_of(expr: &Expr) -> Vec<Self> {
        if let Expr::Concat(parts) = expr {
            return parts.iter().map(Self::of).collect();
        }
        vec![Self::of(expr)]
    }

    /// Returns the kind of a set's type: `ipv4_addr`, or the words of a `typeof` (`tcp dport`).
    pub fn of_type(name: &str) -> Self {
        match name {
            "ipv4_addr" | "ipv6_addr" => Self::Address,
            "inet_service" => Self::Port,
            "inet_proto" => Self::Protocol,
            "ether_type" => Self::EtherType,
            "ether_addr" => Self::Mac,
            "mark" => Self::Mark,
            "ifname" | "iface_index" => Self::Iface,
            "icmp_type" => Self::IcmpType,
            "icmp_code" => Self::IcmpCode,
            "icmpv6_type" => Self::IcmpV6Type,
            "icmpv6_code" => Self::IcmpV6Code,
            "ct_state" => Self::CtState,
            "ct_status" => Self::CtStatus,
            "ct_dir" => Self::CtDirection,
            "tcp_flag" => Self::TcpFlags,
            "pkt_type" => Self::PktType,
            "fib_addrtype" => Self::FibType,
            "dscp" => Self::Dscp,
            "ecn" => Self::Ecn,
            "nf_proto" => Self::NfProto,
            "uid" | "gid" => Self::Quoted,
            words => {
                let mut words = words.split_ascii_whitespace();
                match (words.next(), words.next(), words.last()) {
                    (Some("meta"), Some(key), _) => of_meta(key),
                    (Some("ct"), Some(key), None) => of_ct(key),
                    (Some("ct"), Some(_), Some(key)) => of_ct(key),
                    (Some("fib"), _, Some("type")) => Self::FibType,
                    (Some(protocol), Some(field), None) => of_payload(protocol, field),
                    (Some(key), None, _) => of_meta(key),
                    (_, _, _) => Self::Other,
                }
            }
        }
    }

    /// Returns whether the values are sets of bits, for which a missing operator means "any of them".
    pub fn is_bits(self) -> bool {
        matches!(self, Self::CtState | Self::CtStatus | Self::TcpFlags)
    }

    /// Returns whether words of this kind are printed in quotes.
    pub fn is_quoted(self) -> bool {
        matches!(self, Self::Quoted | Self::Iface)
    }

    /// Returns the number that a name stands for.
    pub fn number_of(self, name: &str) -> Option<u64> {
        if self == Self::Protocol {
            return name.parse::<crate::net::Protocol>().ok().map(|protocol| protocol.0.into());
        }
        let found = self.names().iter().find(|(known, _)| *known == name);
        found.map(|(_, number)| u64::from(*number))
    }

    fn names(self) -> &'static [(&'static str, u16)] {
        match self {
            Self::Port => names::SERVICES,
            Self::EtherType => names::ETHER_TYPES,
            Self::IcmpType => names::ICMP_TYPES,
            Self::IcmpCode => names::ICMP_CODES,
            Self::IcmpV6Type => names::ICMPV6_TYPES,
            Self::IcmpV6Code => names::ICMPV6_CODES,
            Self::IgmpType => names::IGMP_TYPES,
            Self::DccpType => names::DCCP_TYPES,
            Self::ArpOperation => names::ARP_OPERATIONS,
            Self::CtState => names::CT_STATES,
            Self::CtStatus => names::CT_STATUS,
            Self::CtDirection => names::CT_DIRECTIONS,
            Self::TcpFlags => names::TCP_FLAGS,
            Self::PktType => names::PKT_TYPES,
            Self::FibType => names::FIB_TYPES,
            Self::Dscp => names::DSCP,
            Self::Ecn => names::ECN,
            Self::NfProto => names::NF_PROTOS,
            Self::Boolean => names::BOOLEAN,
            Self::Iface => names::BOOLEAN,
            Self::Address
            | Self::Protocol
            | Self::Mac
            | Self::Mark
            | Self::Duration
            | Self::Quoted
            | Self::Other => &[],
        }
    }
}

fn of_payload(protocol: &str, field: &str) -> ValueKind {
    match (protocol, field) {
        ("ip" | "ip6", "saddr" | "daddr") | ("arp", "saddr ip" | "daddr ip") => ValueKind::Address,
        ("ether", "saddr" | "daddr") | ("arp", "saddr ether" | "daddr ether") => ValueKind::Mac,
        ("ether" | "vlan", "type") | ("arp", "ptype") => ValueKind::EtherType,
        (_, "sport" | "dport") => ValueKind::Port,
        (_, "protocol" | "nexthdr") => ValueKind::Protocol,
        (_, "dscp") => ValueKind::Dscp,
        (_, "ecn") => ValueKind::Ecn,
        ("tcp", "flags") => ValueKind::TcpFlags,
        ("icmp", "type") => ValueKind::IcmpType,
        ("icmp", "code") => ValueKind::IcmpCode,
        ("icmpv6", "type") => ValueKind::IcmpV6Type,
        ("icmpv6", "code") => ValueKind::IcmpV6Code,
        ("igmp", "type") => ValueKind::IgmpType,
        ("dccp", "type") => ValueKind::DccpType,
        ("arp", "operation") => ValueKind::ArpOperation,
        (_, _) => ValueKind::Other,
    }
}

fn of_meta(key: &str) -> ValueKind {
    match key {
        "mark" => ValueKind::Mark,
        "iif" | "oif" | "iifname" | "oifname" | "ibrname" | "obrname" | "sdif" | "sdifname"
        | "ibriport" | "obriport" => ValueKind::Iface,
        "l4proto" => ValueKind::Protocol,
        "nfproto" => ValueKind::NfProto,
        "protocol" | "ibrvproto" => ValueKind::EtherType,
        "pkttype" => ValueKind::PktType,
        "skuid" | "skgid" | "time" | "day" | "hour" | "iifgroup" | "oifgroup" | "rtclassid"
        | "secmark" => ValueKind::Quoted,
        "ipsec" | "secpath" => ValueKind::Boolean,
        _ => ValueKind::Other,
    }
}

fn of_ct(key: &str) -> ValueKind {
    match key {
        "state" => ValueKind::CtState,
        "status" => ValueKind::CtStatus,
        "mark" => ValueKind::Mark,
        "direction" => ValueKind::CtDirection,
        "expiration" => ValueKind::Duration,
        "helper" => ValueKind::Quoted,
        "protocol" => ValueKind::Protocol,
        "l3proto" => ValueKind::NfProto,
        "proto-src" | "proto-dst" => ValueKind::Port,
        addr if addr.ends_with("saddr") || addr.ends_with("daddr") => ValueKind::Address,
        _ => ValueKind::Other,
    }
}
