//! `-m addrtype`, `-m iprange`, `-m set`, `-m mac`, `-m pkttype` (`xt_addrtype.c`, `xt_iprange.c`, `xt_set.c`,
//! `xt_mac.c`, `xt_pkttype.c`).

use super::{
    super::{spec::Rule, value},
    each_option, listed_value,
};
use crate::model::netfilter::xt_match::{
    AddrTypeMatch, Invert, IpRangeMatch, LimitIface, MatchKind, PktType, SetMatch,
};

pub(super) fn addrtype(rule: &mut Rule<'_, '_>) {
    let mut found = AddrTypeMatch::default();
    each_option(rule, |rule, mut negated, option| match option {
        "--src-type" | "--dst-type" => {
            let types = value::addr_types(rule.value(&mut negated));
            let slot = if option == "--src-type" { &mut found.src } else { &mut found.dst };
            *slot = types.map(|types| (Invert::from(negated), types));
            slot.is_some()
        }
        "--limit-iface-in" if !negated => found.limit.replace(LimitIface::In).is_none(),
        "--limit-iface-out" if !negated => found.limit.replace(LimitIface::Out).is_none(),
        _ => false,
    });
    if found != AddrTypeMatch::default() {
        rule.builder.push(false, MatchKind::AddrType(found));
    }
}

pub(super) fn iprange(rule: &mut Rule<'_, '_>) {
    let mut found = IpRangeMatch::default();
    each_option(rule, |rule, mut negated, option| {
        let slot = match option {
            "--src-range" => &mut found.src,
            "--dst-range" => &mut found.dst,
            _ => return false,
        };
        let range = value::addr_range(rule.value(&mut negated));
        *slot = range.map(|(first, last)| (Invert::from(negated), first, last));
        slot.is_some()
    });
    push_range(rule, found);
}

fn push_range(rule: &mut Rule<'_, '_>, found: IpRangeMatch) {
    if found != IpRangeMatch::default() {
        let first = found.src.or(found.dst);
        rule.builder.is_v6 |= first.is_some_and(|(_, first, _)| first.is_ipv6());
        rule.builder.push(false, MatchKind::IpRange(Box::new(found)));
    }
}

/// Options of `-m set` with a number after them.
const SET_NUMBERS: &[&str] =
    &["packets-eq", "packets-lt", "packets-gt", "bytes-eq", "bytes-lt", "bytes-gt"];

pub(super) fn set(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, negated, option| {
        // `--set` is the spelling before iptables 1.4.9.
        matches!(option, "--match-set" | "--set") && push_set(rule, negated, "--")
    });
}

/// Reads `NAME src,dst` and the options after it. `dashes` stand before an option in this output.
fn push_set(rule: &mut Rule<'_, '_>, mut negated: bool, dashes: &str) -> bool {
    let name = rule.value(&mut negated);
    let Some(sides) = value::sides(rule.words.text()) else { return false };
    let mut options = Vec::new();
    loop {
        let before = rule.words;
        let invert = if rule.words.take_word("!") { "! " } else { "" };
        let option = rule.words.text().strip_prefix(dashes).unwrap_or_default();
        if SET_NUMBERS.contains(&option) {
            options.push(format!("{invert}--{option} {}", rule.words.text()).into());
        } else if matches!(option, "return-nomatch" | "update-counters" | "update-subcounters") {
            options.push(format!("{invert}--{option}").into());
        } else {
            rule.words = before;
            break;
        }
    }
    let set = SetMatch { name: name.into(), sides, options };
    rule.builder.push(negated, MatchKind::Set(Box::new(set)));
    true
}

pub(super) fn mac(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        let mac = (option == "--mac-source").then(|| rule.value(&mut negated).parse().ok());
        let Some(mac) = mac.flatten() else { return false };
        rule.builder.push(negated, MatchKind::MacSource(mac));
        true
    });
}

pub(super) fn pkttype(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        option == "--pkt-type" && {
            let text = rule.value(&mut negated);
            push_pkttype(rule, negated, text)
        }
    });
}

fn push_pkttype(rule: &mut Rule<'_, '_>, negated: bool, text: &str) -> bool {
    let kind = match text {
        "unicast" | "host" => PktType::Unicast,
        "broadcast" => PktType::Broadcast,
        "multicast" => PktType::Multicast,
        _ => return false,
    };
    rule.builder.push(negated, MatchKind::PktType(kind));
    true
}

/// `ADDRTYPE match dst-type !LOCAL limit-in`, `source IP range ! A-B`, `match-set NAME dst,dst`, `MAC ! …`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, mut negated: bool, word: &str) -> bool {
    match word {
        "ADDRTYPE" => rule.words.take_word("match") && listed_addrtype(rule),
        "source" | "destination" => {
            let mut found = IpRangeMatch::default();
            if !listed_range(rule, &mut found, word) {
                return false;
            }
            let before = rule.words;
            let next = rule.words.text();
            if found.dst.is_some() || next != "destination" || !listed_range(rule, &mut found, next)
            {
                rule.words = before;
            }
            push_range(rule, found);
            true
        }
        "match-set" | "set" => push_set(rule, negated, ""),
        "MAC" => {
            let Ok(mac) = listed_value(rule, &mut negated).parse() else { return false };
            rule.builder.push(negated, MatchKind::MacSource(mac));
            true
        }
        "PKTTYPE" => {
            let operator = rule.words.text();
            let text = rule.words.text();
            matches!(operator, "=" | "!=") && push_pkttype(rule, operator == "!=", text)
        }
        _ => false,
    }
}

fn listed_addrtype(rule: &mut Rule<'_, '_>) -> bool {
    let mut found = AddrTypeMatch::default();
    loop {
        let before = rule.words;
        let understood = match rule.words.text() {
            side @ ("src-type" | "dst-type") => {
                let mut negated = false;
                let types = value::addr_types(listed_value(rule, &mut negated));
                let slot = if side == "src-type" { &mut found.src } else { &mut found.dst };
                *slot = types.map(|types| (Invert::from(negated), types));
                slot.is_some()
            }
            "limit-in" => found.limit.replace(LimitIface::In).is_none(),
            "limit-out" => found.limit.replace(LimitIface::Out).is_none(),
            _ => false,
        };
        if !understood {
            rule.words = before;
            break;
        }
    }
    let some = found != AddrTypeMatch::default();
    if some {
        rule.builder.push(false, MatchKind::AddrType(found));
    }
    some
}

fn listed_range(rule: &mut Rule<'_, '_>, found: &mut IpRangeMatch, side: &str) -> bool {
    if !rule.words.take_words(&["IP", "range"]) {
        return false;
    }
    let mut negated = false;
    let range = value::addr_range(listed_value(rule, &mut negated));
    let slot = if side == "source" { &mut found.src } else { &mut found.dst };
    *slot = range.map(|(first, last)| (Invert::from(negated), first, last));
    slot.is_some()
}
