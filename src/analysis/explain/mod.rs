//! What happens to a flow, on which node, and why: the walk of [`super::datapath`] as an answer.

mod choice;
mod sentence;

pub use choice::{Choice, NoNode};

use super::datapath::{Datapath, Described, Fate, FlowState, Outcome, Outcomes, Tracing};
use crate::{
    model::{
        Snapshot,
        snapshot::{NetnsState, Node},
    },
    net::{IfName, Mark, Protocol},
};
use std::{cell::OnceCell, net::IpAddr};

/// A flow to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: Protocol,
    /// The source port, or the identifier of an ICMP echo.
    pub sport: Option<u16>,
    pub dport: u16,
    pub enters: Enters,
    pub mark: Mark,
    pub tos: u8,
    pub ttl: Option<u8>,
    pub length: Option<u16>,
    pub tcp_flags: Option<u8>,
    /// Type and code of an ICMP message; an echo request where it is not given.
    pub icmp: Option<(u8, u8)>,
    pub state: FlowState,
}

/// Where the packet enters the node, as far as the question says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enters {
    /// The interface.
    By(IfName),
    /// The node itself sends it.
    Sent,
    /// It is to be told from the source address.
    Derived,
}

/// The answer for one flow on one node.
#[derive(Debug)]
pub struct Answer {
    pub verdict: Verdict,
    pub outcomes: Outcomes,
    /// Why, in a sentence.
    pub why: String,
    /// What would settle an answer that is open.
    pub needs: Vec<String>,
}

/// The answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Snat,
    NoSnat,
    Delivered,
    Dropped,
    Rejected,
    Depends,
    Undetermined,
}

/// The nodes of a snapshot, each ready to walk packets through once it is asked for.
#[derive(Debug)]
pub struct Explainer<'s> {
    snapshot: &'s Snapshot,
    hosts: Vec<Host<'s>>,
}

/// One node.
#[derive(Debug)]
pub struct Host<'s> {
    pub node: &'s Node,
    path: OnceCell<Datapath<'s>>,
}

impl<'s> Host<'s> {
    /// Returns the node's datapath.
    pub fn path(&self) -> &Datapath<'s> {
        self.path.get_or_init(|| Datapath::new(&self.node.host))
    }
}

impl<'s> Explainer<'s> {
    /// Takes the nodes of a snapshot of which dumps were read, or the one of a name.
    pub fn new(snapshot: &'s Snapshot, only: Option<&str>) -> Self {
        let is_wanted = |node: &&Node| match only {
            Some(name) => is_called(node, name),
            None => has_dumps(&node.host),
        };
        let hosts = snapshot.nodes.iter().filter(is_wanted);
        let hosts = hosts.map(|node| Host { node, path: OnceCell::new() }).collect();
        Self { snapshot, hosts }
    }

    /// Returns the nodes that can be asked.
    pub fn hosts(&self) -> &[Host<'s>] {
        &self.hosts
    }

    /// Returns the snapshot.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Walks a flow through its node.
    pub fn answer(&self, question: &Question) -> Result<(&Host<'s>, Answer), NoNode> {
        let choice = self.choose(question)?;
        let outcomes = choice.host.path().walk(&choice.flow, Tracing::On);
        Ok((choice.host, self.judge(choice.host, question, outcomes)))
    }

    /// Makes an answer of the ends of a walk.
    fn judge(&self, host: &Host<'s>, question: &Question, outcomes: Outcomes) -> Answer {
        let verdict = verdict(&outcomes);
        let path = host.path();
        let mut needs: Vec<String> = Vec::new();
        for need in outcomes.0.iter().flat_map(|(_, end)| &end.needs) {
            let text = path.need(need, self.snapshot);
            if !needs.contains(&text) {
                needs.push(text);
            }
        }
        let why = sentence::why(path, self.snapshot, question, verdict, &outcomes, &needs);
        Answer { verdict, outcomes, why, needs }
    }

    /// Returns the steps of an end in words, the deciding ones or all.
    pub fn steps(&self, host: &Host<'_>, end: &Outcome, all: bool) -> Vec<Described> {
        let steps = end.trace.steps().into_iter().filter(|step| all || step.deciding);
        steps.flat_map(|step| host.path().describe(step, self.snapshot)).collect()
    }
}

/// Returns whether a node goes by a name.
fn is_called(node: &Node, name: &str) -> bool {
    let identity = &node.identity;
    let names = [&identity.kube_name, &identity.instance_id, &identity.hostname];
    let known = names.into_iter().flatten().any(|known| &*known.value == name);
    let primary = identity.primary_ip.as_ref().is_some_and(|ip| ip.value.to_string() == name);
    &*node.name == name || known || primary || identity.label.as_deref() == Some(name)
}

fn has_dumps(state: &NetnsState) -> bool {
    state.rules.is_seen()
        || state.routes.is_seen()
        || state.xt_tables.is_seen()
        || state.nft.is_seen()
        || state.links.is_seen()
}

fn verdict(outcomes: &Outcomes) -> Verdict {
    let of = |end: &Outcome| match end.fate {
        Fate::Forwarded if end.snat => Verdict::Snat,
        Fate::Forwarded => Verdict::NoSnat,
        Fate::Delivered => Verdict::Delivered,
        Fate::Dropped => Verdict::Dropped,
        Fate::Rejected => Verdict::Rejected,
        Fate::Unknown => Verdict::Undetermined,
    };
    let mut verdicts = outcomes.0.iter().map(|(_, end)| of(end));
    let Some(first) = verdicts.next() else { return Verdict::Undetermined };
    verdicts.fold(first, |known, next| match (known, next) {
        (Verdict::Undetermined, _) | (_, Verdict::Undetermined) => Verdict::Undetermined,
        (a, b) if a == b => a,
        _ => Verdict::Depends,
    })
}

impl Verdict {
    /// Returns the word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Snat => "snat",
            Self::NoSnat => "no-snat",
            Self::Delivered => "delivered",
            Self::Dropped => "dropped",
            Self::Rejected => "rejected",
            Self::Depends => "depends",
            Self::Undetermined => "undetermined",
        }
    }
}

impl Fate {
    /// Returns the word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Delivered => "delivered",
            Self::Dropped => "dropped",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}
