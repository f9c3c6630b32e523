//! Connection tracking: `conntrack -L` in its text forms, `/proc/net/nf_conntrack`, `conntrack -E`, `-S` and `-C`.

mod entry;
mod saved;
pub(super) mod stats;

use super::{Found, Parser, Section, command::Simple};
use crate::model::{Fact, Partial, Sourced, conntrack::CtEntry};

pub(super) static PARSER: Parser = Parser {
    id: "conntrack",
    command: "conntrack -L",
    paths: &[
        "networking/conntrack.txt",
        "networking/conntrack6.txt",
        "conntrack.txt",
        "nf_conntrack",
        "nf_conntrack.txt",
    ],
    prints: |command| match command.program() {
        "conntrack" => !stats::is_asked(command) && !stats::is_count(command),
        "cat" | "head" | "tail" | "grep" => reads_table(command),
        _ => false,
    },
    begins: |line| {
        entry::begins(line)
            || saved::begins(line)
            || line.trim() == "<conntrack>"
            || matches!(done(line), Some(Done::Shown(_) | Done::Deleted))
    },
    continues: |line| {
        entry::begins(line) || saved::begins(line) || done(line).is_some() || is_xml(line)
    },
    parse,
};

fn reads_table(command: &Simple) -> bool {
    command.args().any(|arg| matches!(arg, "/proc/net/nf_conntrack" | "/proc/net/ip_conntrack"))
}

/// What the tool says on standard error that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// `conntrack v1.4.6 (conntrack-tools): 46 flow entries have been shown.`
    Shown(usize),
    /// `conntrack v1.4.6 (conntrack-tools): 1 flow entries have been deleted.`
    Deleted,
    Other,
}

/// Returns what a line of the tool's own says.
fn done(line: &str) -> Option<Done> {
    let rest = line.trim().strip_prefix("conntrack v")?;
    let (_, message) = rest.split_once("(conntrack-tools): ")?;
    let shown = message.split_once(" flow entries have been shown");
    Some(match shown.and_then(|(count, _)| count.parse().ok()) {
        Some(count) => Done::Shown(count),
        None if message.ends_with(" flow entries have been deleted.") => Done::Deleted,
        None => Done::Other,
    })
}

