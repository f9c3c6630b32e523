//! `ip addr` and `ip link`: a block of lines for each interface.
//!
//! The grammar is what `print_linkinfo()` and `print_addrinfo()` of iproute2 write (`ip/ipaddress.c`); BusyBox
//! writes a part of it (`networking/libiproute/ipaddress.c`). A line is known by its first word, never by its
//! indentation, which pasted text often lacks.

use super::{
    Parser,
    command::Simple,
    ip_link_block::{Listings, header_parts, is_cut_header, is_detail},
};

pub(super) static PARSER: Parser = Parser {
    id: "ip-link",
    command: "ip addr",
    paths: &["ipaddr.txt", "iplink.txt", "ip_addr.txt", "ip_link.txt", "ip_a.txt"],
    prints: |command| prints_links(command) == Some(Form::Blocks),
    begins,
    continues,
    parse: |section, found| {
        let mut listings = Listings::new(section, found);
        for line in section.text_lines() {
            listings.line(line, &line.text);
        }
        listings.finish();
    },
};

/// The three shapes of one and the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Blocks,
    /// `-o`.
    Oneline,
    /// `-br`.
    Brief,
}

/// Returns how a command prints interfaces, if it does and not as JSON.
pub(super) fn prints_links(command: &Simple) -> Option<Form> {
    let is_object =
        command.is_ip_object(&["address", "addr", "addres", "ad", "a", "link", "lin", "li", "l"]);
    if !is_object || !command.ip_lists() || command.ip_prints_json() {
        return None;
    }
    let has = |start: &str, shortest: usize| {
        command.args().any(|arg| {
            let name = arg.trim_start_matches('-');
            arg.starts_with('-') && name.len() >= shortest && start.starts_with(name)
        })
    };
    if has("brief", 2) {
        Some(Form::Brief)
    } else if has("oneline", 1) {
        Some(Form::Oneline)
    } else {
        Some(Form::Blocks)
    }
}

/// `2: eth0: <BROADCAST,…> mtu …`, on a line of its own.
fn begins(line: &str) -> bool {
    !line.contains('\\') && header_parts(line).is_some_and(|header| !header.flags.is_empty())
}

fn continues(line: &str) -> bool {
    !line.contains('\\') && (is_cut_header(line) || is_detail(line))
}
