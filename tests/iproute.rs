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
    model::{ArtifactId, Dump, Fact},
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
        for (path, text) in fixtures(id) {
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
