//! What a node says of itself in one line: `hostname`, the instance metadata service, the collector's `system/*.txt`.
//!
//! A line alone never shows what it is, so only a command or a path makes this an identity.

use super::{Found, IssueKind, Parser, Section, command::Simple};
use crate::model::{Fact, Sourced, ipamd::NodeIdentityFact};

pub(super) static PARSER: Parser = Parser {
    id: "node-identity",
    command: "hostname",
    paths: &[
        "system/instance-id.txt",
        "system/region.txt",
        "system/availability-zone.txt",
        "system/hostname.txt",
        "instance-id.txt",
        "hostname.txt",
        "hostname",
    ],
    prints: |command| asked(command).is_some(),
    begins: |_| false,
    continues: |line| line.split_ascii_whitespace().count() == 1,
    parse,
};

/// Which name a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    InstanceId,
    Hostname,
    InstanceType,
    Region,
    Zone,
}

fn asked(command: &Simple) -> Option<Kind> {
    match command.program() {
        "hostname" => command
            .args()
            .all(|arg| matches!(arg, "-f" | "--fqdn" | "-s" | "--short" | "--long" | "-A"))
            .then_some(Kind::Hostname),
        "uname" => command.has_arg("-n").then_some(Kind::Hostname),
        "cat" => command.has_arg("/etc/hostname").then_some(Kind::Hostname),
        "curl" | "wget" => command
            .args()
            .filter(|arg| arg.contains("169.254.169.254") || arg.contains("fd00:ec2::254"))
            .find_map(metadata),
        "ec2-metadata" | "ec2metadata" => command.args().find_map(|arg| match arg {
            "-i" | "--instance-id" => Some(Kind::InstanceId),
            "-t" | "--instance-type" => Some(Kind::InstanceType),
            "-h" | "--local-hostname" => Some(Kind::Hostname),
            "-z" | "--availability-zone" => Some(Kind::Zone),
            "-R" | "--region" => Some(Kind::Region),
            _ => None,
        }),
        _ => None,
    }
}

/// The path of the metadata service: `latest/meta-data/…`.
fn metadata(url: &str) -> Option<Kind> {
    let (_, path) = url.trim_end_matches('/').split_once("meta-data/")?;
    Some(match path {
        "instance-id" => Kind::InstanceId,
        "instance-type" => Kind::InstanceType,
        "hostname" | "local-hostname" => Kind::Hostname,
        "placement/region" => Kind::Region,
        "placement/availability-zone" => Kind::Zone,
        _ => return None,
    })
}

fn of_path(path: &str) -> Option<Kind> {
    match path.rsplit(['/', '!']).next()? {
        "instance-id.txt" => Some(Kind::InstanceId),
        "region.txt" => Some(Kind::Region),
        "availability-zone.txt" => Some(Kind::Zone),
        "hostname" | "hostname.txt" => Some(Kind::Hostname),
        _ => None,
    }
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let kind = section.command.and_then(asked).or_else(|| of_path(section.path));
    let mut is_told = false;
    for line in section.text_lines() {
        match kind.ok_or(IssueKind::Missing { expected: "a command that says what this is" }) {
            Ok(kind) if !is_told => match identity(kind, line.text.trim()) {
                Ok(fact) => {
                    found.fact(Fact::Identity(Sourced::new(fact, line.origin(section.artifact))));
                    is_told = true;
                }
                Err(kind) => found.issue(section, line, &kind),
            },
            Ok(_) => found.issue(section, line, &IssueKind::unexpected("one name", &line.text)),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
}

fn identity(kind: Kind, text: &str) -> Result<NodeIdentityFact, IssueKind> {
    // `ec2-metadata -i` prints `instance-id: i-…`.
    let word = text.split_once(": ").map_or(text, |(_, value)| value.trim());
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_word = !word.is_empty() && word.len() <= 253 && word.bytes().all(plain);
    let is_right = is_word
        && match kind {
            Kind::InstanceId => is_instance_id(word),
            Kind::Hostname => true,
            Kind::InstanceType => word.contains('.'),
            Kind::Region => word.ends_with(|c: char| c.is_ascii_digit()) && word.contains('-'),
            Kind::Zone => word.contains('-'),
        };
    let expected = match kind {
        Kind::InstanceId => "an instance id",
        Kind::Hostname => "a host name",
        Kind::InstanceType => "an instance type",
        Kind::Region => "a region",
        Kind::Zone => "an availability zone",
    };
    if !is_right {
        return Err(IssueKind::malformed(expected, text));
    }
    Ok(match kind {
        Kind::InstanceId => NodeIdentityFact::InstanceId(word.into()),
        Kind::Hostname => NodeIdentityFact::Hostname(word.into()),
        Kind::InstanceType => NodeIdentityFact::InstanceType(word.into()),
        Kind::Region => NodeIdentityFact::Region(word.into()),
        Kind::Zone => NodeIdentityFact::AvailabilityZone(word.into()),
    })
}

/// `i-` (hybrid nodes: `mi-`) and 8 or 17 hexadecimal digits.
fn is_instance_id(word: &str) -> bool {
    let digits = word.strip_prefix("i-").or_else(|| word.strip_prefix("mi-"));
    digits.is_some_and(|hex| hex.len() >= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    fn facts(path: &str, command: Option<&str>, text: &str) -> Vec<NodeIdentityFact> {
        let (found, _) = testing::parse_at(&PARSER, path, command, text);
        let facts = found.facts.into_iter();
        facts
            .filter_map(
                |fact| if let Fact::Identity(fact) = fact { Some(fact.value) } else { None },
            )
            .collect()
    }

    #[test]
    fn path_and_command_say_what_it_is() {
        let id = "i-0123456789abcdef0";
        assert_eq!(
            facts("x/system/instance-id.txt", None, id),
            [NodeIdentityFact::InstanceId(id.into())]
        );
        assert_eq!(
            facts("t.txt", Some("hostname -f"), "ip-10-0-1-2.ec2.internal\n"),
            [NodeIdentityFact::Hostname("ip-10-0-1-2.ec2.internal".into())]
        );
        let curl = "curl -s http://169.254.169.254/latest/meta-data/instance-type";
        assert_eq!(
            facts("t.txt", Some(curl), "t3.medium"),
            [NodeIdentityFact::InstanceType("t3.medium".into())]
        );
        assert_eq!(facts("t.txt", None, "t3.medium"), []);
        assert_eq!(facts("system/instance-id.txt", None, "404 - Not Found"), []);
    }
}
