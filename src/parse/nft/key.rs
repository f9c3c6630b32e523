//! Places that values are read from: payload, `meta`, `ct`, `fib`, hashes and the rest (`man nft`, PRIMARY and PAYLOAD
//! EXPRESSIONS).

use super::{
    cursor::Cursor,
    expr::{self, Context, Words},
    lexer::Kind,
};
use crate::model::netfilter::nft::Expr;

/// Header fields by protocol (`src/proto.c`).
const FIELDS: &[(&str, &[&str])] = &[
    (
        "ip",
        &[
            "saddr",
            "daddr",
            "protocol",
            "dscp",
            "ecn",
            "ttl",
            "length",
            "id",
            "frag-off",
            "hdrlength",
            "version",
            "checksum",
            "tos",
        ],
    ),
    (
        "ip6",
        &[
            "saddr",
            "daddr",
            "nexthdr",
            "hoplimit",
            "dscp",
            "ecn",
            "flowlabel",
            "length",
            "version",
            "priority",
        ],
    ),
    (
        "tcp",
        &[
            "dport", "sport", "flags", "sequence", "ackseq", "doff", "reserved", "window",
            "checksum", "urgptr",
        ],
    ),
    ("udp", &["dport", "sport", "length", "checksum"]),
    ("udplite", &["dport", "sport", "csumcov", "checksum"]),
    ("th", &["dport", "sport"]),
    ("sctp", &["dport", "sport", "vtag", "checksum"]),
    ("dccp", &["dport", "sport", "type"]),
    ("icmp", &["type", "code", "checksum", "id", "sequence", "mtu", "gateway"]),
    (
        "icmpv6",
        &[
            "type",
            "code",
            "checksum",
            "id",
            "sequence",
            "mtu",
            "parameter-problem",
            "packet-too-big",
            "max-delay",
            "taddr",
            "daddr",
        ],
    ),
    ("igmp", &["type", "mrt", "checksum", "group"]),
    ("ether", &["saddr", "daddr", "type"]),
    ("vlan", &["id", "type", "cfi", "dei", "pcp"]),
    ("arp", &["htype", "ptype", "hlen", "plen", "operation"]),
    ("ah", &["nexthdr", "hdrlength", "reserved", "spi", "sequence"]),
    ("esp", &["spi", "sequence"]),
    ("comp", &["nexthdr", "flags", "cpi"]),
    ("gre", &["flags", "version", "protocol"]),
    ("geneve", &["vni", "type"]),
    ("vxlan", &["vni", "flags"]),
    ("hbh", &["nexthdr", "hdrlength"]),
    ("dst", &["nexthdr", "hdrlength"]),
    ("frag", &["nexthdr", "reserved", "frag-off", "reserved2", "more-fragments", "id"]),
    ("mh", &["nexthdr", "hdrlength", "type", "reserved", "checksum"]),
    ("srh", &["last-entry", "flags", "tag", "sid", "seg-left"]),
];

/// Keys of `meta` that nft prints without it, in some version or other (`src/meta.c`).
const BARE_META: &[&str] = &[
    "mark",
    "iif",
    "oif",
    "iifname",
    "oifname",
    "iiftype",
    "oiftype",
    "iifgroup",
    "oifgroup",
    "skuid",
    "skgid",
    "nftrace",
    "rtclassid",
    "ibrname",
    "obrname",
    "ibriport",
    "obriport",
    "pkttype",
    "cpu",
    "cgroup",
];

const META: &[&str] = &[
    "length",
    "protocol",
    "nfproto",
    "l4proto",
    "priority",
    "random",
    "secmark",
    "secpath",
    "ipsec",
    "time",
    "day",
    "hour",
    "iifkind",
    "oifkind",
    "sdif",
    "sdifname",
    "ibrpvid",
    "ibrvproto",
    "obrpvid",
    "broute",
    "ibrhwdr",
];

const CT: &[&str] = &[
    "state",
    "status",
    "mark",
    "direction",
    "expiration",
    "helper",
    "label",
    "secmark",
    "zone",
    "id",
    "eventmask",
    "bytes",
    "packets",
    "avgpkt",
    "saddr",
    "daddr",
    "l3proto",
    "protocol",
    "proto-src",
    "proto-dst",
];

