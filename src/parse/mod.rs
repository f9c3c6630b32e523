//! Parsers: text of commands in, facts out. No I/O, no panics, no guesses.
//!
//! `transcript` cuts an artifact into the outputs of single commands and finds the parser of each; every other file
//! reads one kind of output. A parser is one file and one line of [`PARSERS`].

pub mod command;
mod ec2;
mod ip_rule;
pub mod issue;
pub mod json;
mod kube;
pub mod line;
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
pub static PARSERS: &[&Parser] = &[&ip_rule::PARSER, &kube::TABLE_PARSER, &kube::DESCRIBE_PARSER];
