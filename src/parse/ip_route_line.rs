//! One line of `ip route`, word by word.

use super::{IssueKind, words::Words};
use crate::{
    model::routing::{Nexthop, Route, RouteKind},
    net::{Family, IpNet, Ipv4Net, Ipv6Net},
};
use std::net::IpAddr;

/// Words that may follow a destination (`print_route()`).
const KEYWORDS: &[&str] = &[
    "from",
    "tos",
    "dsfield",
    "nhid",
    "encap",
    "via",
    "dev",
    "table",
    "proto",
    "scope",
    "src",
    "metric",
    "pref",
    "mtu",
    "error",
    "expires",
    "advmss",
    "hoplimit",
    "onlink",
    "linkdown",
    "dead",
    "pervasive",
    "offload",
    "offload_failed",
    "trap",
    "unresolved",
    "rt_offload",
    "rt_trap",
    "uid",
    "realm",
    "realms",
    "users",
    "age",
    "mark",
    "congctl",
    "initcwnd",
    "initrwnd",
    "window",
    "rtt",
    "features",
    "quickack",
    "ttl-propagate",
    "notify",
    "rt_offload_failed",
    "rto_min",
];

/// Returns whether a word may follow a destination.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Flags of a way out (`print_rt_flags()`).
const FLAGS: &[&str] = &[
    "dead",
    "onlink",
    "pervasive",
    "offload",
    "trap",
    "notify",
    "linkdown",
    "unresolved",
    "rt_offload",
    "rt_trap",
    "rt_offload_failed",
    "offload_failed",
];

/// States of neighbours, whose lines start like routes do.
const NEIGHBOUR: &[&str] = &[
    "lladdr",
    "REACHABLE",
    "STALE",
    "DELAY",
    "PROBE",
    "FAILED",
    "INCOMPLETE",
    "PERMANENT",
    "NOARP",
    "NONE",
    "proxy",
];

/// Returns whether a line can be a route.
pub(super) fn can_be_route(line: &str) -> bool {
    shape(line).is_some()
}

/// Returns whether a line alone shows that it is a route: an address to go by, or more than `DESTINATION dev NAME`,
/// which may be the start of a neighbour, too.
pub(super) fn is_surely_route(line: &str) -> bool {
    shape(line).is_some_and(|shape| {
        let is_net = shape.dst.contains('/');
        shape.has_address_after
            || shape.n_keywords >= 2
            || (is_net && (shape.n_keywords == 1 || shape.rejects))
            || (shape.rejects && shape.n_keywords == 1)
    })
}

/// What a line that can be a route is made of.
struct Shape<'a> {
    dst: &'a str,
    rejects: bool,
    /// `via ADDRESS` and the like after the destination.
    has_address_after: bool,
    n_keywords: usize,
}

fn shape(line: &str) -> Option<Shape<'_>> {
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    let kind = kind(first);
    let dst = if kind.is_some() { words.next()? } else { first };
    let rejects = kind.is_some_and(RouteKind::rejects);
    let after = words.clone();
    let n_keywords = after.filter(|word| is_keyword(word)).count();
    let is_neighbour = words.clone().any(|word| NEIGHBOUR.contains(&word));
    let next = words.next();
    let operand = words.next();
    let has_address_after = match (next, operand) {
        (Some("via"), Some("inet6")) => true,
        (Some("via" | "src" | "from"), Some(operand)) => is_address(operand),
        (_, _) => false,
    };
    let goes_on = match (next, operand) {
        (None, _) => rejects,
        (Some("via" | "src" | "from"), _) => has_address_after,
        (Some(word), operand) => is_keyword(word) && (operand.is_some() || FLAGS.contains(&word)),
    };
    let is_dst = dst == "default" || is_address(dst);
    (is_dst && goes_on && !is_neighbour).then_some(Shape {
        dst,
        rejects,
        has_address_after,
        n_keywords,
    })
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok() || word.parse::<IpNet>().is_ok()
}

