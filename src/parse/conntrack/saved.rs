//! One entry of `conntrack -L -o save`: the options of the `conntrack -I` that would make it (`ct_save_snprintf()`).

use crate::{
    model::conntrack::{CtEntry, CtPorts, CtStatus, CtTuple},
    net::{Mark, Protocol},
    parse::{IssueKind, words::Words},
};
use std::net::IpAddr;

/// `-A -t TIMEOUT -u STATUS`; events have `-I`, `-U` or `-D` in place of `-A`.
pub(super) fn begins(line: &str) -> bool {
    let mut words = Words::new(line);
    let command = words.next().is_some_and(|word| matches!(word, "-A" | "-I" | "-U" | "-D"));
    match words.next() {
        Some("-t") => {
            command
                && words.next().is_some_and(|secs| secs.parse::<u32>().is_ok())
                && words.next() == Some("-u")
        }
        Some("-u") => command && words.next().is_some_and(is_status),
        Some(_) | None => false,
    }
}

fn is_status(word: &str) -> bool {
    word.split(',').all(|flag| {
        matches!(
            flag,
            "UNSET"
                | "SEEN_REPLY"
                | "ASSURED"
                | "EXPECTED"
                | "CONFIRMED"
                | "SRC_NAT"
                | "DST_NAT"
                | "FIXED_TIMEOUT"
                | "OFFLOAD"
                | "HW_OFFLOAD"
        )
    })
}

/// The addresses and numbers as they are read.
#[derive(Default)]
struct Options {
    src: Option<IpAddr>,
    dst: Option<IpAddr>,
    reply_src: Option<IpAddr>,
    reply_dst: Option<IpAddr>,
    ports: [Option<u16>; 4],
    icmp: [Option<u16>; 3],
    keys: [Option<u32>; 4],
}

pub(super) fn entry(line: &str) -> Result<CtEntry, IssueKind> {
    let mut words = Words::new(line);
    let command = words.expect("`-A`")?;
    let mut options = Options::default();
    let mut protocol = None;
    let none = CtTuple {
        src: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        dst: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        ports: CtPorts::None,
        packets: None,
        bytes: None,
    };
    let mut entry = CtEntry {
        time: None,
        family: None,
        protocol: Protocol(0),
        timeout_secs: None,
        state: None,
        original: none.clone(),
        reply: none,
        status: CtStatus::default(),
        mark: None,
        zone: None,
        zone_original: None,
        zone_reply: None,
        id: None,
        event: event(command),
        rest: Vec::new(),
    };
    while let Some(option) = words.next() {
        match option {
            "-t" => entry.timeout_secs = Some(words.parse("a timeout")?),
            "-u" => entry.status = status(words.expect("a status")?, &mut entry.rest),
            "-p" => protocol = Some(words.parse("a protocol")?),
            "--state" => entry.state = Some(words.expect("a state")?.into()),
            "-m" => entry.mark = Some(words.parse::<Mark>("a mark")?),
            "-w" => entry.zone = Some(words.parse("a zone")?),
            "--orig-zone" => entry.zone_original = Some(words.parse("a zone")?),
            "--reply-zone" => entry.zone_reply = Some(words.parse("a zone")?),
            other => {
                if !tuple_option(other, &mut words, &mut options)? {
                    let value = words.next().unwrap_or_default();
                    entry.rest.push(format!("{other} {value}").trim_end().into());
                }
            }
        }
    }
    entry.protocol = protocol.ok_or(IssueKind::Missing { expected: "`-p`" })?;
    entry.original.src = options.src.ok_or(IssueKind::Missing { expected: "`-s`" })?;
    entry.original.dst = options.dst.ok_or(IssueKind::Missing { expected: "`-d`" })?;
    entry.reply.src = options.reply_src.ok_or(IssueKind::Missing { expected: "`-r` or `-g`" })?;
    entry.reply.dst = options.reply_dst.ok_or(IssueKind::Missing { expected: "`-q` or `-n`" })?;
    (entry.original.ports, entry.reply.ports) = ports(&options);
    Ok(entry)
}

