//! `route -n`, `route -ee` and `netstat -rn`: the main table as net-tools print it.
//!
//! IPv4 comes from `/proc/net/route`, which has neither scope nor preferred source, and only the first way of a
//! route of several ways (`fib_route_seq_show()`). Names of hosts, as without `-n`, are not looked up.

use super::{Found, IssueKind, Parser, Section, words::Words};
use crate::{
    model::{
        Fact, Partial, Sourced,
        dump::TableSelection,
        routing::{Nexthop, Route, RouteKind},
    },
    net::{Family, IpNet, Ipv4Net, TableId},
};
use std::net::{IpAddr, Ipv4Addr};

pub(super) static PARSER: Parser = Parser {
    id: "route-n",
    command: "route -n",
    paths: &["route-n*", "route_n*", "netstat-rn*", "netstat_rn*"],
    prints: |command| {
        let is_netstat = command.program() == "netstat"
            && command.args().any(|arg| {
                arg == "--route"
                    || (arg.starts_with('-') && !arg.starts_with("--") && arg.contains('r'))
            });
        let changes = ["add", "del", "delete", "flush"].iter().any(|word| command.has_arg(word));
        (command.program() == "route" && !changes) || is_netstat
    },
    begins: |line| is_banner(line) || Columns::of(line).is_some(),
    continues: |line| is_banner(line) || Columns::of(line).is_some() || is_row(line),
    parse,
};

fn is_banner(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("Kernel IP") && line.ends_with("routing table")
}

/// What a header line says of the columns below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    /// `… Flags Metric Ref Use Iface`.
    Route,
    /// `… Flags Metric Ref Use Iface MSS Window irtt`; the interface is cut to six letters.
    RouteExtended,
    /// `… Flags MSS Window irtt Iface`.
    Netstat,
    /// `Destination  Next Hop  Flag Met Ref Use If`.
    V6,
}

impl Columns {
    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("Destination") {
            return None;
        }
        match words.next()? {
            "Next" => Some(Self::V6),
            "Gateway" => match (words.nth(1), words.next(), line.contains("MSS")) {
                (Some("Flags"), Some("MSS"), _) => Some(Self::Netstat),
                (Some("Flags"), Some("Metric"), true) => Some(Self::RouteExtended),
                (Some("Flags"), Some("Metric"), false) => Some(Self::Route),
                (_, _, _) => None,
            },
            _ => None,
        }
    }
}

/// A row has a destination, a gateway and a mask (or, for IPv6, flags), and letters of flags after them.
fn is_row(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().take(8).collect();
    match words.as_slice() {
        [_, gateway, mask, flags, _, ..] if mask.parse::<Ipv4Addr>().is_ok() => {
            (*gateway == "-" || *gateway == "*" || !gateway.is_empty()) && is_flags(flags)
        }
        [dst, next_hop, flags, _, _, _, _] => {
            dst.contains(':') && next_hop.contains(':') && is_flags(flags)
        }
        _ => false,
    }
}

