//! `-m tcp`, `-m udp` and their kin, `-m multiport`, `-m icmp`, `-m icmp6` (`xt_tcpudp.c`, `xt_multiport.c`,
//! `ip_tables.c`).

use super::{
    super::{icmp, spec::Rule, value},
    each_option, listed_value,
};
use crate::{
    model::netfilter::xt_match::{MatchKind, Multiport, PortSide, Side},
    net::PortRange,
};

/// `-m tcp`, `-m udp`, `-m sctp`, `-m dccp`, `-m udplite`.
pub(super) fn transport(rule: &mut Rule<'_, '_>) {
    let before = rule.builder.matches.len();
    each_option(rule, option);
    if rule.builder.matches.len() == before {
        rule.builder.push(false, MatchKind::TransportHeader);
    }
}

/// Reads `--dport` and the other options of the transport header.
pub(in super::super) fn option(rule: &mut Rule<'_, '_>, mut negated: bool, option: &str) -> bool {
    let kind = match option {
        "--dport" | "--destination-port" => port(rule, &mut negated, Side::Destination),
        "--sport" | "--source-port" => port(rule, &mut negated, Side::Source),
        "--tcp-flags" => {
            let mask = value::tcp_flags(rule.value(&mut negated));
            mask.zip(value::tcp_flags(rule.words.text()))
                .map(|(mask, set)| MatchKind::TcpFlags { mask, set })
        }
        // `--tcp-flags SYN,RST,ACK,FIN SYN` (`libxt_tcp.c`).
        "--syn" => Some(MatchKind::TcpFlags { mask: 0x17, set: 0x02 }),
        "--tcp-option" => value::decimal(rule.value(&mut negated)).map(MatchKind::TcpOption),
        _ => None,
    };
    let Some(kind) = kind else { return false };
    rule.builder.push(negated, kind);
    true
}

fn port(rule: &mut Rule<'_, '_>, negated: &mut bool, side: Side) -> Option<MatchKind> {
    value::ports(rule.value(negated)).map(|ports| MatchKind::Port(side, ports))
}

pub(super) fn multiport(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        let side = match option {
            "--dports" | "--destination-ports" => PortSide::Destination,
            "--sports" | "--source-ports" => PortSide::Source,
            "--ports" => PortSide::Either,
            _ => return false,
        };
        let text = rule.value(&mut negated);
        push_multiport(rule, negated, side, text)
    });
}

fn push_multiport(rule: &mut Rule<'_, '_>, negated: bool, side: PortSide, text: &str) -> bool {
    let ports: Option<Box<[PortRange]>> = text.split(',').map(value::ports).collect();
    let Some(ports) = ports else { return false };
    rule.builder.push(negated, MatchKind::Multiport(Box::new(Multiport { side, ports })));
    true
}

/// `-m icmp` and `-m icmp6`.
pub(super) fn icmp(rule: &mut Rule<'_, '_>, is_v6: bool) {
    rule.builder.is_v6 |= is_v6;
    each_option(rule, |rule, mut negated, option| {
        if !matches!(option, "--icmp-type" | "--icmpv6-type") {
            return false;
        }
        let text = rule.value(&mut negated);
        let Some((kind, code)) = icmp::by_text(text, is_v6) else { return false };
        rule.builder.push(negated, MatchKind::IcmpType { kind, code });
        true
    });
}

/// `tcp dpt:80 flags:0x17/0x02`, `multiport dports 80,443`, `icmptype 8 code 0`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, negated: bool, word: &str) -> bool {
    match word {
        "tcp" | "udp" | "sctp" | "dccp" | "udplite" | "UDP" => listed_transport(rule),
        // iptables before 1.4.20 printed no blank before `flags:`.
        "tcpflags:" => listed_flags(rule, ""),
        "multiport" => listed_multiport(rule, negated),
        "icmptype" | "ipv6-icmptype" => {
            rule.builder.is_v6 |= word == "ipv6-icmptype";
            let kind = rule.words.text();
            listed_icmp(rule, negated, kind)
        }
        "icmp" | "ipv6-icmp" | "icmpv6" | "icmp6" => {
            let is_v6 = word != "icmp";
            rule.builder.is_v6 |= is_v6;
            listed_icmp_name(rule, negated, is_v6)
        }
        _ => false,
    }
}

