//! Targets in both spellings: the options after `-j` of a save, and what `-L` prints at the end of a rule.

use super::{
    cursor::{Cursor, Quotes},
    value,
};
use crate::{
    model::netfilter::xt_target::{
        ConnMarkAction, NatTarget, PortSelection, RejectWith, Target, TargetWords, TproxyTarget,
    },
    net::PortRange,
};
use std::net::IpAddr;

/// What `-j` and `-g` name: a target, or a chain that has no id yet.
#[derive(Debug, PartialEq)]
pub(super) enum Jump<'a> {
    Target(Target),
    Chain(&'a str),
    Goto(&'a str),
}

/// Makes a target of its words.
type Kept = fn(Box<TargetWords>) -> Target;

/// Targets that are kept with their words, and what they are.
const KEPT: &[(&str, Kept)] = &[
    ("LOG", Target::Log),
    ("QUEUE", Target::Queue),
    ("NFQUEUE", Target::Queue),
    ("CT", Target::Ct),
    ("TOS", Target::SetField),
    ("DSCP", Target::SetField),
    ("TTL", Target::SetField),
    ("HL", Target::SetField),
    ("ECN", Target::SetField),
    ("AUDIT", Target::NoEffect),
    ("CHECKSUM", Target::NoEffect),
    ("CLASSIFY", Target::NoEffect),
    ("CONNSECMARK", Target::NoEffect),
    ("IDLETIMER", Target::NoEffect),
    ("LED", Target::NoEffect),
    ("NFLOG", Target::NoEffect),
    ("RATEEST", Target::NoEffect),
    ("SECMARK", Target::NoEffect),
    ("SET", Target::NoEffect),
    ("TCPMSS", Target::NoEffect),
    ("TCPOPTSTRIP", Target::NoEffect),
    ("TEE", Target::NoEffect),
    ("TRACE", Target::NoEffect),
    ("ULOG", Target::NoEffect),
    ("CLUSTERIP", Target::Unmodelled),
    ("DNPT", Target::Unmodelled),
    ("HMARK", Target::Unmodelled),
    ("MIRROR", Target::Unmodelled),
    ("SNPT", Target::Unmodelled),
    ("SYNPROXY", Target::Unmodelled),
];

/// Targets whose options are read here.
const READ: &[&str] = &[
    "ACCEPT",
    "DROP",
    "RETURN",
    "REJECT",
    "MARK",
    "CONNMARK",
    "SNAT",
    "DNAT",
    "MASQUERADE",
    "REDIRECT",
    "NETMAP",
    "TPROXY",
    "NOTRACK",
];

/// Returns whether a name is one of a target and not of a chain.
pub(super) fn is_target(name: &str) -> bool {
    READ.contains(&name) || KEPT.iter().any(|(known, _)| *known == name)
}

/// Reads the options after `-j NAME`. Options that are not understood make the target unmodelled.
pub(super) fn read<'a>(words: &mut Cursor<'a>, name: &'a str) -> Jump<'a> {
    let target = match name {
        "" => return Jump::Target(Target::None),
        "ACCEPT" => Target::Accept,
        "DROP" => Target::Drop,
        "RETURN" => Target::Return,
        // No target has such a name, and most rules of kube-proxy jump to such a chain.
        _ if name.starts_with("KUBE-")
            || !name.as_bytes().first().is_some_and(u8::is_ascii_uppercase) =>
        {
            return Jump::Chain(name);
        }
        _ => {
            let before = *words;
            let understood = options(words, name).filter(|_| at_end(words));
            if understood.is_none() {
                *words = before;
            }
            match understood {
                Some(target) => target,
                None if !is_target(name) && !words.peek_text().starts_with("--") => {
                    return Jump::Chain(name);
                }
                None => kept(words, name),
            }
        }
    };
    Jump::Target(target)
}

/// Returns whether the options of a target end here: at the end, or where a rule typed by hand goes on.
fn at_end(words: &Cursor<'_>) -> bool {
    words.peek().is_none_or(|word| {
        word.quotes == Quotes::None
            && !word.text.starts_with("--")
            && word.text.starts_with(['-', '!'])
    })
}

fn kept(words: &mut Cursor<'_>, name: &str) -> Target {
    let known = KEPT.iter().find(|(known, _)| *known == name).map(|(_, make)| *make);
    let target = TargetWords { name: name.into(), words: option_words(words).into() };
    known.unwrap_or(Target::Unmodelled)(Box::new(target))
}

/// Takes the words of the target's options.
fn option_words<'a>(words: &mut Cursor<'a>) -> &'a str {
    let start = words.offset();
    while words.peek().is_some() {
        if at_end(words) {
            break;
        }
        words.next();
    }
    words.between(start, words.offset())
}