fn is_flags(word: &str) -> bool {
    word.starts_with(['U', '!']) && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'!')
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut columns = None;
    let mut n_issues = found.issues.len();
    let mut routes: Vec<Sourced<Route>> = Vec::new();
    for line in section.text_lines() {
        let header = Columns::of(&line.text);
        if header.is_some() || is_banner(&line.text) {
            flush(section, found, std::mem::take(&mut routes), n_issues);
            n_issues = found.issues.len();
            columns = header;
            continue;
        }
        let route = match columns {
            Some(Columns::V6) => row_v6(&line.text),
            Some(columns) => row(&line.text, columns),
            // `route -n | grep eni` has no header.
            None if line.text.contains("::") => row_v6(&line.text),
            None => row(&line.text, Columns::Route),
        };
        match route {
            Ok(route) => routes.push(Sourced::new(route, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    flush(section, found, routes, n_issues);
}

fn flush(section: &Section<'_>, found: &mut Found, routes: Vec<Sourced<Route>>, n_issues: usize) {
    let Some(first) = routes.first() else { return };
    let origin = first.origin;
    let family = Family::of(first.value.dst.addr());
    let mut dump = section.dump(routes).with_table(Some(TableSelection::One(TableId::MAIN)));
    dump.origin = origin;
    dump.family = Some(family);
    let has_issues = found.issues.len() > n_issues;
    dump.partial = dump.partial.or(has_issues.then_some(Partial::Gaps));
    // IPv6 lists the routes of all tables without their names (`/proc/net/ipv6_route`).
    if family == Family::V6 {
        dump.table = None;
    }
    found.fact(Fact::Routes(dump));
}

fn row(line: &str, columns: Columns) -> Result<Route, IssueKind> {
    let mut words = Words::new(line);
    let dst = words.expect("a destination")?;
    let gateway = words.expect("a gateway")?;
    let mask = words.expect("a mask")?;
    let flags = words.expect("flags")?;
    let [a, b, c, d] = [
        words.expect("a metric or an MSS")?,
        words.expect("a reference count or a window")?,
        words.expect("a use count or a round-trip time")?,
        words.expect("an interface")?,
    ];
    let kind = match (flags.contains('!'), d) {
        // `type2flags[]` of the kernel marks unreachable and prohibited destinations alike.
        (true, _) => RouteKind::Unreachable,
        // A route without device that is not marked is a blackhole.
        (false, "*") => RouteKind::Blackhole,
        (false, _) => RouteKind::Unicast,
    };
    let mut route = Route::to(kind, net(dst, mask)?);
    if columns != Columns::Netstat {
        route.metric = metric(a)?;
    }
    route.nexthops.extend(way(gateway, flags, d, columns)?);
    route.rest = [dst, gateway, mask, flags, a, b, c, d].into_iter().map(Into::into).collect();
    route.rest.extend(words.map(Into::into));
    Ok(route)
}

fn way(
    gateway: &str,
    flags: &str,
    iface: &str,
    columns: Columns,
) -> Result<Option<Nexthop>, IssueKind> {
    if matches!(iface, "-" | "*") {
        return Ok(None);
    }
    if columns == Columns::RouteExtended && iface.len() >= 6 {
        let message = format!("`{iface}` may be the first six letters of an interface name only");
        return Err(IssueKind::Other(message.into()));
    }
    let dev = iface.parse().map_err(|_| IssueKind::malformed("an interface", iface))?;
    let addr = match gateway {
        "*" | "-" => None,
        _ => Some(
            gateway.parse::<IpAddr>().map_err(|_| IssueKind::malformed("an address", gateway))?,
        ),
    };
    let via = addr.filter(|addr| !addr.is_unspecified());
    if via.is_none() && flags.contains('G') {
        // The gateway of `via inet6` is not printed.
        return Err(IssueKind::malformed("the address of a gateway", gateway));
    }
    Ok(Some(Nexthop { via, dev: Some(dev), weight: 1, ..Nexthop::default() }))
}

fn net(dst: &str, mask: &str) -> Result<IpNet, IssueKind> {
    let dst = match dst {
        "default" => Ipv4Addr::UNSPECIFIED,
        _ => dst.parse().map_err(|_| IssueKind::malformed("an address", dst))?,
    };
    let mask = mask.parse().map_err(|_| IssueKind::malformed("a mask", mask))?;
    let net = Ipv4Net::with_netmask(dst, mask);
    net.map(IpNet::V4).map_err(|_| IssueKind::malformed("a mask", &mask.to_string()))
}

/// Metrics are printed as signed numbers.
fn metric(word: &str) -> Result<Option<u32>, IssueKind> {
    let malformed = || IssueKind::malformed("a metric", word);
    let number: i64 = word.parse().map_err(|_| malformed())?;
    let unsigned = if number < 0 { number + (1 << 32) } else { number };
    u32::try_from(unsigned).map(Some).map_err(|_| malformed())
}

/// `2001:db8::/64  fe80::1  UG  1024 1  0 eth0`.
fn row_v6(line: &str) -> Result<Route, IssueKind> {
    let mut words = Words::new(line);
    let dst = words.expect("a destination")?;
    let gateway: IpAddr = words.parse("an address")?;
    let flags = words.expect("flags")?;
    let met = words.expect("a metric")?;
    let [references, uses, iface] = [
        words.expect("a reference count")?,
        words.expect("a use count")?,
        words.expect("an interface")?,
    ];
    let kind = if flags.contains('!') { RouteKind::Unreachable } else { RouteKind::Unicast };
    let net: IpNet = dst.parse().map_err(|_| IssueKind::malformed("a prefix", dst))?;
    let mut route = Route::to(kind, net);
    route.metric = metric(met)?;
    let via = (!gateway.is_unspecified()).then_some(gateway);
    let dev = iface.parse().map_err(|_| IssueKind::malformed("an interface", iface))?;
    route.nexthops.push(Nexthop { via, dev: Some(dev), weight: 1, ..Nexthop::default() });
    let gateway = gateway.to_string();
    let words_taken = [dst, &gateway, flags, met, references, uses];
    route.rest = words_taken.into_iter().map(Into::into).collect();
    route.rest.extend(words.map(Into::into));
    Ok(route)
}
