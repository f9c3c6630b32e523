//! Answers of EC2, elbv2 and VPC IPAM as the AWS CLI prints them in JSON or YAML.
//!
//! Field names and types are those of the service's API reference. Every field is optional: old answers lack the newer
//! ones, `--query` drops what it was not asked for, and people shorten what they paste. A value of the wrong type costs
//! only itself (`parse::json`).

pub(super) mod address;
pub(super) mod eni;
mod fields;
pub(super) mod instance;
pub(super) mod instance_type;
pub(super) mod ipam;
pub(super) mod load_balancing;
pub(super) mod nat_gateway;
pub(super) mod network_acl;
pub(super) mod route_table;
pub(super) mod security_group;
pub(super) mod subnet;
pub(super) mod trunk;
pub(super) mod vpc;

use super::{
    Found, IssueKind,
    command::Simple,
    json::{Placed, Summary},
};
use crate::model::{Fact, fact::Ec2Fact};

/// Returns whether a command is `aws SERVICE VERB`, the verb being one of some.
fn is_aws(command: &Simple, verbs: &[&str]) -> bool {
    matches!(command.program(), "aws" | "awslocal" | "aws2")
        && command.args().any(|arg| verbs.contains(&arg))
}

/// Tells of empty lists, and of further pages.
fn end(summary: &Summary<'_>, list: &'static str, found: &mut Found) {
    if summary.is_empty(list) {
        found.fact(Fact::Ec2(Ec2Fact::Empty { list, origin: summary.origin }));
    } else if summary.is_empty("") {
        // `--query` of a list prints its elements without the name.
        found.fact(Fact::Ec2(Ec2Fact::Empty { list, origin: summary.origin }));
    }
    let next = ["NextToken", "NextMarker"].iter().find_map(|key| summary.text(key));
    if next.is_some_and(|token| !token.is_empty()) {
        let message = format!("`{list}` goes on in another page (`NextToken`)");
        found.issue_at(summary.origin, &IssueKind::Other(message.into()));
    }
}

/// Returns an object's id; one without an id cannot be placed, which becomes an issue.
fn id(
    id: Option<super::json::Text<'_>>,
    expected: &'static str,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Option<Box<str>> {
    match id {
        Some(id) if !id.is_empty() => Some(id.boxed()),
        Some(_) | None => {
            let message = format!("the object has no `{expected}` and cannot be placed");
            placed.issue("", &IssueKind::Other(message.into()), found);
            None
        }
    }
}
