//! `enilens explain --flows`: one line a flow.

use crate::{
    analysis::{
        datapath::{Described, Outcome},
        explain::{Answer, Explainer, Host},
    },
    model::Snapshot,
    net::Mark,
    report::place,
};
use serde::Serialize;
use serde_json::Value;
use std::net::IpAddr;

/// The answer for one flow.
#[derive(Debug, Serialize)]
pub struct FlowAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a Value>,
    pub verdict: &'static str,
    pub outcomes: Vec<End>,
    pub why: &'a str,
    pub needs: &'a [String],
    pub node: &'a str,
}

/// A line that is no flow, or that no node can be asked about.
#[derive(Debug, Serialize)]
pub struct FlowError<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a Value>,
    pub error: String,
    pub line: u64,
}

/// One way that the packet may end.
#[derive(Debug, Serialize)]
pub struct End {
    /// Absent among alternatives: nothing tells how likely each is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    pub fate: &'static str,
    pub out: Option<String>,
    pub src: IpAddr,
    pub sport: Option<u16>,
    pub dst: IpAddr,
    pub dport: Option<u16>,
    pub snat: bool,
    pub dnat: bool,
    pub mark: String,
    pub ctmark: String,
    pub because: Vec<Because>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<End>,
}

/// One deciding step.
#[derive(Debug, Serialize)]
pub struct Because {
    pub hook: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl<'a> FlowAnswer<'a> {
    /// Makes the line of an answer.
    pub fn of(
        explainer: &Explainer<'_>,
        host: &'a Host<'_>,
        id: Option<&'a Value>,
        answer: &'a Answer,
    ) -> Self {
        let ends = answer.outcomes.0.iter();
        Self {
            id,
            verdict: answer.verdict.word(),
            outcomes: ends.map(|(p, end)| End::of(explainer, host, Some(*p), end)).collect(),
            why: &answer.why,
            needs: &answer.needs,
            node: &host.node.name,
        }
    }
}

impl End {
    fn of(
        explainer: &Explainer<'_>,
        host: &Host<'_>,
        probability: Option<f64>,
        end: &Outcome,
    ) -> Self {
        let hex = |mark: Mark| mark.to_string();
        let steps = explainer.steps(host, end, false);
        Self {
            probability,
            fate: end.fate.word(),
            out: end.out.map(|out| out.to_string()),
            src: end.src,
            sport: end.sport,
            dst: end.dst,
            dport: end.dport,
            snat: end.snat,
            dnat: end.dnat,
            mark: hex(end.mark),
            ctmark: hex(end.ctmark),
            because: steps.into_iter().map(|it| Because::of(explainer.snapshot(), it)).collect(),
            alternatives: end
                .alternatives
                .iter()
                .map(|one| Self::of(explainer, host, None, one))
                .collect(),
        }
    }
}

impl Because {
    fn of(snapshot: &Snapshot, step: Described) -> Self {
        Self {
            hook: step.hook,
            table: step.table,
            chain: step.chain,
            rule: step.rule,
            ip_rule: step.ip_rule,
            route: step.route,
            effect: step.effect,
            origin: step.origin.map(|origin| place(snapshot, &origin)),
        }
    }
}
