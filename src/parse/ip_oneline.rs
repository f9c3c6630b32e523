//! `ip -o addr` and `ip -o link`: a line for each address or interface, with `\` where the block form ends a line.

use super::{
    Parser,
    ip_link::{Form, prints_links},
    ip_link_block::{Listings, header_parts},
};

pub(super) static PARSER: Parser = Parser {
    id: "ip-oneline",
    command: "ip -o addr",
    paths: &[],
    prints: |command| prints_links(command) == Some(Form::Oneline),
    begins,
    continues: begins,
    parse: |section, found| {
        let mut listings = Listings::new(section, found);
        for line in section.text_lines() {
            for (nth, part) in line.text.split('\\').enumerate() {
                match address_parts(part).filter(|_| nth == 0) {
                    Some((index, name, address)) => listings.address_of(line, index, name, address),
                    None => listings.line(line, part),
                }
            }
        }
        listings.finish();
    },
};

/// `2: eth0    inet 10.0.0.1/24 …`, or a whole block with its line ends as `\`.
fn begins(line: &str) -> bool {
    address_parts(line).is_some()
        || (header_parts(line).is_some() && line.contains('\\') && line.contains("link/"))
}

/// Returns index, name and the text from `inet` on.
fn address_parts(line: &str) -> Option<(u32, &str, &str)> {
    let (index, rest) = line.trim_start().split_once(": ")?;
    let (name, rest) = rest.split_once(' ')?;
    let rest = rest.trim_start();
    let is_address = rest.starts_with("inet ") || rest.starts_with("inet6 ");
    Some((index.parse().ok()?, name, rest)).filter(|_| is_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_its_own_lines_only() {
        assert!(begins(r"2: eth0    inet 10.0.0.1/24 scope global eth0\       valid_lft 9sec"));
        assert!(begins("2: eth0    inet 10.0.0.1/24 scope global eth0"));
        assert!(begins(r"1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue \    link/loopback 00"));
        assert!(!begins("1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue"));
        assert!(!begins("1: inet is a word"));
    }
}
