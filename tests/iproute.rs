//! What holds for every output of iproute2 and net-tools: no word is lost, no cut makes a crash, and the JSON form says
//! the same as the text form.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise"
)]

use enilens::{
    model::{ArtifactId, Dump, Fact, Partial, dump::TableSelection},
    net::TableId,
    parse::{Found, PARSERS, Parser, Section, line::lines, transcript},
};
use std::{fmt::Display, fs, path::Path};

const PARSER_IDS: &[&str] = &[
    "ip-link",
    "ip-oneline",
    "ip-brief",
    "ip-rule",
    "ip-neigh",
    "ip-route",
    "arp",
    "route-n",
    "ifconfig",
];

/// Header and footer lines, which say nothing of their own.
const HEADERS: &[&str] = &["Kernel IP", "Destination ", "Address ", "Entries: "];

fn parser(id: &str) -> &'static Parser {
    PARSERS.iter().copied().find(|parser| parser.id == id).unwrap()
}

fn fixtures(id: &str) -> Vec<(String, String)> {
    let folder = Path::new("fixtures/parse").join(id);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|path| {
        path.extension().is_some_and(|extension| extension == "txt" || extension == "json")
    });
    files
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn parse(parser: &Parser, path: &str, text: &str) -> Found {
    let lines = lines(text);
    let section = Section {
        artifact: ArtifactId(0),
        path,
        command: None,
        lines: &lines,
        cut: !text.ends_with('\n'),
    };
    let mut found = Found::default();
    (parser.parse)(&section, &mut found);
    found
}

fn print<T: Display>(dump: &Dump<T>) -> Vec<String> {
    dump.entries.iter().map(|entry| entry.value.to_string()).collect()
}

fn printed(facts: &[Fact]) -> Vec<String> {
    let mut printed = Vec::new();
    for fact in facts {
        printed.extend(match fact {
            Fact::Links(dump) => print(dump),
            Fact::Routes(dump) => print(dump),
            Fact::IpRules(dump) => print(dump),
            Fact::Neighbours(dump) => print(dump),
            other => panic!("{other:?}"),
        });
    }
    printed
}

/// Returns the words of lines without an issue that no fact has. A number of `-N` may come back as its name.
fn lost(text: &str, found: &Found) -> Vec<String> {
    let printed = printed(&found.facts).join("\n");
    let mut lost = Vec::new();
    for line in lines(text) {
        let has_issue = found.issues.iter().any(|issue| issue.origin.line == line.number);
        if has_issue || HEADERS.iter().any(|header| line.text.starts_with(header)) {
            continue;
        }
        for word in line.text.split(|c: char| c.is_ascii_whitespace() || c == '\\') {
            let word = word.trim_matches(['(', ')']).trim_end_matches([':', ',']);
            if !printed.contains(word) {
                lost.push(format!("{word:?} of line {}: {}", line.number, line.text));
            }
        }
    }
    lost
}

#[test]
fn every_word_comes_back() {
    for id in PARSER_IDS {
        for (path, text) in
            fixtures(id).into_iter().filter(|(path, _)| !path.contains("transcript"))
        {
            let found = parse(parser(id), &path, &text);
            assert!(!found.facts.is_empty(), "{path}: no facts");
            assert_eq!(lost(&text, &found), Vec::<String>::new(), "{path}");
        }
    }
}

#[test]
fn every_cut_keeps_its_words() {
    for id in PARSER_IDS {
        for (path, text) in fixtures(id) {
            // The last lines suffice: a parser goes from line to line.
            let from = text.len().saturating_sub(200);
            for end in (from..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let cut = &text[..end];
                let found = parse(parser(id), &path, cut);
                assert_eq!(lost(cut, &found), Vec::<String>::new(), "{path} cut at {end}");
            }
        }
    }
}

#[test]
fn every_damage_is_survived() {
    for id in PARSER_IDS {
        for (path, text) in fixtures(id) {
            let text = &text[..text.len().min(400)];
            for at in (0..text.len()).step_by(2) {
                for damage in ["", "\n", "<", "9"] {
                    let (Some(before), Some(after)) = (text.get(..at), text.get(at + 1..)) else {
                        continue;
                    };
                    parse(parser(id), &path, &format!("{before}{damage}{after}"));
                }
            }
        }
    }
}

#[test]
fn each_output_is_found_by_its_own_lines() {
    for id in PARSER_IDS {
        for (path, text) in fixtures(id) {
            let reading = transcript::read(ArtifactId(0), "ticket.txt", &text, 1);
            let parsers: Vec<_> = reading.outputs.iter().map(|output| output.parser).collect();
            let one = path.contains("/ip-neigh/") || parsers.iter().all(|parser| parser == id);
            assert!(one && !parsers.is_empty(), "{path}: {parsers:?}");
        }
    }
}

fn facts_of(path: &str) -> Vec<Fact> {
    let text = fs::read_to_string(Path::new("fixtures/parse").join(path)).unwrap();
    let reading = transcript::read(ArtifactId(0), "ticket.txt", &text, 1);
    reading.outputs.into_iter().flat_map(|output| output.facts).collect()
}

