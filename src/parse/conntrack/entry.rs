//! One entry in the words of `snprintf_default.c` (libnetfilter_conntrack) and `ct_seq_show()` (the kernel).

use crate::{
    model::conntrack::{CtEntry, CtPorts, CtStatus, CtTuple},
    net::{Family, Mark, Protocol},
    parse::{IssueKind, words::Words},
};
use jiff::Timestamp;
use std::net::IpAddr;

/// An event, a family, or a protocol with its number, and a `src=` address behind it.
pub(super) fn begins(line: &str) -> bool {
    let mut words = Words::new(line);
    head(&mut words).is_ok()
        && words
            .next()
            .and_then(|word| word.strip_prefix("src="))
            .is_some_and(|ip| ip.parse::<IpAddr>().is_ok())
        && words.next().is_some_and(|word| word.starts_with("dst="))
}

/// What stands before the first tuple.
#[derive(Default)]
struct Head {
    time: Option<Timestamp>,
    event: Option<Box<str>>,
    family: Option<Family>,
    protocol: Option<Protocol>,
    timeout_secs: Option<u32>,
    state: Option<Box<str>>,
    /// `timeout=0, stream_timeout=0`, which the kernel prints of GRE.
    rest: Vec<Box<str>>,
}

fn head(words: &mut Words<'_>) -> Result<Head, IssueKind> {
    let mut head = Head::default();
    while let Some(word) = words.peek().and_then(|word| word.strip_prefix('[')) {
        let inner = word.trim_end_matches(']');
        match timestamp(inner) {
            Some(time) => head.time = Some(time),
            None if matches!(inner, "NEW" | "UPDATE" | "DESTROY" | "UNKNOWN") => {
                head.event = Some(inner.into());
            }
            None => return Err(IssueKind::malformed("an event or a time", word)),
        }
        words.next();
    }
    if words.take_word("ipv4") {
        number_word(words, "2")?;
        head.family = Some(Family::V4);
    } else if words.take_word("ipv6") {
        number_word(words, "10")?;
        head.family = Some(Family::V6);
    }
    head.protocol = Some(protocol(words)?);
    if let Some(Ok(secs)) = words.peek().map(str::parse) {
        head.timeout_secs = Some(secs);
        words.next();
    }
    if let Some(state) = words.peek().filter(|word| is_state(word)) {
        head.state = Some(state.into());
        words.next();
    }
    while let Some(word) = words.peek().filter(|word| word.contains("timeout=")) {
        head.rest.push(word.into());
        words.next();
    }
    Ok(head)
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let (secs, micros) = text.split_once('.')?;
    Timestamp::new(secs.parse().ok()?, micros.parse::<i32>().ok()?.checked_mul(1000)?).ok()
}

fn number_word(words: &mut Words<'_>, number: &'static str) -> Result<(), IssueKind> {
    let word = words.expect("the number of the family")?;
    if word == number {
        Ok(())
    } else {
        Err(IssueKind::malformed("the number of the family", word))
    }
}

/// `tcp      6`; `unknown  47` where the tool has no name. A cut line may have lost the name.
fn protocol(words: &mut Words<'_>) -> Result<Protocol, IssueKind> {
    let word = words.expect("a protocol")?;
    if let Ok(number) = word.parse() {
        return Ok(Protocol(number));
    }
    let number: u8 = words.parse("the number of the protocol")?;
    let protocol = Protocol(number);
    match word.parse::<Protocol>() {
        Ok(named) if named == protocol => Ok(protocol),
        Err(_) if word == "unknown" => Ok(protocol),
        Ok(_) | Err(_) => Err(IssueKind::malformed("the protocol of that number", word)),
    }
}