/// Reads a key. Takes tokens only where it returns one, or where the caller goes back.
pub(super) fn key(tokens: &mut Cursor<'_, '_>, context: Context<'_>) -> Option<Expr> {
    let word = tokens.peek_word()?;
    if let Some(raw) = word.strip_prefix('@') {
        let key = raw_payload(raw)?;
        tokens.take();
        return Some(key);
    }
    if tokens.word_at(1) == Some("option") {
        return header_option(tokens, word);
    }
    if let Some(payload) = payload(tokens, word) {
        return Some(payload);
    }
    if BARE_META.contains(&word) {
        tokens.take();
        return Some(Expr::Meta(word.into()));
    }
    match word {
        "meta" => {
            let key =
                tokens.word_at(1).filter(|key| META.contains(key) || BARE_META.contains(key))?;
            tokens.take();
            tokens.take();
            Some(Expr::Meta(key.into()))
        }
        "ct" => ct(tokens),
        "fib" => fib(tokens),
        "numgen" => numgen(tokens),
        "jhash" | "symhash" => hash(tokens, context),
        "exthdr" => words(tokens, 2),
        "socket" => match tokens.word_at(1) {
            // `socket cgroupv2 level 2 "…"`.
            Some("cgroupv2") => words(tokens, 4),
            _ => words(tokens, 2),
        },
        "sctp" if tokens.word_at(1) == Some("chunk") => chunk(tokens),
        "rt" => match tokens.word_at(1)? {
            "ip" | "ip6" => words(tokens, 3),
            "classid" | "nexthop" | "mtu" | "ipsec" => words(tokens, 2),
            field @ ("type" | "hdrlength" | "seg-left" | "nexthdr") => {
                tokens.take();
                tokens.take();
                Some(Expr::Payload { protocol: "rt".into(), field: field.into() })
            }
            _ => None,
        },
        "osf" => match tokens.word_at(1)? {
            "ttl" => words(tokens, 4),
            _ => words(tokens, 2),
        },
        "ipsec" => ipsec(tokens),
        _ => None,
    }
}

/// Takes that many words as they are.
fn words(tokens: &mut Cursor<'_, '_>, count: usize) -> Option<Expr> {
    let mut text = String::new();
    for _ in 0..count {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(tokens.word()?);
    }
    Some(Expr::Other(text.into()))
}

fn payload(tokens: &mut Cursor<'_, '_>, protocol: &str) -> Option<Expr> {
    let (_, fields) = FIELDS.iter().find(|(known, _)| *known == protocol)?;
    let field = tokens.word_at(1)?;
    // ARP's addresses have two words, and an address is of a kind: `arp saddr ip`, `arp daddr ether`.
    if protocol == "arp" && matches!(field, "saddr" | "daddr") {
        let kind = tokens.word_at(2).filter(|kind| matches!(*kind, "ip" | "ether"))?;
        let field = format!("{field} {kind}").into();
        tokens.skip(3);
        return Some(Expr::Payload { protocol: protocol.into(), field });
    }
    if !fields.contains(&field) {
        return None;
    }
    tokens.take();
    tokens.take();
    Some(Expr::Payload { protocol: protocol.into(), field: field.into() })
}

/// `tcp option maxseg size`, `ip option lsrr type`; without a field, whether the option is there.
fn header_option(tokens: &mut Cursor<'_, '_>, protocol: &str) -> Option<Expr> {
    if !matches!(protocol, "tcp" | "ip" | "dccp") {
        return None;
    }
    tokens.take();
    tokens.take();
    let option = tokens.word()?;
    const FIELDS: &[&str] =
        &["kind", "length", "size", "count", "left", "right", "tsval", "tsecr", "type", "ptr"];
    let name = format!("{protocol} option {option}");
    match tokens.peek_word().filter(|field| FIELDS.contains(field)) {
        Some(field) => {
            tokens.take();
            Some(Expr::Payload { protocol: name.into(), field: field.into() })
        }
        None => Some(Expr::Other(name.into())),
    }
}

/// `sctp chunk data flags`; without a field, whether the chunk is there.
fn chunk(tokens: &mut Cursor<'_, '_>) -> Option<Expr> {
    tokens.take();
    tokens.take();
    let name = format!("sctp chunk {}", tokens.word()?);
    match tokens.peek_word() {
        Some("exists" | "missing" | "==" | "!=") | None => Some(Expr::Other(name.into())),
        Some(field) => {
            tokens.take();
            Some(Expr::Payload { protocol: name.into(), field: field.into() })
        }
    }
}

/// `th,16,16` of `@th,16,16`.
fn raw_payload(word: &str) -> Option<Expr> {
    let mut parts = word.split(',');
    let base = parts.next().filter(|base| matches!(*base, "ll" | "nh" | "th" | "ih"))?;
    let offset = parts.next()?.parse().ok()?;
    let len = parts.next()?.parse().ok()?;
    parts.next().is_none().then(|| Expr::RawPayload { base: base.into(), offset, len })
}