#[test]
fn json_says_what_text_says() {
    for (text, json) in [
        ("ip-rule/every-selector.txt", "ip-json-rule/every-selector.json"),
        ("ip-rule/every-selector.txt", "ip-json-rule/pretty.json"),
        ("ip-rule/v6.txt", "ip-json-rule/v6.json"),
        ("ip-neigh/nud-all.txt", "ip-json-neigh/nud-all.json"),
    ] {
        let text_facts = facts_of(text);
        assert!(!text_facts.is_empty(), "{text}");
        assert_eq!(printed(&text_facts), printed(&facts_of(json)), "{json}");
    }
}

#[test]
fn json_routes_and_links_are_those_of_the_text() {
    let routes = |path: &str| match facts_of(path).remove(0) {
        Fact::Routes(mut dump) => {
            for entry in &mut dump.entries {
                let route = &mut entry.value;
                // Names and order of what decides nothing differ: `expires 399sec`, `realm 5`, `lock`.
                route.rest.clear();
                route.nexthops.iter_mut().for_each(|nexthop| nexthop.rest.clear());
            }
            assert!(dump.entries.len() > 40);
            (dump.table.clone(), print(&dump))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(routes("ip-route/table-all.txt"), routes("ip-json-route/table-all.json"));

    let links = |path: &str| match facts_of(path).remove(0) {
        Fact::Links(dump) => {
            let of = |link: &enilens::model::link::Link| {
                let addresses: Vec<_> = link
                    .addresses
                    .iter()
                    .flatten()
                    .map(|address| {
                        let address = &address.value;
                        (address.net, address.peer, address.label.clone(), address.flags.clone())
                    })
                    .collect();
                let netns = link.link_netns.is_some();
                (link.index, link.name, link.mac, link.mtu, link.flags.clone(), netns, addresses)
            };
            dump.entries.iter().map(|entry| of(&entry.value)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(links("ip-link/addr.txt"), links("ip-json-link/addr.json"));
    assert_eq!(links("ip-link/addr.txt"), links("ip-json-link/addr-pretty.json"));
    assert_eq!(links("ip-link/addr.txt"), links("ip-link/addr-colors.txt"));
}

/// Lines of other outputs and of prose, none of which starts an output of iproute2 or net-tools.
const STRANGERS: &[&str] = &[
    "1: the first thing to look at is the table",
    "2: eth0 is up and has mtu 9001",
    "512: from the pod to the node",
    "default via the gateway of the subnet",
    "default is main",
    "local traffic goes through lo",
    "10.0.0.1 is the address of the node",
    "10.0.0.1 dev",
    "10.0.0.1 ip-10-0-0-1.ec2.internal",
    "blackhole routes are made by bird",
    "eth0 UP",
    "lo and eth0 are UP",
    "Name: eth0 UP",
    "web-0 1/1 Running 0 5m 10.0.0.7 ip-10-0-0-1.ec2.internal <none> <none>",
    "Address: 10.0.0.2#53",
    "Destination host unreachable",
    "? what is at 10.0.0.1",
    "inet is a word",
    "link/ether is printed below",
    "-A POSTROUTING -m comment --comment \"AWS SNAT CHAIN\" -j AWS-SNAT-CHAIN-0",
    "Chain PREROUTING (policy ACCEPT 0 packets, 0 bytes)",
    "tcp      6 86399 ESTABLISHED src=10.0.0.7 dst=10.0.0.2 sport=4000 dport=80 [ASSURED] mark=128 use=1",
    "11:49:18.334684 eni0 In  IP 10.0.0.7.45852 > 10.0.0.2.80: Flags [S], seq 1, length 0",
    "64 bytes from 10.0.0.2: icmp_seq=1 ttl=63 time=0.5 ms",
    "net.ipv4.conf.eth0.rp_filter = 2",
    "4026531840 net 123 1 root unassigned /sbin/init",
    "$ ip route",
    "# ip rule",
    "[ec2-user@ip-10-0-0-1 ~]$ ip addr",
];

#[test]
fn nothing_else_starts_an_output() {
    for id in PARSER_IDS {
        for line in STRANGERS {
            assert!(!(parser(id).begins)(line), "{id} begins at {line}");
        }
        for prompt in STRANGERS.iter().filter(|line| line.contains("ip r") || line.contains('$')) {
            assert!(!(parser(id).continues)(prompt), "{id} continues at {prompt}");
        }
    }
}

#[test]
fn no_line_starts_two_outputs() {
    for id in PARSER_IDS {
        for (path, text) in fixtures(id) {
            for line in lines(&text).iter().filter(|line| !line.text.starts_with('$')) {
                let begins = PARSERS.iter().filter(|parser| (parser.begins)(&line.text));
                let ids: Vec<_> = begins.map(|parser| parser.id).collect();
                assert!(ids.len() <= 1, "{path}: {ids:?} begin at {}", line.text);
            }
        }
    }
}

#[test]
fn a_command_tells_what_its_output_leaves_out() {
    let facts = facts_of("ip-route/transcript-of-one-device.txt");
    assert_eq!(
        printed(&facts),
        ["default via 10.20.128.1 dev eth1", "10.20.128.1 dev eth1 scope link"]
    );
    let Some(Fact::Routes(dump)) = facts.first() else { panic!("{facts:?}") };
    assert_eq!(dump.partial, Some(Partial::Selected));
    assert_eq!(dump.table, Some(TableSelection::One(TableId::Id(2))));
}
