//! Parsers: text of commands in, facts out. No I/O, no panics, no guesses.
//!
//! `transcript` cuts an artifact into the outputs of single commands and finds the parser of each; every other file
//! reads one kind of output. A parser is one file and one line of [`PARSERS`].

pub mod command;
mod ip_rule;
mod ipset;
mod ipvs;
pub mod issue;
pub mod json;
pub mod line;
pub mod nft;
pub mod parser;
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
pub static PARSERS: &[&Parser] = &[&ip_rule::PARSER, &nft::PARSER, &ipset::PARSER, &ipvs::PARSER];
