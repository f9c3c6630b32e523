//! Whether every word of a line is printed back by a fact.
//!
//! A word counts as printed back where the fact has it in another form that means the same: a number in another base,
//! a service or protocol by its number, a time in other units. Headings, and words that only hold an output's layout
//! together, carry nothing and are listed here, so that whatever is left is a word that was lost.

use std::collections::HashSet;

/// Outputs whose facts are a choice of what the text says, by design: what a log message tells beyond its event, and
/// members of a document that no question needs.
pub(crate) fn is_selective(parser: &str) -> bool {
    matches!(parser, "cni-log" | "kubectl-describe")
}

/// Returns a line without the words that only say which object it belongs to, and in one form of writing.
pub(crate) fn data(parser: &str, numbered: bool, line: &str) -> String {
    let line = line.trim();
    let words: Vec<_> = line.split_whitespace().collect();
    match (parser, words.as_slice()) {
        // The rule's number: its place in the chain.
        ("iptables-list", [number, rest @ ..]) if numbered && number.parse::<u32>().is_ok() => {
            rest.join(" ")
        }
        // ip6tables before 1.8.7 left the blank out: `dpt:22flags: 0x17/0x02`.
        ("iptables-list", _) => line.replace("flags:", " flags "),
        ("ip-netns", [mode, .., name]) if mode.len() == 10 && mode.starts_with('-') => {
            (*name).to_owned()
        }
        ("ipset", ["add", _set, member @ ..]) => member.join(" "),
        ("nft", ["add" | "insert", "rule" | "element", "ip" | "ip6" | "inet", _, _, rest @ ..]) => {
            rest.join(" ")
        }
        ("nft", ["add" | "insert", "chain", "ip" | "ip6" | "inet", _, rest @ ..]) => rest.join(" "),
        ("nft", ["add", "set" | "map", "ip" | "ip6" | "inet", _, rest @ ..]) => rest.join(" "),
        // nft before 0.9 wrote `set add EXPR @SET`.
        ("nft", ["set", "add" | "update", rest @ ..]) => rest.join(" "),
        ("nft", ["rule", _, _, rest @ ..]) => rest.join(" "),
        ("ipvsadm", ["-a", _, _service, rest @ ..]) => rest.join(" "),
        ("lsns", _) => line.replace("\\x20", " "),
        ("sysctl", _) => {
            let shown = line.strip_prefix("/proc/sys/").map(|path| path.replace([':', '='], " "));
            shown.map_or_else(|| line.to_owned(), |path| path.replace('/', " ").replace('.', "/"))
        }
        (_, _) => line.to_owned(),
    }
}

/// Returns whether a line of an output has no data: headings, totals and versions of tools.
pub(crate) fn is_layout(parser: &str, line: &str) -> bool {
    let line = line.trim();
    let starts = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    match parser {
        "arp" => starts(&["Address ", "Entries: "]),
        "conntrack" => starts(&["conntrack v", "<conntrack>", "</conntrack>", "<?xml"]),
        "conntrack-stats" => starts(&["entries "]),
        "ethtool-S" => line == "NIC statistics:",
        "ip-netns" => starts(&["total "]),
        "ipset" => line == "Members:",
        "iptables-list" => {
            let words: Vec<_> = line.split_whitespace().collect();
            words.windows(2).any(|pair| pair == ["target", "prot"])
        }
        "iptables-save" => {
            line == "COMMIT"
                || (line.starts_with('#')
                    && (line.contains("Generated") || line.contains("Completed")))
        }
        "ipvsadm" => starts(&[
            "IP Virtual Server version ",
            "Prot LocalAddress:Port ",
            "-> RemoteAddress:Port",
        ]),
        "kubectl-table" => {
            line.starts_with(|c: char| c.is_ascii_uppercase())
                && !line.contains(|c: char| c.is_ascii_lowercase())
        }
        "lsns" => line.split_whitespace().all(|word| LSNS_COLUMNS.contains(&word)),
        "nft" => starts(&["# Warning: table "]),
        "prometheus" => starts(&["# HELP ", "# TYPE "]),
        "route-n" => starts(&["Kernel IP", "Destination "]),
        _ => false,
    }
}

const LSNS_COLUMNS: &[&str] = &[
    "NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID", "NSFS",
    "PNS", "ONS",
];

/// Words that hold a line together, and that the canonical form does not have.
fn is_glue(parser: &str, word: &str) -> bool {
    let glue: &[&str] = match parser {
        // The kernel's name where it has no module for the protocol, whose number stands beside it.
        "conntrack" => &[
            "unknown",
            "-A",
            "-t",
            "-u",
            "-s",
            "-d",
            "-r",
            "-q",
            "-g",
            "-n",
            "-p",
            "-w",
            "--state",
            "UNSET",
            "SEEN_REPLY",
            "SEEN_REPLY,ASSURED",
            "--reply-port-src",
            "--reply-port-dst",
            "--reply-key-src",
            "--reply-key-dst",
        ],
        "ethtool-S" => &["Interface"],
        "ipvsadm" => &["-A", "-a", "-t", "-u", "-f", "-r", "-s", "-p", "-w", "-m", "-g", "-i"],
        "ip-netns" => &["nsid", "iproute2", "netns", "name"],
        "ipset" => &["Name", "Type", "Header", "add"],
        // The columns say `any` in four ways; the canonical form leaves the option out.
        "iptables-list" => &[
            "Chain",
            "policy",
            "packets",
            "bytes",
            "references",
            "*",
            "0.0.0.0/0",
            "::/0",
            "anywhere",
            "all",
            "--",
            "/*",
            "*/",
            "match",
            "or",
            "and",
            "xor",
            "to",
            "dpt",
            "spt",
            "dpts",
            "spts",
            "flags",
            "ADDRTYPE",
        ],
        "iptables-spec" => &["-P", "-N", "-c"],
        "nft" => &["elements", "add", "insert", "element", "rule", "and", "or", "xor"],
        _ => &[],
    };
    glue.contains(&word)
}