/// Reads the options of a target that is understood.
fn options(words: &mut Cursor<'_>, name: &str) -> Option<Target> {
    match name {
        "MARK" => mark(words),
        "CONNMARK" => connmark(words).map(Target::ConnMark),
        "SNAT" => nat(words, "--to-source").map(|nat| Target::Snat(Box::new(nat))),
        "DNAT" => nat(words, "--to-destination").map(|nat| Target::Dnat(Box::new(nat))),
        "MASQUERADE" => {
            let (ports, selection) = to_ports(words)?;
            Some(Target::Masquerade { ports, selection })
        }
        "REDIRECT" => {
            let (ports, selection) = to_ports(words)?;
            Some(Target::Redirect { ports, selection })
        }
        "NETMAP" if words.take_word("--to") => netmap(words.text()),
        "REJECT" if words.take_word("--reject-with") => {
            RejectWith::from_name(words.text()).map(Target::Reject)
        }
        "REJECT" if words.peek().is_none() => Some(Target::Reject(RejectWith::PORT_UNREACHABLE)),
        "NOTRACK" => Some(Target::NoTrack),
        "CT" if words.take_word("--notrack") => Some(Target::NoTrack),
        "TPROXY" => tproxy(words),
        _ => None,
    }
}

/// `--set-xmark V/M`, `--set-mark V/M`, `--and-mark`, `--or-mark`, `--xor-mark` (`libxt_MARK.c`).
fn mark(words: &mut Cursor<'_>) -> Option<Target> {
    let option = words.text();
    let (value, mask) = set_mark(option.strip_prefix("--")?, words.text())?;
    Some(Target::Mark { value, mask })
}

/// Returns value and mask of `mark = (mark & !mask) ^ value`.
fn set_mark(option: &str, text: &str) -> Option<(u32, u32)> {
    let (value, mask) = match text.split_once('/') {
        Some((value, mask)) => (value::number(value)?, Some(value::number(mask)?)),
        None => (value::number(text)?, None),
    };
    Some(match (option, mask) {
        ("set-xmark" | "xset", mask) => (value, mask.unwrap_or(u32::MAX)),
        // `--set-mark V/M` clears the bits of the mask and of the value, and then sets the value.
        ("set-mark" | "set", mask) => (value, value | mask.unwrap_or(u32::MAX)),
        ("and-mark" | "and", None) => (0, !value),
        ("or-mark" | "or", None) => (value, value),
        ("xor-mark" | "xor", None) => (value, 0),
        _ => return None,
    })
}

fn connmark(words: &mut Cursor<'_>) -> Option<ConnMarkAction> {
    let option = words.text().strip_prefix("--")?;
    if !matches!(option, "save-mark" | "restore-mark") {
        let (value, mask) = set_mark(option, words.text())?;
        return Some(ConnMarkAction::Set { value, mask });
    }
    let (mut nfmask, mut ctmask) = (u32::MAX, u32::MAX);
    loop {
        let slot = if words.take_word("--nfmask") {
            &mut nfmask
        } else if words.take_word("--ctmask") {
            &mut ctmask
        } else if words.take_word("--mask") {
            nfmask = value::number(words.text())?;
            ctmask = nfmask;
            continue;
        } else {
            break;
        };
        *slot = value::number(words.text())?;
    }
    Some(match option {
        "save-mark" => ConnMarkAction::Save { nfmask, ctmask },
        _ => ConnMarkAction::Restore { nfmask, ctmask },
    })
}

/// Reads `--to-source A-B:P-Q` and the flags that may stand around it.
fn nat(words: &mut Cursor<'_>, to: &str) -> Option<NatTarget> {
    let mut target = None;
    let (mut selection, mut persistent) = (PortSelection::Keep, false);
    loop {
        if target.is_none() && words.take_word(to) {
            target = Some(nat_range(words.text())?);
        } else if words.take_word("--persistent") {
            persistent = true;
        } else if !random(words, &mut selection, "--") {
            break;
        }
    }
    target.map(|target| NatTarget { selection, persistent, ..target })
}

/// Takes `--random` or `--random-fully`.
fn random(words: &mut Cursor<'_>, selection: &mut PortSelection, dashes: &str) -> bool {
    let found = match words.peek_text().strip_prefix(dashes) {
        Some("random") => PortSelection::Random,
        Some("random-fully") => PortSelection::RandomFully,
        _ => return false,
    };
    words.next();
    *selection = if *selection == PortSelection::Keep || *selection == found {
        found
    } else {
        PortSelection::Both
    };
    true
}