/// `ct state`, `ct original ip saddr`, `ct reply proto-dst`.
fn ct(tokens: &mut Cursor<'_, '_>) -> Option<Expr> {
    tokens.take();
    let direction = tokens.peek_word().filter(|word| matches!(*word, "original" | "reply"));
    if direction.is_some() {
        tokens.take();
    }
    let family = tokens.peek_word().filter(|word| matches!(*word, "ip" | "ip6"));
    if family.is_some() {
        tokens.take();
    }
    let key = tokens.word().filter(|key| CT.contains(key))?;
    let key = match family {
        Some(family) => format!("{family} {key}").into(),
        None => key.into(),
    };
    Some(Expr::Ct { key, direction: direction.map(Into::into) })
}

/// `fib saddr . mark . iif oif`, `fib daddr type`.
fn fib(tokens: &mut Cursor<'_, '_>) -> Option<Expr> {
    tokens.take();
    let is_key = |word: &&str| matches!(*word, "saddr" | "daddr" | "mark" | "iif" | "oif");
    let mut keys = vec![tokens.word().filter(is_key)?.into()];
    while tokens.take_word(".") {
        keys.push(tokens.word().filter(is_key)?.into());
    }
    let result =
        tokens.word().filter(|word| matches!(*word, "oif" | "oifname" | "type" | "check"))?;
    Some(Expr::Fib { keys, result: result.into() })
}

/// `numgen random mod 3 offset 1`.
fn numgen(tokens: &mut Cursor<'_, '_>) -> Option<Expr> {
    tokens.take();
    let mode = tokens.word().filter(|mode| matches!(*mode, "random" | "inc"))?;
    if !tokens.take_word("mod") {
        return None;
    }
    let modulus = tokens.number()?;
    let offset = if tokens.take_word("offset") { tokens.number()? } else { 0 };
    Some(Expr::Numgen { mode: mode.into(), modulus, offset })
}

/// `jhash ip saddr . tcp sport mod 4 seed 0x1 offset 2`, `symhash mod 4`.
fn hash(tokens: &mut Cursor<'_, '_>, context: Context<'_>) -> Option<Expr> {
    let key = match tokens.word()? {
        "jhash" if context.depth < super::cursor::MAX_DEPTH => {
            let inner = Context { words: Words::Keys, kinds: &[], depth: context.depth + 1 };
            Some(Box::new(expr::expr(tokens, inner)?))
        }
        "jhash" => return None,
        _ => None,
    };
    if !tokens.take_word("mod") {
        return None;
    }
    let modulus = tokens.number()?;
    let seed = if tokens.take_word("seed") { Some(tokens.number()?) } else { None };
    let offset = if tokens.take_word("offset") { tokens.number()? } else { 0 };
    Some(Expr::Hash { key, modulus, seed, offset })
}

/// `ipsec in spnum 1 ip saddr`, `ipsec out reqid`.
fn ipsec(tokens: &mut Cursor<'_, '_>) -> Option<Expr> {
    let start = *tokens;
    tokens.take();
    tokens.word().filter(|word| matches!(*word, "in" | "out"))?;
    if tokens.take_word("spnum") {
        tokens.number()?;
    }
    match tokens.word()? {
        "ip" | "ip6" => {
            tokens.word()?;
        }
        "reqid" | "spi" => {}
        _ => return None,
    }
    Some(Expr::Other(super::cursor::text(tokens.since(&start))))
}

/// Returns whether a line's first words are a key, for finding rules in text without a command above it.
pub(super) fn starts_key(first: &str, second: Option<&str>) -> bool {
    match (first, second) {
        ("ct", Some("original" | "reply" | "count")) => true,
        ("ct", Some(key)) => CT.contains(&key),
        ("meta", Some(key)) => META.contains(&key) || BARE_META.contains(&key),
        ("fib", Some("saddr" | "daddr" | "mark" | "iif" | "oif")) => true,
        ("numgen", Some("random" | "inc")) | ("symhash", Some("mod")) | ("jhash", Some(_)) => true,
        ("socket", Some("transparent" | "mark" | "wildcard" | "cgroupv2")) => true,
        ("exthdr", Some(_)) | ("rt", Some("classid" | "ip" | "ip6" | "nexthop" | "mtu")) => true,
        ("tcp" | "ip", Some("option")) | ("sctp", Some("chunk")) => true,
        ("arp", Some("saddr" | "daddr")) => true,
        (protocol, Some(field)) if FIELDS.iter().any(|(known, _)| *known == protocol) => {
            FIELDS.iter().any(|(known, fields)| *known == protocol && fields.contains(&field))
        }
        (key, _) if BARE_META.contains(&key) => true,
        (raw, Some(_)) => raw.strip_prefix('@').is_some_and(|raw| raw_payload(raw).is_some()),
        (_, None) => false,
    }
}

/// Returns whether a token may start a key or a statement that reads one.
pub(super) fn is_ahead(tokens: &Cursor<'_, '_>) -> bool {
    tokens
        .peek()
        .filter(|token| token.kind == Kind::Word)
        .is_some_and(|token| starts_key(token.text, tokens.word_at(1)))
}
