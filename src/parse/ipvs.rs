//! `ipvsadm --save` and `ipvsadm -Ln` (also with `--stats` and `--rate`): virtual services and real servers.
//!
//! The forms are those of `print_service_entry()` and `print_dest_entry()` (ipvsadm, `ipvsadm.c`).

use super::{Found, IssueKind, Parser, Section, words::Words};
use crate::model::{
    Fact, Sourced,
    ipvs::{Endpoint, Forward, Host, PortName, RealServer, ServiceKey, VirtualService},
};
use crate::net::Protocol;

pub(super) static PARSER: Parser = Parser {
    id: "ipvsadm",
    command: "ipvsadm -Ln",
    paths: &["networking/ipvsadm.txt", "ipvsadm.txt"],
    prints: |command| {
        command.program() == "ipvsadm-save"
            || (command.program() == "ipvsadm"
                && command.args().any(|arg| {
                    matches!(arg, "--list" | "--save" | "-S")
                        || (arg.starts_with("-L") || arg.starts_with("-l"))
                        || arg == "-nL"
                })
                && !command.args().any(|arg| arg.contains('c') && !arg.starts_with("--")))
    },
    begins,
    continues,
    parse,
};

fn begins(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (first, second, third) = (words.next(), words.next(), words.next());
    line.trim_start().starts_with("IP Virtual Server version ")
        || line.trim_start().starts_with("Prot LocalAddress:Port ")
        || match (first, second, third) {
            // `conntrack -L -o save` has `-A -t SECONDS`.
            (Some("-A"), Some("-t" | "-u"), Some(service)) => service.contains(':'),
            (Some("-A"), Some("-f"), Some(mark)) => mark.bytes().all(|b| b.is_ascii_digit()),
            (_, _, _) => false,
        }
}

fn continues(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some("-a" | "-A"), Some(option)) => {
            matches!(option, "-t" | "-u" | "-f" | "--sctp-service")
        }
        (Some("->"), Some(_)) => true,
        (Some("TCP" | "UDP" | "SCTP" | "FWM"), Some(_)) => true,
        (_, _) => begins(line),
    }
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut services: Vec<Sourced<VirtualService>> = Vec::new();
    // Each table of a file with several (`--save`, then `-Ln --rate`) is a dump of its own.
    let mut form = None;
    for line in section.text_lines() {
        let text = line.text.trim();
        let this_form = Form::of(text);
        if this_form.is_some_and(|this| form.is_some_and(|last| last != this || this == Form::Head))
        {
            if !services.is_empty() {
                found.fact(Fact::Ipvs(section.dump(std::mem::take(&mut services))));
            }
            form = this_form;
        }
        form = this_form.or(form);
        let result = match (text.split_ascii_whitespace().next(), this_form) {
            (_, Some(Form::Head)) => Ok(()),
            (Some("-A"), _) => saved_service(text).map(|service| {
                services.push(Sourced::new(service, line.origin(section.artifact)));
            }),
            (Some("-a"), _) => saved_server(text, line.number).and_then(|(key, server)| {
                let of_key = services.iter_mut().rfind(|service| service.value.service == key);
                add(of_key, server)
            }),
            (Some("->"), _) if text.contains("RemoteAddress:Port") => Ok(()),
            (Some("->"), _) => {
                listed_server(text, line.number).and_then(|server| add(services.last_mut(), server))
            }
            (Some("TCP" | "UDP" | "SCTP" | "FWM"), _) => listed_service(text).map(|service| {
                services.push(Sourced::new(service, line.origin(section.artifact)));
            }),
            (_, _) => Err(IssueKind::unexpected("`ipvsadm -Ln`", text)),
        };
        if let Err(kind) = result {
            found.issue(section, line, &kind);
        }
    }
    found.fact(Fact::Ipvs(section.dump(services)));
}

/// The two forms of the output; a head starts a listing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Head,
    Save,
}

impl Form {
    fn of(text: &str) -> Option<Self> {
        // The version is followed by a line of columns, which is part of the same head.
        if text.starts_with("IP Virtual Server version") || text.starts_with("Prot ") {
            return Some(Self::Head);
        }
        (text.starts_with("-A ") || text.starts_with("-a ")).then_some(Self::Save)
    }
}

fn add(service: Option<&mut Sourced<VirtualService>>, server: RealServer) -> Result<(), IssueKind> {
    let missing = IssueKind::Missing { expected: "the virtual service of this server above it" };
    service.ok_or(missing)?.value.servers.push(server);
    Ok(())
}

fn endpoint(word: &str) -> Endpoint {
    let (host, port) = match word.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => (word, ""),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = match (port, port.parse()) {
        ("", _) => PortName::None,
        (_, Ok(number)) => PortName::Number(number),
        (name, Err(_)) => PortName::Name(name.into()),
    };
    let host = bare.parse().map_or_else(|_| Host::Name(host.into()), Host::Addr);
    Endpoint { host, port }
}

/// `-t ADDR:PORT`, `-u ADDR:PORT`, `-f MARK [-6]`.
fn saved_key(words: &mut Words<'_>) -> Result<ServiceKey, IssueKind> {
    let option = words.expect("`-t`, `-u` or `-f`")?;
    let protocol = match option {
        "-t" => Protocol::TCP,
        "-u" => Protocol::UDP,
        "--sctp-service" => Protocol::SCTP,
        "-f" => {
            let mark = words.parse("a firewall mark")?;
            return Ok(ServiceKey::Fwmark { mark, v6: words.take_word("-6") });
        }
        other => return Err(IssueKind::malformed("`-t`, `-u` or `-f`", other)),
    };
    Ok(ServiceKey::Address { protocol, at: endpoint(words.expect("an address and a port")?) })
}

