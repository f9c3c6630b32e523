//! Parsers: text of commands in, facts out. No I/O, no panics, no guesses.
//!
//! `transcript` cuts an artifact into the outputs of single commands and finds the parser of each; every other file
//! reads one kind of output. A parser is one file and one line of [`PARSERS`].

mod arp;
pub mod capture;
pub mod command;
mod ifconfig;
mod ifconfig_stats;
mod ip_addr_line;
mod ip_brief;
mod ip_json;
mod ip_json_link;
mod ip_json_route;
mod ip_json_rule;
mod ip_json_words;
mod ip_link;
mod ip_link_block;
mod ip_link_line;
mod ip_link_stats;
mod ip_neigh;
mod ip_oneline;
mod ip_route;
mod ip_route_line;
mod ip_route_table;
mod ip_rule;
pub mod issue;
pub mod json;
pub mod layout;
pub mod line;
pub mod nft;
pub mod parser;
mod route_n;
pub mod section;
pub mod transcript;
pub mod words;

pub use issue::IssueKind;
pub use line::Line;
pub use parser::{Found, Parser};
pub use section::Section;

/// Every parser of outputs made of lines. A parser missing here is dead code, which the compiler reports.
///
/// The order is the order in which a line without a command above it is offered: the stricter form first.
pub static PARSERS: &[&Parser] = &[
    &ip_link::PARSER,
    &ip_oneline::PARSER,
    &ip_brief::PARSER,
    &ip_rule::PARSER,
    &ip_neigh::PARSER,
    &ip_route::PARSER,
    &arp::PARSER,
    &route_n::PARSER,
    &ifconfig::PARSER,
    &nft::PARSER,
];
