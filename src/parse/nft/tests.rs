//! What the reader does with whole rulesets, recorded and written by hand.

use super::*;
use crate::{
    model::{
        ArtifactId, Origin,
        netfilter::nft::{NftChain, NftTable, Statement},
    },
    parse::{command, line::lines},
};

/// Texts and the JSON of the same ruleset.
const PAIRS: &[(&str, &str)] = &[
    (
        include_str!("../../../fixtures/parse/nft/kube-proxy-aws-cni-handles.txt"),
        include_str!("../../../fixtures/parse/nft-json/kube-proxy-aws-cni.json"),
    ),
    (
        include_str!("../../../fixtures/parse/nft/calico-firewalld-docker-handles.txt"),
        include_str!("../../../fixtures/parse/nft-json/calico-firewalld-docker.json"),
    ),
    (
        include_str!("../../../fixtures/parse/nft/every-statement-handles.txt"),
        include_str!("../../../fixtures/parse/nft-json/every-statement.json"),
    ),
];

const TEXTS: &[&str] = &[
    include_str!("../../../fixtures/parse/nft/kube-proxy-aws-cni-numeric.txt"),
    include_str!("../../../fixtures/parse/nft/calico-firewalld-docker-stateless.txt"),
    include_str!("../../../fixtures/parse/nft/every-statement-numeric.txt"),
    include_str!("../../../fixtures/parse/nft/every-statement-services.txt"),
    include_str!("../../../fixtures/parse/nft/iptables-nft-translated.txt"),
    include_str!("../../../fixtures/parse/nft/hand-old-syntax.txt"),
];

const ODD: &str = include_str!("../../../fixtures/parse/nft/hand-odd-paste.txt");

fn read_as(text: &str, command: Option<&str>) -> (NftRuleset, Found) {
    let lines = lines(text);
    let command = command.map(|command| command::commands(command).remove(0));
    let section = Section {
        artifact: ArtifactId(0),
        path: "nft.txt",
        command: command.as_ref(),
        lines: &lines,
        cut: false,
    };
    let mut found = Found::default();
    parse(&section, &mut found);
    let Some(Fact::NftRuleset(ruleset)) = found.facts.pop() else { panic!("no ruleset") };
    (ruleset, found)
}

fn read(text: &str) -> (NftRuleset, Found) {
    read_as(text, None)
}

/// Takes away what the two forms cannot share: places, times that pass, and what nft 1.0.6 leaves out of JSON.
fn comparable(mut ruleset: NftRuleset, origin: Origin) -> Vec<NftTable> {
    for table in &mut ruleset.tables {
        table.origin = origin;
        table.comment = None;
        for chain in &mut table.chains {
            chain.origin = origin;
            chain.comment = None;
            for rule in &mut chain.rules {
                (rule.line, rule.bytes) = (0, origin.bytes);
            }
        }
        table.sets.sort_by(|a, b| a.name.cmp(&b.name));
        for set in &mut table.sets {
            set.origin = origin;
            set.flags.retain(|flag| &**flag != "dynamic");
            set.rest.retain(|word| &**word != "auto-merge");
            // Of a `typeof`, JSON has the type.
            if set.key_type.iter().any(|name| name.contains(' '))
                || &*set.key_type[0] == "inet_service"
            {
                set.key_type.clear();
            }
            for element in &mut set.elements {
                (element.line, element.expires_ms) = (0, None);
            }
        }
        table.objects.iter_mut().for_each(|object| object.origin = origin);
    }
    ruleset.tables
}

