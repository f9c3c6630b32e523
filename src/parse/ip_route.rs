//! `ip route`: one line per route, `[TYPE] DESTINATION [via ADDRESS] [dev NAME] …`, and `nexthop` lines below a
//! route of several ways.
//!
//! The grammar is what `print_route()` of iproute2 writes (`ip/iproute.c`). `ip route get` prints one such line for
//! the route that it found, mostly with `uid`, and a `cache` line below it; that is the answer to a question, not a
//! table, so it is a dump of its own.

use super::{
    Found, IssueKind, Line, Parser, Section,
    ip_route_line::{self, can_be_route, is_keyword, is_surely_route},
    ip_route_table::{Asked, asked, device_asked_for, table_of_path},
    words::Words,
};
use crate::{
    model::{
        Dump, Fact, Partial, Sourced,
        dump::TableSelection,
        routing::{Nexthop, Route, RouteKind},
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
    prints: |command| asked(command).is_some() && !command.ip_prints_json(),
    begins: |line| is_surely_route(line) || is_masked_default(line),
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
        _ => can_be_route(line) || is_masked(line),
    }
}

/// Returns whether a line is a route of which an author has hidden an address (`via 203.x.x.1`), or one that is cut.
fn is_masked(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (Some(dst), Some(word)) = (words.next(), words.next()) else { return false };
    let is_dst = dst == "default" || (dst.contains(['.', ':']) && is_address_like(dst));
    is_dst
        && match word {
            "via" => {
                words.next().is_none_or(is_address_like) && words.next().is_none_or(is_keyword)
            }
            "dev" => words.nth(1).is_none_or(is_keyword),
            _ => false,
        }
}

/// `default via ADDRESS dev NAME` is a route whatever its author did to the address.
fn is_masked_default(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next() == Some("default")
        && words.nth(1).is_some_and(is_address_like)
        && is_masked(line)
        && words.next() == Some("dev")
}

/// Letters and digits with dots or colons between, such as `203.x.x.1` and `fe80::XXXX/64`.
fn is_address_like(word: &str) -> bool {
    word.contains(['.', ':'])
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'/' | b'*'))
}

/// A route whose `nexthop` and `cache` lines are still to come.
struct Pending {
    route: Route,
    /// The lines of the route, without their texts.
    lines: Vec<Line<'static>>,
    is_answer: bool,
    /// What was not understood below the route; a route that lacks one of its ways is another route.
    broken: Option<IssueKind>,
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
        let own = Line { number: line.number, bytes: line.bytes, text: "".into() };
        let result = if BELOW.contains(&first) {
            self.below(own, text)
        } else {
            self.end_route();
            ip_route_line::route(text, self.section.family()).map(|(route, is_answer)| {
                if after_blank && self.repeats(&route) {
                    self.flush();
                }
                let is_answer = is_answer || self.asked == Some(Asked::Get);
                let lines = vec![own];
                self.pending = Some(Pending { route, lines, is_answer, broken: None, n_below: 0 });
            })
        };
        if let Err(kind) = result {
            self.found.issue(self.section, line, &kind);
        }
    }

    /// Takes a `nexthop`, `nh_info` or `cache` line.
    fn below(&mut self, line: Line<'static>, text: &str) -> Result<(), IssueKind> {
        let orphan = || IssueKind::unexpected("a route that is shown", text);
        let pending = self.pending.as_mut().ok_or_else(orphan)?;
        pending.lines.push(line);
        let mut words = Words::new(text);
        if words.take_word("nexthop") {
            match ip_route_line::nexthop(words) {
                Ok(nexthop) => pending.route.nexthops.push(nexthop),
                Err(kind) => pending.broken = Some(kind),
            }
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
        let Some(Pending { mut route, lines, is_answer, broken, n_below }) = self.pending.take()
        else {
            return;
        };
        if let Err(kind) = broken.map_or_else(|| self.ways(&mut route), Err) {
            for line in &lines {
                self.found.issue(self.section, line, &kind);
            }
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
        let Some(line) = lines.first() else { return };
        self.routes.push(Sourced::new(route, line.origin(self.section.artifact)));
    }

    /// Adds the device that `ip route show dev NAME` does not print. Any other route names the device of every way,
    /// so one that does not was cut.
    fn ways(&self, route: &mut Route) -> Result<(), IssueKind> {
        let device = self.section.command.and_then(device_asked_for);
        if route.nexthops.is_empty() && !route.kind.rejects() && device.is_some() {
            route.nexthops.push(Nexthop { dev: device, weight: 1, ..Nexthop::default() });
        }
        for way in &mut route.nexthops {
            way.dev = way.dev.or(device);
        }
        let is_alone = route.nexthops.is_empty() && route.nhid.is_none();
        if route.kind == RouteKind::Unicast && is_alone {
            return Err(IssueKind::Missing { expected: "`via`, `dev` or a `nexthop` line below" });
        }
        match route.nexthops.iter().all(|way| way.dev.is_some()) {
            true => Ok(()),
            false => Err(IssueKind::Missing { expected: "`dev`" }),
        }
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
        // One route without a command above it is more likely quoted than the whole of a table.
        let is_quote = self.asked.is_none() && dump.entries.len() == 1;
        let selects = self.are_answers || is_quote || matches!(self.asked, Some(Asked::Some(_)));
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
