//! `sysctl -a` and its relatives: `KEY = VALUE`, `/proc/sys/PATH = VALUE`, `grep . /proc/sys/…`, `cat /proc/sys/…`.

use super::{Found, IssueKind, Parser, Section, command::Simple};
use crate::model::{Fact, Sourced, sysctl::Sysctl};

pub(super) static PARSER: Parser = Parser {
    id: "sysctl",
    command: "sysctl -a",
    paths: &[
        "sysctls/sysctl_all.txt",
        "sysctl_all.txt",
        "sysctl.txt",
        "sysctls.out",
        "sysctls.txt",
    ],
    prints: |command| command.program() == "sysctl" || reads_files(command),
    begins,
    continues: |line| begins(line) || line.trim_start().starts_with("sysctl: ") || is_value(line),
    parse,
};

/// The folders of `/proc/sys` (`Documentation/admin-guide/sysctl/index.rst` of the kernel).
const ROOTS: &[&str] = &[
    "abi", "crypto", "debug", "dev", "fs", "fscache", "kernel", "lnet", "net", "sunrpc", "user",
    "vm", "xen",
];

const PROC_SYS: &str = "/proc/sys/";

fn reads_files(command: &Simple) -> bool {
    matches!(command.program(), "cat" | "grep" | "head" | "tail" | "more")
        && command.args().any(|arg| arg.starts_with(PROC_SYS))
}

fn begins(line: &str) -> bool {
    split(line.trim()).is_some()
}

/// A value alone, as `cat` and `sysctl -n` print it: numbers.
fn is_value(line: &str) -> bool {
    line.split_ascii_whitespace().all(|word| word.parse::<i64>().is_ok())
}

/// Returns key and value of a line, the key as it is written.
fn split(line: &str) -> Option<(&str, &str)> {
    let is_path = line.starts_with(PROC_SYS);
    let (key, value) = match line.split_once(" =").or_else(|| line.split_once('=')) {
        Some((key, value)) if !key.contains([' ', '\t']) => (key, value),
        Some(_) | None if is_path => line.split_once(':')?,
        Some(_) | None => return None,
    };
    let root = key.strip_prefix(PROC_SYS).unwrap_or(key);
    let (root, _) = root.split_once(['.', '/'])?;
    let is_key = ROOTS.contains(&root) && !key.contains(char::is_whitespace);
    is_key.then_some((key, value.trim()))
}

/// Returns the dotted key; what is a dot inside a component of a path is a slash in it (`sysctl(8)`).
fn dotted(key: &str) -> Box<str> {
    let path = key.strip_prefix(PROC_SYS).unwrap_or(key);
    let first = path.find(['.', '/']);
    if first.is_some_and(|at| path.as_bytes().get(at) == Some(&b'.')) {
        return path.into();
    }
    path.chars()
        .map(|char| {
            if char == '/' {
                '.'
            } else if char == '.' {
                '/'
            } else {
                char
            }
        })
        .collect()
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries = Vec::new();
    let mut asked = section.command.map(asked_keys).unwrap_or_default().into_iter();
    for line in section.text_lines() {
        let text = line.text.trim();
        let setting = match split(text) {
            Some((key, value)) => Ok(Sysctl { key: dotted(key), value: value.into() }),
            None if text.starts_with("sysctl: ") || text.contains("No such file") => {
                Err(IssueKind::Other(super::issue::excerpt(text)))
            }
            None => match asked.next() {
                Some(key) => Ok(Sysctl { key, value: text.into() }),
                None => Err(IssueKind::unexpected("sysctl", text)),
            },
        };
        match setting {
            Ok(setting) => entries.push(Sourced::new(setting, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    found.fact(Fact::Sysctls(section.dump(entries)));
}

/// Returns the keys that `sysctl -n KEY…` and `cat FILE…` print without naming them. A pattern names nothing.
fn asked_keys(command: &Simple) -> Vec<Box<str>> {
    let is_sysctl = command.program() == "sysctl";
    let keys = command.args().filter(|arg| {
        let is_key = if is_sysctl { !arg.starts_with('-') } else { arg.starts_with(PROC_SYS) };
        is_key && !arg.contains(['*', '?', '[', '{', '$'])
    });
    keys.map(dotted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    fn shown(command: Option<&str>, text: &str) -> Vec<String> {
        testing::shown(&testing::parse(&PARSER, command, text).0)
    }

    #[test]
    fn reads_every_spelling_of_a_key() {
        let text = "net.ipv4.conf.eth0/100.rp_filter = 2\n\
            /proc/sys/net/ipv4/conf/eth0.100/rp_filter = 2\n\
            /proc/sys/net/ipv4/conf/all/rp_filter:0\n\
            net/ipv4/ip_forward = 1\n\
            kernel.domainname = (none)\n\
            net.ipv4.ip_local_reserved_ports = \n\
            net.ipv4.ping_group_range = 1\t0\n\
            sysctl: permission denied on key 'fs.protected_fifos'\n";
        assert_eq!(
            shown(None, text),
            [
                "1: net.ipv4.conf.eth0/100.rp_filter = 2",
                "2: net.ipv4.conf.eth0/100.rp_filter = 2",
                "3: net.ipv4.conf.all.rp_filter = 0",
                "4: net.ipv4.ip_forward = 1",
                "5: kernel.domainname = (none)",
                "6: net.ipv4.ip_local_reserved_ports = ",
                "7: net.ipv4.ping_group_range = 1\t0",
                "8! sysctl: permission denied on key 'fs.protected_fifos'",
            ]
        );
    }

    #[test]
    fn takes_the_key_from_the_command() {
        assert_eq!(
            shown(Some("cat /proc/sys/net/ipv4/ip_forward"), "1\n"),
            ["1: net.ipv4.ip_forward = 1"]
        );
        assert_eq!(
            shown(Some("sysctl -n net.ipv4.ip_forward vm.swappiness"), "1\n60\n5\n"),
            ["1: net.ipv4.ip_forward = 1", "2: vm.swappiness = 60", "3! not a line of sysctl: `5`"]
        );
    }

    #[test]
    fn prose_begins_no_listing() {
        for prose in
            ["netmask = 1", "the key net.x = 1", "net = 1", "FOO=bar", "networks.a = 1", ""]
        {
            assert!(!begins(prose), "{prose}");
        }
    }
}
