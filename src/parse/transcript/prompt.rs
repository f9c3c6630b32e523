//! Telling a typed command from output and from prose.

/// A command line found in a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Typed<'a> {
    /// What was typed after the prompt.
    pub(super) text: &'a str,
    /// The machine that the prompt names (`[ec2-user@ip-10-0-0-1 ~]$`).
    pub(super) host: Option<&'a str>,
    /// The prompt itself with its sign, where there is one.
    pub(super) prompt: Option<&'a str>,
}

/// The signs that end a prompt.
const SIGNS: [&str; 6] = ["$ ", "# ", "❯ ", "➤ ", "% ", "> "];

/// How far into a line a prompt may reach, in bytes.
const MAX_PROMPT: usize = 120;

/// Programs that start a command line even without a prompt, each with the words that may follow.
///
/// `-` stands for any option, `` for nothing at all, `*` for anything. Prose that starts with such a word ("route the
/// packets") is told apart by its second word.
const PROGRAMS: &[(&str, &[&str])] = &[
    (
        "ip",
        &[
            "-", "a", "addr", "address", "l", "link", "r", "ro", "route", "ru", "rule", "n",
            "neigh", "netns", "nexthop", "vrf",
        ],
    ),
    ("ip6tables", &["-"]),
    ("ip6tables-save", &["", "-", "|", ">"]),
    ("iptables", &["-"]),
    ("iptables-legacy", &["-"]),
    ("iptables-legacy-save", &["", "-", "|", ">"]),
    ("iptables-nft", &["-"]),
    ("iptables-nft-save", &["", "-", "|", ">"]),
    ("iptables-save", &["", "-", "|", ">"]),
    ("nft", &["-", "list", "monitor"]),
    ("ipset", &["-", "list", "save"]),
    ("ipvsadm", &["", "-"]),
    ("lsns", &["", "-", "|"]),
    ("nsenter", &["-"]),
    ("conntrack", &["-"]),
    ("sysctl", &["-", "net."]),
    ("route", &["", "-", "|"]),
    ("netstat", &["-"]),
    ("arp", &["", "-", "|"]),
    ("ifconfig", &["", "-", "eth", "ens", "|"]),
    ("ethtool", &["-"]),
    ("tcpdump", &["-", "dst", "src", "host", "port", "icmp", "tcp", "udp"]),
    (
        "kubectl",
        &[
            "-", "get", "describe", "exec", "logs", "apply", "create", "set", "scale", "delete",
            "run", "edit", "label", "annotate", "patch", "rollout", "top", "config", "cp", "debug",
        ],
    ),
    ("k", &["get", "describe", "exec", "logs"]),
    ("aws", &["-", "ec2", "eks", "elbv2", "elb", "iam", "sts", "ssm"]),
    ("eksctl", &["*"]),
    ("ssh", &["*"]),
    ("sudo", &["*"]),
    ("watch", &["-", "ip", "sudo", "kubectl", "\"", "'"]),
    ("cat", &["-", "/", "<", ".", "~"]),
    ("curl", &["*"]),
    ("ping", &["-", "1", "2", "8", "$"]),
    ("ps", &["", "-", "aux", "ef", "|"]),
    ("nslookup", &["*"]),
    ("dig", &["*"]),
    ("docker", &["exec", "inspect", "ps", "network"]),
    ("crictl", &["-", "ps", "pods", "inspect", "inspectp", "exec"]),
    ("ctr", &["-", "containers", "c", "tasks"]),
    ("for", &["*"]),
    ("exit", &[""]),
    ("logout", &[""]),
    ("traceroute", &["-", "1", "2", "8", "$"]),
    ("mtr", &["-"]),
    ("bridge", &["-", "link", "fdb", "vlan"]),
    ("tc", &["-", "qdisc", "filter", "class"]),
    ("ss", &["", "-", "|"]),
    ("hostname", &["", "-"]),
    ("uname", &["", "-"]),
    ("systemctl", &["*"]),
    ("journalctl", &["", "-"]),
    ("yum", &["-", "install"]),
    ("apt", &["-", "install"]),
    ("apt-get", &["-", "install"]),
];

