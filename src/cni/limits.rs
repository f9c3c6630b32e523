//! How many ENIs and addresses an instance type may have: the figures of `data/instance-limits.tsv`.
//!
//! A `describe-instance-types` answer in the snapshot wins over them; `data/update-instance-limits` renews the file.

use crate::model::ec2::InstanceType;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

static TABLE: &str = include_str!("../../data/instance-limits.tsv");

/// Returns the limits of a type by its name (`m5.large`), or `None` where the table does not have it.
pub fn of_type(name: &str) -> Option<InstanceType> {
    static LINES: OnceLock<FxHashMap<&str, &str>> = OnceLock::new();
    let lines = LINES.get_or_init(|| rows().filter_map(|line| line.split_once('\t')).collect());
    lines.get_key_value(name).and_then(|(name, rest)| parse(name, rest))
}

/// Returns the names of all types of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().filter_map(|line| line.split('\t').next())
}

/// Returns the data lines of the table.
fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.starts_with("instance_type\t"))
}

fn parse(name: &str, rest: &str) -> Option<InstanceType> {
    let mut columns = rest.split('\t');
    let mut next = || columns.next();
    let (max_enis, ipv4_per_eni) = (next()?.parse().ok(), next()?.parse().ok());
    let default_card = next()?.parse().ok()?;
    let cards = next()?.split(',').map(card).collect::<Option<_>>()?;
    let hypervisor = next().filter(|text| !text.is_empty()).map(Into::into);
    let flag = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let bare_metal = flag(next());
    let trunk_compatible = flag(next());
    let branch_enis = next().and_then(|text| text.parse().ok());
    Some(InstanceType {
        name: name.into(),
        max_enis,
        ipv4_per_eni,
        default_card,
        cards,
        hypervisor,
        bare_metal,
        trunk_compatible,
        branch_enis,
        vcpus: None,
    })
}

/// Reads `INDEX:MAX_ENIS`.
fn card(text: &str) -> Option<(u32, u32)> {
    let (index, max_enis) = text.split_once(':')?;
    Some((index.parse().ok()?, max_enis.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_common_types() {
        for (name, max_enis, ipv4_per_eni) in
            [("t3.small", 3, 4), ("t3.medium", 3, 6), ("m5.large", 3, 10), ("c5.4xlarge", 8, 30)]
        {
            let limits = of_type(name).unwrap();
            assert_eq!(limits.max_enis, Some(max_enis), "{name}");
            assert_eq!(limits.ipv4_per_eni, Some(ipv4_per_eni), "{name}");
        }
        assert_eq!(of_type("c6in.32xlarge").unwrap().cards, [(0, 8), (1, 8)]);
        assert_eq!(of_type("t3.small").unwrap().trunk_compatible, Some(false));
        assert_eq!(of_type("no.such"), None);
        assert_eq!(of_type("instance_type"), None);
    }

    #[test]
    fn every_line_is_read() {
        let rows: Vec<&str> = rows().collect();
        assert!(rows.len() > 1_000, "{} lines", rows.len());
        for row in rows {
            let limits = row.split_once('\t').and_then(|(name, rest)| parse(name, rest));
            let limits = limits.unwrap_or_else(|| panic!("{row}"));
            assert!(limits.max_enis.is_some() && limits.ipv4_per_eni.is_some(), "{row}");
        }
    }
}