/// Reads `10.0.0.1`, `10.0.0.1-10.0.0.9:80-90`, `:8080`, `[fd00::1]:80-90/1000`, `fd00::1-fd00::9`.
fn nat_range(text: &str) -> Option<NatTarget> {
    let mut target = NatTarget {
        addrs: None,
        ports: None,
        base_port: None,
        selection: PortSelection::Keep,
        persistent: false,
    };
    let range = |text: &str| -> Option<(IpAddr, IpAddr)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse().ok();
        Some((bare(first)?, bare(last)?))
    };
    // Every endpoint of a Service has a rule with one address and one port.
    if let Some((addr, port)) = text.split_once(':').filter(|(addr, _)| addr.len() <= 15)
        && let (Some(addr), Some(port)) = (value::plain_v4(addr), value::decimal(port))
    {
        target.addrs = Some((addr.into(), addr.into()));
        target.ports = Some(PortRange::one(port));
        return Some(target);
    }
    if let Some(addrs) = range(text) {
        target.addrs = Some(addrs);
        return Some(target);
    }
    let (addrs, ports) = text.rsplit_once(':')?;
    if !addrs.is_empty() {
        target.addrs = Some(range(addrs)?);
    }
    let (ports, base) = match ports.split_once('/') {
        Some((ports, base)) => (ports, Some(value::decimal(base)?)),
        None => (ports, None),
    };
    target.base_port = base;
    target.ports = Some(port_range(ports)?);
    Some(target)
}

/// Reads `80`, `80-90`.
fn port_range(text: &str) -> Option<PortRange> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(PortRange { first: value::port(first)?, last: value::port(last)? })
}

fn to_ports(words: &mut Cursor<'_>) -> Option<(Option<PortRange>, PortSelection)> {
    let (mut ports, mut selection) = (None, PortSelection::Keep);
    loop {
        if ports.is_none() && words.take_word("--to-ports") {
            ports = Some(port_range(words.text())?);
        } else if !random(words, &mut selection, "--") {
            return Some((ports, selection));
        }
    }
}

fn netmap(text: &str) -> Option<Target> {
    let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(Into::into));
    net.ok().map(|net| Target::Netmap(Box::new(net)))
}

fn tproxy(words: &mut Cursor<'_>) -> Option<Target> {
    let mut target = TproxyTarget { addr: None, port: 0, value: 0, mask: u32::MAX };
    loop {
        if words.take_word("--on-port") {
            target.port = value::port(words.text())?;
        } else if words.take_word("--on-ip") {
            target.addr = Some(words.text().parse::<IpAddr>().ok()?);
        } else if words.take_word("--tproxy-mark") {
            (target.value, target.mask) = set_mark("xset", words.text())?;
        } else {
            break;
        }
    }
    Some(Target::Tproxy(Box::new(known_addr(target))))
}

/// `0.0.0.0` and `::` mean the address of the interface (`tproxy_laddr4()`).
fn known_addr(mut target: TproxyTarget) -> TproxyTarget {
    target.addr = target.addr.filter(|addr| !addr.is_unspecified());
    target
}

/// Returns whether a word of `-L` starts the options of a target; `next` is the word after it.
pub(super) fn starts_options(name: &str, word: &str, next: &str) -> bool {
    match name {
        "SNAT" | "DNAT" | "NETMAP" | "SAME" => word.starts_with("to:"),
        "MASQUERADE" => {
            (word == "masq" && next == "ports:") || matches!(word, "random" | "random-fully")
        }
        "REDIRECT" => (word == "redir" && next == "ports") || word == "random",
        "MARK" | "CONNMARK" => word == name && next != "match",
        "REJECT" => word == "reject-with",
        "CT" => matches!(word, "CT" | "NOTRACK"),
        "NFLOG" => word.starts_with("nflog-"),
        "SET" => matches!(word, "add-set" | "del-set" | "map-set"),
        "IDLETIMER" => word.starts_with("timeout:"),
        "TOS" | "DSCP" | "TTL" | "HL" | "ECN" => word == name && next != "match",
        "ULOG" => word == "ULOG",
        _ => word == name && is_target(name),
    }
}

