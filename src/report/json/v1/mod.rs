//! Version 1 of every JSON document. Fields are added freely and never renamed or dropped.

mod explain;
mod ingest;
mod owner;
mod plan;
mod topology;

pub use explain::{Because, End, FlowAnswer, FlowError};
pub use ingest::Ingest;
pub use owner::Owner;
pub use plan::Plan;
pub use topology::Topology;

use crate::{
    analysis::{
        coverage::Gap,
        topology::{Evidence, Known},
    },
    model::{Snapshot, snapshot::Contradiction},
    report::place,
};
use serde::Serialize;

/// What shows a fact: how, and where.
#[derive(Debug, Serialize)]
pub struct EvidenceView {
    pub how: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Two facts that cannot both hold.
#[derive(Debug, Serialize)]
pub struct ContradictionView {
    pub node: Option<String>,
    pub subject: String,
    pub first: SideView,
    pub second: SideView,
}

/// One side of a contradiction.
#[derive(Debug, Serialize)]
pub struct SideView {
    pub says: String,
    pub origin: String,
}

/// A question that stays open, for which nodes, and what would settle it.
#[derive(Debug, Serialize)]
pub struct GapView {
    pub question: &'static str,
    pub nodes: Vec<String>,
    pub missing: Vec<MissingView>,
}

/// One input that is missing.
#[derive(Debug, Serialize)]
pub struct MissingView {
    pub what: &'static str,
    pub command: &'static str,
}

impl EvidenceView {
    fn of(snapshot: &Snapshot, evidence: &Evidence) -> Self {
        let origin = evidence.origin.map(|origin| place(snapshot, &origin));
        Self { how: evidence.how.id(), origin }
    }

    fn all(snapshot: &Snapshot, evidence: &[Evidence]) -> Vec<Self> {
        evidence.iter().map(|evidence| Self::of(snapshot, evidence)).collect()
    }

    fn known<T>(snapshot: &Snapshot, known: Option<&Known<T>>) -> Vec<Self> {
        known.map(|known| Self::all(snapshot, &known.evidence)).unwrap_or_default()
    }
}

impl ContradictionView {
    fn of(snapshot: &Snapshot, pair: &Contradiction) -> Self {
        let side = |side: &crate::model::Sourced<Box<str>>| SideView {
            says: side.value.to_string(),
            origin: place(snapshot, &side.origin),
        };
        Self {
            node: pair.node.as_deref().map(Into::into),
            subject: pair.subject.to_string(),
            first: side(&pair.first),
            second: side(&pair.second),
        }
    }

    fn all(snapshot: &Snapshot, pairs: &[Contradiction]) -> Vec<Self> {
        pairs.iter().map(|pair| Self::of(snapshot, pair)).collect()
    }
}

impl GapView {
    fn of(gap: &Gap) -> Self {
        let missing = gap.missing.iter();
        Self {
            question: gap.question,
            nodes: gap.nodes.iter().map(|name| name.to_string()).collect(),
            missing: missing.map(|it| MissingView { what: it.what, command: it.command }).collect(),
        }
    }
}
