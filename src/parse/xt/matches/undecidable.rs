//! Modules whose outcome no dump can tell, and modules that this version does not know. Both keep their words.

use super::super::spec::{self, Rule};
use crate::model::netfilter::xt_match::{MatchKind, MatchWords};

/// Modules that ask for time, rates, counters, contents or processes.
const UNDECIDABLE: &[&str] = &[
    "bpf",
    "cgroup",
    "cluster",
    "condition",
    "connbytes",
    "connlabel",
    "connlimit",
    "cpu",
    "geoip",
    "hashlimit",
    "helper",
    "ipvs",
    "limit",
    "nfacct",
    "osf",
    "quota",
    "quota2",
    "rateest",
    "recent",
    "socket",
    "string",
    "time",
    "u32",
];

/// Keeps the words of a module.
pub(super) fn module(rule: &mut Rule<'_, '_>, module: &str) {
    let start = rule.words.offset();
    let words = spec::words_since(rule, start);
    push(rule, module, words);
}

fn push(rule: &mut Rule<'_, '_>, module: &str, words: &str) {
    let found = Box::new(MatchWords { module: module.into(), words: words.into() });
    let kind = if UNDECIDABLE.contains(&module) {
        MatchKind::Undecidable(found)
    } else {
        MatchKind::Unmodelled(found)
    };
    rule.builder.push(false, kind);
}

/// Words by which `-L` starts the print of a module, and the module (`print` of each file in `extensions/`).
const STARTERS: &[(&str, &str)] = &[
    ("#conn", "connlimit"),
    ("connbytes", "connbytes"),
    ("quota:", "quota"),
    ("STRING", "string"),
    ("TIME", "time"),
    ("u32", "u32"),
    ("cgroup", "cgroup"),
    ("helper", "helper"),
    ("socket", "socket"),
    ("cpu", "cpu"),
    ("vaddr", "ipvs"),
    ("ipvs", "ipvs"),
    ("connlabel", "connlabel"),
    ("cluster", "cluster"),
    ("OS", "osf"),
    ("nfacct-name", "nfacct"),
    ("rateest", "rateest"),
    ("realm", "realm"),
    ("ECN", "ecn"),
    ("src-group", "devgroup"),
    ("dst-group", "devgroup"),
    ("ah", "ah"),
    ("esp", "esp"),
    ("ipcomp", "ipcomp"),
    ("tcpmss", "tcpmss"),
    ("policy", "policy"),
    ("rt", "rt"),
    ("frag", "frag"),
    ("hbh", "hbh"),
    ("dst", "dst"),
    ("ipv6header", "ipv6header"),
    ("eui64", "eui64"),
    ("srh", "srh"),
    ("mh", "mh"),
];

/// Words by which conditions start that are read in the other files of this folder.
const OTHER_STARTERS: &[&str] = &[
    "!",
    "/*",
    "[goto]",
    "tcp",
    "udp",
    "sctp",
    "dccp",
    "tcpflags:",
    "multiport",
    "icmptype",
    "icmp",
    "ipv6-icmptype",
    "ipv6-icmp",
    "mark",
    "connmark",
    "state",
    "ctstate",
    "ADDRTYPE",
    "match-set",
    "MAC",
    "PKTTYPE",
    "statistic",
    "owner",
    "PHYSDEV",
    "rpfilter",
    "limit:",
    "recent:",
];

/// `limit: avg 5/min burst 5`, `recent: SET name: X side: source`, `TIME from 10:00:00 to 12:00:00`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, negated: bool, word: &str) -> bool {
    match word {
        "limit:" => return listed_limit(rule),
        "recent:" => return listed_recent(rule, negated),
        // `libxt_bpf.c` prints `match bpf` and the program.
        "match" if rule.words.take_word("bpf") => return generic(rule, negated, "bpf"),
        _ => {}
    }
    let Some((_, module)) = STARTERS.iter().find(|(starter, _)| *starter == word) else {
        return false;
    };
    generic(rule, negated, module)
}

/// Takes words until another condition or the options of the target start.
fn generic(rule: &mut Rule<'_, '_>, negated: bool, module: &str) -> bool {
    let start = rule.words.offset();
    while let Some(word) = rule.words.peek() {
        // A module may print its name before each of its options (`connbytes 1:2 connbytes mode bytes`).
        let starts = OTHER_STARTERS.contains(&word.text)
            || STARTERS.iter().any(|(starter, other)| *starter == word.text && *other != module);
        if starts || rule.starts_target_options() {
            break;
        }
        rule.words.next();
    }
    let words = rule.words.between(start, rule.words.offset());
    if negated {
        push(rule, module, &format!("! {words}"));
    } else {
        push(rule, module, words);
    }
    true
}

/// `avg 5/min burst 5` of `-m limit`, `up to 5/sec burst 5 mode srcip` and `above …` of `-m hashlimit`; in the words
/// of a save, which leaves out the burst of 5 that is the default.
fn listed_limit(rule: &mut Rule<'_, '_>) -> bool {
    if !rule.words.take_word("avg") {
        return generic(rule, false, "hashlimit");
    }
    let mut words = format!("--limit {}", rule.words.text());
    if rule.words.take_word("burst") {
        let burst = rule.words.text();
        if burst != "5" {
            words.push_str(" --limit-burst ");
            words.push_str(burst);
        }
    }
    push(rule, "limit", &words);
    true
}

/// `CHECK seconds: 10800 reap name: X side: source mask: 255.255.255.255`, in the words of a save.
fn listed_recent(rule: &mut Rule<'_, '_>, negated: bool) -> bool {
    let mut words = String::from(if negated { "! " } else { "" });
    words.push_str(match rule.words.text() {
        "SET" => "--set",
        "CHECK" => "--rcheck",
        "UPDATE" => "--update",
        "REMOVE" => "--remove",
        _ => return false,
    });
    let mut side = "";
    loop {
        let before = rule.words;
        let option = match rule.words.text() {
            "seconds:" => " --seconds ",
            "hit_count:" => " --hitcount ",
            "name:" => " --name ",
            "mask:" => " --mask ",
            "reap" => {
                words.push_str(" --reap");
                continue;
            }
            "TTL-Match" => {
                words.push_str(" --rttl");
                continue;
            }
            "side:" => {
                side = if rule.words.text() == "dest" { " --rdest" } else { " --rsource" };
                continue;
            }
            _ => {
                rule.words = before;
                break;
            }
        };
        words.push_str(option);
        words.push_str(rule.words.text());
    }
    words.push_str(side);
    push(rule, "recent", &words);
    true
}
