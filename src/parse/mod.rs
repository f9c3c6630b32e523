//! Parsers: text of commands in, facts out. No I/O, no panics, no guesses.
//!
//! `transcript` cuts an artifact into the outputs of single commands and finds the parser of each; every other file
//! reads one kind of output. A parser is one file and one line of [`PARSERS`].

pub mod command;
mod conntrack;
mod eni_config_name;
mod ethtool;
mod identity;
mod ip_netns;
mod ip_rule;
mod ipamd;
pub mod issue;
pub mod json;
pub mod line;
mod log;
mod lsns;
pub mod parser;
mod prometheus;
pub mod section;
mod sysctl;
#[cfg(test)]
mod testing;
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
    &ip_rule::PARSER,
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
];