/// A line of `-o xml`, which begins and ends with a tag.
fn is_xml(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('<') && line.ends_with('>') && !line.contains("> ")
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries: Vec<Sourced<CtEntry>> = Vec::new();
    let mut shown = None;
    let mut n_xml = 0;
    let mut deleted =
        section.command.is_some_and(|command| command.has_arg("-D") || command.has_arg("--delete"));
    for line in section.text_lines() {
        match done(&line.text) {
            Some(Done::Shown(count)) => shown = shown.or(Some(count)),
            Some(Done::Deleted) => deleted = true,
            Some(Done::Other) | None => {}
        }
        if done(&line.text).is_some() {
            continue;
        }
        if is_xml(&line.text) {
            n_xml += 1;
            continue;
        }
        let entry = if saved::begins(&line.text) {
            saved::entry(&line.text)
        } else {
            entry::entry(&line.text)
        };
        match entry {
            Ok(entry) => entries.push(Sourced::new(entry, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    // `conntrack -D` prints what is there no longer.
    for entry in entries.iter_mut().filter(|entry| deleted && entry.value.event.is_none()) {
        entry.value.event = Some("DESTROY".into());
    }
    if n_xml > 0 {
        let what = "conntrack -L -o xml";
        found.fact(Fact::Known { what, origin: section.origin(), n_lines: n_xml });
        if entries.is_empty() {
            return;
        }
    }
    let mut dump = section.dump(entries);
    // The tool counts what it showed; a paste may hold less of it.
    if shown.is_some_and(|shown| shown > dump.entries.len()) {
        dump.partial = dump.partial.or(Some(Partial::Gaps));
    }
    found.fact(Fact::Conntrack(dump));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    fn shown(text: &str) -> Vec<String> {
        testing::shown(&testing::parse(&PARSER, None, text).0)
    }

    #[test]
    fn tells_the_forms_apart() {
        let text = "conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.\n\
            tcp      6 118 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 packets=7 bytes=455 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 packets=5 bytes=788 [ASSURED] mark=128 delta-time=2 use=1\n\
            ipv6     10 icmpv6   58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=77 [UNREPLIED] src=fd00::2 dst=fd00::1 type=129 code=0 id=77 mark=0 zone=0 use=2\n\
            \x20[UPDATE] udp      17 180 src=10.8.6.97 dst=10.11.240.10 sport=39159 dport=53 src=10.8.6.2 dst=10.8.6.97 sport=53 dport=39159 [ASSURED] id=5\n\
            [1795273934.675183]\t    [NEW] unknown  89 600 src=10.0.0.1 dst=10.0.0.2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 [USERSPACE] portid=1\n\
            ipv4     2 gre      47 99 timeout=0, stream_timeout=0 src=10.0.0.1 dst=10.0.0.2 srckey=0x1 dstkey=0x2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 srckey=0x2 dstkey=0x1 [start=Sat Nov 21 15:11:56 2026] use=1\n\
            udp      17 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 zone-orig=7 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD] secctx=system_u:object_r:unlabeled_t:s0 mark=0 use=1\n\
            6 46 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 use\n\
            -A -t 29 -u SEEN_REPLY,ASSURED -s 10.0.0.1 -d 10.100.0.10 -g 10.0.0.2 -q 10.0.0.1 -p udp --sport 1 --dport 53 --reply-port-src 5353 --reply-port-dst 1\n\
            tcp      6 118 TIME_WAIT src=10.0.0.1\n";
        assert_eq!(
            shown(text),
            [
                "2: tcp 6 118 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 packets=7 bytes=455 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 packets=5 bytes=788 [ASSURED] mark=128 delta-time=2 use=1",
                "3: ipv6 10 icmpv6 58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=77 [UNREPLIED] src=fd00::2 dst=fd00::1 type=129 code=0 id=77 mark=0 zone=0 use=2",
                "4: [UPDATE] udp 17 180 src=10.8.6.97 dst=10.11.240.10 sport=39159 dport=53 src=10.8.6.2 dst=10.8.6.97 sport=53 dport=39159 [ASSURED] id=5",
                "5: [1795273934.675183] [NEW] unknown 89 600 src=10.0.0.1 dst=10.0.0.2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 [USERSPACE] portid=1",
                "6: ipv4 2 gre 47 99 src=10.0.0.1 dst=10.0.0.2 srckey=0x1 dstkey=0x2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 srckey=0x2 dstkey=0x1 timeout=0, stream_timeout=0 [start=Sat Nov 21 15:11:56 2026] use=1",
                "7: udp 17 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 zone-orig=7 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD] mark=0 secctx=system_u:object_r:unlabeled_t:s0 use=1",
                "8: tcp 6 46 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 use",
                "9: udp 17 29 src=10.0.0.1 dst=10.100.0.10 sport=1 dport=53 src=10.0.0.2 dst=10.0.0.1 sport=5353 dport=1 [ASSURED]",
                "10! expected `dst=`, found the end of the line",
            ]
        );
    }

    #[test]
    fn deleted_entries_are_there_no_longer() {
        let text = "\tconntrack v1.4.4 (conntrack-tools): 1 flow entries have been deleted.\n\
            \tudp      17 19 src=10.0.0.5 dst=10.100.0.10 sport=1 dport=53 src=10.0.0.9 dst=10.0.0.5 sport=53 dport=1 mark=0 use=1\n";
        assert_eq!(
            shown(text),
            [
                "2: [DESTROY] udp 17 19 src=10.0.0.5 dst=10.100.0.10 sport=1 dport=53 src=10.0.0.9 dst=10.0.0.5 sport=53 dport=1 mark=0 use=1"
            ]
        );
    }

    #[test]
    fn prose_begins_no_entry() {
        for line in [
            "udp traffic from src=a",
            "\tudp      17 19",
            "tcp 6 apples",
            "I0625 13:13:20.361710 conntrack.go:71] deleted",
            "-A PREROUTING -s 10.0.0.1/32 -j ACCEPT",
            "<none>",
        ] {
            assert!(!(PARSER.begins)(line), "{line}");
        }
    }
}
