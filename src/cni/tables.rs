//! Numbers of the route tables that the CNI makes, by era.
//!
//! A node shows its tables itself (`RouteTableID`, `ip rule`); these numbers are for saying what is expected.

use super::CniVersion;
use crate::net::TableId;

/// `vlanTableOffset` of the branch ENIs' tables (`driver.go`, `SetupBranchENIPodNetwork`).
const BRANCH_TABLE_OFFSET: u32 = 100;

/// How a version numbers the tables of ENIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableNumbering {
    /// Device index + 1; only card 0 is managed. Until 1.19.
    SingleCard,
    /// Device index + 1 + card × the largest number of ENIs. 1.20.0 to 1.20.2 (`CalculateOldRouteTableId`).
    CardTimesEnis,
    /// Card 0: device index + 1; others: 10000 + 100 × card + device index. Since 1.20.3 (`CalculateRouteTableId`).
    CardTimesHundred,
}

impl TableNumbering {
    /// Returns how a version numbers its tables.
    pub fn of(version: &CniVersion) -> Self {
        if version.is_before(1, 20, 0) {
            Self::SingleCard
        } else if version.is_before(1, 20, 3) {
            Self::CardTimesEnis
        } else {
            Self::CardTimesHundred
        }
    }

    /// Returns the table that the version gives an ENI, or `None` where it manages no such ENI.
    ///
    /// A card other than 0 may keep an older number (`getRouteTableNumberForENI`, `network.go`).
    pub fn table(self, card: u32, device_index: u32, max_enis: u32) -> Option<TableId> {
        if card == 0 && device_index == 0 {
            return Some(TableId::MAIN);
        }
        let number = match self {
            Self::SingleCard if card != 0 => return None,
            Self::SingleCard => device_index.checked_add(1)?,
            Self::CardTimesEnis => {
                card.checked_mul(max_enis)?.checked_add(device_index)?.checked_add(1)?
            }
            Self::CardTimesHundred if card == 0 => device_index.checked_add(1)?,
            Self::CardTimesHundred => {
                card.checked_mul(100)?.checked_add(10_000)?.checked_add(device_index)?
            }
        };
        Some(TableId::Id(number))
    }
}

/// Returns the table of a branch ENI's VLAN: 101 to 220.
pub fn branch_table(vlan_id: u16) -> TableId {
    TableId::Id(BRANCH_TABLE_OFFSET + u32::from(vlan_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_by_era() {
        let id = |n| Some(TableId::Id(n));
        assert_eq!(TableNumbering::CardTimesHundred.table(0, 0, 4), Some(TableId::MAIN));
        assert_eq!(TableNumbering::CardTimesHundred.table(0, 1, 4), id(2));
        assert_eq!(TableNumbering::CardTimesHundred.table(1, 0, 4), id(10_100));
        assert_eq!(TableNumbering::CardTimesHundred.table(2, 1, 4), id(10_201));
        assert_eq!(TableNumbering::CardTimesEnis.table(1, 1, 15), id(17));
        assert_eq!(TableNumbering::SingleCard.table(0, 2, 4), id(3));
        assert_eq!(TableNumbering::SingleCard.table(1, 0, 4), None);
        assert_eq!(branch_table(7), TableId::Id(107));
    }

    #[test]
    fn eras_change_at_their_tags() {
        let of = |text: &str| TableNumbering::of(&text.parse().unwrap());
        assert_eq!(of("v1.19.6"), TableNumbering::SingleCard);
        assert_eq!(of("v1.20.0"), TableNumbering::CardTimesEnis);
        assert_eq!(of("v1.20.3-eksbuild.1"), TableNumbering::CardTimesHundred);
    }
}
