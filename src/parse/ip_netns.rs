//! `ip netns list`, `ip netns list-id`, and `ls /run/netns`: the names of bound network namespaces.
//!
//! The forms are those of `netns_list()` and `netns_list_id()` of iproute2 (`ip/ipnetns.c`).

use super::{Found, IssueKind, Parser, Section, command::Simple, words::Words};
use crate::{
    model::{Fact, Sourced, netns::NamedNetns},
    net::Nsid,
};

pub(super) static PARSER: Parser = Parser {
    id: "ip-netns",
    command: "ip netns list",
    paths: &["ip-netns.txt", "ip-netns-list.txt", "networking/netns.txt"],
    prints: |command| lists_names(command) || is_ls(command),
    begins,
    continues,
    parse,
};

fn lists_names(command: &Simple) -> bool {
    let is_json = command.args().any(|arg| matches!(arg, "-j" | "-json" | "-p" | "-pretty"));
    let mut after =
        command.args().skip_while(|arg| !matches!(*arg, "netns" | "netn" | "net")).skip(1);
    command.is_ip_object(&["netns", "netn"])
        && !is_json
        && matches!(after.next(), None | Some("list" | "show" | "lst" | "ls" | "list-id"))
}

fn is_ls(command: &Simple) -> bool {
    command.program() == "ls"
        && command.args().any(|arg| arg.trim_end_matches('/').ends_with("run/netns"))
}

/// `nsid 0…`, or a name that containerd or CRI-O gives: `cni-` and a UUID.
fn begins(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match words.next() {
        Some("nsid") => words.next().is_some_and(|id| id.parse::<u32>().is_ok()),
        Some(name) => {
            let is_id = matches!(words.next(), None | Some("(id:"));
            is_id && name.strip_prefix("cni-").is_some_and(is_uuid)
        }
        None => false,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A name alone or with its id; any name is allowed, so a line of several words must have the id.
fn continues(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["nsid", ..] => begins(line),
        [name, "(id:", _] | [name] => is_name(name),
        // `ls -l`.
        [mode, _, _, _, _, .., name] => {
            mode.len() >= 10 && mode.starts_with(['-', 'l']) && is_name(name)
        }
        ["total", _] => true,
        _ => false,
    }
}

fn is_name(word: &str) -> bool {
    let allowed =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'@');
    word.bytes().all(allowed) && word.bytes().any(|b| b.is_ascii_alphanumeric())
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries = Vec::new();
    let of_ls = section.command.is_some_and(is_ls);
    for line in section.text_lines() {
        let origin = line.origin(section.artifact);
        if of_ls {
            for name in listed_names(&line.text) {
                let named = NamedNetns { nsid: None, name: Some(name.into()) };
                entries.push(Sourced::new(named, origin));
            }
            continue;
        }
        match entry(&line.text) {
            Ok(named) => entries.push(Sourced::new(named, origin)),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    found.fact(Fact::NamedNetns(section.dump(entries)));
}

/// The names of one line of `ls`: the last word of the long form, else every word.
fn listed_names(line: &str) -> Vec<&str> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["total", _] => Vec::new(),
        [mode, .., name] if words.len() >= 9 && mode.len() >= 10 => vec![name],
        _ => words,
    }
}

fn entry(line: &str) -> Result<NamedNetns, IssueKind> {
    let mut words = Words::new(line);
    let word = words.expect("a name or `nsid`")?;
    if word == "nsid" {
        let nsid = Some(Nsid(words.parse("a namespace id")?));
        // `list-id target-nsid` prints what this namespace calls it, too.
        if words.take_word("current-nsid") {
            words.parse::<i64>("a namespace id")?;
        }
        let name = match words.rest() {
            "" => None,
            rest => {
                let name =
                    rest.strip_prefix("(iproute2 netns name: ").and_then(|n| n.strip_suffix(')'));
                let name =
                    name.ok_or_else(|| IssueKind::malformed("`(iproute2 netns name: …)`", rest))?;
                Some(name.into())
            }
        };
        return Ok(NamedNetns { nsid, name });
    }
    if !is_name(word) {
        return Err(IssueKind::malformed("the name of a namespace", word));
    }
    let nsid = match words.rest() {
        "" => None,
        rest => {
            let id =
                rest.strip_prefix("(id: ").and_then(|id| id.strip_suffix(')')?.trim().parse().ok());
            Some(Nsid(id.ok_or_else(|| IssueKind::malformed("`(id: N)`", rest))?))
        }
    };
    Ok(NamedNetns { nsid, name: Some(word.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    #[test]
    fn reads_every_form() {
        let text =
            "cni-0a1b (id: 0)\nblue\nnsid 3 (iproute2 netns name: red)\nnsid 4\nblue (id: x)\n";
        let (found, _) = testing::parse(&PARSER, None, text);
        assert_eq!(
            testing::shown(&found),
            [
                "1: cni-0a1b (id: 0)",
                "2: blue",
                "3: red (id: 3)",
                "4: nsid 4",
                "5! expected `(id: N)`, found `(id: x)`",
            ]
        );
    }

    #[test]
    fn reads_ls() {
        let text = "total 0\n-r--r--r-- 1 root root 0 Mar  1 09:10 cni-0a1b\ncni-1 cni-2\n";
        let (found, _) = testing::parse(&PARSER, Some("ls -l /var/run/netns/"), text);
        assert_eq!(testing::shown(&found), ["2: cni-0a1b", "3: cni-1", "3: cni-2"]);
    }
}
