//! `ipamd.log`, `plugin.log` and their kin: JSON lines of zap (1.6.1 and later), the text of seelog (before), with or
//! without what journald, containerd or `kubectl logs` write in front.
//!
//! The files may be rotated at 100 MB, so a line is read once, by hand, and nothing of it is copied unless it tells an
//! event.

mod event;
mod fields;
mod line;
mod network;
mod pool;

pub(super) use event::event;

use super::{Found, IssueKind, Line, Parser, Section};
use crate::model::{ByteRange, Fact, Sourced, log::LogLine};

pub(super) static PARSER: Parser = Parser {
    id: "cni-log",
    command: "cat /var/log/aws-routed-eni/ipamd.log",
    paths: &[
        "aws-routed-eni/*",
        "ipamd.log*",
        "plugin.log*",
        "network-policy-agent.log*",
        "ebpf-sdk.log*",
        "egress-v4-plugin.log*",
        "egress-v6-plugin.log*",
    ],
    prints: |command| {
        let is_kubectl =
            matches!(command.program(), "kubectl" | "oc" | "k") && command.has_arg("logs");
        let of_cni = |arg: &str| arg.contains("aws-node") || arg.contains("aws-routed-eni");
        command.args().any(|arg| of_cni(arg) && (is_kubectl || arg.contains("/var/log/")))
    },
    begins: |line| line::split(line).is_some(),
    continues: |line| {
        line::is_quickly_one(line) || line::split(line).is_some() || line::is_tail(line)
    },
    parse,
};

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries: Vec<Sourced<LogLine>> = Vec::with_capacity(section.lines.len());
    let mut before: Option<&Line<'_>> = None;
    for line in section.text_lines() {
        match entry(line) {
            Ok(entry) => entries.push(Sourced::new(entry, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
        // The status of a failed call of AWS stands on a line below the message.
        if let (Some(before), Some([.., failed, _])) = (before, entries.get_mut(..))
            && failed.value.event.is_none()
            && line::is_status(&line.text)
            && let Some(parts) = line::split(&before.text)
        {
            failed.value.event = event(&format!("{}\n{}", parts.message(), line.text));
        }
        before = Some(line);
    }
    found.fact(Fact::Log(section.dump(entries)));
}

fn entry(line: &Line<'_>) -> Result<LogLine, IssueKind> {
    let text = &*line.text;
    let Some(parts) = line::split(text) else {
        // A stack trace, or the second line of an error of AWS.
        return if line::is_tail(text) {
            Ok(LogLine { time: None, level: None, message: line.bytes, event: None })
        } else if line::is_quickly_one(text) {
            Err(IssueKind::Missing { expected: "the end of a JSON object" })
        } else {
            Err(IssueKind::unexpected("a log of the CNI", text))
        };
    };
    let event = event(&parts.message());
    Ok(LogLine { time: parts.time(), level: parts.level, message: range(line, parts.raw), event })
}

/// Returns where a piece of the line stands in the artifact.
fn range(line: &Line<'_>, piece: &str) -> ByteRange {
    let std::borrow::Cow::Borrowed(text) = line.text else { return line.bytes };
    let length = line.bytes.end.saturating_sub(line.bytes.start) as usize;
    // The first line may have lost its byte order mark, which is three bytes.
    let lost = if length >= text.len() + 3 { 3 } else { 0 };
    let offset = (piece.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    match (u32::try_from(offset + lost), u32::try_from(piece.len())) {
        (Ok(offset), Ok(length)) if offset <= line.bytes.end => {
            let start = line.bytes.start.saturating_add(offset);
            ByteRange { start, end: start.saturating_add(length) }
        }
        (_, _) => line.bytes,
    }
}

#[cfg(test)]
mod tests;
