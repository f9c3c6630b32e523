//! Steps and needs as words, for whoever reads an answer.

use super::{
    Datapath, Did, Need, Point, RuleAt, Step,
    fib::nowhere,
    program::{Body, ChainRef, ProgramChain},
};
use crate::{
    model::{
        Origin, Snapshot,
        netfilter::{Backend, Policy},
    },
    net::Family,
};

/// One step in words. Exactly one of `rule`, `ip_rule`, `route` and `effect` is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    pub hook: &'static str,
    pub table: Option<String>,
    pub chain: Option<String>,
    pub rule: Option<String>,
    pub ip_rule: Option<String>,
    pub route: Option<String>,
    pub effect: Option<String>,
    pub origin: Option<Origin>,
    pub deciding: bool,
}

impl Point {
    /// Returns the name by which answers call the place.
    pub fn name(self) -> &'static str {
        use crate::model::netfilter::Hook;
        match self {
            Self::Hook(Hook::Ingress) => "ingress",
            Self::Hook(Hook::Prerouting) => "prerouting",
            Self::Hook(Hook::Input) => "input",
            Self::Hook(Hook::Forward) => "forward",
            Self::Hook(Hook::Output) => "output",
            Self::Hook(Hook::Postrouting) => "postrouting",
            Self::Hook(Hook::Egress) => "egress",
            Self::Routing => "routing",
            Self::Conntrack => "conntrack",
        }
    }
}

impl Datapath<'_> {
    /// Returns a step in words; routing is two, the rule and the route.
    pub fn describe(&self, step: &Step, snapshot: &Snapshot) -> Vec<Described> {
        let blank =
            Described { hook: step.at.name(), deciding: step.deciding, ..Described::default() };
        match &step.did {
            Did::Rule(at) => {
                let (table, chain) = self.chain_names(at.chain);
                let (rule, origin) = self.rule_text(*at, snapshot);
                vec![Described { table, chain, rule: Some(rule), origin, ..blank }]
            }
            Did::Policy(at) => {
                let (table, chain) = self.chain_names(*at);
                let known = self.program.chain(*at);
                let policy = known.and_then(|chain| chain.policy).unwrap_or(Policy::Drop);
                let origin = known.and_then(|chain| chain.origin);
                let effect = Some(format!("policy {policy}"));
                vec![Described { table, chain, effect, origin, ..blank }]
            }
            Did::Routed { family, rule, route } => {
                let fib = self.view.fib(*family);
                let known = |origin: Origin| (origin != nowhere()).then_some(origin);
                let mut all = Vec::new();
                if let Some(rule) = rule.and_then(|number| fib.rule(number)) {
                    let ip_rule = Some(format!("{}: {}", rule.value.priority, rule_words(rule)));
                    all.push(Described { ip_rule, origin: known(rule.origin), ..blank.clone() });
                }
                if let Some((number, found)) =
                    route.and_then(|number| Some((number, fib.route(number)?)))
                {
                    let table = fib.table_of(number).map(ToString::to_string);
                    let route = Some(found.value.to_string());
                    all.push(Described { table, route, origin: known(found.origin), ..blank });
                }
                all
            }
            Did::Other(what, origin) => {
                vec![Described { effect: Some(what.to_string()), origin: *origin, ..blank }]
            }
        }
    }

    /// Returns what is missing, with the command that collects it where there is one.
    pub fn need(&self, need: &Need, snapshot: &Snapshot) -> String {
        match need {
            Need::Whether(at) => {
                format!("whether this rule matches: `{}`", self.rule_text(*at, snapshot).0)
            }
            Need::WhatDoes(at) => {
                format!("what this rule does: `{}`", self.rule_text(*at, snapshot).0)
            }
            Need::Chain(at) => self.missing_chain(*at),
            Need::Policy(at) => {
                let (table, chain) = self.chain_names(*at);
                let (table, chain) = (table.unwrap_or_default(), chain.unwrap_or_default());
                format!("the policy of chain {chain} of table {table}")
            }
            Need::Order(hook) => format!(
                "which of the chains with the same priority on {hook} is called first: no dump tells"
            ),
            Need::IpRule { family, rule } => {
                let rule = self.view.fib(*family).rule(*rule);
                let rule = rule.map_or_else(String::new, |rule| rule.value.to_string());
                format!("whether this routing rule selects the packet: `{rule}`")
            }
            Need::IpRules(Family::V4) => "the routing rules: `ip rule show`".to_owned(),
            Need::IpRules(Family::V6) => "the routing rules: `ip -6 rule show`".to_owned(),
            Need::RouteTable(family, table) => {
                let flag = if *family == Family::V6 { "-6 " } else { "" };
                format!("route table {table}: `ip {flag}route show table {table}`")
            }
            Need::Addresses(device) => {
                format!("the addresses of {device}: `ip addr show dev {device}`")
            }
            Need::Sysctl(key) => format!("{key}: `sysctl -a`"),
            Need::Text(text) => text.to_string(),
        }
    }

    fn missing_chain(&self, at: ChainRef) -> String {
        let Some(chain) = self.program.chain(at) else { return "a chain".to_owned() };
        let table = self.program.table(chain);
        let name = table.map_or("?", |table| &*table.name);
        match chain.body {
            Body::Contradictory => {
                format!("two dumps show chain {} of table {name} with different rules", chain.name)
            }
            Body::Unlisted | Body::Xt { .. } => {
                let tool = match table.map(|table| table.family) {
                    Some(Family::V6) => "ip6tables-save",
                    Some(Family::V4) | None => "iptables-save",
                };
                format!("the rules of chain {} of table {name}: `{tool} -t {name}`", chain.name)
            }
        }
    }

    fn chain_names(&self, at: ChainRef) -> (Option<String>, Option<String>) {
        let Some(chain) = self.program.chain(at) else { return (None, None) };
        (Some(self.table_name(chain)), Some(chain.name.to_string()))
    }

    /// The name of the table; with the backend where both have one of the name.
    fn table_name(&self, chain: &ProgramChain<'_>) -> String {
        let Some(table) = self.program.table(chain) else { return "?".to_owned() };
        let twins = self
            .program
            .tables()
            .filter(|other| other.name == table.name && other.family == table.family);
        match (twins.count(), table.backend) {
            (0 | 1, _) | (_, Backend::Unknown) => table.name.to_string(),
            (_, Backend::Legacy) => format!("{} (legacy)", table.name),
            (_, Backend::Nft) => format!("{} (nft)", table.name),
        }
    }

    fn rule_text(&self, at: RuleAt, snapshot: &Snapshot) -> (String, Option<Origin>) {
        let nothing = (String::new(), None);
        let Some(chain) = self.program.chain(at.chain) else { return nothing };
        let number = usize::try_from(at.rule).unwrap_or(usize::MAX);
        match &chain.body {
            Body::Xt { dump, listed, rules, .. } => {
                let Some((table, rule)) = self.program.dump(*dump).zip(rules.get(number)) else {
                    return nothing;
                };
                let text = snapshot.artifact(table.origin.artifact);
                let text = text.and_then(|artifact| artifact.text.as_deref()).unwrap_or_default();
                let words = table.show_rule(listed, rule, text).without_counters().to_string();
                (words, Some(table.origin_of(rule)))
            }
            Body::Unlisted | Body::Contradictory => nothing,
        }
    }
}

fn rule_words(rule: &crate::model::Sourced<crate::model::routing::IpRule>) -> String {
    let text = rule.value.to_string();
    match text.split_once(':') {
        Some((_, words)) => words.trim().to_owned(),
        None => text,
    }
}