/// `ESTABLISHED`, `SYN_SENT2`, `HEARTBEAT_SENT`, …
fn is_state(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

pub(super) fn entry(line: &str) -> Result<CtEntry, IssueKind> {
    let mut words = Words::new(line);
    let head = head(&mut words)?;
    let mut tail = Tail { rest: head.rest, ..Tail::default() };
    let original = tuple(&mut words, &mut tail, Direction::Original)?;
    let reply = tuple(&mut words, &mut tail, Direction::Reply)?;
    Ok(CtEntry {
        time: head.time,
        family: head.family,
        protocol: head.protocol.ok_or(IssueKind::Missing { expected: "a protocol" })?,
        timeout_secs: head.timeout_secs,
        state: head.state,
        original,
        reply,
        status: tail.status,
        mark: tail.mark,
        zone: tail.zone,
        zone_original: tail.zone_original,
        zone_reply: tail.zone_reply,
        id: tail.id,
        event: head.event,
        rest: tail.rest,
    })
}

/// What an entry says beside its tuples.
#[derive(Default)]
struct Tail {
    status: CtStatus,
    mark: Option<Mark>,
    zone: Option<u16>,
    zone_original: Option<u16>,
    zone_reply: Option<u16>,
    id: Option<u32>,
    rest: Vec<Box<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Original,
    Reply,
}

/// The numbers of a tuple as they are read.
#[derive(Default)]
struct Numbers {
    sport: Option<u16>,
    dport: Option<u16>,
    kind: Option<u8>,
    code: Option<u8>,
    id: Option<u16>,
    src_key: Option<u32>,
    dst_key: Option<u32>,
    packets: Option<u64>,
    bytes: Option<u64>,
}

/// Reads one tuple and the words after it, up to the next tuple or the end of the line.
fn tuple(
    words: &mut Words<'_>,
    tail: &mut Tail,
    direction: Direction,
) -> Result<CtTuple, IssueKind> {
    let src = address(words, "src=", "`src=`")?;
    let dst = address(words, "dst=", "`dst=`")?;
    let mut numbers = Numbers::default();
    while let Some(word) = words.peek() {
        if word.starts_with("src=") {
            if direction == Direction::Reply {
                return Err(IssueKind::malformed("no third tuple", word));
            }
            break;
        }
        words.next();
        match word.split_once('=') {
            Some((key, value)) if !word.starts_with('[') => {
                pair(key, value, word, &mut numbers, tail)?;
            }
            Some(_) | None => flag(word, words, tail),
        }
    }
    Ok(CtTuple { src, dst, ports: ports(&numbers), packets: numbers.packets, bytes: numbers.bytes })
}

fn address(words: &mut Words<'_>, key: &str, expected: &'static str) -> Result<IpAddr, IssueKind> {
    let word = words.expect(expected)?;
    let value = word.strip_prefix(key).ok_or_else(|| IssueKind::malformed(expected, word))?;
    value.parse().map_err(|_| IssueKind::malformed("an address", value))
}

fn ports(numbers: &Numbers) -> CtPorts {
    if let (Some(sport), Some(dport)) = (numbers.sport, numbers.dport) {
        CtPorts::Ports { sport, dport }
    } else if let (Some(kind), Some(code)) = (numbers.kind, numbers.code) {
        CtPorts::Icmp { kind, code, id: numbers.id.unwrap_or_default() }
    } else if let (Some(src_key), Some(dst_key)) = (numbers.src_key, numbers.dst_key) {
        CtPorts::Gre { src_key, dst_key }
    } else {
        CtPorts::None
    }
}

fn pair(
    key: &str,
    value: &str,
    word: &str,
    numbers: &mut Numbers,
    tail: &mut Tail,
) -> Result<(), IssueKind> {
    fn number<T: std::str::FromStr>(value: &str) -> Result<Option<T>, IssueKind> {
        value.parse().map(Some).map_err(|_| IssueKind::malformed("a number", value))
    }
    match key {
        "sport" => numbers.sport = number(value)?,
        "dport" => numbers.dport = number(value)?,
        "type" => numbers.kind = number(value)?,
        "code" => numbers.code = number(value)?,
        // The identifier of an ICMP tuple comes with its type; the entry's own id comes last.
        "id" if numbers.kind.is_some() && numbers.id.is_none() => numbers.id = number(value)?,
        "id" => tail.id = number(value)?,
        "srckey" => numbers.src_key = Some(hex(value)?),
        "dstkey" => numbers.dst_key = Some(hex(value)?),
        "packets" => numbers.packets = number(value)?,
        "bytes" => numbers.bytes = number(value)?,
        "mark" => tail.mark = number(value)?.map(Mark),
        "zone" => tail.zone = number(value)?,
        "zone-orig" => tail.zone_original = number(value)?,
        "zone-reply" => tail.zone_reply = number(value)?,
        _ => tail.rest.push(word.into()),
    }
    Ok(())
}

fn hex(value: &str) -> Result<u32, IssueKind> {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    u32::from_str_radix(digits, 16).map_err(|_| IssueKind::malformed("a GRE key", value))
}

fn flag(word: &str, words: &mut Words<'_>, tail: &mut Tail) {
    match word {
        "[UNREPLIED]" => tail.status.unreplied = true,
        "[ASSURED]" => tail.status.assured = true,
        "[OFFLOAD]" => tail.status.offload = true,
        "[HW_OFFLOAD]" => tail.status.hw_offload = true,
        // `[start=Sat Nov 21 15:11:56 2026]` of `-o ktimestamp`.
        open if open.starts_with('[') && !open.ends_with(']') => {
            let mut whole = open.to_owned();
            for word in words.by_ref() {
                whole.push(' ');
                whole.push_str(word);
                if word.ends_with(']') {
                    break;
                }
            }
            tail.rest.push(whole.into());
        }
        other => tail.rest.push(other.into()),
    }
}
