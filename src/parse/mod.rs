//! Parsers: text of commands in, facts out. No I/O, no panics, no guesses.
//!
//! `transcript` cuts an artifact into the outputs of single commands and finds the parser of each; every other file
//! reads one kind of output. A parser is one file and one line of [`PARSERS`].

mod arp;
pub mod capture;
pub mod command;
mod conntrack;
mod ec2;
mod eni_config_name;
mod ethtool;
mod identity;
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
mod ip_netns;
mod ip_oneline;
mod ip_route;
mod ip_route_line;
mod ip_route_table;
mod ip_rule;
mod ipamd;
mod ipset;
mod ipvs;
pub mod issue;
pub mod json;
mod kube;
pub mod layout;
pub mod line;
mod log;
mod lsns;
pub mod nft;
pub mod parser;
mod prometheus;
mod route_n;
pub mod section;
mod sysctl;
#[cfg(test)]
mod testing;
pub mod transcript;
pub mod words;
mod xt;

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
    &ipset::PARSER,
    &ipvs::PARSER,
    &xt::SAVE,
    &xt::SPEC,
    &xt::LIST,
    &conntrack::PARSER,
    &conntrack::stats::PARSER,
    &lsns::PARSER,
    &log::PARSER,
    &ip_netns::PARSER,
    &sysctl::PARSER,
    &prometheus::PARSER,
    &ethtool::PARSER,
    &identity::PARSER,
    &eni_config_name::PARSER,
    &kube::TABLE_PARSER,
    &kube::DESCRIBE_PARSER,
];
