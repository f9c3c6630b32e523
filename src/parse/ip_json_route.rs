//! `ip -j route`, put back into the text form.

use super::{
    IssueKind,
    ip_json_rule::pair,
    ip_json_words::Members,
    ip_route_line::{self, nexthop},
    words::Words,
};
use crate::{model::routing::Route, net::Family};

/// Reads an object of `ip -j route`, whose names `print_route()` of `ip/iproute.c` gives. Returns whether it is an
/// answer of `ip route get`, too.
pub(super) fn route(
    members: &mut Members,
    family: Option<Family>,
) -> Result<(Route, bool), IssueKind> {
    let missing = IssueKind::Missing { expected: "a member `dst`" };
    let dst = members.word("dst").ok_or(missing)?;
    let mut line = members.word("type").map_or(dst.clone(), |kind| format!("{kind} {dst}"));
    pair(&mut line, members, "from", "src");
    pair(&mut line, members, "from", "from");
    pair(&mut line, members, "tos", "tos");
    pair(&mut line, members, "nhid", "nhid");
    way(&mut line, members);
    for (name, key) in [
        ("table", "table"),
        ("proto", "protocol"),
        ("scope", "scope"),
        ("src", "prefsrc"),
        ("metric", "metric"),
        ("pref", "pref"),
        ("uid", "uid"),
    ] {
        pair(&mut line, members, name, key);
    }
    for mut metrics in members.objects("metrics").unwrap_or_default() {
        pair(&mut line, &mut metrics, "mtu", "mtu");
        words(&mut line, metrics);
    }
    let nexthops = members.objects("nexthops").unwrap_or_default();
    words(&mut line, std::mem::take(members));
    let (mut route, is_answer) = ip_route_line::route(&line, family)?;
    for mut members in nexthops {
        let mut line = String::new();
        way(&mut line, &mut members);
        pair(&mut line, &mut members, "weight", "weight");
        words(&mut line, members);
        route.nexthops.push(nexthop(Words::new(&line))?);
    }
    let goes_nowhere = !route.kind.rejects() && route.nexthops.is_empty() && route.nhid.is_none();
    if goes_nowhere {
        return Err(IssueKind::Missing { expected: "`gateway`, `dev` or `nexthops`" });
    }
    Ok((route, is_answer))
}

/// Writes the members of a way out.
fn way(line: &mut String, members: &mut Members) {
    pair(line, members, "via", "gateway");
    if let Some(mut via) = members.object("via") {
        let family = via.word("family").unwrap_or_default();
        let host = via.word("host").unwrap_or_default();
        *line += &format!(" via {family} {host}");
        words(line, via);
    }
    pair(line, members, "dev", "dev");
    for flag in members.texts("flags").unwrap_or_default() {
        *line += &format!(" {flag}");
    }
}

fn words(line: &mut String, members: Members) {
    for word in members.rest() {
        *line += &format!(" {word}");
    }
}
