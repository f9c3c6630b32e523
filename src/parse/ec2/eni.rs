//! `aws ec2 describe-network-interfaces`: elastic network interfaces.

use super::{
    end,
    fields::{Group, Tag, Time, Word, boxed, tags, time, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact, Observed,
        ec2::{Attachment, Eni, PrivateIp},
        fact::Ec2Fact,
    },
    net::{IpNet, MacAddr},
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;
use std::net::IpAddr;

const LIST: &str = "NetworkInterfaces";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-network-interfaces",
    command: "aws ec2 describe-network-interfaces",
    paths: &["network-interfaces.json", "describe-network-interfaces.json", "enis.json"],
    prints: |command| is_aws(command, &["describe-network-interfaces", "create-network-interface"]),
    recognizes: |shape| {
        let is_one = shape.has("NetworkInterface") || shape.has("NetworkInterfaceId");
        shape.has(LIST) || is_one || (shape.is_array && shape.item_has(&["NetworkInterfaceId"]))
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsEni<'_>>(found, |mut eni, placed, found| {
                // `create-network-interface` answers with one interface in a member.
                if let Some(created) = eni.network_interface.take() {
                    eni = *created;
                }
                let id = id(eni.network_interface_id.take(), "NetworkInterfaceId", placed, found);
                if let Some(id) = id {
                    let eni = placed.sourced(eni.into_eni(id), found);
                    found.fact(Fact::Ec2(Ec2Fact::Eni(eni)));
                }
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

/// An interface as EC2 prints it, on its own or inside an instance.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AwsEni<'a> {
    #[serde(borrow)]
    pub(super) network_interface_id: Option<Text<'a>>,
    #[serde(borrow)]
    interface_type: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    mac_address: Option<Word<MacAddr>>,
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    availability_zone: Option<Text<'a>>,
    private_ip_address: Option<Word<IpAddr>>,
    private_ip_addresses: Option<Vec<AwsPrivateIp>>,
    association: Option<Association>,
    ipv6_addresses: Option<Vec<Ipv6Address>>,
    ipv4_prefixes: Option<Vec<Ipv4Prefix>>,
    ipv6_prefixes: Option<Vec<Ipv6Prefix>>,
    #[serde(borrow)]
    attachment: Option<AwsAttachment<'a>>,
    #[serde(borrow)]
    groups: Option<Vec<Group<'a>>>,
    source_dest_check: Option<bool>,
    requester_managed: Option<bool>,
    #[serde(borrow)]
    owner_id: Option<Text<'a>>,
    #[serde(borrow)]
    tag_set: Option<Vec<Tag<'a>>>,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
    #[serde(borrow)]
    network_interface: Option<Box<Self>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsPrivateIp {
    private_ip_address: Option<Word<IpAddr>>,
    primary: Option<bool>,
    association: Option<Association>,
}

/// The public address that the internet gateway maps a private one to.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    public_ip: Option<Word<IpAddr>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Address {
    ipv6_address: Option<Word<IpAddr>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv4Prefix {
    ipv4_prefix: Option<Word<IpNet>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Prefix {
    ipv6_prefix: Option<Word<IpNet>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsAttachment<'a> {
    #[serde(borrow)]
    attachment_id: Option<Text<'a>>,
    #[serde(borrow)]
    instance_id: Option<Text<'a>>,
    device_index: Option<u32>,
    network_card_index: Option<u32>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    attach_time: Option<Time>,
    delete_on_termination: Option<bool>,
}

impl AwsEni<'_> {
    /// Returns the interface with its id.
    pub(super) fn into_eni(self, id: Box<str>) -> Eni {
        let public_ip = self.association.and_then(|association| word(association.public_ip));
        let primary = word(self.private_ip_address);
        let groups = self
            .groups
            .map(|groups| groups.into_iter().filter_map(|group| boxed(group.group_id)).collect());
        let mut eni = Eni {
            id,
            interface_type: boxed(self.interface_type),
            status: boxed(self.status),
            description: boxed(self.description),
            mac: word(self.mac_address),
            subnet_id: boxed(self.subnet_id),
            vpc_id: boxed(self.vpc_id),
            availability_zone: boxed(self.availability_zone),
            primary_ip: primary,
            private_ips: observed(self.private_ip_addresses.map(private_ips)),
            ipv6_addresses: words(self.ipv6_addresses, |entry| entry.ipv6_address),
            ipv4_prefixes: observed(
                self.ipv4_prefixes.map(|entries| words(Some(entries), |entry| entry.ipv4_prefix)),
            ),
            ipv6_prefixes: words(self.ipv6_prefixes, |entry| entry.ipv6_prefix),
            attachment: self.attachment.map(AwsAttachment::into_attachment),
            security_groups: observed(groups),
            source_dest_check: self.source_dest_check,
            requester_managed: self.requester_managed,
            owner_id: boxed(self.owner_id),
            tags: tags(self.tag_set.or(self.tags)),
        };
        // The interface's own association is its primary address's.
        if let Observed::Seen(ips) = &mut eni.private_ips
            && let Some(primary) = ips.iter_mut().find(|ip| ip.primary)
        {
            primary.public_ip = primary.public_ip.or(public_ip);
        }
        eni
    }
}

impl AwsAttachment<'_> {
    fn into_attachment(self) -> Attachment {
        Attachment {
            id: boxed(self.attachment_id),
            instance_id: boxed(self.instance_id),
            device_index: self.device_index,
            network_card_index: self.network_card_index,
            status: boxed(self.status),
            attach_time: time(self.attach_time),
            delete_on_termination: self.delete_on_termination,
        }
    }
}

fn private_ips(ips: Vec<AwsPrivateIp>) -> Vec<PrivateIp> {
    let mut all = Vec::with_capacity(ips.len());
    all.extend(ips.into_iter().filter_map(|entry| {
        Some(PrivateIp {
            ip: word(entry.private_ip_address)?,
            primary: entry.primary.unwrap_or(false),
            public_ip: entry.association.and_then(|association| word(association.public_ip)),
        })
    }));
    all
}

/// Returns the words of a list of objects that hold one each.
fn words<E, T>(entries: Option<Vec<E>>, field: impl Fn(E) -> Option<Word<T>>) -> Vec<T> {
    entries.into_iter().flatten().filter_map(|entry| word(field(entry))).collect()
}

fn observed<T>(value: Option<T>) -> Observed<T> {
    value.map_or(Observed::NotCollected, Observed::Seen)
}
