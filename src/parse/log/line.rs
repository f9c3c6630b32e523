//! One line of a log, cut into time, level and message without copying.

use crate::model::log::LogLevel;
use jiff::Timestamp;
use std::borrow::Cow;

/// The parts of a line. Texts are as they stand, in the escapes of JSON where `escaped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) time: &'a str,
    pub(super) level: Option<LogLevel>,
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn time(&self) -> Option<Timestamp> {
        // zap's `epoch` encoding is seconds with a fraction.
        self.time.parse().ok().or_else(|| {
            let seconds: f64 = self.time.parse().ok()?;
            Timestamp::from_microsecond((seconds * 1e6) as i64).ok()
        })
    }

    /// Returns the message as it was logged.
    pub(super) fn message(&self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        unescaped(self.raw)
    }
}

/// Returns whether a line starts as most lines of these logs do; it may still be cut.
pub(super) fn is_quickly_one(line: &str) -> bool {
    line.starts_with("{\"level\":\"")
}

/// The rest of a message of several lines: `\tstatus code: 400, request id: …`, a stack trace.
pub(super) fn is_tail(line: &str) -> bool {
    line.starts_with('\t')
        || line.starts_with("goroutine ")
        || line.starts_with("panic: ")
        || line.starts_with("created by ")
        || line.starts_with("github.com/aws/amazon-vpc-cni-k8s/")
}

/// The line below the message of a failed call: `\tstatus code: 400, request id: …`.
pub(super) fn is_status(line: &str) -> bool {
    line.trim_start().starts_with("status code: ")
}

/// Cuts a line; `None` where it is no line of such a log.
pub(super) fn split(line: &str) -> Option<Parts<'_>> {
    let line = line.trim_end();
    if let Some(parts) = bare(line) {
        return Some(parts);
    }
    let (before, rest) = without_prefix(line)?;
    let mut parts = bare(rest)?;
    if parts.time.is_empty() {
        parts.time = before;
    }
    Some(parts)
}

fn bare(line: &str) -> Option<Parts<'_>> {
    if line.starts_with('{') { json(line) } else { seelog(line).or_else(|| logrus(line)) }
}

/// Removes what stands in front of a line: CRI's `TIME stdout F `, journald's `Mar 01 09:10:11 host unit[1]: `,
/// `[pod/aws-node-x/aws-node] ` of `kubectl logs --prefix`, the time of `--timestamps`. Returns the time, too.
fn without_prefix(line: &str) -> Option<(&str, &str)> {
    if line.starts_with("[pod/") {
        let (_, rest) = line.split_once("] ")?;
        return Some(("", rest));
    }
    let (first, rest) = line.split_once(' ')?;
    if is_time(first) {
        let rest = match rest.strip_prefix("stdout ").or_else(|| rest.strip_prefix("stderr ")) {
            Some(tagged) => tagged.strip_prefix("F ").or_else(|| tagged.strip_prefix("P "))?,
            None => rest,
        };
        return Some((first, rest));
    }
    // `Mar 01 09:10:11 host unit[1]: `: a syslog time is no full time.
    let is_syslog = first.len() == 3 && first.bytes().all(|b| b.is_ascii_alphabetic());
    let (_, rest) = line.split_once("]: ").filter(|(before, _)| is_syslog && before.len() < 200)?;
    Some(("", rest))
}

/// `2026-03-01T09:10:11…`, without looking at every digit.
fn is_time(word: &str) -> bool {
    matches!(word.as_bytes(), [y, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', ..] if y.is_ascii_digit())
        && word.len() >= 19
}

/// `2019-05-16T21:00:01.123Z [INFO]<TAB>message`.
fn seelog(line: &str) -> Option<Parts<'_>> {
    let (time, rest) = line.split_once(' ')?;
    if !is_time(time) {
        return None;
    }
    let (level, raw) = rest.strip_prefix('[')?.split_once(']')?;
    let level = LogLevel::from_name(level.trim())?;
    Some(Parts { time, level: Some(level), raw: raw.trim_start(), escaped: false })
}

/// `time="2026-03-01T09:10:11Z" level=info msg="…"`, which the entrypoint of aws-node writes.
fn logrus(line: &str) -> Option<Parts<'_>> {
    let (time, rest) = line.strip_prefix("time=\"")?.split_once("\" level=")?;
    let (level, rest) = rest.split_once(' ')?;
    let level = LogLevel::from_name(level)?;
    let rest = rest.strip_prefix("msg=")?;
    let parts = Parts { time, level: Some(level), raw: rest, escaped: false };
    match rest.strip_prefix('"') {
        Some(quoted) => {
            let (raw, escaped, _) = text(quoted)?;
            Some(Parts { raw, escaped, ..parts })
        }
        None => Some(Parts { raw: rest.split(' ').next().unwrap_or(rest), ..parts }),
    }
}