fn listed_transport(rule: &mut Rule<'_, '_>) -> bool {
    let before = rule.builder.matches.len();
    loop {
        let at = rule.words;
        let word = rule.words.text();
        if !listed_header_word(rule, word) {
            rule.words = at;
            break;
        }
    }
    if rule.builder.matches.len() == before {
        rule.builder.push(false, MatchKind::TransportHeader);
    }
    true
}

fn listed_header_word(rule: &mut Rule<'_, '_>, word: &str) -> bool {
    let (word, flags) = match word.split_once("flags:") {
        Some((word, flags)) => (word, Some(flags)),
        None => (word, None),
    };
    let (name, value) = word.split_once([':', '=']).unwrap_or((word, ""));
    let (negated, value) = match value.strip_prefix('!') {
        Some(value) => (true, value),
        None => (false, value),
    };
    let kind = match name {
        "dpt" | "dpts" => {
            value::ports(value).map(|ports| MatchKind::Port(Side::Destination, ports))
        }
        "spt" | "spts" => value::ports(value).map(|ports| MatchKind::Port(Side::Source, ports)),
        "option" => value::decimal(value).map(MatchKind::TcpOption),
        "" if flags.is_some() => None,
        _ => return false,
    };
    match (kind, flags) {
        (Some(kind), None) => rule.builder.push(negated, kind),
        (Some(kind), Some(flags)) => {
            rule.builder.push(negated, kind);
            return listed_flags(rule, flags);
        }
        (None, Some(flags)) if name.is_empty() => return listed_flags(rule, flags),
        (None, _) => return false,
    }
    true
}

/// `flags:0x17/0x02`, `flags:!SYN,ACK/SYN`.
fn listed_flags(rule: &mut Rule<'_, '_>, text: &str) -> bool {
    let text = if text.is_empty() { rule.words.text() } else { text };
    let (negated, text) = match text.strip_prefix('!') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let flags = text.split_once('/').and_then(|(mask, set)| {
        Some(MatchKind::TcpFlags { mask: value::tcp_flags(mask)?, set: value::tcp_flags(set)? })
    });
    let Some(flags) = flags else { return false };
    rule.builder.push(negated, flags);
    true
}

fn listed_multiport(rule: &mut Rule<'_, '_>, mut negated: bool) -> bool {
    let side = match rule.words.text() {
        "dports" => PortSide::Destination,
        "sports" => PortSide::Source,
        "ports" => PortSide::Either,
        _ => return false,
    };
    let text = listed_value(rule, &mut negated);
    push_multiport(rule, negated, side, text)
}

/// `8`, `8 code 0`, `8 codes 0-3`.
fn listed_icmp(rule: &mut Rule<'_, '_>, negated: bool, kind: &str) -> bool {
    let Some(kind) = value::decimal(kind) else { return false };
    let mut code = None;
    if rule.words.take_word("code") || rule.words.take_word("codes") {
        code = value::range(rule.words.text(), 0, u8::MAX);
        if code.is_none() {
            return false;
        }
    }
    rule.builder.push(negated, MatchKind::IcmpType { kind, code });
    true
}

/// `echo-request`, `!fragmentation-needed`, `type 8 code 0`, `!type 3 code 4`.
fn listed_icmp_name(rule: &mut Rule<'_, '_>, mut negated: bool, is_v6: bool) -> bool {
    let name = listed_value(rule, &mut negated);
    if name == "type" {
        let kind = rule.words.text();
        return listed_icmp(rule, negated, kind);
    }
    let Some((kind, code)) = icmp::by_text(name, is_v6) else { return false };
    rule.builder.push(negated, MatchKind::IcmpType { kind, code });
    true
}
