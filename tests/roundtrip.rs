//! What is printed is read again as the same value: the words of the network, and entries of the outputs that decide
//! where packets go.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use enilens::{
    model::ArtifactId,
    net::{IfName, IpNet, MacAddr, Mark, MaskedMark, PortRange, Protocol, TableId},
    parse::{command, line, transcript},
};
use proptest::{prelude::*, sample::select};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads one line as the output of a command, and returns how its entries print.
fn printed(path: &str, text: &str) -> Vec<String> {
    let reading = transcript::read(ArtifactId(0), path, text, 1);
    let issues: Vec<_> = reading.issues.iter().map(|issue| &issue.message).collect();
    assert!(issues.is_empty(), "{text}: {issues:?}");
    let facts = reading.outputs.iter().flat_map(|output| &output.facts);
    let lines = facts.flat_map(|fact| fact.lines(text)).map(|(_, shown)| shown);
    // What the dump itself says stands in brackets.
    lines.filter(|shown| !shown.starts_with('(')).collect()
}

/// Asks that a line, printed and read again, prints the same, and returns that.
fn settles(path: &str, text: &str) -> String {
    let first = printed(path, text).join("\n");
    let second = printed(path, &first).join("\n");
    assert_eq!(first, second, "{text}");
    first
}

fn v4_net() -> impl Strategy<Value = String> {
    (any::<u32>(), 1..=32_u8).prop_map(|(bits, length)| {
        let net = ipnet::Ipv4Net::new(Ipv4Addr::from(bits | 1 << 24), length).unwrap().trunc();
        if length == 32 { net.addr().to_string() } else { net.to_string() }
    })
}

fn name() -> impl Strategy<Value = String> {
    "(eth[0-9]|ens[0-9]{1,2}|eni[0-9a-f]{11}|vlan\\.eth\\.[0-9]{1,2}|[a-z][a-z0-9_.-]{0,13}[a-z0-9])"
        .prop_filter("words of the commands", |name| !WORDS.contains(&name.as_str()))
}

/// Words that an interface should not be called in these tests: commands read them as options.
const WORDS: &[&str] = &["table", "dev", "via", "to", "all", "lookup", "none", "detached", "proto"];

fn optional(strategy: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), strategy]
}

fn table() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["main", "local", "default"]).prop_map(String::from),
        any::<u32>().prop_map(|id| TableId::Id(id).to_string()),
    ]
}

