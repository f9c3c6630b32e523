//! Names of ICMP types and codes, as `--icmp-type` takes them and `-L` without `-n` prints them
//! (`libxtables`, `include/xtables_icmp.h` of iptables).

/// A type and its range of codes; no codes for all of them.
pub(super) type Icmp = (u8, Option<(u8, u8)>);

const fn all(kind: u8) -> Icmp {
    (kind, None)
}

const fn one(kind: u8, code: u8) -> Icmp {
    (kind, Some((code, code)))
}

const V4: &[(&str, Icmp)] = &[
    ("any", all(255)),
    ("echo-reply", all(0)),
    ("pong", all(0)),
    ("destination-unreachable", all(3)),
    ("network-unreachable", one(3, 0)),
    ("host-unreachable", one(3, 1)),
    ("protocol-unreachable", one(3, 2)),
    ("port-unreachable", one(3, 3)),
    ("fragmentation-needed", one(3, 4)),
    ("source-route-failed", one(3, 5)),
    ("network-unknown", one(3, 6)),
    ("host-unknown", one(3, 7)),
    ("network-prohibited", one(3, 9)),
    ("host-prohibited", one(3, 10)),
    ("TOS-network-unreachable", one(3, 11)),
    ("TOS-host-unreachable", one(3, 12)),
    ("communication-prohibited", one(3, 13)),
    ("host-precedence-violation", one(3, 14)),
    ("precedence-cutoff", one(3, 15)),
    ("source-quench", all(4)),
    ("redirect", all(5)),
    ("network-redirect", one(5, 0)),
    ("host-redirect", one(5, 1)),
    ("TOS-network-redirect", one(5, 2)),
    ("TOS-host-redirect", one(5, 3)),
    ("echo-request", all(8)),
    ("ping", all(8)),
    ("router-advertisement", all(9)),
    ("router-solicitation", all(10)),
    ("time-exceeded", all(11)),
    ("ttl-exceeded", all(11)),
    ("ttl-zero-during-transit", one(11, 0)),
    ("ttl-zero-during-reassembly", one(11, 1)),
    ("parameter-problem", all(12)),
    ("ip-header-bad", one(12, 0)),
    ("required-option-missing", one(12, 1)),
    ("timestamp-request", all(13)),
    ("timestamp-reply", all(14)),
    ("address-mask-request", all(17)),
    ("address-mask-reply", all(18)),
];

const V6: &[(&str, Icmp)] = &[
    ("destination-unreachable", all(1)),
    ("no-route", one(1, 0)),
    ("communication-prohibited", one(1, 1)),
    ("beyond-scope", one(1, 2)),
    ("address-unreachable", one(1, 3)),
    ("port-unreachable", one(1, 4)),
    ("failed-policy", one(1, 5)),
    ("reject-route", one(1, 6)),
    ("packet-too-big", all(2)),
    ("time-exceeded", all(3)),
    ("ttl-exceeded", all(3)),
    ("ttl-zero-during-transit", one(3, 0)),
    ("ttl-zero-during-reassembly", one(3, 1)),
    ("parameter-problem", all(4)),
    ("bad-header", one(4, 0)),
    ("unknown-header-type", one(4, 1)),
    ("unknown-option", one(4, 2)),
    ("echo-request", all(128)),
    ("ping", all(128)),
    ("echo-reply", all(129)),
    ("pong", all(129)),
    ("mld-listener-query", all(130)),
    ("mld-listener-report", all(131)),
    ("mld-listener-done", all(132)),
    ("mld-listener-reduction", all(132)),
    ("router-solicitation", all(133)),
    ("router-advertisement", all(134)),
    ("neighbour-solicitation", all(135)),
    ("neighbor-solicitation", all(135)),
    ("neighbour-advertisement", all(136)),
    ("neighbor-advertisement", all(136)),
    ("redirect", all(137)),
];

/// Reads `8`, `3/4`, `any`, `echo-request`.
pub(super) fn by_text(text: &str, is_v6: bool) -> Option<Icmp> {
    let (kind, code) = text.split_once('/').map_or((text, None), |(k, c)| (k, Some(c)));
    if let Some(kind) = super::value::decimal(kind) {
        return match code {
            None => Some(all(kind)),
            Some(code) => Some((kind, Some(super::value::range(code, 0, u8::MAX)?))),
        };
    }
    let names = if is_v6 { V6 } else { V4 };
    names.iter().find(|(name, _)| *name == text).map(|(_, icmp)| *icmp)
}