fn saved_service(text: &str) -> Result<VirtualService, IssueKind> {
    let mut words = Words::new(text);
    words.next();
    let mut service = empty(saved_key(&mut words)?);
    while let Some(word) = words.next() {
        match word {
            "-s" => service.scheduler = Some(words.expect("a scheduler")?.into()),
            "-p" => service.persistent_secs = Some(words.parse("a time in seconds")?),
            other => service.flags.push(other.into()),
        }
    }
    Ok(service)
}

fn saved_server(text: &str, line: u32) -> Result<(ServiceKey, RealServer), IssueKind> {
    let mut words = Words::new(text);
    words.next();
    let key = saved_key(&mut words)?;
    if !words.take_word("-r") {
        return Err(IssueKind::Missing { expected: "`-r`" });
    }
    let mut server = RealServer {
        line,
        at: endpoint(words.expect("an address and a port")?),
        forward: None,
        weight: None,
        active: None,
        inactive: None,
        rest: Vec::new(),
    };
    while let Some(word) = words.next() {
        match word {
            "-m" => server.forward = Some(Forward::Masq),
            "-g" => server.forward = Some(Forward::Route),
            "-i" => server.forward = Some(Forward::Tunnel),
            "-w" => server.weight = Some(words.parse("a weight")?),
            other => server.rest.push(other.into()),
        }
    }
    Ok((key, server))
}

fn empty(service: ServiceKey) -> VirtualService {
    VirtualService {
        service,
        scheduler: None,
        persistent_secs: None,
        flags: Vec::new(),
        servers: Vec::new(),
        stats: Vec::new(),
    }
}

/// `TCP  10.100.0.1:443 rr persistent 10800`; with `--stats` and `--rate`, five numbers after the address.
fn listed_service(text: &str) -> Result<VirtualService, IssueKind> {
    let mut words = Words::new(text);
    let key = match words.expect("a protocol")? {
        "FWM" => {
            let mark = words.parse("a firewall mark")?;
            ServiceKey::Fwmark { mark, v6: words.take_word("IPv6") }
        }
        protocol => ServiceKey::Address {
            protocol: protocol.parse().map_err(|_| IssueKind::malformed("a protocol", protocol))?,
            at: endpoint(words.expect("an address and a port")?),
        },
    };
    let mut service = empty(key);
    while let Some(word) = words.next() {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        match word {
            "persistent" => service.persistent_secs = Some(words.parse("a time in seconds")?),
            _ if service.scheduler.is_none() && is_number => service.stats.push(word.into()),
            _ if service.scheduler.is_none() => service.scheduler = Some(word.into()),
            other => service.flags.push(other.into()),
        }
    }
    Ok(service)
}

/// `-> 10.0.0.5:6443  Masq  1  2  0`; with `--stats` and `--rate`, five numbers after the address.
fn listed_server(text: &str, line: u32) -> Result<RealServer, IssueKind> {
    let mut words = Words::new(text);
    words.next();
    let at = endpoint(words.expect("an address and a port")?);
    let forward = match words.peek() {
        Some("Masq") => Some(Forward::Masq),
        Some("Route") => Some(Forward::Route),
        Some("Tunnel") => Some(Forward::Tunnel),
        Some("Local") => Some(Forward::Local),
        Some(_) | None => None,
    };
    let (mut weight, mut active, mut inactive) = (None, None, None);
    if forward.is_some() {
        words.next();
        weight = Some(words.parse("a weight")?);
        active = words.next().map(number).transpose()?;
        inactive = words.next().map(number).transpose()?;
    }
    let rest = words.map(Into::into).collect();
    Ok(RealServer { line, at, forward, weight, active, inactive, rest })
}

fn number(word: &str) -> Result<u64, IssueKind> {
    word.parse().map_err(|_| IssueKind::malformed("a number of connections", word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::ArtifactId, parse::line::lines};

    #[test]
    fn reads_what_was_saved_and_what_was_listed() {
        let text = "-A -t 10.100.0.1:443 -s rr -p 10800\n-a -t 10.100.0.1:443 -r 10.0.9.9:6443 -m -w 1\n\
                    IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  \
                    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n\
                    TCP  10.100.0.1:443 rr persistent 10800\n  -> 10.0.9.9:6443   Masq    1      2          0\n";
        let lines = lines(text);
        let section =
            Section { artifact: ArtifactId(0), path: "", command: None, lines: &lines, cut: false };
        let mut found = Found::default();
        parse(&section, &mut found);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let [Fact::Ipvs(saved), Fact::Ipvs(listed)] = found.facts.as_slice() else {
            panic!("{:?}", found.facts)
        };
        let (saved, listed) = (&saved.entries[0].value, &listed.entries[0].value);
        assert_eq!(saved.service, listed.service);
        assert_eq!(saved.to_string(), "TCP 10.100.0.1:443 rr persistent 10800");
        assert_eq!(listed.servers[0].to_string(), "-> 10.0.9.9:6443 Masq 1 2 0");
    }

    #[test]
    fn reads_the_three_outputs_of_the_log_collector() {
        let text = include_str!("../../fixtures/parse/ipvsadm/log-collector.txt");
        let lines = lines(text);
        let section =
            Section { artifact: ArtifactId(0), path: "", command: None, lines: &lines, cut: false };
        let mut found = Found::default();
        parse(&section, &mut found);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let sizes: Vec<_> = found.facts.iter().map(Fact::len).collect();
        assert_eq!(sizes, [3, 1, 2]);
    }
}
