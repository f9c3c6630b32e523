//! `aws ec2 describe-subnets` and `aws ec2 get-subnet-cidr-reservations`.

use super::{
    end,
    fields::{Tag, Word, boxed, tags, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{CidrReservation, Subnet},
        fact::Ec2Fact,
    },
    net::IpNet,
    parse::{
        IssueKind,
        json::{Alone, DocumentParser, Items, Reads, Text},
    },
};
use serde::Deserialize;

const LIST: &str = "Subnets";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-subnets",
    command: "aws ec2 describe-subnets",
    paths: &["subnets.json", "describe-subnets.json"],
    prints: |command| is_aws(command, &["describe-subnets"]),
    recognizes: |shape| {
        let of_subnet = ["CidrBlock", "AvailableIpAddressCount"];
        let is_subnet = of_subnet.iter().any(|key| shape.item_has(&["SubnetId", key]));
        let is_one = shape.has("SubnetId") && of_subnet.iter().any(|key| shape.has(key));
        shape.has(LIST) || (shape.is_array && is_subnet) || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsSubnet<'_>>(found, |subnet, placed, found| {
                let Some(id) = id(subnet.subnet_id, "SubnetId", placed, found) else { return };
                let ipv6 = subnet.ipv6_cidr_block_association_set.into_iter().flatten();
                let subnet = Subnet {
                    id,
                    vpc_id: boxed(subnet.vpc_id),
                    cidr: word(subnet.cidr_block),
                    ipv6_cidrs: ipv6.filter_map(CidrAssociation::into_cidr).collect(),
                    availability_zone: boxed(subnet.availability_zone),
                    available_ips: subnet.available_ip_address_count,
                    map_public_ip: subnet.map_public_ip_on_launch,
                    tags: tags(subnet.tags),
                };
                let subnet = placed.sourced(subnet, found);
                found.fact(Fact::Ec2(Ec2Fact::Subnet(subnet)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsSubnet<'a> {
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    cidr_block: Option<Word<IpNet>>,
    #[serde(borrow)]
    ipv6_cidr_block_association_set: Option<Vec<CidrAssociation<'a>>>,
    #[serde(borrow)]
    availability_zone: Option<Text<'a>>,
    available_ip_address_count: Option<u32>,
    map_public_ip_on_launch: Option<bool>,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
}

/// A CIDR of a VPC or subnet, with the state of its association.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CidrAssociation<'a> {
    cidr_block: Option<Word<IpNet>>,
    ipv6_cidr_block: Option<Word<IpNet>>,
    #[serde(borrow, alias = "Ipv6CidrBlockState")]
    cidr_block_state: Option<CidrState<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CidrState<'a> {
    #[serde(borrow)]
    state: Option<Text<'a>>,
}

impl CidrAssociation<'_> {
    /// Returns the CIDR unless it was taken away again.
    pub(super) fn into_cidr(self) -> Option<IpNet> {
        let state = self.cidr_block_state.and_then(|state| boxed(state.state));
        let is_gone = matches!(
            state.as_deref(),
            Some("disassociated" | "disassociating" | "failed" | "failing")
        );
        word(self.cidr_block).or(word(self.ipv6_cidr_block)).filter(|_| !is_gone)
    }
}

const RESERVATIONS: &str = "SubnetIpv4CidrReservations";
const RESERVATIONS_V6: &str = "SubnetIpv6CidrReservations";

pub(in crate::parse) static RESERVATION_PARSER: DocumentParser = DocumentParser {
    id: "ec2-cidr-reservations",
    command: "aws ec2 get-subnet-cidr-reservations",
    paths: &["cidr-reservations.json", "get-subnet-cidr-reservations.json"],
    prints: |command| is_aws(command, &["get-subnet-cidr-reservations"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["ReservationType", "Cidr"]);
        shape.has(RESERVATIONS) || shape.has(RESERVATIONS_V6) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[RESERVATIONS, RESERVATIONS_V6],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsReservation<'_>>(found, |reservation, placed, found| {
                let Some(cidr) = word(reservation.cidr) else {
                    let message = "the reservation has no `Cidr`";
                    return placed.issue("", &IssueKind::Other(message.into()), found);
                };
                let reservation = CidrReservation {
                    id: boxed(reservation.subnet_cidr_reservation_id),
                    subnet_id: boxed(reservation.subnet_id),
                    cidr,
                    kind: boxed(reservation.reservation_type),
                };
                let reservation = placed.sourced(reservation, found);
                found.fact(Fact::Ec2(Ec2Fact::CidrReservation(reservation)));
            })
        },
        end: |summary, found| {
            end(summary, RESERVATIONS, found);
        },
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsReservation<'a> {
    #[serde(borrow)]
    subnet_cidr_reservation_id: Option<Text<'a>>,
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    cidr: Option<Word<IpNet>>,
    #[serde(borrow)]
    reservation_type: Option<Text<'a>>,
}
