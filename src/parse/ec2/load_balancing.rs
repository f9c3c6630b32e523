//! `aws elbv2 describe-target-groups`, `describe-target-health` and `describe-load-balancers`.

use super::{
    end,
    fields::{Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{LoadBalancer, TargetGroup, TargetHealth},
        fact::Ec2Fact,
    },
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;
use std::net::IpAddr;

const GROUPS: &str = "TargetGroups";

pub(in crate::parse) static GROUP_PARSER: DocumentParser = DocumentParser {
    id: "elbv2-target-groups",
    command: "aws elbv2 describe-target-groups",
    paths: &["target-groups.json", "describe-target-groups.json"],
    prints: |command| is_aws(command, &["describe-target-groups"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["TargetGroupArn", "TargetType"]);
        shape.has(GROUPS) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[GROUPS],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Group<'_>>(found, |group, placed, found| {
                let Some(arn) = id(group.target_group_arn, "TargetGroupArn", placed, found) else {
                    return;
                };
                let balancers = group.load_balancer_arns.into_iter().flatten();
                let group = TargetGroup {
                    arn,
                    name: boxed(group.target_group_name),
                    protocol: boxed(group.protocol),
                    port: group.port,
                    target_type: boxed(group.target_type),
                    load_balancer_arns: balancers.map(Text::boxed).collect(),
                    vpc_id: boxed(group.vpc_id),
                };
                let group = placed.sourced(group, found);
                found.fact(Fact::Ec2(Ec2Fact::TargetGroup(group)));
            })
        },
        end: |summary, found| end(summary, GROUPS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group<'a> {
    #[serde(borrow)]
    target_group_arn: Option<Text<'a>>,
    #[serde(borrow)]
    target_group_name: Option<Text<'a>>,
    #[serde(borrow)]
    protocol: Option<Text<'a>>,
    port: Option<u16>,
    #[serde(borrow)]
    target_type: Option<Text<'a>>,
    #[serde(borrow)]
    load_balancer_arns: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
}

const HEALTH: &str = "TargetHealthDescriptions";

pub(in crate::parse) static HEALTH_PARSER: DocumentParser = DocumentParser {
    id: "elbv2-target-health",
    command: "aws elbv2 describe-target-health",
    paths: &["target-health.json", "describe-target-health.json"],
    prints: |command| is_aws(command, &["describe-target-health"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["Target", "TargetHealth"]);
        shape.has(HEALTH) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[HEALTH],
        alone: Alone::Item,
        item: |item, found| {
            let group =
                item.place.command.and_then(|command| command.option(&["--target-group-arn"]));
            item.read::<Health<'_>>(found, |health, placed, found| {
                let target = health.target.unwrap_or_default();
                let state = health.target_health.unwrap_or_default();
                let Some(name) = id(target.id, "Target.Id", placed, found) else { return };
                let health = TargetHealth {
                    // `--target-group-arn $ARN` names a variable of a shell that is gone.
                    target_group: group.filter(|group| !group.starts_with('$')).map(Into::into),
                    target: name,
                    port: target.port,
                    availability_zone: boxed(target.availability_zone),
                    state: boxed(state.state),
                    reason: boxed(state.reason),
                };
                let health = placed.sourced(health, found);
                found.fact(Fact::Ec2(Ec2Fact::TargetHealth(health)));
            })
        },
        end: |summary, found| end(summary, HEALTH, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health<'a> {
    #[serde(borrow)]
    target: Option<Target<'a>>,
    #[serde(borrow)]
    target_health: Option<State<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    port: Option<u16>,
    #[serde(borrow)]
    availability_zone: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State<'a> {
    #[serde(borrow, alias = "Code")]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

const BALANCERS: &str = "LoadBalancers";

pub(in crate::parse) static BALANCER_PARSER: DocumentParser = DocumentParser {
    id: "elbv2-load-balancers",
    command: "aws elbv2 describe-load-balancers",
    paths: &["load-balancers.json", "describe-load-balancers.json"],
    prints: |command| is_aws(command, &["describe-load-balancers"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["LoadBalancerArn", "DNSName"]);
        shape.has(BALANCERS) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[BALANCERS],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Balancer<'_>>(found, |balancer, placed, found| {
                let Some(arn) = id(balancer.load_balancer_arn, "LoadBalancerArn", placed, found)
                else {
                    return;
                };
                let mut value = LoadBalancer {
                    arn,
                    name: boxed(balancer.load_balancer_name),
                    dns_name: boxed(balancer.dns_name),
                    kind: boxed(balancer.kind),
                    scheme: boxed(balancer.scheme),
                    vpc_id: boxed(balancer.vpc_id),
                    state: balancer.state.and_then(|state| boxed(state.state)),
                    ..LoadBalancer::default()
                };
                let groups = balancer.security_groups.into_iter().flatten();
                value.security_groups.extend(groups.map(Text::boxed));
                for zone in balancer.availability_zones.into_iter().flatten() {
                    value.subnet_ids.extend(boxed(zone.subnet_id));
                    for address in zone.load_balancer_addresses.into_iter().flatten() {
                        let fields = [
                            address.ip_address,
                            address.private_ipv4_address,
                            address.ipv6_address,
                        ];
                        value.addresses.extend(fields.into_iter().filter_map(word));
                    }
                }
                let balancer = placed.sourced(value, found);
                found.fact(Fact::Ec2(Ec2Fact::LoadBalancer(balancer)));
            })
        },
        end: |summary, found| end(summary, BALANCERS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Balancer<'a> {
    #[serde(borrow)]
    load_balancer_arn: Option<Text<'a>>,
    #[serde(borrow)]
    load_balancer_name: Option<Text<'a>>,
    #[serde(borrow, rename = "DNSName")]
    dns_name: Option<Text<'a>>,
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    scheme: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<State<'a>>,
    #[serde(borrow)]
    availability_zones: Option<Vec<Zone<'a>>>,
    #[serde(borrow)]
    security_groups: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone<'a> {
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    load_balancer_addresses: Option<Vec<BalancerAddress>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BalancerAddress {
    ip_address: Option<Word<IpAddr>>,
    #[serde(rename = "PrivateIPv4Address")]
    private_ipv4_address: Option<Word<IpAddr>>,
    #[serde(rename = "IPv6Address")]
    ipv6_address: Option<Word<IpAddr>>,
}
