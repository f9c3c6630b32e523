//! `ip route`: one line per route, `[TYPE] DESTINATION [via ADDRESS] [dev NAME] …`, and `nexthop` lines below a
//! route of several ways.
//!
//! The grammar is what `print_route()` of iproute2 writes (`ip/iproute.c`). `ip route get` prints one such line for
//! the route that it found, mostly with `uid`, and a `cache` line below it; that is the answer to a question, not a
//! table, so it is a dump of its own.

use super::{
    Found, IssueKind, Line, Parser, Section,
    ip_route_line::{self, can_be_route, is_surely_route},
    ip_route_table::{Asked, asked, table_of_path},
    words::Words,
};
use crate::{
    model::{
        Dump, Fact, Partial, Sourced,
        dump::TableSelection,
        routing::{Route, RouteKind},
    },
    net::{Family, IpNet, TableId},
};

pub(super) static PARSER: Parser = Parser {
    id: "ip-route",
    command: "ip route show table all",
    paths: &[
        "networking/iproute.txt",
        "networking/ip6route.txt",
        "iproute.txt",
        "ip6route.txt",
        "ip-route*",
        "ip_route*",
        "iproute*",
    ],
    prints: |command| asked(command).is_some(),
    begins: is_surely_route,
    continues,
    parse: |section, found| {
        let mut listings = Listings::new(section, found);
        let mut after_blank = false;
        for line in section.lines {
            if line.is_blank() {
                after_blank = true;
                continue;
            }
            for (nth, part) in line.text.split('\\').enumerate() {
                listings.line(line, part, after_blank && nth == 0);
            }
            after_blank = false;
        }
        listings.finish();
    },
};

/// Words that start a line below a route.
const BELOW: &[&str] = &["nexthop", "nh_info", "cache"];

fn continues(line: &str) -> bool {
    let line = line.split('\\').next().unwrap_or(line);
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some("nexthop"), Some("via" | "dev" | "encap")) | (Some("nh_info"), Some("id")) => true,
        (Some("cache"), None) => true,
        (Some("cache"), Some(next)) => {
            next.starts_with('<')
                || matches!(next, "iif" | "expires" | "users" | "mtu" | "used" | "age")
        }
        // The first line of a route of several ways may hold its destination only.
        (Some(only), None) => only.parse::<IpNet>().is_ok(),
        _ => can_be_route(line),
    }
}

/// A route whose `nexthop` and `cache` lines are still to come.
struct Pending {
    route: Route,
    line: Line<'static>,
    is_answer: bool,
    /// How many ways stood on `nexthop` lines.
    n_below: usize,
}

struct Listings<'s, 'a> {
    section: &'s Section<'a>,
    found: &'s mut Found,
    n_issues: usize,
    asked: Option<Asked>,
    pending: Option<Pending>,
    routes: Vec<Sourced<Route>>,
    /// Whether `routes` are answers of `ip route get`.
    are_answers: bool,
}

impl<'s, 'a> Listings<'s, 'a> {
    fn new(section: &'s Section<'a>, found: &'s mut Found) -> Self {
        let n_issues = found.issues.len();
        let asked = section.command.and_then(asked);
        let are_answers = asked == Some(Asked::Get);
        Self { section, found, n_issues, asked, pending: None, routes: Vec::new(), are_answers }
    }

    fn line(&mut self, line: &Line<'_>, text: &str, after_blank: bool) {
        let first = text.split_ascii_whitespace().next().unwrap_or_default();
        let result = if BELOW.contains(&first) {
            self.below(text)
        } else {
            self.end_route();
            ip_route_line::route(text, self.section.family()).map(|(route, is_answer)| {
                if after_blank && self.repeats(&route) {
                    self.flush();
                }
                let own = Line { number: line.number, bytes: line.bytes, text: "".into() };
                let is_answer = is_answer || self.asked == Some(Asked::Get);
                self.pending = Some(Pending { route, line: own, is_answer, n_below: 0 });
            })
        };
        if let Err(kind) = result {
            self.found.issue(self.section, line, &kind);
        }
    }

