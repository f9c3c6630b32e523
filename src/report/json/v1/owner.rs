//! `enilens.owner/1`: the answer of `topology --ip`.

use super::EvidenceView;
use crate::{
    analysis::topology::{self as answer, Holder},
    model::Snapshot,
    report::text::holder_text,
};
use serde::Serialize;
use std::net::IpAddr;

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Owner {
    pub schema: &'static str,
    pub ip: IpAddr,
    pub well_known: Option<&'static str>,
    pub claims: Vec<ClaimView>,
    pub subnets: Vec<SubnetView>,
    pub would_tell: Vec<&'static str>,
}

/// One thing that has the address.
#[derive(Debug, Serialize)]
pub struct ClaimView {
    pub kind: &'static str,
    pub text: String,
    pub node: Option<String>,
    pub evidence: Vec<EvidenceView>,
}

/// A subnet around the address.
#[derive(Debug, Serialize)]
pub struct SubnetView {
    pub id: String,
    pub cidr: String,
    pub evidence: EvidenceView,
}

impl Owner {
    /// Returns the document of an answer.
    pub fn of(snapshot: &Snapshot, owner: &answer::Owner<'_>) -> Self {
        let claims = owner.claims.iter().map(|claim| ClaimView {
            kind: kind(&claim.holder),
            text: holder_text(&claim.holder),
            node: claim.node.map(Into::into),
            evidence: EvidenceView::all(snapshot, &claim.evidence),
        });
        let subnets = owner.around.iter().map(|(id, cidr, evidence)| SubnetView {
            id: (*id).to_owned(),
            cidr: cidr.to_string(),
            evidence: EvidenceView::of(snapshot, evidence),
        });
        Self {
            schema: "enilens.owner/1",
            ip: owner.ip,
            well_known: owner.well_known,
            claims: claims.collect(),
            subnets: subnets.collect(),
            would_tell: owner.would_tell.clone(),
        }
    }
}

fn kind(holder: &Holder<'_>) -> &'static str {
    match holder {
        Holder::Pod { .. } => "pod",
        Holder::EniPrimary { .. } => "eni-primary",
        Holder::EniSlot { .. } => "eni-slot",
        Holder::EniPrefix { .. } => "eni-prefix",
        Holder::UnplacedPod { .. } => "unplaced-pod",
        Holder::Node => "node",
        Holder::Reserved { .. } => "reserved",
        Holder::Gateway { .. } => "gateway",
        Holder::ServiceRule { .. } => "service-rule",
        Holder::Interface { .. } => "interface",
        Holder::Service { .. } => "service",
        Holder::Endpoint { .. } => "endpoint",
        Holder::NatGateway { .. } => "nat-gateway",
        Holder::PublicOf { .. } => "public-ip",
        Holder::OtherEni { .. } => "eni",
        Holder::Target { .. } => "target",
        Holder::Logged { .. } => "log",
    }
}