/// What the facts of a line print, to be asked for words.
pub(crate) struct Printed<'a> {
    parser: &'a str,
    text: &'a str,
    forms: HashSet<String>,
}

impl<'a> Printed<'a> {
    pub(crate) fn new(parser: &'a str, text: &'a str) -> Self {
        let mut forms: HashSet<String> = HashSet::new();
        for word in text.split_whitespace() {
            forms.insert(form(trimmed(word)));
            forms.extend(pieces(word).map(form));
        }
        forms.extend(priorities(text));
        forms.extend(tcp_flags(text));
        forms.extend(icmp(text).iter().map(|number| (*number).to_owned()));
        Self { parser, text, forms }
    }

    /// Returns the words of a line that are not printed.
    pub(crate) fn missing<'l>(&self, line: &'l str) -> Vec<&'l str> {
        line.split_whitespace().filter(|word| !self.has(word)).collect()
    }

    fn has(&self, word: &str) -> bool {
        let bare = trimmed(word);
        let hex = |word: &str| match (self.parser, word.len()) {
            // `/proc/net/stat/nf_conntrack` has hexadecimal numbers of eight digits.
            ("conntrack-stats", 8) => u64::from_str_radix(word, 16).ok(),
            (_, _) => None,
        };
        let known = |word: &str| {
            let number = hex(word).is_some_and(|number| self.forms.contains(&number.to_string()));
            number || is_glue(self.parser, word) || self.forms.contains(&form(word))
        };
        bare.is_empty()
            || self.text.contains(bare)
            || is_glue(self.parser, word)
            || known(bare)
            || pieces(word).all(known)
    }
}

const PUNCTUATION: &[char] = &[
    '├', '└', '─', '│', ',', ';', ':', '"', '\'', '\\', '{', '}', '(', ')', '[', ']', '!', '<', '>',
];

fn trimmed(word: &str) -> &str {
    word.trim_matches(PUNCTUATION)
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let splits = |c: char| {
        PUNCTUATION.contains(&c) || matches!(c, '=' | '~' | '/' | '|' | '&' | '^' | '#' | '-')
    };
    word.split(splits).filter(|piece| !piece.is_empty())
}

/// Returns the one form of words that mean the same.
fn form(word: &str) -> String {
    let named = match word.to_ascii_lowercase().as_str() {
        "http" => Some(80),
        "https" => Some(443),
        "http-alt" => Some(8080),
        "domain" => Some(53),
        "ssh" => Some(22),
        "icmp" => Some(1),
        "tcp" => Some(6),
        "udp" => Some(17),
        "sctp" => Some(132),
        _ => None,
    };
    let hex = word.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    if let Some(number) = named.or(hex).or_else(|| rounded(word)).or_else(|| milliseconds(word)) {
        return number.to_string();
    }
    match word.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => word.to_owned(),
    }
}

/// `4823K` packets, as `iptables -L` rounds them.
fn rounded(word: &str) -> Option<u64> {
    let (digits, factor) =
        [("K", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000)]
            .into_iter()
            .find_map(|(unit, factor)| Some((word.strip_suffix(unit)?, factor)))?;
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// `3h`, `59m58s`, `10800s`: times of nft.
fn milliseconds(word: &str) -> Option<u64> {
    let (mut total, mut rest) = (0, word);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let unit = rest.get(digits..)?;
        let (name, factor) =
            [("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
                .into_iter()
                .find(|(name, _)| unit.starts_with(name))?;
        total += number * factor;
        rest = unit.get(name.len()..)?;
    }
    Some(total)
}

/// The numbers of nft's priorities by name (`priority dstnat + 10`), which `-y` prints (nft(8), "chains").
fn priorities(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut words = text.split_whitespace().map(trimmed).peekable();
    while let Some(word) = words.next() {
        let name = if word == "priority" { words.next() } else { None };
        let known = [
            ("raw", -300),
            ("mangle", -150),
            ("dstnat", -100),
            ("filter", 0),
            ("security", 50),
            ("srcnat", 100),
        ];
        for (_, base) in known.iter().filter(|(known, _)| Some(*known) == name) {
            let mut number = *base;
            if let Some(sign @ ("+" | "-")) = words.peek().copied() {
                words.next();
                let offset: i32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                number += if sign == "+" { offset } else { -offset };
            }
            numbers.push(number.to_string());
        }
    }
    numbers
}

/// The numbers of `--tcp-flags MASK COMP`, which `iptables -nL` prints (`flags:0x17/0x02`).
fn tcp_flags(text: &str) -> Vec<String> {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
    let bits = |list: &str| -> u32 {
        let bit = |name| names.iter().position(|known| *known == name).map_or(0, |at| 1 << at);
        list.split(',').map(bit).sum()
    };
    let words: Vec<_> = text.split_whitespace().collect();
    let found = words.windows(3).filter(|words| words[0] == "--tcp-flags");
    found.flat_map(|words| [bits(words[1]).to_string(), bits(words[2]).to_string()]).collect()
}

/// The type and code that a name of an ICMP message stands for in a set.
fn icmp(text: &str) -> &'static [&'static str] {
    match (text.contains("echo-request"), text.contains("echo-reply")) {
        (true, _) => &["8", "128", "0"],
        (false, true) => &["0", "129"],
        (false, false) => &[],
    }
}