    /// Takes a `nexthop`, `nh_info` or `cache` line.
    fn below(&mut self, text: &str) -> Result<(), IssueKind> {
        let orphan = || IssueKind::unexpected("a route that is shown", text);
        let pending = self.pending.as_mut().ok_or_else(orphan)?;
        let mut words = Words::new(text);
        if words.take_word("nexthop") {
            pending.route.nexthops.push(ip_route_line::nexthop(words)?);
            pending.n_below += 1;
        } else {
            pending.is_answer |= words.peek() == Some("cache");
            pending.route.rest.extend(words.map(Into::into));
        }
        Ok(())
    }

    /// Returns whether a route is the first one again, which no table has twice: another listing starts.
    fn repeats(&self, route: &Route) -> bool {
        self.routes.first().is_some_and(|Sourced { value: first, .. }| {
            (first.kind, first.dst, &first.table, first.metric, first.tos)
                == (route.kind, route.dst, &route.table, route.metric, route.tos)
        })
    }

    /// Keeps the route whose lines have ended.
    fn end_route(&mut self) {
        let Some(Pending { mut route, line, is_answer, n_below }) = self.pending.take() else {
            return;
        };
        let goes_nowhere =
            route.kind == RouteKind::Unicast && route.nexthops.is_empty() && route.nhid.is_none();
        if goes_nowhere {
            let kind = IssueKind::Missing { expected: "`via`, `dev` or a `nexthop` line below" };
            self.found.issue(self.section, &line, &kind);
            return;
        }
        if n_below == 1 && route.nexthops.len() == 1 {
            // One way on a line of its own is one way; its words come back with the route's.
            let weight = route.nexthops.first().map_or(1, |nexthop| nexthop.weight);
            let weight: Box<str> = weight.to_string().into();
            route.rest.extend(["nexthop".into(), "weight".into(), weight]);
        }
        if is_answer != self.are_answers && !self.routes.is_empty() {
            self.flush();
        }
        self.are_answers = is_answer;
        self.routes.push(Sourced::new(route, line.origin(self.section.artifact)));
    }

    fn finish(mut self) {
        self.end_route();
        self.flush();
    }

    /// Ends a listing.
    fn flush(&mut self) {
        let routes = std::mem::take(&mut self.routes);
        let Some(origin) = routes.first().map(|route| route.origin) else { return };
        let names_table = routes.iter().any(|route| route.value.table.is_some());
        let table = if self.are_answers { None } else { self.table(names_table) };
        let mut dump = Dump { origin, ..self.section.dump(routes) }.with_table(table);
        let selects = self.are_answers || matches!(self.asked, Some(Asked::Some(_)));
        let has_issues = self.found.issues.len() > self.n_issues;
        dump.partial = dump
            .partial
            .or(selects.then_some(Partial::Selected))
            .or(has_issues.then_some(Partial::Gaps));
        dump.family = dump.family.or_else(|| self.family(dump.table.as_ref()));
        self.found.fact(Fact::Routes(dump));
        self.n_issues = self.found.issues.len();
    }

    /// Returns which tables were printed. `print_route()` names the table of a route outside of the main one where
    /// all tables were asked for, and only there.
    fn table(&self, names_table: bool) -> Option<TableSelection> {
        match &self.asked {
            _ if names_table => Some(TableSelection::All),
            Some(Asked::Table(table) | Asked::Some(Some(table))) => Some(table.clone()),
            Some(Asked::Some(None)) => Some(TableSelection::One(TableId::MAIN)),
            Some(Asked::Get) => None,
            None => table_of_path(self.section.path),
        }
    }

    /// Without `-6`, a table is one of IPv4 (`iproute_list_flush_or_save()`); only all tables are of both families.
    fn family(&self, table: Option<&TableSelection>) -> Option<Family> {
        let one = matches!(table, Some(TableSelection::One(_)));
        (one && self.section.command.is_some()).then_some(Family::V4)
    }
}
