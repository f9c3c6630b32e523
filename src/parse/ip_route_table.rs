//! Which tables an `ip route` was asked for, told by the command or by the name of the file.

use super::command::Simple;
use crate::{
    model::dump::TableSelection,
    net::{IfName, TableId},
};

/// What an `ip route` command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// `ip route get`.
    Get,
    /// Everything in one table or in all of them.
    Table(TableSelection),
    /// Some routes only: `ip route show dev eth0 table 2`. The table, where it is known.
    Some(Option<TableSelection>),
}

/// Returns what a command asks for if it is `ip route` that lists routes, as text or as JSON.
pub(super) fn asked(command: &Simple) -> Option<Asked> {
    let is_route = command.is_ip_object(&["route", "rout", "rou", "ro", "r"]);
    if !is_route || !command.ip_lists() {
        return None;
    }
    let mut args = command.ip_object_args();
    let mut table = None;
    let mut selects = false;
    while let Some(arg) = args.next() {
        match arg {
            "show" | "list" | "ls" | "lst" | "sh" | "s" | "l" => {}
            "get" | "g" => return Some(Asked::Get),
            "table" | "tabl" | "tab" | "ta" | "t" => match args.next() {
                Some("cache") | None => selects = true,
                Some(name) => table = Some(selection(name)),
            },
            "vrf" => {
                args.next();
                return Some(Asked::Some(None));
            }
            _ => selects = true,
        }
    }
    let table = table.unwrap_or(TableSelection::One(TableId::MAIN));
    Some(if selects { Asked::Some(Some(table)) } else { Asked::Table(table) })
}

/// Returns the device of `ip route show dev NAME`, which the routes then do not name.
pub(super) fn device_asked_for(command: &Simple) -> Option<IfName> {
    let mut args = command.ip_object_args().skip_while(|arg| *arg != "dev").skip(1);
    args.next()?.parse().ok()
}

fn selection(name: &str) -> TableSelection {
    match name {
        "all" | "unspec" | "0" => TableSelection::All,
        name => {
            let Ok(table) = name.parse();
            TableSelection::One(table)
        }
    }
}

/// Returns the table that a file is named after: `ip-route-table101.txt`, `iproute-table-2.txt`, `ip_route_main`.
///
/// `networking/iproute.txt` and `ip6route.txt` are what the EKS log collector keeps of `ip route show table all`.
pub(super) fn table_of_path(path: &str) -> Option<TableSelection> {
    if ["networking/iproute.txt", "networking/ip6route.txt"]
        .iter()
        .any(|known| path.ends_with(known))
    {
        return Some(TableSelection::All);
    }
    let name = path.rsplit(['/', '!']).next().unwrap_or(path).to_ascii_lowercase();
    let (_, after_route) = name.split_once("route")?;
    let stem = after_route.split('.').next().unwrap_or(after_route);
    let after_table = stem.split_once("table").map(|(_, after)| after);
    let word = after_table.unwrap_or(stem).trim_start_matches(['-', '_', ' ', '=']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
    let word = word.get(..end)?;
    let is_number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    match word {
        "all" | "main" | "local" | "default" => Some(selection(word)),
        number if is_number && after_table.is_some() => Some(selection(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::command::commands, *};

    fn of(line: &str) -> Option<Asked> {
        asked(&commands(line).remove(0))
    }

    fn one(id: u32) -> TableSelection {
        TableSelection::One(TableId::Id(id))
    }

    #[test]
    fn reads_what_was_asked_for() {
        assert_eq!(of("ip r"), Some(Asked::Table(one(254))));
        assert_eq!(of("ip -6 route show table 2"), Some(Asked::Table(one(2))));
        assert_eq!(of("ip route list table all"), Some(Asked::Table(TableSelection::All)));
        assert_eq!(of("ip route show table main"), Some(Asked::Table(one(254))));
        assert_eq!(of("ip route show dev eth1 table 2"), Some(Asked::Some(Some(one(2)))));
        assert_eq!(of("ip route get 10.0.0.1"), Some(Asked::Get));
        assert_eq!(of("ip route add default via 10.0.0.1"), None);
        assert_eq!(of("ip route # or route -n"), Some(Asked::Table(one(254))));
        assert_eq!(of("ip rule"), None);
    }

    #[test]
    fn takes_only_what_a_name_says() {
        for (path, table) in [
            ("ip-route-table101.txt", Some(one(101))),
            ("a/iproute-table-2.txt", Some(one(2))),
            ("ip_route_show_table_10001.txt", Some(one(10001))),
            ("node1-ip-route-main.txt", Some(one(254))),
            ("ip-route-table-all.txt", Some(TableSelection::All)),
            ("b.tar.gz!./networking/iproute.txt", Some(TableSelection::All)),
            ("iproute.txt", None),
            ("ip-route-2.txt", None),
            ("ip-route-tables.txt", None),
            ("3-nodes-ip-route.txt", None),
            ("notes.md", None),
        ] {
            assert_eq!(table_of_path(path), table, "{path}");
        }
    }
}
