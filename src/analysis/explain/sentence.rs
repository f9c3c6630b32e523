//! Why, in one sentence.

use super::{Question, Verdict};
use crate::{
    analysis::datapath::{Datapath, Described, Did, Fate, Outcome, Outcomes},
    model::Snapshot,
};

/// Returns the sentence for an answer.
pub(super) fn why(
    path: &Datapath<'_>,
    snapshot: &Snapshot,
    question: &Question,
    verdict: Verdict,
    outcomes: &Outcomes,
    needs: &[String],
) -> String {
    let ends = outcomes.0.as_slice();
    match (verdict, ends) {
        (Verdict::Undetermined, _) => {
            let open = needs.first().map_or("", String::as_str);
            let alternatives: Vec<&Outcome> =
                ends.iter().flat_map(|(_, end)| &end.alternatives).collect();
            match alternatives.as_slice() {
                [] => format!("not collected: {open}"),
                [only] => {
                    format!("not collected: {open}; if it changes nothing: {}", end(question, only))
                }
                several => {
                    let all: Vec<String> = several.iter().map(|one| end(question, one)).collect();
                    format!("not collected: {open}; it is one of: {}", all.join(" · "))
                }
            }
        }
        (_, [(_, only)]) => {
            let cause = cause(path, snapshot, only);
            format!("{}{cause}", end(question, only))
        }
        (_, several) => {
            let all: Vec<String> = several
                .iter()
                .map(|(p, one)| format!("{:.0} %: {}", p * 100.0, end(question, one)))
                .collect();
            all.join(" · ")
        }
    }
}

/// Returns where a packet ends, in words.
pub(super) fn end(question: &Question, end: &Outcome) -> String {
    let out = end.out.map_or_else(|| "an interface".to_owned(), |out| out.to_string());
    let to = if end.dnat {
        let port = end.dport.map_or_else(String::new, |port| format!(":{port}"));
        format!(" to {}{port}", end.dst)
    } else {
        String::new()
    };
    match end.fate {
        Fate::Forwarded if end.snat => {
            let port = match end.sport {
                Some(port) if Some(port) == question.sport => "keeping its port".to_owned(),
                Some(port) => format!("from port {port}"),
                None => "from a port that the kernel picks".to_owned(),
            };
            format!("SNAT from {} to {}, {port}, out of {out}{to}", question.src, end.src)
        }
        Fate::Forwarded => format!("no SNAT: it leaves as {} out of {out}{to}", end.src),
        Fate::Delivered => format!("a socket of the node gets it{to}"),
        Fate::Dropped => "it is dropped".to_owned(),
        Fate::Rejected => "it is rejected".to_owned(),
        Fate::Unknown => "not known".to_owned(),
    }
}

/// Returns what made it so: the last rule or setting that decided.
fn cause(path: &Datapath<'_>, snapshot: &Snapshot, end: &Outcome) -> String {
    let steps = end.trace.steps();
    let mut deciding = steps.iter().rev().filter(|step| step.deciding);
    let is_rule = |did: &Did| !matches!(did, Did::Routed { .. });
    let wanted = match end.fate {
        Fate::Forwarded if end.snat => deciding.find(|step| is_rule(&step.did)),
        Fate::Forwarded | Fate::Delivered | Fate::Dropped | Fate::Rejected | Fate::Unknown => {
            deciding.next()
        }
    };
    let Some(step) = wanted else { return String::new() };
    let words = path.describe(step, snapshot);
    let text = |it: &Described| {
        let route = it.route.as_ref().map(|route| format!("route `{route}`"));
        let ip_rule = it.ip_rule.as_ref().map(|rule| format!("ip rule `{rule}`"));
        let rule = it.rule.as_ref().map(|rule| format!("`{rule}`"));
        rule.or(ip_rule).or(route).or_else(|| it.effect.clone())
    };
    let all: Vec<String> = words.iter().filter_map(text).collect();
    if all.is_empty() { String::new() } else { format!(", because of {}", all.join(" and ")) }
}
