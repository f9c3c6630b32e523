//! `aws ec2 describe-trunk-interface-associations`: branch interfaces of trunks.

use super::{end, fields::boxed, id, is_aws};
use crate::{
    model::{Fact, ec2::TrunkAssociation, fact::Ec2Fact},
    parse::json::{Alone, DocumentParser, Items, Reads, Text},
};
use serde::Deserialize;

const LIST: &str = "InterfaceAssociations";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-trunk-associations",
    command: "aws ec2 describe-trunk-interface-associations",
    paths: &["trunk-interface-associations.json", "describe-trunk-interface-associations.json"],
    prints: |command| is_aws(command, &["describe-trunk-interface-associations"]),
    recognizes: |shape| {
        shape.has(LIST) || (shape.is_array && shape.item_has(&["TrunkInterfaceId"]))
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Association<'_>>(found, |association, placed, found| {
                let Some(id) = id(association.association_id, "AssociationId", placed, found)
                else {
                    return;
                };
                let association = TrunkAssociation {
                    id,
                    branch_eni: boxed(association.branch_interface_id),
                    trunk_eni: boxed(association.trunk_interface_id),
                    vlan_id: association.vlan_id,
                    protocol: boxed(association.interface_protocol),
                };
                let association = placed.sourced(association, found);
                found.fact(Fact::Ec2(Ec2Fact::TrunkAssociation(association)));
            })
        },
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association<'a> {
    #[serde(borrow)]
    association_id: Option<Text<'a>>,
    #[serde(borrow)]
    branch_interface_id: Option<Text<'a>>,
    #[serde(borrow)]
    trunk_interface_id: Option<Text<'a>>,
    vlan_id: Option<u16>,
    #[serde(borrow)]
    interface_protocol: Option<Text<'a>>,
}