/// Returns the command of a line that was typed, with or without a prompt.
pub(super) fn typed(line: &str) -> Option<Typed<'_>> {
    let line = line.trim();
    if let Some(command) = banner_command(line) {
        return Some(Typed { text: command, host: None, prompt: None });
    }
    if let Some(text) = [line, heading(line)].into_iter().find(|text| starts_program(text)) {
        return Some(Typed { text, host: None, prompt: None });
    }
    prompted(line)
        .or_else(|| assignment(line).then_some(Typed { text: line, host: None, prompt: None }))
}

/// Returns what a Markdown heading or a line in bold says: `## ip route show table 101`, `**ip r**`, `` ### `ip rule` ``.
///
/// Authors head an output with its command; without it, nothing tells which table was listed.
fn heading(line: &str) -> &str {
    line.trim_start_matches('#').trim().trim_matches(['*', '`']).trim()
}

/// `*** Output of conntrack -S ***`, which the EKS log collector writes above each output.
fn banner_command(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("***")?.trim_end_matches(['*', ' ']).trim_start();
    inner.strip_prefix("Output of ").map(str::trim)
}

/// `MyPID=$(…)`, `N1=192.168.1.5`, `export N1=…`.
fn assignment(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, value)) = line.split_once('=') else { return false };
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    is_name(name)
        && !value.is_empty()
        && (value.starts_with("$(") || value.starts_with('`') || !value.contains(' '))
}

/// Returns whether a text starts with a program of [`PROGRAMS`] and a word that may follow it.
fn starts_program(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let Some(first) = words.next() else { return false };
    let program =
        if first.starts_with('/') { first.rsplit('/').next().unwrap_or(first) } else { first };
    let second = words.next().unwrap_or_default();
    let Some((_, seconds)) = PROGRAMS.iter().find(|(name, _)| *name == program) else {
        return false;
    };
    // `conntrack v1.4.7 (conntrack-tools): 46 flow entries …` and `nft v1.0.6` are outputs.
    seconds.iter().any(|word| match *word {
        "*" => !second.is_empty() && second.is_ascii(),
        "" => second.is_empty(),
        "-" => second.starts_with('-') && second.len() > 1,
        start if start.len() == 1 && !start.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            second.starts_with(start)
        }
        word if word.ends_with('.') || matches!(word, "eth" | "ens") => second.starts_with(word),
        word => second == word,
    })
}

/// A command after a prompt's sign.
fn prompted(line: &str) -> Option<Typed<'_>> {
    let mut from = 0;
    while let Some((at, sign)) = next_sign(line, from) {
        let before = line.get(..at)?.trim_end();
        let text = line.get(at + sign.len()..)?.trim();
        from = at + sign.len();
        if text.is_empty() || !looks_like_prompt(before, sign) {
            continue;
        }
        let bare_comment = before.is_empty() && sign == "# ";
        let quoting = before.is_empty() && sign == "> ";
        let known = starts_program(text) || assignment(text);
        if known || (!bare_comment && !quoting && looks_typed(text)) {
            let prompt = line.get(..from).map(str::trim_end);
            return Some(Typed { text, host: host(before), prompt });
        }
    }
    // An empty prompt (`[root@ip-10-0-0-1 ~]#`) types nothing, and ends an output all the same.
    let sign = line.strip_suffix(['$', '#', '❯', '➤', '%'])?;
    (sign.contains('@') && sign.len() <= MAX_PROMPT && looks_like_prompt(sign.trim_end(), "$ "))
        .then(|| Typed { text: "", host: host(sign), prompt: Some(line) })
}

fn next_sign(line: &str, from: usize) -> Option<(usize, &'static str)> {
    let found = SIGNS.iter().filter_map(|sign| Some((line.get(from..)?.find(sign)? + from, *sign)));
    found.filter(|(at, _)| *at <= MAX_PROMPT).min_by_key(|(at, _)| *at)
}

