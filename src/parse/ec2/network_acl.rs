//! `aws ec2 describe-network-acls`: network ACLs of subnets.

use super::{
    end,
    fields::{Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{NetworkAcl, NetworkAclEntry},
        fact::Ec2Fact,
    },
    net::IpNet,
    parse::{
        Found, IssueKind,
        json::{Alone, DocumentParser, Items, Placed, Reads, Text},
    },
};
use serde::Deserialize;

const LIST: &str = "NetworkAcls";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-network-acls",
    command: "aws ec2 describe-network-acls",
    paths: &["network-acls.json", "describe-network-acls.json"],
    prints: |command| is_aws(command, &["describe-network-acls"]),
    recognizes: |shape| {
        let is_one = shape.has("NetworkAclId") && shape.has("Entries");
        shape.has(LIST) || (shape.is_array && shape.item_has(&["NetworkAclId"])) || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| item.read::<AwsAcl<'_>>(found, keep),
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsAcl<'a> {
    #[serde(borrow)]
    network_acl_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    associations: Option<Vec<Association<'a>>>,
    #[serde(borrow)]
    entries: Option<Vec<Entry<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association<'a> {
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    rule_number: Option<u32>,
    egress: Option<bool>,
    #[serde(borrow)]
    rule_action: Option<Text<'a>>,
    #[serde(borrow)]
    protocol: Option<Text<'a>>,
    cidr_block: Option<Word<IpNet>>,
    ipv6_cidr_block: Option<Word<IpNet>>,
    port_range: Option<Ports>,
    icmp_type_code: Option<Icmp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Icmp {
    #[serde(rename = "Type")]
    kind: Option<i32>,
    code: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ports {
    from: Option<i32>,
    to: Option<i32>,
}

fn keep(acl: AwsAcl<'_>, placed: &Placed<'_>, found: &mut Found) {
    let Some(id) = id(acl.network_acl_id, "NetworkAclId", placed, found) else { return };
    let subnets = acl.associations.into_iter().flatten();
    let mut value = NetworkAcl {
        id,
        vpc_id: boxed(acl.vpc_id),
        subnet_ids: subnets.filter_map(|association| boxed(association.subnet_id)).collect(),
        entries: Vec::new(),
    };
    for (index, entry) in acl.entries.into_iter().flatten().enumerate() {
        // An entry without direction or action would be a guess.
        match (entry.rule_number, entry.egress, entry.rule_action.as_deref()) {
            (Some(number), Some(egress), Some(action @ ("allow" | "deny"))) => {
                value.entries.push(NetworkAclEntry {
                    number,
                    egress,
                    allow: action == "allow",
                    protocol: boxed(entry.protocol).unwrap_or_default(),
                    cidr: word(entry.cidr_block).or(word(entry.ipv6_cidr_block)),
                    ports: entry.port_range.and_then(|ports| Some((ports.from?, ports.to?))),
                    icmp: entry.icmp_type_code.and_then(|icmp| Some((icmp.kind?, icmp.code?))),
                });
            }
            (_, _, _) => {
                let message = "expected `RuleNumber`, `Egress` and `RuleAction`";
                let path = format!("Entries[{index}]");
                placed.issue(&path, &IssueKind::Other(message.into()), found);
            }
        }
    }
    let acl = placed.sourced(value, found);
    found.fact(Fact::Ec2(Ec2Fact::NetworkAcl(acl)));
}
