//! `aws ec2 describe-vpcs`: VPCs and their CIDRs.

use super::{
    end,
    fields::{Tag, Word, tags, word},
    id, is_aws,
    subnet::CidrAssociation,
};
use crate::{
    model::{Fact, ec2::Vpc, fact::Ec2Fact},
    net::IpNet,
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;

const LIST: &str = "Vpcs";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-vpcs",
    command: "aws ec2 describe-vpcs",
    paths: &["vpcs.json", "vpc.json", "describe-vpcs.json"],
    prints: |command| is_aws(command, &["describe-vpcs"]),
    recognizes: |shape| {
        let of_vpc = ["CidrBlock", "CidrBlockAssociationSet"];
        let is_bare = shape.is_array && of_vpc.iter().any(|key| shape.item_has(&["VpcId", key]));
        let is_one = shape.has("VpcId") && of_vpc.iter().any(|key| shape.has(key));
        shape.has(LIST) || is_bare || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsVpc<'_>>(found, |vpc, placed, found| {
                let Some(id) = id(vpc.vpc_id, "VpcId", placed, found) else { return };
                let mut cidrs: Vec<IpNet> = word(vpc.cidr_block).into_iter().collect();
                let associated = vpc.cidr_block_association_set.into_iter().flatten();
                for cidr in associated.filter_map(CidrAssociation::into_cidr) {
                    if !cidrs.contains(&cidr) {
                        cidrs.push(cidr);
                    }
                }
                let ipv6 = vpc.ipv6_cidr_block_association_set.into_iter().flatten();
                let vpc = Vpc {
                    id,
                    cidrs,
                    ipv6_cidrs: ipv6.filter_map(CidrAssociation::into_cidr).collect(),
                    tags: tags(vpc.tags),
                };
                let vpc = placed.sourced(vpc, found);
                found.fact(Fact::Ec2(Ec2Fact::Vpc(vpc)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsVpc<'a> {
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    cidr_block: Option<Word<IpNet>>,
    #[serde(borrow)]
    cidr_block_association_set: Option<Vec<CidrAssociation<'a>>>,
    #[serde(borrow)]
    ipv6_cidr_block_association_set: Option<Vec<CidrAssociation<'a>>>,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
}
