//! `ip -j …`: what iproute2 prints, as JSON.
//!
//! One function prints both forms (`print_string(PRINT_ANY, …)`), so a document holds the words of the text form
//! under names. Routes, rules and neighbours are put back into that form and read as such; the two cannot differ.

use super::{
    Found, IssueKind,
    command::Simple,
    ip_json_link, ip_json_route, ip_json_rule,
    ip_json_words::Members,
    ip_route_table::{Asked, asked, device_asked_for, table_of_path},
    json::{Document, DocumentParser, Reads, Shape},
};
use crate::{
    model::{
        Dump, Fact, Origin, Partial, Sourced,
        dump::TableSelection,
        link::Link,
        routing::{IpRule, Neighbour, Route},
    },
    net::{Family, IfIndex, TableId},
};
use serde_json::value::RawValue;

/// `ip -j addr`, `ip -j link`.
pub(super) static LINKS: DocumentParser = DocumentParser {
    id: "ip-json-link",
    command: "ip -j -d addr",
    paths: &[],
    prints: |command| {
        command.is_ip_object(&["address", "addr", "ad", "a", "link", "l"])
            && command.ip_prints_json()
    },
    recognizes: |shape| {
        is_list(shape, &["ifname"])
            && ["flags", "operstate", "addr_info"].iter().any(|key| shape.item_has(&[key]))
    },
    reads: Reads::Whole(links),
};

/// `ip -j route`.
pub(super) static ROUTES: DocumentParser = DocumentParser {
    id: "ip-json-route",
    command: "ip -j route show table all",
    paths: &[],
    prints: |command| command.is_ip_object(&["route", "ro", "r"]) && command.ip_prints_json(),
    recognizes: |shape| is_list(shape, &["dst", "flags"]) && !shape.item_has(&["state"]),
    reads: Reads::Whole(routes),
};

/// `ip -j rule`.
pub(super) static RULES: DocumentParser = DocumentParser {
    id: "ip-json-rule",
    command: "ip -j rule",
    paths: &[],
    prints: |command| command.is_ip_object(&["rule", "ru"]) && command.ip_prints_json(),
    recognizes: |shape| is_list(shape, &["priority", "src"]),
    reads: Reads::Whole(rules),
};

/// `ip -j neigh`.
pub(super) static NEIGHBOURS: DocumentParser = DocumentParser {
    id: "ip-json-neigh",
    command: "ip -j neigh",
    paths: &[],
    prints: |command| {
        command.is_ip_object(&["neighbour", "neighbor", "neigh", "n"]) && command.ip_prints_json()
    },
    recognizes: |shape| is_list(shape, &["dst", "state"]),
    reads: Reads::Whole(neighbours),
};

fn is_list(shape: &Shape, keys: &[&str]) -> bool {
    shape.is_array && shape.item_has(keys)
}

fn links(document: &Document<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let links: Vec<Sourced<Link>> = entries(document, found, ip_json_link::link);
    let has_loopback = links
        .iter()
        .any(|link| link.value.index == Some(IfIndex(1)) || link.value.name.as_str() == "lo");
    let prints_addresses = links.iter().any(|link| link.value.addresses.is_some());
    let has_types = links.iter().any(|link| link.value.link_type.is_some());
    let is_brief = links.iter().all(|link| link.value.mtu.is_none());
    // `-4` and `-6` leave out the hardware address, and interfaces without such an address.
    let selects = !has_loopback || (prints_addresses && !has_types && !is_brief);
    let mut dump = dump(document, links, found.issues.len() > n_issues);
    dump.partial = dump.partial.or(selects.then_some(Partial::Selected));
    found.fact(Fact::Links(dump));
}

fn routes(document: &Document<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let family = document.command.and_then(Simple::family);
    let device = document.command.and_then(device_asked_for);
    let mut any_answer = false;
    let routes: Vec<Sourced<Route>> = entries(document, found, |members, _| {
        let (mut route, is_answer) = ip_json_route::route(members, family)?;
        route.nexthops.iter_mut().for_each(|way| way.dev = way.dev.or(device));
        any_answer |= is_answer;
        Ok(route)
    });
    let asked = document.command.and_then(asked);
    let names_table = routes.iter().any(|route| route.value.table.is_some());
    let is_answer = any_answer || asked == Some(Asked::Get);
    let mut dump = dump(document, routes, found.issues.len() > n_issues);
    dump.table = match &asked {
        _ if is_answer => None,
        _ if names_table => Some(TableSelection::All),
        Some(Asked::Table(table) | Asked::Some(Some(table))) => Some(table.clone()),
        Some(Asked::Some(None)) => Some(TableSelection::One(TableId::MAIN)),
        Some(Asked::Get) => None,
        None => table_of_path(document.path),
    };
    let one = matches!(dump.table, Some(TableSelection::One(_)));
    dump.family = family.or((one && asked.is_some()).then_some(Family::V4));
    let selects = is_answer || matches!(asked, Some(Asked::Some(_)));
    dump.partial = dump.partial.or(selects.then_some(Partial::Selected));
    found.fact(Fact::Routes(dump));
}

fn rules(document: &Document<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let of_command = document.command.map(|command| command.family().unwrap_or(Family::V4));
    let mut rules: Vec<Sourced<IpRule>> =
        entries(document, found, |members, _| ip_json_rule::rule(members, of_command));
    // All rules of a list are of one family, which one address shows.
    let family = rules.iter().find_map(|rule| rule.value.family);
    for rule in &mut rules {
        rule.value.family = rule.value.family.or(family);
    }
    let mut dump = dump(document, rules, found.issues.len() > n_issues);
    dump.family = family;
    found.fact(Fact::IpRules(dump));
}

fn neighbours(document: &Document<'_>, found: &mut Found) {
    let n_issues = found.issues.len();
    let entries: Vec<Sourced<Neighbour>> =
        entries(document, found, |members, _| ip_json_rule::neighbour(members));
    let dump = dump(document, entries, found.issues.len() > n_issues);
    found.fact(Fact::Neighbours(dump));
}

/// Reads the objects of the list one by one; one that fails becomes an issue and costs only itself.
fn entries<T>(
    document: &Document<'_>,
    found: &mut Found,
    mut read: impl FnMut(&mut Members, Origin) -> Result<T, IssueKind>,
) -> Vec<Sourced<T>> {
    let Some(items) = document.read::<Vec<&RawValue>>(found) else { return Vec::new() };
    let mut entries = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let path = format!("[{index}]");
        let members: Result<Members, _> = serde_json::from_str(item.get());
        match members {
            // Filtered interfaces leave `{}` behind in some versions.
            Ok(members) if members.is_empty() => {}
            Ok(mut members) => {
                let origin = document.origin_of(item.get(), &path, found);
                match read(&mut members, origin) {
                    Ok(value) => entries.push(Sourced::new(value, origin)),
                    Err(kind) => found.issue_at(origin, &kind),
                }
            }
            Err(error) => {
                let origin = document.origin_of(item.get(), &path, found);
                found.issue_at(origin, &IssueKind::Other(error.to_string().into()));
            }
        }
    }
    entries
}

fn dump<T>(document: &Document<'_>, entries: Vec<Sourced<T>>, has_issues: bool) -> Dump<T> {
    Dump {
        origin: document.origin(),
        command: document.command.map(|command| command.text.clone()),
        partial: if document.cut {
            Some(Partial::Cut)
        } else if document.command.is_some_and(|command| command.filtered) {
            Some(Partial::Filtered)
        } else {
            has_issues.then_some(Partial::Gaps)
        },
        family: document.command.and_then(Simple::family),
        table: None,
        entries,
    }
}
