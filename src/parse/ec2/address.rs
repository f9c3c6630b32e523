//! `aws ec2 describe-addresses`: Elastic IPs.

use super::{
    end,
    fields::{Word, boxed, word},
    is_aws,
};
use crate::{
    model::{Fact, ec2::ElasticIp, fact::Ec2Fact},
    parse::{
        IssueKind,
        json::{Alone, DocumentParser, Items, Reads, Text},
    },
};
use serde::Deserialize;
use std::net::IpAddr;

const LIST: &str = "Addresses";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-addresses",
    command: "aws ec2 describe-addresses",
    paths: &["addresses.json", "describe-addresses.json"],
    prints: |command| is_aws(command, &["describe-addresses"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["AllocationId"]);
        (shape.has(LIST) || is_bare) && shape.item_has(&["PublicIp"])
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Address<'_>>(found, |address, placed, found| {
                let Some(public_ip) = word(address.public_ip) else {
                    let message = "the address has no `PublicIp` and cannot be placed";
                    return placed.issue("", &IssueKind::Other(message.into()), found);
                };
                let address = ElasticIp {
                    public_ip,
                    allocation_id: boxed(address.allocation_id),
                    eni_id: boxed(address.network_interface_id),
                    instance_id: boxed(address.instance_id).filter(|id| !id.is_empty()),
                    private_ip: word(address.private_ip_address),
                };
                let address = placed.sourced(address, found);
                found.fact(Fact::Ec2(Ec2Fact::ElasticIp(address)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address<'a> {
    public_ip: Option<Word<IpAddr>>,
    #[serde(borrow)]
    allocation_id: Option<Text<'a>>,
    #[serde(borrow)]
    network_interface_id: Option<Text<'a>>,
    #[serde(borrow)]
    instance_id: Option<Text<'a>>,
    private_ip_address: Option<Word<IpAddr>>,
}
