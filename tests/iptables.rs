//! Rules mean the same in every output of the real iptables: as a save, as `-S`, and as `-L`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and runs other programs"
)]

use enilens::{
    model::{
        ArtifactId, Fact,
        netfilter::{
            xt::{Rule, XtTable},
            xt_match::{CommentText, MatchKind},
            xt_target::Target,
        },
    },
    parse::transcript,
};
use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// Chains by table and name, each rule in a form that does not depend on the output.
type Rules = BTreeMap<(String, String), Vec<String>>;

fn read(path: &str, text: &str, rules: &mut Rules) {
    let reading = transcript::read(ArtifactId(0), path, text, 1);
    assert!(reading.issues.is_empty(), "{path}: {:?}", reading.issues);
    for fact in reading.outputs.iter().flat_map(|output| &output.facts) {
        let Fact::XtTable(table) = fact else { panic!("{path}: not a table: {fact:?}") };
        let name = table.name.as_deref().expect("the table's name is in the path").to_owned();
        for chain in &table.chains {
            let keys = chain.rules.iter().map(|rule| key(table, rule, text)).collect();
            rules.insert((name.clone(), chain.name.to_string()), keys);
        }
    }
}

/// What a rule means. Words that are only kept are left out: each output has its own.
fn key(table: &XtTable, rule: &Rule, text: &str) -> String {
    let mut matches = rule.matches.to_vec();
    for one in &mut matches {
        match &mut one.kind {
            MatchKind::Undecidable(words) | MatchKind::Unmodelled(words) => words.words = "".into(),
            kind => {
                if let Some(comment) = kind.comment(text) {
                    let comment = CommentText(comment.into());
                    *kind = MatchKind::CommentText(Box::new(comment));
                }
            }
        }
    }
    let target = match &rule.target {
        Target::Jump(id) => format!("jump {}", table.chain(*id).unwrap().name),
        Target::Goto(id) => format!("goto {}", table.chain(*id).unwrap().name),
        Target::Queue(words)
        | Target::Log(words)
        | Target::Ct(words)
        | Target::NoEffect(words)
        | Target::SetField(words)
        | Target::Unmodelled(words) => words.name.to_string(),
        other => format!("{other:?}"),
    };
    format!("{matches:?} => {target}")
}

fn compare(tool: &str, backend: &str, rules: &str) {
    let folder = std::env::temp_dir().join(format!("{tool}-{backend}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let here = Path::new("tests/iptables");
    let dumped = Command::new("unshare")
        .args(["-n", "sh"])
        .arg(here.join("dump.sh"))
        .arg(here.join(rules))
        .args([backend, tool])
        .arg(&folder)
        .status();
    let save = fs::read_to_string(folder.join("save")).unwrap_or_default();
    if !dumped.is_ok_and(|status| status.success()) || !save.contains("-A ") {
        eprintln!("skipped: {tool}-{backend} cannot be run in a network namespace of its own");
        return;
    }
    let mut expected = Rules::new();
    read("save", &save, &mut expected);
    assert!(expected.values().map(Vec::len).sum::<usize>() > 40, "hardly any rule was loaded");
    for form in ["S", "vS", "nvL", "nvxL"] {
        let mut found = Rules::new();
        for table in ["filter", "nat", "mangle", "raw"] {
            let name = format!("{table}-{form}");
            read(&name, &fs::read_to_string(folder.join(&name)).unwrap(), &mut found);
        }
        for (chain, rules) in &expected {
            let listed = found.get(chain).unwrap_or_else(|| panic!("{form} lacks {chain:?}"));
            for (expected, listed) in rules.iter().zip(listed) {
                assert_eq!(expected, listed, "{tool}-{backend} {form} {chain:?}");
            }
            assert_eq!(rules.len(), listed.len(), "{tool}-{backend} {form} {chain:?}");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn legacy_ipv4() {
    compare("iptables", "legacy", "v4.rules");
}

#[test]
fn nft_ipv4() {
    compare("iptables", "nft", "v4.rules");
}

#[test]
fn legacy_ipv6() {
    compare("ip6tables", "legacy", "v6.rules");
}

#[test]
fn nft_ipv6() {
    compare("ip6tables", "nft", "v6.rules");
}
