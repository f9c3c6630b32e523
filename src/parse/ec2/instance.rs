//! `aws ec2 describe-instances`: instances with their interfaces, in reservations.

use super::{
    end,
    eni::AwsEni,
    fields::{Tag, Time, Word, boxed, tags, time, word},
    id, is_aws,
};
use crate::{
    model::{Fact, ec2::Instance, fact::Ec2Fact},
    parse::{
        Found, IssueKind,
        json::{Alone, DocumentParser, Item, Items, Placed, ReadItem, Reads, Text},
    },
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::net::IpAddr;

const LIST: &str = "Reservations";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-instances",
    command: "aws ec2 describe-instances",
    paths: &["instances.json", "describe-instances.json"],
    prints: |command| is_aws(command, &["describe-instances", "run-instances"]),
    recognizes: |shape| {
        let of_instance = ["State", "InstanceType", "LaunchTime", "PrivateIpAddress", "Prefixes"];
        let is_instance = of_instance.iter().any(|key| shape.item_has(&[key]));
        let is_list = shape.has("Instances") && shape.item_has(&["InstanceId"]);
        let is_bare = shape.is_array
            && (shape.item_has(&["Instances"])
                || (shape.item_has(&["InstanceId"])
                    && (is_instance || shape.item_keys.len() == 1)));
        let is_one = shape.has("InstanceId") && shape.has("InstanceType");
        shape.has(LIST) || is_list || is_bare || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST, "Instances"],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Reservation<'_>>(found, |reservation, placed, found| {
                match reservation.instances {
                    Some(instances) => {
                        for (index, instance) in instances.into_iter().enumerate() {
                            placed.nested(instance.get(), "Instances", index, INSTANCE, found);
                        }
                    }
                    None => placed.again(INSTANCE, found),
                }
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

const INSTANCE: ReadItem =
    |item: &Item<'_>, found: &mut Found| item.read::<AwsInstance<'_>>(found, keep);

/// A reservation: the instances that were launched together.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation<'a> {
    #[serde(borrow)]
    instances: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsInstance<'a> {
    #[serde(borrow)]
    instance_id: Option<Text<'a>>,
    #[serde(borrow)]
    instance_type: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<State<'a>>,
    private_ip_address: Option<Word<IpAddr>>,
    #[serde(borrow)]
    private_dns_name: Option<Text<'a>>,
    public_ip_address: Option<Word<IpAddr>>,
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    placement: Option<Placement<'a>>,
    launch_time: Option<Time>,
    source_dest_check: Option<bool>,
    #[serde(borrow)]
    network_interfaces: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
    /// A projection that the CNI's documentation uses: prefixes of all interfaces, which it does not name.
    #[serde(borrow)]
    prefixes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Placement<'a> {
    #[serde(borrow)]
    availability_zone: Option<Text<'a>>,
}

fn keep(instance: AwsInstance<'_>, placed: &Placed<'_>, found: &mut Found) {
    let Some(id) = id(instance.instance_id, "InstanceId", placed, found) else { return };
    let mut eni_ids = Vec::new();
    let n_before = found.facts.len();
    for (index, eni) in instance.network_interfaces.into_iter().flatten().enumerate() {
        placed.nested(eni.get(), "NetworkInterfaces", index, ENI, found);
    }
    for fact in found.facts.iter_mut().skip(n_before) {
        let Fact::Ec2(Ec2Fact::Eni(eni)) = fact else { continue };
        eni_ids.push(eni.value.id.clone());
        // Inside of an instance the attachment does not name it.
        let attachment = eni.value.attachment.get_or_insert_default();
        attachment.instance_id.get_or_insert_with(|| id.clone());
    }
    if let Some(prefixes) = instance.prefixes {
        let origin = placed.origin_of(prefixes.get(), "Prefixes", found);
        let message = "prefixes without the network interface that holds them cannot be placed";
        found.issue_at(origin, &IssueKind::Other(message.into()));
    }
    let instance = Instance {
        id,
        instance_type: boxed(instance.instance_type),
        state: instance.state.and_then(|state| boxed(state.name)),
        private_ip: word(instance.private_ip_address),
        private_dns_name: boxed(instance.private_dns_name),
        public_ip: word(instance.public_ip_address),
        subnet_id: boxed(instance.subnet_id),
        vpc_id: boxed(instance.vpc_id),
        availability_zone: instance.placement.and_then(|place| boxed(place.availability_zone)),
        launch_time: time(instance.launch_time),
        source_dest_check: instance.source_dest_check,
        eni_ids,
        tags: tags(instance.tags),
    };
    let instance = placed.sourced(instance, found);
    found.fact(Fact::Ec2(Ec2Fact::Instance(instance)));
}

const ENI: ReadItem = |item: &Item<'_>, found: &mut Found| {
    item.read::<AwsEni<'_>>(found, |mut eni, placed, found| {
        let id = id(eni.network_interface_id.take(), "NetworkInterfaceId", placed, found);
        if let Some(id) = id {
            let eni = placed.sourced(eni.into_eni(id), found);
            found.fact(Fact::Ec2(Ec2Fact::Eni(eni)));
        }
    })
};