/// Reads `local`, `unicast`, …, or the number that `-N` prints for one.
fn kind(word: &str) -> Option<RouteKind> {
    RouteKind::from_name(word).or_else(|| {
        let number = word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok())??;
        RouteKind::from_number(number)
    })
}

/// Reads the line of a route, and returns whether it is an answer of `ip route get`.
pub(super) fn route(text: &str, family: Option<Family>) -> Result<(Route, bool), IssueKind> {
    let mut words = Words::new(text);
    let expected = "a destination";
    let first = words.expect(expected)?;
    let mut rest: Vec<Box<str>> = Vec::new();
    let (kind, dst) = match kind(first) {
        Some(kind) => {
            if kind.name() != first || kind == RouteKind::Unicast {
                rest.push(first.into());
            }
            (kind, words.expect(expected)?)
        }
        None => (RouteKind::Unicast, first),
    };
    if let Some(word) = words.peek()
        && !is_keyword(word)
    {
        return Err(IssueKind::malformed("a word of a route such as `via` or `dev`", word));
    }
    let mut reader = Reader::new(kind, rest);
    while let Some(word) = words.next() {
        reader.word(word, &mut words)?;
    }
    reader.route.dst = match dst {
        "default" => default_of(family.unwrap_or_else(|| reader.family())),
        _ => net(dst, "a destination")?,
    };
    Ok(reader.finish())
}

/// Reads a `nexthop` line without its first word.
pub(super) fn nexthop(mut words: Words<'_>) -> Result<Nexthop, IssueKind> {
    let mut nexthop = Nexthop { weight: 1, ..Nexthop::default() };
    let mut has_weight = false;
    while let Some(word) = words.next() {
        if word == "weight" && !has_weight {
            nexthop.weight = words.parse("a weight")?;
            has_weight = true;
        } else if !way(&mut nexthop, word, &mut words)? {
            nexthop.rest.push(word.into());
        }
    }
    if nexthop.via.is_none() && nexthop.dev.is_none() {
        return Err(IssueKind::Missing { expected: "`via` or `dev`" });
    }
    Ok(nexthop)
}

/// Takes a word of a way out, if it is one.
fn way(nexthop: &mut Nexthop, word: &str, words: &mut Words<'_>) -> Result<bool, IssueKind> {
    match word {
        "via" if nexthop.via.is_none() => {
            if !words.take_word("inet6") {
                words.take_word("inet");
            }
            nexthop.via = Some(words.parse("an address")?);
        }
        "dev" if nexthop.dev.is_none() => nexthop.dev = Some(words.parse("an interface name")?),
        // The words of an encapsulation are those of a packet (`src`, `tos`), not of the route.
        "encap" => {
            nexthop.rest.push(word.into());
            while let Some(word) = words.peek()
                && !matches!(word, "via" | "dev" | "weight" | "metric" | "proto" | "table")
            {
                words.next();
                nexthop.rest.push(word.into());
            }
        }
        flag if FLAGS.contains(&flag) => nexthop.flags.push(flag.into()),
        _ => return Ok(false),
    }
    Ok(true)
}

/// A route while its words come in.
struct Reader {
    route: Route,
    nexthop: Nexthop,
    is_answer: bool,
    /// A word that only IPv6 routes have.
    is_v6: bool,
}

impl Reader {
    fn new(kind: RouteKind, rest: Vec<Box<str>>) -> Self {
        let nexthop = Nexthop { weight: 1, ..Nexthop::default() };
        let route = Route { rest, ..Route::to(kind, default_of(Family::V4)) };
        Self { route, nexthop, is_answer: false, is_v6: false }
    }