/// Returns whether a text can be what stands before a prompt's sign.
fn looks_like_prompt(before: &str, sign: &str) -> bool {
    if before.is_empty() {
        return true;
    }
    if sign == "> " {
        return false;
    }
    let token = before.rsplit(')').next().unwrap_or(before).trim();
    let user_at_host = token.split_ascii_whitespace().any(|word| {
        let word = word.trim_start_matches('[');
        word.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !user.contains(['=', '"', '/'])
        })
    });
    let shell = ["bash-", "sh-", "ash-"].iter().any(|name| before.starts_with(name))
        && !before.contains(' ');
    let path = !before.contains(' ')
        && (before.starts_with(['~', '/', '➜', '╰']) || before.ends_with([':', '~', '/']));
    user_at_host || shell || path || before.starts_with("➜") || before.ends_with('─')
}

/// Returns whether a text after a certain prompt is a command and not the rest of a sentence.
fn looks_typed(text: &str) -> bool {
    text.starts_with(|c: char| {
        c.is_ascii_alphabetic() || matches!(c, '.' | '/' | '_' | '!' | '[' | '(')
    })
}

/// Returns the machine that a prompt names.
fn host(before: &str) -> Option<&str> {
    let (_, after) = before.rsplit_once('@')?;
    let end = after
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')))
        .unwrap_or(after.len());
    after.get(..end).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_commands_after_every_prompt() {
        for (line, text, host) in [
            ("$ ip -c route", "ip -c route", None),
            (
                "[ec2-user@ip-192-168-3-137 ~]$ sudo lsns -t net",
                "sudo lsns -t net",
                Some("ip-192-168-3-137"),
            ),
            (
                "(yjkim@eks-ami:N/A) [root@myeks-host ~]# kubectl get pod",
                "kubectl get pod",
                Some("myeks-host"),
            ),
            ("root@worker:/# ip a", "ip a", Some("worker")),
            (
                "❯ ssh ec2-user@$N1 sudo iptables -t nat -S",
                "ssh ec2-user@$N1 sudo iptables -t nat -S",
                None,
            ),
            ("╰─➤ lsns -t  net", "lsns -t  net", None),
            ("# ip rule", "ip rule", None),
            ("bash-5.1# curl http://example.com", "curl http://example.com", None),
            ("/ # ip a", "ip a", None),
            ("$ ./script.sh --all", "./script.sh --all", None),
            ("iptables-save", "iptables-save", None),
            ("sudo nsenter -t $MyPID -n ip -c addr", "sudo nsenter -t $MyPID -n ip -c addr", None),
            ("*** Output of conntrack -S *** ", "conntrack -S", None),
            ("MyPID=$(lsns -t net | tail -n 1)", "MyPID=$(lsns -t net | tail -n 1)", None),
            ("[root@ip-10-0-0-1 ~]#", "", Some("ip-10-0-0-1")),
        ] {
            let found = typed(line).map(|typed| (typed.text, typed.host));
            assert_eq!(found, Some((text, host)), "{line}");
        }
    }

    #[test]
    fn headings_are_commands() {
        for (line, command) in [
            ("## ip r s t 101", "ip r s t 101"),
            ("**ip r**", "ip r"),
            ("### `ip rule`", "ip rule"),
            ("# ip netns exec blue arp -n", "ip netns exec blue arp -n"),
        ] {
            assert_eq!(typed(line).map(|typed| typed.text), Some(command), "{line}");
        }
        assert_eq!(typed("## ip rules are read by priority").map(|typed| typed.text), None);
    }

    #[test]
    fn leaves_data_and_prose_alone() {
        for line in [
            "# Generated by iptables-save v1.8.9 on Tue Jan 15 02:19:05 2019",
            "# 노드 네트워크 정보 확인",
            "default via 192.168.3.1 dev eth0",
            "conntrack v1.4.6 (conntrack-tools): 46 flow entries have been shown.",
            "route the packets through eth1",
            "-A POSTROUTING -m comment --comment \"costs $ 5\" -j ACCEPT",
            "2: eth0@if5: <UP> mtu 9001",
            "coredns-1 1/1 Running 0 62m",
            "[958177:57490620] -A KUBE-SERVICES -j X",
            "table ip nat { # handle 3",
            "",
            "ip 주소는 다음과 같다",
        ] {
            assert_eq!(typed(line), None, "{line}");
        }
    }
}