/// One JSON object with `msg` and `level` or `ts`, in any order. Other members are passed over.
fn json(line: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let mut has_message = false;
    let mut rest = line.strip_prefix('{')?.trim_start();
    loop {
        let (key, _, after) = text(rest.strip_prefix('"')?)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        let after = if let Some(quoted) = value.strip_prefix('"') {
            let (raw, escaped, after) = text(quoted)?;
            match key {
                "level" => parts.level = LogLevel::from_name(raw),
                "ts" | "time" | "timestamp" => parts.time = raw,
                "msg" | "message" => {
                    (parts.raw, parts.escaped) = (raw, escaped);
                    has_message = true;
                }
                _ => {}
            }
            after
        } else {
            let length = value_length(value)?;
            let (value, after) = value.split_at_checked(length)?;
            if key == "ts" {
                parts.time = value.trim_end();
            }
            after
        };
        let after = after.trim_start();
        if let Some(next) = after.strip_prefix(',') {
            rest = next.trim_start();
        } else {
            let is_whole = after.strip_prefix('}')?.trim().is_empty();
            let is_log = has_message && (parts.level.is_some() || !parts.time.is_empty());
            return (is_whole && is_log).then_some(parts);
        }
    }
}

/// Returns the text up to its closing quote, whether it has escapes, and what follows the quote.
fn text(quoted: &str) -> Option<(&str, bool, &str)> {
    let mut escaped = false;
    let mut at = 0;
    loop {
        let found = memchr::memchr2(b'"', b'\\', quoted.as_bytes().get(at..)?)? + at;
        if quoted.as_bytes().get(found) == Some(&b'"') {
            return Some((quoted.get(..found)?, escaped, quoted.get(found + 1..)?));
        }
        escaped = true;
        at = found + 2;
    }
}

/// Returns the length of a value that is no text: a number, a word, or brackets with what they hold.
fn value_length(value: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = value.as_bytes().get(at) {
        match byte {
            b'"' => at = value.len() - text(value.get(at + 1..)?)?.2.len() - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Resolves the escapes of JSON; one that is none stays as it is.
fn unescaped(raw: &str) -> Cow<'_, str> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('u') => {
                let digits = after.get(1..5);
                let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                match code.and_then(char::from_u32) {
                    Some(char) => {
                        text.push(char);
                        rest = after.get(5..).unwrap_or_default();
                        continue;
                    }
                    // Half of a surrogate pair, or cut digits.
                    None => text.push_str("\\u"),
                }
            }
            Some(char) => text.push(char),
            None => text.push('\\'),
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_keys_in_any_order_and_others_too() {
        let line = r#"{"msg":"a \"b\" A","extra":{"x":["}",1]},"n":1.5,"ts":"2026-03-01T09:10:11.123Z","level":"warn"}"#;
        let parts = split(line).unwrap();
        assert_eq!(
            (parts.level, &*parts.message(), parts.time),
            (Some(LogLevel::Warn), "a \"b\" A", "2026-03-01T09:10:11.123Z")
        );
        assert!(parts.time().is_some());
        let parts = split(r#"{"level":"info","ts":1700000000.5,"msg":"x"}"#).unwrap();
        assert_eq!(parts.time().unwrap().as_millisecond(), 1_700_000_000_500);
        assert!(
            split(r#"{"level":"info","ts":"2026-03-01T09:10:11.123+0000","msg":"x"}"#)
                .unwrap()
                .time()
                .is_some()
        );
    }

    #[test]
    fn takes_prefixes_off() {
        let json = r#"{"level":"info","msg":"x","ts":"2026-03-01T09:10:11Z"}"#;
        for prefix in [
            "2026-03-01T09:10:11.123456789Z stdout F ",
            "2026-03-01T09:10:11.123456789Z ",
            "[pod/aws-node-abcde/aws-node] ",
            "Mar 01 09:10:11 ip-10-0-0-1 aws-node[12]: ",
        ] {
            assert_eq!(split(&format!("{prefix}{json}")).unwrap().raw, "x", "{prefix}");
        }
        let parts = split("2019-05-16T21:00:01.123Z [INFO]\tStarting L-IPAMD v1.5.7  ...").unwrap();
        assert_eq!(parts.raw, "Starting L-IPAMD v1.5.7  ...");
        let parts =
            split("time=\"2026-03-01T09:10:11Z\" level=info msg=\"Starting IPAM daemon... \"")
                .unwrap();
        assert_eq!(parts.raw, "Starting IPAM daemon... ");
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            "{",
            "{}",
            r#"{"level":"info"}"#,
            r#"{"msg":"x"}"#,
            r#"{"level":"info","msg":"x"} and prose"#,
            r#"{"level":"info","msg":"cut"#,
            r#"{"level":"info","msg":"\"#,
            "[INFO] x",
            "2019-05-16T21:00:01.123Z INFO x",
            "I0625 13:13:20.359280       1 cleanup.go:69] x",
            "2019-05-16 [INFO]",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }
}