#[test]
fn text_and_json_of_a_ruleset_are_equal() {
    for (text, document) in PAIRS {
        let (from_text, found) = read(text);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let origin = from_text.origin;
        let value = serde_json::from_str(document).unwrap();
        let mut found = Found::default();
        let from_json = comparable(json::from_json(&value, origin, &mut found), origin);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let from_text = comparable(from_text, origin);
        assert_eq!(from_text.len(), from_json.len());
        for (text, json) in from_text.iter().zip(&from_json) {
            let rules =
                |table: &NftTable| table.chains.iter().flat_map(|c| c.rules.clone()).collect();
            let (left, right): (Vec<_>, Vec<_>) = (rules(text), rules(json));
            for (left, right) in left.iter().zip(&right) {
                assert_eq!(left, right, "{left}\n{right}");
            }
            assert_eq!(text, json);
        }
    }
}

/// The words of a line in the spelling that is printed back.
fn words(line: &str) -> Vec<String> {
    let separators = |c: char| c.is_whitespace() || ",;{}()|\"&^".contains(c);
    let mut words: Vec<String> = line
        .split(separators)
        .filter(|word| !matches!(*word, "" | "meta" | "and" | "or" | "xor" | "type" | "to" | "set"))
        .map(|word| match word.strip_prefix("0x") {
            Some(hex) => format!("0x{}", hex.trim_start_matches('0')),
            None => word.replace("gt", ">").to_owned(),
        })
        .collect();
    words.sort();
    words
}

#[test]
fn every_word_of_a_rule_is_printed_back() {
    for text in TEXTS.iter().chain(PAIRS.iter().map(|(text, _)| text)) {
        let source: Vec<&str> = text.lines().collect();
        let (ruleset, found) = read(text);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        for rule in ruleset.tables.iter().flat_map(|t| &t.chains).flat_map(|c| &c.rules) {
            let line = source[rule.line as usize - 1];
            let unknown = rule.statements.iter().any(|s| matches!(s, Statement::Unmodelled(_)));
            assert!(!unknown, "{line}: {:?}", rule.statements);
            // Times are printed in their largest units, and quotes of ports are not kept.
            if line.contains(":\"") || line.contains("0s") || line.contains("timeout 1h") {
                continue;
            }
            let shown = rule.to_string();
            if !line.contains(" & syn") && !line.contains("(fin") {
                assert_eq!(words(line), words(&shown), "{line}\n{shown}");
            }
        }
    }
}

fn chain<'r>(ruleset: &'r NftRuleset, name: &str) -> &'r NftChain {
    let mut tables = ruleset.tables.iter();
    tables.find_map(|table| table.chain_named(name)).unwrap_or_else(|| panic!("no {name}"))
}

fn shown(chain: &NftChain) -> Vec<String> {
    chain.rules.iter().map(ToString::to_string).collect()
}

#[test]
fn reads_a_paste_that_starts_and_ends_anywhere() {
    let (ruleset, found) = read(ODD);
    assert_eq!(ruleset.partial, Some(Partial::Gaps));
    let orphan = &ruleset.tables[0].chains[0];
    assert_eq!((orphan.name.as_deref(), orphan.rules.len()), (None, 1));
    assert_eq!(
        shown(chain(&ruleset, "KUBE-SVC-A")),
        [
            "ip saddr != 10.42.0.0/16 ip daddr 10.43.23.129 tcp dport 443 counter packets 0 bytes 0 jump KUBE-MARK-MASQ",
            "xt match \"comment\" counter packets 7 bytes 9 xt target \"CONNMARK\"",
            "ip saddr 10.0.0.1 frobnicate 5 \"with words\" counter packets 1 bytes 2 accept",
            "tcp dport { 80, 443 }",
        ]
    );
    assert_eq!(
        shown(chain(&ruleset, "next")),
        [
            "ip6 daddr . tcp dport vmap @m comment \"after a cut line\"",
            "tcp dport { 22, 23 } jump ssh # handle 9",
        ]
    );
    let set = ruleset.tables.iter().find_map(|table| table.set_named("blocked")).unwrap();
    let elements: Vec<_> = set.elements.iter().map(|e| set.show(e).to_string()).collect();
    assert_eq!(
        elements,
        [
            "10.0.0.0/8 . 80-90 timeout 1h expires 59m2s",
            "10.1.1.1 . 22 comment \"one, two\" counter packets 5 bytes 6",
            "192.0.2.0",
        ]
    );
    let lost: Vec<_> = found.issues.iter().map(|issue| issue.origin.line).collect();
    assert_eq!(lost, [8], "only the elision is no part of a ruleset: {:?}", found.issues);
}

