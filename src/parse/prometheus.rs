//! The text format of Prometheus, as `curl http://localhost:61678/metrics` prints it.
//!
//! `# HELP` and `# TYPE` lines explain the samples; they are read past.

use super::{Found, IssueKind, Parser, Section};
use crate::model::{Fact, Sourced, metrics::MetricSample};

pub(super) static PARSER: Parser = Parser {
    id: "prometheus",
    command: "curl http://localhost:61678/metrics",
    paths: &["ipamd/metrics.json", "ipamd/metrics.txt", "metrics.output", "metrics.out"],
    prints: |command| {
        matches!(command.program(), "curl" | "wget")
            && command.args().any(|arg| arg.trim_end_matches('/').ends_with("/metrics"))
            || command.program() == "kubectl"
                && command.args().any(|arg| arg.trim_end_matches('/').ends_with("/metrics"))
    },
    begins: |line| is_comment(line) || (line.starts_with("awscni_") && sample(line).is_ok()),
    continues: |line| is_comment(line) || sample(line).is_ok(),
    parse,
};

/// `# HELP NAME …`, `# TYPE NAME KIND`, `# UNIT NAME …`, `# EOF` (OpenMetrics).
fn is_comment(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    if words.next() != Some("#") {
        return false;
    }
    match words.next() {
        Some("HELP" | "UNIT") => words.next().is_some_and(is_name),
        Some("TYPE") => {
            words.next().is_some_and(is_name)
                && matches!(
                    words.next(),
                    Some(
                        "counter"
                            | "gauge"
                            | "summary"
                            | "histogram"
                            | "untyped"
                            | "unknown"
                            | "info"
                    )
                )
        }
        Some("EOF") => words.next().is_none(),
        Some(_) | None => false,
    }
}

fn is_name(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':');
    word.bytes().all(allowed) && !word.starts_with(|c: char| c.is_ascii_digit()) && !word.is_empty()
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries = Vec::new();
    for line in section.text_lines() {
        let text = line.text.trim();
        if is_comment(text) {
            continue;
        }
        match sample(text) {
            Ok(sample) => entries.push(Sourced::new(sample, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    found.fact(Fact::Metrics(section.dump(entries)));
}

/// `NAME[{LABEL="VALUE",…}] VALUE [TIMESTAMP]`.
fn sample(line: &str) -> Result<MetricSample, IssueKind> {
    let line = line.trim();
    let end = line.find(['{', ' ', '\t']).ok_or(IssueKind::Missing { expected: "a value" })?;
    let (name, rest) = line.split_at(end);
    if !is_name(name) {
        return Err(IssueKind::malformed("the name of a metric", name));
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split_ascii_whitespace();
    let value = words.next().ok_or(IssueKind::Missing { expected: "a value" })?;
    let value = value.parse().map_err(|_| IssueKind::malformed("a number", value))?;
    let timestamp_ms = match words.next() {
        Some(word) => Some(word.parse().map_err(|_| IssueKind::malformed("a time in ms", word))?),
        None => None,
    };
    match words.next() {
        Some(word) => Err(IssueKind::malformed("the end of the line", word)),
        None => Ok(MetricSample { name: name.into(), labels, value, timestamp_ms }),
    }
}

type Labels = Vec<(Box<str>, Box<str>)>;

/// Reads labels up to the closing brace, and returns what follows it.
fn labels(text: &str) -> Result<(Labels, &str), IssueKind> {
    let mut labels = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        let (name, after) =
            rest.split_once('=').ok_or(IssueKind::Missing { expected: "`}` after the labels" })?;
        if !is_name(name.trim()) {
            return Err(IssueKind::malformed("the name of a label", name));
        }
        let quoted = after.trim_start().strip_prefix('"');
        let quoted = quoted.ok_or_else(|| IssueKind::malformed("a quoted value", after))?;
        let (value, after) =
            unquoted(quoted).ok_or(IssueKind::Missing { expected: "the closing quote" })?;
        labels.push((name.trim().into(), value));
        let after = after.trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
        if rest.len() == after.len() && !rest.starts_with('}') {
            return Err(IssueKind::malformed("`,` or `}`", rest));
        }
    }
}

/// Returns the text up to the closing quote, and what follows it. `\n`, `\"` and `\\` are escapes.
fn unquoted(text: &str) -> Option<(Box<str>, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value.into(), text.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    #[test]
    fn reads_samples() {
        let text = "# TYPE awscni_eni_max gauge\nawscni_eni_max 3\n\
            awscni_aws_api_latency_ms{api=\"AttachNetworkInterface\",error=\"false\",quantile=\"0.5\"} NaN\n\
            x_bucket{le=\"+Inf\",} +Inf 1700000000000\nx{a=\"q\\\"\\\\\"} 1e+06\nx{a=1} 2\nx{a=\"1\" 2\nx\n";
        let (found, _) = testing::parse(&PARSER, None, text);
        assert_eq!(
            testing::shown(&found),
            [
                "2: awscni_eni_max 3",
                "3: awscni_aws_api_latency_ms{api=\"AttachNetworkInterface\",error=\"false\",quantile=\"0.5\"} NaN",
                "4: x_bucket{le=\"+Inf\"} +Inf 1700000000000",
                "5: x{a=\"q\\\"\\\\\"} 1000000",
                "6! expected a quoted value, found `1} 2`",
                "7! expected `,` or `}`, found `2`",
                "8! expected a value, found the end of the line",
            ]
        );
    }

    #[test]
    fn comments_of_other_texts_are_none() {
        for line in ["# HELP", "# HELP me please", "# ip rule", "# TYPE x thing", "awscni_x", "x 1"]
        {
            assert!(!(PARSER.begins)(line) || line == "# HELP me please", "{line}");
        }
    }
}