proptest! {
    #[test]
    fn words_of_the_network(
        bits in any::<u128>(), length in 0..=128_u8, mark in any::<(u32, u32)>(), ports in any::<(u16, u16)>(),
        mac in any::<[u8; 6]>(), protocol in any::<u8>(), table in any::<u32>(), name in name(),
    ) {
        let v4 = IpNet::new(IpAddr::V4(Ipv4Addr::from(bits as u32)), length % 33).unwrap();
        let v6 = IpNet::new(IpAddr::V6(Ipv6Addr::from(bits)), length).unwrap();
        prop_assert_eq!(v4.to_string().parse::<IpNet>().unwrap(), v4);
        prop_assert_eq!(v6.to_string().parse::<IpNet>().unwrap(), v6);
        let mark = MaskedMark { value: mark.0, mask: mark.1 };
        prop_assert_eq!(mark.to_string().parse(), Ok(mark));
        prop_assert_eq!(mark.value.to_string().parse(), Ok(Mark(mark.value)));
        let ports = PortRange { first: ports.0, last: ports.1 };
        prop_assert_eq!(ports.to_string().parse(), Ok(ports));
        prop_assert_eq!(ports.to_string().replace(':', "-").parse(), Ok(ports));
        prop_assert_eq!(MacAddr(mac).to_string().parse(), Ok(MacAddr(mac)));
        let shown = Protocol(protocol).to_string();
        prop_assert_eq!(shown.parse::<Protocol>().ok(), Some(Protocol(protocol)), "{}", shown);
        prop_assert_eq!(TableId::Id(table).to_string().parse(), Ok(TableId::Id(table)));
        prop_assert_eq!(name.parse::<IfName>().unwrap().to_string(), name);
    }

    #[test]
    fn any_text_is_a_command_line_or_none(text in "\\PC{0,120}", shell in "[a-z '\"$|;&<>(){}\\\\=-]{0,80}") {
        for text in [&text, &shell] {
            for command in command::commands(text) {
                let words: Vec<_> = command.args().map(str::to_owned).collect();
                let again = command::commands(&command.text);
                let words_again: Vec<_> =
                    again.first().map(|again| again.args().map(str::to_owned).collect()).unwrap_or_default();
                if !again.is_empty() {
                    prop_assert_eq!(words, words_again, "{}", command.text);
                }
            }
        }
    }

    #[test]
    fn lines_point_into_their_text(text in "(\\PC|\r|\n|\t|\u{1b}|\u{8}|\\[){0,200}") {
        let mut last = 0;
        for (number, line) in (1..).zip(line::lines(&text)) {
            prop_assert_eq!(line.number, number);
            let piece = text.get(line.bytes.start as usize..line.bytes.end as usize);
            prop_assert!(piece.is_some_and(|piece| !piece.contains('\n')));
            let clean = !line.text.contains(['\n', '\x1b']);
            prop_assert!(line.bytes.start >= last && clean, "line {}", number);
            last = line.bytes.end;
        }
    }

    #[test]
    fn rules_of_the_policy_database(
        priority in 0..32_768_u32, not in any::<bool>(), from in optional(v4_net()), to in optional(v4_net()),
        iif in optional(name()), mark in optional(any::<(u32, u32)>().prop_map(|(value, mask)| format!("{:#x}/{:#x}", value & mask, mask | 1))),
        table in table(), ports in proptest::option::of((1..60_000_u16, 0..5_000_u16)),
    ) {
        let mut text = format!("{priority}:\t{}from {}", if not { "not " } else { "" }, if from.is_empty() { "all" } else { &from });
        for (key, value) in [("to", to), ("fwmark", mark), ("iif", iif)] {
            if !value.is_empty() {
                text.push_str(&format!(" {key} {value}"));
            }
        }
        if let Some((first, more)) = ports {
            text.push_str(&format!(" ipproto tcp dport {first}-{}", first + more + 1));
        }
        text.push_str(&format!(" lookup {table}"));
        let shown = settles("iprule.txt", &text);
        prop_assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn routes(
        kind in select(vec!["", "blackhole ", "unreachable ", "prohibit ", "throw "]), dst in v4_net(), via in any::<u32>(), dev in name(),
        table in optional(any::<u16>().prop_map(|id| format!(" table {}", u32::from(id) + 1000))),
        tail in select(vec!["", " proto kernel scope link", " proto static", " onlink", " metric 512 mtu 9001", " scope link src 10.0.0.7"]),
    ) {
        let way = if kind.is_empty() { format!(" via {} dev {dev}", Ipv4Addr::from(via | 1 << 24)) } else { String::new() };
        let tail = if kind.is_empty() { tail } else { " proto static" };
        let text = format!("{kind}{dst}{way}{table}{tail}");
        let shown = settles("iproute.txt", &text);
        let (mut shown, mut text): (Vec<_>, Vec<_>) = (shown.split_whitespace().collect(), text.split_whitespace().collect());
        shown.sort_unstable();
        text.sort_unstable();
        prop_assert_eq!(shown, text);
    }

    #[test]
    fn entries_of_connection_tracking(
        addresses in any::<[u32; 4]>(), ports in any::<[u16; 4]>(), timeout in 0..432_000_u32, mark in any::<u32>(),
        state in select(vec!["ESTABLISHED", "SYN_SENT", "TIME_WAIT", "CLOSE"]), status in select(vec!["[UNREPLIED] ", "", "[ASSURED] "]),
    ) {
        let [a, b, c, d] = addresses.map(Ipv4Addr::from);
        let [p, q, r, s] = ports;
        let (unreplied, assured) = if status == "[UNREPLIED] " { (status, "") } else { ("", status) };
        let text = format!(
            "tcp      6 {timeout} {state} src={a} dst={b} sport={p} dport={q} {unreplied}src={c} dst={d} sport={r} dport={s} {assured}mark={mark} use=1"
        );
        let shown = settles("conntrack.txt", &text);
        prop_assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn rules_of_iptables(
        source in optional(v4_net()), target in select(vec!["ACCEPT", "DROP", "RETURN", "KUBE-SVC-ABC", "MASQUERADE --random-fully", "CONNMARK --set-xmark 0x80/0x80", "SNAT --to-source 10.0.0.7 --random-fully"]),
        more in select(vec![
            "", " -m comment --comment \"two words\"", " -i eth0", " ! -o vlan+", " -p tcp -m tcp --dport 443",
            " -m addrtype ! --dst-type LOCAL", " -m mark --mark 0x4000/0x4000", " -m conntrack --ctstate RELATED,ESTABLISHED",
            " -m statistic --mode random --probability 0.50000000000", " -m connmark --mark 0x80/0x80", " -m unheard --of 5",
        ]),
        not in any::<bool>(),
    ) {
        let not = if not { "! " } else { "" };
        let source = if source.is_empty() { source } else if source.contains('/') { format!(" {not}-s {source}") } else { format!(" {not}-s {source}/32") };
        let rule = format!("-A POSTROUTING{source}{more} -j {target}");
        let text = format!("*nat\n:POSTROUTING ACCEPT [0:0]\n{rule}\nCOMMIT\n");
        let shown = printed("iptables-save.txt", &text);
        prop_assert!(shown.contains(&rule), "{rule}: {shown:?}");
    }
}