#[test]
fn reads_commands() {
    let (ruleset, found) = read(include_str!("../../../fixtures/parse/nft/hand-commands.txt"));
    assert_eq!(ruleset.tables.len(), 1);
    assert_eq!(shown(chain(&ruleset, "web")), ["ct state invalid drop", "tcp dport 80 accept"]);
    let base = chain(&ruleset, "INPUT").base.as_ref().unwrap();
    assert_eq!(base.to_string(), "type filter hook input priority filter; policy drop;");
    assert_eq!(ruleset.tables[0].sets[0].elements.len(), 2);
    assert_eq!(found.issues.len(), 1, "`delete` cannot be undone from here: {:?}", found.issues);
}

#[test]
fn resolves_priorities_for_the_family() {
    for (head, text, priority) in [
        ("table ip x", "dstnat + 10", Some(-90)),
        ("table ip6 x", "filter - 5", Some(-5)),
        ("table bridge x", "dstnat", Some(-300)),
        ("table inet x", "-225", Some(-225)),
        ("table arp x", "dstnat", None),
    ] {
        let text = format!(
            "{head} {{\nchain c {{\ntype nat hook prerouting priority {text}; policy accept;\n}}\n}}"
        );
        let (ruleset, found) = read(&text);
        assert!(found.issues.is_empty());
        assert_eq!(chain(&ruleset, "c").base.as_ref().unwrap().priority, priority, "{text}");
    }
}

#[test]
fn tells_what_was_not_listed() {
    let chains = include_str!("../../../fixtures/parse/nft/list-chains.txt");
    let (ruleset, _) = read_as(chains, Some("nft list chains"));
    assert!(!chain(&ruleset, "POSTROUTING").listed);
    assert_eq!(ruleset.partial, Some(Partial::Selected));
    let (ruleset, _) = read_as(PAIRS[0].0, Some("nft -a list ruleset"));
    assert_eq!(ruleset.partial, None);
    let (ruleset, _) = read_as("table ip x\ntable inet y\n", Some("nft list tables"));
    assert_eq!(ruleset.tables.len(), 2);
}

#[test]
fn survives_every_cut_and_any_depth() {
    for text in TEXTS.iter().chain([&ODD]) {
        for end in (0..text.len()).step_by(41).filter(|end| text.is_char_boundary(*end)) {
            let _ = read(&text[..end]);
            let _ = read(&text[end..]);
        }
    }
    for (open, count) in [("{ ", 5000), ("(", 5000), ("jhash ", 5000), ("ip saddr map { ", 5000)] {
        let text =
            format!("table ip x {{\nchain c {{\nip saddr {} accept\n}}\n}}", open.repeat(count));
        let _ = read(&text);
    }
}

#[test]
fn reads_json_of_old_versions_and_keeps_what_it_does_not_know() {
    let document = include_str!("../../../fixtures/parse/nft-json/old-forms.json");
    let mut found = Found::default();
    let (text, _) = read("");
    let ruleset =
        json::from_json(&serde_json::from_str(document).unwrap(), text.origin, &mut found);
    assert!(found.issues.is_empty(), "{:?}", found.issues);
    assert_eq!(
        shown(chain(&ruleset, "PREROUTING")),
        [
            "iifname \"eni*\" xt counter packets 4 bytes 240 xt # handle 5",
            "ct state established,related tcp dport { 80 } dnat to 10.0.0.9:8080 random comment \"old\" # handle 6",
        ]
    );
    assert_eq!(
        shown(chain(&ruleset, "gone")),
        ["ct original ip saddr 10.0.0.1 {\"unheard-of\":{\"x\":1}} reject # handle 7"]
    );
}