    fn word(&mut self, word: &str, words: &mut Words<'_>) -> Result<(), IssueKind> {
        let route = &mut self.route;
        match word {
            "table" if route.table.is_none() => {
                let Ok(table) = words.expect("a table")?.parse();
                route.table = Some(table);
            }
            "proto" if route.proto.is_none() => {
                route.proto = Some(words.expect("a protocol")?.into());
            }
            "scope" if route.scope.is_none() => route.scope = Some(words.expect("a scope")?.into()),
            "src" if route.prefsrc.is_none() => route.prefsrc = Some(words.parse("an address")?),
            "metric" if route.metric.is_none() => route.metric = Some(words.parse("a metric")?),
            "nhid" if route.nhid.is_none() => route.nhid = Some(words.parse("a nexthop id")?),
            "pref" if route.pref.is_none() => {
                self.is_v6 = true;
                route.pref = Some(words.expect("a preference")?.into());
            }
            "from" if route.from.is_none() => self.from(word, words)?,
            "tos" | "dsfield" => self.tos(word, words)?,
            "mtu" if route.mtu.is_none() => {
                if words.take_word("lock") {
                    route.rest.push("lock".into());
                }
                route.mtu = Some(words.parse("an MTU")?);
            }
            "uid" | "error" => {
                self.is_answer |= word == "uid";
                self.is_v6 |= word == "error";
                route.rest.push(word.into());
            }
            other if way(&mut self.nexthop, other, words)? => {}
            other => route.rest.push(other.into()),
        }
        Ok(())
    }

    /// `from PREFIX` of source-specific routing, or the source that `ip route get` was asked about.
    fn from(&mut self, word: &str, words: &mut Words<'_>) -> Result<(), IssueKind> {
        let source = words.expect("an address or a prefix")?;
        if source == "::" {
            self.is_answer = true;
            self.route.rest.extend([word.into(), source.into()]);
        } else {
            self.route.from = Some(match source {
                "default" | "all" => default_of(Family::V6),
                _ => net(source, "an address or a prefix")?,
            });
        }
        Ok(())
    }

    /// `0x10`, or a name of `/etc/iproute2/rt_dsfield`, which is on the node.
    fn tos(&mut self, word: &str, words: &mut Words<'_>) -> Result<(), IssueKind> {
        let value = words.expect("a TOS value")?;
        let hex = value.strip_prefix("0x").and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match hex.filter(|_| self.route.tos.is_none()) {
            Some(tos) => self.route.tos = Some(tos),
            None => self.route.rest.extend([word.into(), value.into()]),
        }
        Ok(())
    }

    /// Returns the family of a `default` by the rest of its words.
    fn family(&self) -> Family {
        let Route { from, prefsrc, kind, .. } = &self.route;
        let via_other_family = self.nexthop.via.is_some_and(|via| via.is_ipv6());
        let addresses = [from.map(|net| net.addr()), *prefsrc, self.nexthop.via];
        // IPv4 routes that reject have no device, IPv6 ones have `dev lo`.
        let is_v6 =
            self.is_v6 || via_other_family || (kind.rejects() && self.nexthop.dev.is_some());
        match addresses.into_iter().flatten().next() {
            Some(addr) => Family::of(addr),
            None if is_v6 => Family::V6,
            None => Family::V4,
        }
    }

    fn finish(self) -> (Route, bool) {
        let Self { mut route, nexthop, is_answer, .. } = self;
        if nexthop.via.is_some() || nexthop.dev.is_some() || !nexthop.rest.is_empty() {
            // Most routes have one way out; a vector that grows would reserve room for four.
            route.nexthops.reserve_exact(1);
            route.nexthops.push(nexthop);
        } else {
            route.rest.extend(nexthop.flags);
        }
        (route, is_answer)
    }
}

fn default_of(family: Family) -> IpNet {
    match family {
        Family::V4 => IpNet::V4(Ipv4Net::default()),
        Family::V6 => IpNet::V6(Ipv6Net::default()),
    }
}

fn net(word: &str, expected: &'static str) -> Result<IpNet, IssueKind> {
    word.parse()
        .or_else(|_| word.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| IssueKind::malformed(expected, word))
}
