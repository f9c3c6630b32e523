//! `aws ec2 describe-nat-gateways`: NAT gateways and their addresses.

use super::{
    end,
    fields::{Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{NatGateway, NatGatewayAddress},
        fact::Ec2Fact,
    },
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;
use std::net::IpAddr;

const LIST: &str = "NatGateways";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-nat-gateways",
    command: "aws ec2 describe-nat-gateways",
    paths: &["nat-gateways.json", "describe-nat-gateways.json"],
    prints: |command| is_aws(command, &["describe-nat-gateways"]),
    recognizes: |shape| {
        let is_one = shape.has("NatGatewayId") && shape.has("NatGatewayAddresses");
        shape.has(LIST) || (shape.is_array && shape.item_has(&["NatGatewayId"])) || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsNatGateway<'_>>(found, |gateway, placed, found| {
                let Some(id) = id(gateway.nat_gateway_id, "NatGatewayId", placed, found) else {
                    return;
                };
                let addresses = gateway.nat_gateway_addresses.into_iter().flatten();
                let gateway = NatGateway {
                    id,
                    vpc_id: boxed(gateway.vpc_id),
                    subnet_id: boxed(gateway.subnet_id),
                    state: boxed(gateway.state),
                    connectivity: boxed(gateway.connectivity_type),
                    addresses: addresses.map(Address::into_address).collect(),
                };
                let gateway = placed.sourced(gateway, found);
                found.fact(Fact::Ec2(Ec2Fact::NatGateway(gateway)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsNatGateway<'a> {
    #[serde(borrow)]
    nat_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    connectivity_type: Option<Text<'a>>,
    #[serde(borrow)]
    nat_gateway_addresses: Option<Vec<Address<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address<'a> {
    #[serde(borrow)]
    network_interface_id: Option<Text<'a>>,
    private_ip: Option<Word<IpAddr>>,
    public_ip: Option<Word<IpAddr>>,
    is_primary: Option<bool>,
}

impl Address<'_> {
    fn into_address(self) -> NatGatewayAddress {
        NatGatewayAddress {
            eni_id: boxed(self.network_interface_id),
            private_ip: word(self.private_ip),
            public_ip: word(self.public_ip),
            primary: self.is_primary,
        }
    }
}
