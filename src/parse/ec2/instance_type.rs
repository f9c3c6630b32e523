//! `aws ec2 describe-instance-types`: how many interfaces and addresses a type may have.
//!
//! Some tools keep the same objects in a map by type (moto).

use super::{end, fields::boxed, id, is_aws};
use crate::{
    model::{Fact, ec2::InstanceType, fact::Ec2Fact},
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;

const LIST: &str = "InstanceTypes";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-instance-types",
    command: "aws ec2 describe-instance-types",
    paths: &["instance-types.json", "describe-instance-types.json"],
    prints: |command| is_aws(command, &["describe-instance-types"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["InstanceType", "NetworkInfo"]);
        shape.has(LIST) || is_bare || shape.member_has(&["InstanceType", "NetworkInfo"])
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Members,
        item: |item, found| {
            item.read::<AwsInstanceType<'_>>(found, |kind, placed, found| {
                let Some(name) = id(kind.instance_type, "InstanceType", placed, found) else {
                    return;
                };
                let network = kind.network_info.unwrap_or_default();
                let cards = network.network_cards.into_iter().flatten().filter_map(|card| {
                    Some((card.network_card_index?, card.maximum_network_interfaces?))
                });
                let kind = InstanceType {
                    name,
                    max_enis: network.maximum_network_interfaces,
                    ipv4_per_eni: network.ipv4_addresses_per_interface,
                    default_card: network.default_network_card_index.unwrap_or(0),
                    cards: cards.collect(),
                    hypervisor: boxed(kind.hypervisor),
                    bare_metal: kind.bare_metal,
                    trunk_compatible: None,
                    branch_enis: None,
                    vcpus: kind.v_cpu_info.and_then(|info| info.default_v_cpus),
                };
                let kind = placed.sourced(kind, found);
                found.fact(Fact::Ec2(Ec2Fact::InstanceType(kind)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsInstanceType<'a> {
    #[serde(borrow)]
    instance_type: Option<Text<'a>>,
    network_info: Option<NetworkInfo>,
    #[serde(borrow)]
    hypervisor: Option<Text<'a>>,
    bare_metal: Option<bool>,
    v_cpu_info: Option<VCpuInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VCpuInfo {
    default_v_cpus: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInfo {
    maximum_network_interfaces: Option<u32>,
    ipv4_addresses_per_interface: Option<u32>,
    default_network_card_index: Option<u32>,
    network_cards: Option<Vec<NetworkCard>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkCard {
    network_card_index: Option<u32>,
    maximum_network_interfaces: Option<u32>,
}
