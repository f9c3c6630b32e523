//! `ip -j rule` and `ip -j neigh`, put back into the text form.

use super::{IssueKind, ip_json_words::Members, ip_neigh, ip_rule};
use crate::{
    model::routing::{IpRule, Neighbour},
    net::Family,
};

/// Reads an object of `ip -j rule`, whose names `print_rule()` of `ip/iprule.c` gives.
pub(super) fn rule(members: &mut Members, family: Option<Family>) -> Result<IpRule, IssueKind> {
    let missing = IssueKind::Missing { expected: "a member `priority`" };
    let mut line = members.word("priority").ok_or(missing)? + ":";
    if members.flag("not") {
        line += " not";
    }
    for (name, key, length) in [("from", "src", "srclen"), ("to", "dst", "dstlen")] {
        if let Some(address) = members.word(key) {
            line += &format!(" {name} {address}");
            if let Some(length) = members.word(length) {
                line += &format!("/{length}");
            }
        }
    }
    pair(&mut line, members, "tos", "tos");
    if let Some(mark) = members.word("fwmark") {
        line += &format!(" fwmark {mark}");
        if let Some(mask) = members.word("fwmask") {
            line += &format!("/{mask}");
        }
    }
    for (name, detached) in [("iif", "iif_detached"), ("oif", "oif_detached")] {
        pair(&mut line, members, name, name);
        if members.flag(detached) {
            line += " [detached]";
        }
    }
    range(&mut line, members, "uidrange", ["uid", "uid_start", "uid_end"]);
    pair(&mut line, members, "ipproto", "ipproto");
    range(&mut line, members, "sport", ["sport", "sport_start", "sport_end"]);
    range(&mut line, members, "dport", ["dport", "dport_start", "dport_end"]);
    pair(&mut line, members, "tun_id", "tun_id");
    let after = after_selectors(members);
    // A member that is not known may be a condition, so it stands where conditions stand.
    for word in std::mem::take(members).rest() {
        line += &format!(" {word}");
    }
    ip_rule::rule(&(line + &after), family)
}

/// Returns the action and what follows it.
fn after_selectors(members: &mut Members) -> String {
    let mut line = String::new();
    if members.flag("l3mdev") {
        line += " lookup [l3mdev-table]";
    }
    pair(&mut line, members, "lookup", "table");
    pair(&mut line, members, "suppress_prefixlength", "suppress_prefixlen");
    pair(&mut line, members, "suppress_ifgroup", "suppress_ifgroup");
    pair(&mut line, members, "goto", "goto");
    if members.flag("unresolved") {
        line += " [unresolved]";
    }
    if members.flag("nop") {
        line += " nop";
    }
    pair(&mut line, members, "map-to", "nat_gateway");
    if let Some(action) = members.word("action") {
        line += &format!(" {action}");
    }
    match (members.word("flow_from"), members.word("flow_to")) {
        (Some(from), to) => line += &format!(" realms {from}/{}", to.unwrap_or_default()),
        (None, Some(to)) => line += &format!(" realms {to}"),
        (None, None) => {}
    }
    pair(&mut line, members, "proto", "protocol");
    line
}

/// Writes a member under the name that it has in the text form.
pub(super) fn pair(line: &mut String, members: &mut Members, name: &str, key: &str) {
    if let Some(value) = members.word(key) {
        *line += &format!(" {name} {value}");
    }
}

fn range(line: &mut String, members: &mut Members, name: &str, [one, first, last]: [&str; 3]) {
    pair(line, members, name, one);
    if let (Some(first), Some(last)) = (members.word(first), members.word(last)) {
        *line += &format!(" {name} {first}-{last}");
    }
}

/// Reads an object of `ip -j neigh`, whose names `print_neigh()` of `ip/ipneigh.c` gives.
pub(super) fn neighbour(members: &mut Members) -> Result<Neighbour, IssueKind> {
    let mut line = members.word("dst").ok_or(IssueKind::Missing { expected: "a member `dst`" })?;
    pair(&mut line, members, "dev", "dev");
    pair(&mut line, members, "lladdr", "lladdr");
    let states = members.texts("state").unwrap_or_default();
    for word in std::mem::take(members).rest() {
        line += &format!(" {word}");
    }
    for state in states {
        line += &format!(" {state}");
    }
    ip_neigh::neighbour(&line, None)
}