fn event(command: &str) -> Option<Box<str>> {
    match command {
        "-I" => Some("NEW".into()),
        "-U" => Some("UPDATE".into()),
        "-D" => Some("DESTROY".into()),
        _ => None,
    }
}

/// The status bits; those that the other forms do not print are kept as words.
fn status(word: &str, rest: &mut Vec<Box<str>>) -> CtStatus {
    let mut status = CtStatus { unreplied: true, ..CtStatus::default() };
    for flag in word.split(',') {
        match flag {
            "SEEN_REPLY" => status.unreplied = false,
            "ASSURED" => status.assured = true,
            "OFFLOAD" => status.offload = true,
            "HW_OFFLOAD" => status.hw_offload = true,
            "UNSET" => {}
            other => rest.push(format!("-u {other}").into()),
        }
    }
    status
}

/// Reads an option of the tuples; returns whether it was one. `-n` and `-g` stand in place of `-q` and `-r` where
/// the address was translated.
fn tuple_option(
    option: &str,
    words: &mut Words<'_>,
    options: &mut Options,
) -> Result<bool, IssueKind> {
    let [sport, dport, reply_sport, reply_dport] = &mut options.ports;
    let [kind, code, id] = &mut options.icmp;
    let [src_key, dst_key, reply_src_key, reply_dst_key] = &mut options.keys;
    match option {
        "-s" => options.src = Some(words.parse("an address")?),
        "-d" => options.dst = Some(words.parse("an address")?),
        "-r" | "-g" => options.reply_src = Some(words.parse("an address")?),
        "-q" | "-n" => options.reply_dst = Some(words.parse("an address")?),
        "--sport" => *sport = Some(words.parse("a port")?),
        "--dport" => *dport = Some(words.parse("a port")?),
        "--reply-port-src" => *reply_sport = Some(words.parse("a port")?),
        "--reply-port-dst" => *reply_dport = Some(words.parse("a port")?),
        "--icmp-type" => *kind = Some(words.parse("a type")?),
        "--icmp-code" => *code = Some(words.parse("a code")?),
        "--icmp-id" => *id = Some(words.parse("an id")?),
        "--srckey" => *src_key = Some(words.parse("a key")?),
        "--dstkey" => *dst_key = Some(words.parse("a key")?),
        "--reply-key-src" => *reply_src_key = Some(words.parse("a key")?),
        "--reply-key-dst" => *reply_dst_key = Some(words.parse("a key")?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// The numbers of both tuples. Of ICMP this form prints the original's only.
fn ports(options: &Options) -> (CtPorts, CtPorts) {
    let ports = |sport: Option<u16>, dport: Option<u16>| {
        sport.zip(dport).map(|(sport, dport)| CtPorts::Ports { sport, dport })
    };
    let keys = |src: Option<u32>, dst: Option<u32>| {
        src.zip(dst).map(|(src_key, dst_key)| CtPorts::Gre { src_key, dst_key })
    };
    let [sport, dport, reply_sport, reply_dport] = options.ports;
    let [src_key, dst_key, reply_src_key, reply_dst_key] = options.keys;
    let icmp = match options.icmp {
        [Some(kind), Some(code), Some(id)] => {
            let (kind, code) = (u8::try_from(kind).ok(), u8::try_from(code).ok());
            kind.zip(code).map(|(kind, code)| CtPorts::Icmp { kind, code, id })
        }
        _ => None,
    };
    (
        ports(sport, dport).or(keys(src_key, dst_key)).or(icmp).unwrap_or(CtPorts::None),
        ports(reply_sport, reply_dport)
            .or(keys(reply_src_key, reply_dst_key))
            .unwrap_or(CtPorts::None),
    )
}