/// Reads the options of a target as `-L` prints them; everything that is left belongs to them.
pub(super) fn listed<'a>(words: &mut Cursor<'a>, name: &'a str) -> Jump<'a> {
    let before = *words;
    let understood = match name {
        "" | "ACCEPT" | "DROP" | "RETURN" => return read(words, name),
        _ => listed_options(words, name).filter(|_| words.peek().is_none()),
    };
    if let Some(target) = understood {
        return Jump::Target(target);
    }
    *words = before;
    if !is_target(name) && words.peek().is_none() {
        return Jump::Chain(name);
    }
    let known = KEPT.iter().find(|(known, _)| *known == name).map(|(_, make)| *make);
    // `-L` prints the name once more before the options.
    words.take_word(name);
    let target = TargetWords { name: name.into(), words: words.finish().into() };
    Jump::Target(known.unwrap_or(Target::Unmodelled)(Box::new(target)))
}

fn listed_options(words: &mut Cursor<'_>, name: &str) -> Option<Target> {
    match name {
        "MARK" if words.take_word("MARK") => {
            let option = words.text();
            let (value, mask) = set_mark(option, words.text())?;
            Some(Target::Mark { value, mask })
        }
        "CONNMARK" if words.take_word("CONNMARK") => listed_connmark(words).map(Target::ConnMark),
        "SNAT" => listed_nat(words).map(|nat| Target::Snat(Box::new(nat))),
        "DNAT" => listed_nat(words).map(|nat| Target::Dnat(Box::new(nat))),
        "MASQUERADE" => {
            let ports = words.take_words(&["masq", "ports:"]).then(|| port_range(words.text()));
            let mut selection = PortSelection::Keep;
            while random(words, &mut selection, "") {}
            Some(Target::Masquerade { ports: transpose(ports)?, selection })
        }
        "REDIRECT" => {
            let ports = words.take_words(&["redir", "ports"]).then(|| port_range(words.text()));
            let mut selection = PortSelection::Keep;
            while random(words, &mut selection, "") {}
            Some(Target::Redirect { ports: transpose(ports)?, selection })
        }
        "NETMAP" => netmap(words.text().strip_prefix("to:")?),
        "REJECT" if words.take_word("reject-with") => {
            RejectWith::from_name(words.text()).map(Target::Reject)
        }
        "NOTRACK" => Some(Target::NoTrack),
        "CT" if words.take_word("NOTRACK") || words.take_words(&["CT", "notrack"]) => {
            Some(Target::NoTrack)
        }
        "TPROXY" if words.take_words(&["TPROXY", "redirect"]) => {
            let (addr, port) = words.text().rsplit_once(':')?;
            let addr = Some(addr.trim_start_matches('[').trim_end_matches(']').parse().ok()?);
            let port = value::port(port)?;
            let (value, mask) = match words.take_word("mark") {
                true => set_mark("xset", words.text())?,
                false => (0, u32::MAX),
            };
            Some(Target::Tproxy(Box::new(known_addr(TproxyTarget { addr, port, value, mask }))))
        }
        _ => None,
    }
}

/// `None` outside where the ports were given and not understood.
fn transpose(ports: Option<Option<PortRange>>) -> Option<Option<PortRange>> {
    ports.map_or(Some(None), |ports| ports.map(Some))
}

fn listed_nat(words: &mut Cursor<'_>) -> Option<NatTarget> {
    let mut target = nat_range(words.text().strip_prefix("to:")?)?;
    while random(words, &mut target.selection, "") {}
    target.persistent = words.take_word("persistent");
    while random(words, &mut target.selection, "") {}
    Some(target)
}

/// `or 0x80`, `restore mask 0x80`, `save nfmask 0x80 ctmask ~0xff` (`libxt_CONNMARK.c`).
fn listed_connmark(words: &mut Cursor<'_>) -> Option<ConnMarkAction> {
    let option = words.text();
    if !matches!(option, "save" | "restore") {
        let (value, mask) = set_mark(option, words.text())?;
        return Some(ConnMarkAction::Set { value, mask });
    }
    let (mut nfmask, mut ctmask) = (u32::MAX, u32::MAX);
    loop {
        let name = words.peek_text();
        if !matches!(name, "mask" | "nfmask" | "ctmask") {
            break;
        }
        words.next();
        let mask = value::number(words.text().trim_start_matches('~'))?;
        if name != "ctmask" {
            nfmask = mask;
        }
        if name != "nfmask" {
            ctmask = mask;
        }
    }
    Some(match option {
        "save" => ConnMarkAction::Save { nfmask, ctmask },
        _ => ConnMarkAction::Restore { nfmask, ctmask },
    })
}
