//! `/v1/eni-configs` from 1.8 on: the name of the node's ENIConfig, a JSON text alone on its line.

use super::{Found, IssueKind, Parser, Section};
use crate::model::{Fact, Sourced};

pub(super) static PARSER: Parser = Parser {
    id: "eni-config-name",
    command: "curl http://localhost:61679/v1/eni-configs",
    paths: &["ipamd/eni-configs.json", "ipamd/eni-configs.txt", "eni-configs.json"],
    prints: |command| {
        command.args().any(|arg| arg.trim_end_matches('/').ends_with("/v1/eni-configs"))
    },
    begins: |_| false,
    continues: |line| name(line).is_some() || is_error(line),
    parse,
};

/// A quoted name of a Kubernetes object.
fn name(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('"')?.strip_suffix('"')?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    (!name.is_empty() && name.len() <= 253 && name.bytes().all(allowed)).then_some(name)
}

/// What ipamd answers when it cannot read its node: `404 page not found`, `Failed to get ENI config`.
fn is_error(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    line.starts_with("404") || line.starts_with("failed to") || line.contains("not found")
}

fn parse(section: &Section<'_>, found: &mut Found) {
    for line in section.text_lines() {
        match name(&line.text) {
            Some(name) => {
                let origin = line.origin(section.artifact);
                found.fact(Fact::EniConfigName(Sourced::new(name.into(), origin)));
            }
            None => {
                let kind = IssueKind::malformed("the name of an ENIConfig", &line.text);
                found.issue(section, line, &kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    #[test]
    fn reads_a_name_or_an_error() {
        let (found, _) = testing::parse(&PARSER, None, "\"us-west-2a\"\n404 page not found\n");
        let shown = testing::shown(&found);
        assert!(shown[0].contains("us-west-2a"), "{shown:?}");
        assert_eq!(shown[1], "2! expected the name of an ENIConfig, found `404 page not found`");
    }
}
