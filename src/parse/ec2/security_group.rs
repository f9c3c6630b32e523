//! `aws ec2 describe-security-groups` and `aws ec2 describe-security-group-rules`.

use super::{
    end,
    fields::{Group, Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{GroupRule, SecurityGroup, SecurityGroupRule},
        fact::Ec2Fact,
    },
    net::IpNet,
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;

const LIST: &str = "SecurityGroups";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-security-groups",
    command: "aws ec2 describe-security-groups",
    paths: &["security-groups.json", "describe-security-groups.json"],
    prints: |command| is_aws(command, &["describe-security-groups"]),
    recognizes: |shape| {
        let of_group = ["IpPermissions", "GroupName", "IpPermissionsEgress"];
        let is_group = of_group.iter().any(|key| shape.item_has(&["GroupId", key]));
        let is_one = shape.has("GroupId") && shape.has("IpPermissions");
        // Load balancers have a list of this name, whose elements are texts.
        (shape.has(LIST) && !shape.has("LoadBalancerArn")) || (shape.is_array && is_group) || is_one
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsGroup<'_>>(found, |group, placed, found| {
                let Some(id) = id(group.group_id, "GroupId", placed, found) else { return };
                let group = SecurityGroup {
                    id,
                    name: boxed(group.group_name),
                    vpc_id: boxed(group.vpc_id),
                    ingress: rules(group.ip_permissions),
                    egress: rules(group.ip_permissions_egress),
                };
                let group = placed.sourced(group, found);
                found.fact(Fact::Ec2(Ec2Fact::SecurityGroup(group)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsGroup<'a> {
    #[serde(borrow)]
    group_id: Option<Text<'a>>,
    #[serde(borrow)]
    group_name: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    ip_permissions: Option<Vec<Permission<'a>>>,
    #[serde(borrow)]
    ip_permissions_egress: Option<Vec<Permission<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Permission<'a> {
    #[serde(borrow)]
    ip_protocol: Option<Text<'a>>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    ip_ranges: Option<Vec<IpRange>>,
    ipv6_ranges: Option<Vec<Ipv6Range>>,
    #[serde(borrow)]
    user_id_group_pairs: Option<Vec<Group<'a>>>,
    #[serde(borrow)]
    prefix_list_ids: Option<Vec<PrefixList<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IpRange {
    cidr_ip: Option<Word<IpNet>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Range {
    cidr_ipv6: Option<Word<IpNet>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixList<'a> {
    #[serde(borrow)]
    prefix_list_id: Option<Text<'a>>,
}

fn rules(permissions: Option<Vec<Permission<'_>>>) -> Vec<SecurityGroupRule> {
    let rules = permissions.into_iter().flatten().map(|permission| {
        let v4 = permission.ip_ranges.into_iter().flatten().map(|range| range.cidr_ip);
        let v6 = permission.ipv6_ranges.into_iter().flatten().map(|range| range.cidr_ipv6);
        let groups = permission.user_id_group_pairs.into_iter().flatten();
        let lists = permission.prefix_list_ids.into_iter().flatten();
        SecurityGroupRule {
            protocol: boxed(permission.ip_protocol).unwrap_or_default(),
            from_port: permission.from_port,
            to_port: permission.to_port,
            cidrs: v4.chain(v6).filter_map(word).collect(),
            groups: groups.filter_map(|pair| boxed(pair.group_id)).collect(),
            prefix_lists: lists.filter_map(|list| boxed(list.prefix_list_id)).collect(),
        }
    });
    rules.collect()
}

const RULES: &str = "SecurityGroupRules";

pub(in crate::parse) static RULE_PARSER: DocumentParser = DocumentParser {
    id: "ec2-security-group-rules",
    command: "aws ec2 describe-security-group-rules",
    paths: &["security-group-rules.json", "describe-security-group-rules.json"],
    prints: |command| {
        let verbs = [
            "describe-security-group-rules",
            "authorize-security-group-ingress",
            "authorize-security-group-egress",
        ];
        is_aws(command, &verbs)
    },
    recognizes: |shape| {
        shape.has(RULES) || (shape.is_array && shape.item_has(&["SecurityGroupRuleId"]))
    },
    reads: Reads::Items(Items {
        lists: &[RULES],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<AwsRule<'_>>(found, |rule, placed, found| {
                let Some(id) =
                    id(rule.security_group_rule_id, "SecurityGroupRuleId", placed, found)
                else {
                    return;
                };
                let cidrs = [rule.cidr_ipv4, rule.cidr_ipv6].into_iter().filter_map(word);
                let group = rule.referenced_group_info.and_then(|group| boxed(group.group_id));
                let value = SecurityGroupRule {
                    protocol: boxed(rule.ip_protocol).unwrap_or_default(),
                    from_port: rule.from_port,
                    to_port: rule.to_port,
                    cidrs: cidrs.collect(),
                    groups: group.into_iter().collect(),
                    prefix_lists: boxed(rule.prefix_list_id).into_iter().collect(),
                };
                let (group_id, egress) = (boxed(rule.group_id), rule.is_egress);
                let rule = GroupRule { id, group_id, egress, rule: value };
                let rule = placed.sourced(rule, found);
                found.fact(Fact::Ec2(Ec2Fact::SecurityGroupRule(rule)));
            })
        },
        end: |summary, found| end(summary, RULES, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsRule<'a> {
    #[serde(borrow)]
    security_group_rule_id: Option<Text<'a>>,
    #[serde(borrow)]
    group_id: Option<Text<'a>>,
    is_egress: Option<bool>,
    #[serde(borrow)]
    ip_protocol: Option<Text<'a>>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ipv4: Option<Word<IpNet>>,
    cidr_ipv6: Option<Word<IpNet>>,
    #[serde(borrow)]
    prefix_list_id: Option<Text<'a>>,
    #[serde(borrow)]
    referenced_group_info: Option<Group<'a>>,
}
