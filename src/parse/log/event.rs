//! Which event a message tells: the table of the messages that are parsed, by how they start.
//!
//! The messages are those of amazon-vpc-cni-k8s, in all of its releases: `pkg/ipamd`, `pkg/ipamd/datastore`,
//! `pkg/networkutils`, `cmd/routed-eni-cni-plugin`.

use super::{
    fields::{address, after, between, kept, parsed, value, value_of},
    network, pool,
};
use crate::model::log::{EniSetup, IptablesRule, LogEvent, PodRule, PodRuleKind, PrevResult};

/// Reads a message that starts in a known way; `None` where the rest of it does not fit.
type Read = fn(&str) -> Option<LogEvent>;

/// How messages start, and who reads them. The longer one stands before its own start.
const STARTS: &[(&str, Read)] = &[
    // Every few seconds.
    ("IP stats", pool::stats),
    ("IP pool stats", pool::stats),
    ("Prefix pool stats", pool::stats),
    ("AssignPodIPv4Address: IP address pool stats", pool::stats),
    ("AssignPodIPv6Address: IP address pool stats", pool::stats),
    ("AssignIPv4Address: IP address pool stats", pool::stats),
    ("UnassignPodIPv4Address: IP address pool stats", pool::stats),
    ("UnassignPodIPAddress: IP address pool stats", pool::stats),
    ("UnAssignPodIPv4Address: IP address pool stats", pool::stats),
    ("IP pool is too low", pool::too_low),
    ("Prefix pool is too low", pool::too_low),
    ("hasRoomForEni", pool::has_room),
    ("rule ", iptables_rule),
    // Per pod.
    ("Received CNI add request", |m| network::request(m).map(LogEvent::AddRequest)),
    ("Received CNI del request", |m| network::request(m).map(LogEvent::DelRequest)),
    ("AddNetworkRequest: ", |m| network::request(m).map(LogEvent::AddRequest)),
    ("DelNetworkRequest: ", |m| network::request(m).map(LogEvent::DelRequest)),
    ("Received AddNetwork for ", |m| network::request(m).map(LogEvent::AddRequest)),
    ("Received DelNetwork for ", |m| network::request(m).map(LogEvent::DelRequest)),
    ("Received add network response", |m| network::plugin_reply(m).map(LogEvent::AddReply)),
    ("Received del network response", |m| network::plugin_reply(m).map(LogEvent::DelReply)),
    ("Send AddNetworkReply: ", |m| network::reply(m).map(LogEvent::AddReply)),
    ("Send DelNetworkReply: ", |m| network::reply(m).map(LogEvent::DelReply)),
    ("assignPodIP", network::assign),
    ("AssignPodIP", network::assign),
    ("assignIP", network::assign),
    ("AssignIP", network::assign),
    ("unassignPodIP", network::unassign),
    ("UnassignPodIP", network::unassign),
    ("UnAssignPodIP", network::unassign),
    ("SetupPodNetwork: ", network::setup),
    ("SetupNS: ", network::setup),
    ("SetupBranchENIPodNetwork: ", network::branch),
    ("SetupPodENINetwork: ", network::branch),
    ("TeardownPodNetwork: ", network::teardown),
    ("TeardownNS: ", network::teardown),
    ("TeardownBranchENIPodNetwork: ", network::teardown),
    ("TeardownPodENINetwork: ", network::teardown),
    ("Successfully setup toContainer rule", |m| pod_rule(m, PodRuleKind::ToContainer)),
    ("Successfully setup fromContainer rule", |m| pod_rule(m, PodRuleKind::FromContainer)),
    ("Handled CNI del request with prevResult", |_| {
        Some(LogEvent::PrevResult(PrevResult::Handled))
    }),
    ("Handled pod teardown using prevResult", |_| Some(LogEvent::PrevResult(PrevResult::TornDown))),
    ("Could not teardown pod using prevResult", |_| Some(LogEvent::PrevResult(PrevResult::Failed))),
    ("Failed to connect to backend server for", |_| Some(LogEvent::BackendUnreachable)),
    ("Failed to assign an IP address to", |m| Some(LogEvent::AssignFailed(network::failed(m)))),
    ("add cmd: failed to assign an IP address", |m| {
        Some(LogEvent::AssignFailed(network::failed(m)))
    }),
    // Rare ones.
    ("Starting L-IPAMD", version),
    ("Setting up network for an ENI with IP address ", eni_setup),
    ("Setting up network for an eni with ip address ", eni_setup),
    ("Primary IP for ENI ", primary_ip),
    ("Primary IP Address for ENI ", primary_ip),
    ("Skipping ENI allocation", limit_reached),
    ("Skipping increase IP", limit_reached),
    ("DataStore has no available IP", |_| Some(LogEvent::NoAddresses)),
    ("Datastore has no available IP", |_| Some(LogEvent::NoAddresses)),
    ("Unable to attach IPs/Prefixes for the ENI, subnet doesn't seem", |_| {
        Some(LogEvent::SubnetExhausted)
    }),
    ("Force removing ", force_removed),
    ("Reconcile and delete detached ", |m| {
        let eni = m.find("eni-").and_then(|at| eni_word(m.get(at..)?));
        Some(LogEvent::DetachedEni(eni))
    }),
    ("Instance metadata does not match data store", |_| Some(LogEvent::MetadataMismatch)),
    ("Marking ENI ", |m| eni_word(after(m, "Marking ENI ")?).map(LogEvent::UnmanagedEni)),
    ("Skipping ENI ", |m| eni_word(after(m, "Skipping ENI ")?).map(LogEvent::SkippedEni)),
    ("No slot available for a trunk ENI", |_| Some(LogEvent::NoTrunkSlot)),
    ("ENI ", eni_kept),
    ("IP ", network::cooldown),
    ("Sandbox ", network::stale),
];

/// What may stand anywhere in a message: causes that are wrapped in other messages.
const INSIDE: &[(&str, Read)] = &[
    ("stale IP allocation for ID(", network::stale),
    ("InsufficientFreeAddressesInSubnet", api_error),
    ("InsufficientCidrBlocks", api_error),
    ("PrivateIpAddressLimitExceeded", api_error),
    ("api error ", api_error),
    ("status code: ", api_error),
    ("failed to assign an IP address to container", |m| {
        Some(LogEvent::AssignFailed(network::failed(m)))
    }),
    ("no available IP", |_| Some(LogEvent::NoAddresses)),
    ("stale IP allocation", network::stale),
];

/// Returns the event that a message tells, if it is one of those that are parsed.
pub(in crate::parse) fn event(message: &str) -> Option<LogEvent> {
    for (start, read) in STARTS {
        if message.starts_with(start) {
            if let Some(event) = read(message) {
                return Some(event);
            }
            break;
        }
    }
    let inside = |text: &str| memchr::memmem::find(message.as_bytes(), text.as_bytes()).is_some();
    INSIDE.iter().find(|(text, _)| inside(text)).and_then(|(_, read)| read(message))
}

/// `Starting L-IPAMD v1.20.1`, in old eras with `  ...` behind it.
fn version(message: &str) -> Option<LogEvent> {
    let version = after(message, "Starting L-IPAMD")?.split_ascii_whitespace().next()?;
    let is_version = version.contains(|c: char| c.is_ascii_digit());
    is_version.then(|| LogEvent::Version(version.into()))
}

fn eni_setup(message: &str) -> Option<LogEvent> {
    let setup = EniSetup {
        ip: value_of(message, &["IP address ", "ip address "]).and_then(address),
        mac: parsed(message, &["MAC address ", "mac address "]),
        cidr: parsed(message, &["CIDR ", "cidr "]),
        table: parsed(message, &["route table "]),
        card: parsed(message, &["Network Card ", "network card "]),
    };
    Some(LogEvent::EniSetup(Box::new(setup)))
}

/// `Primary IP for ENI eni-… is 10.0.0.1`.
fn primary_ip(message: &str) -> Option<LogEvent> {
    let eni = eni_word(after(message, " for ENI ")?)?;
    let ip = address(value(message, " is ")?)?;
    Some(LogEvent::EniPrimaryIp { eni, ip })
}

/// The first word, if it is the id of an ENI.
fn eni_word(text: &str) -> Option<Box<str>> {
    let word = text.split_ascii_whitespace().next()?.trim_matches([':', ',', '.', '"', '\'']);
    word.starts_with("eni-").then(|| word.into())
}

fn limit_reached(message: &str) -> Option<LogEvent> {
    let lower = message.to_ascii_lowercase();
    (lower.contains("max eni") || lower.contains("limit")).then_some(LogEvent::EniLimitReached)
}

/// `Force removing eni eni-… with 2 assigned pods`.
fn force_removed(message: &str) -> Option<LogEvent> {
    let at = message.find("eni-")?;
    let eni = eni_word(message.get(at..)?)?;
    let n_pods = parsed(message, &[" with "]);
    Some(LogEvent::ForceRemovedEni { eni, n_pods })
}

/// `ENI eni-… cannot be deleted because it is primary`.
fn eni_kept(message: &str) -> Option<LogEvent> {
    let eni = eni_word(after(message, "ENI ")?)?;
    let reason = after(message, " cannot be deleted because ")?.trim();
    Some(LogEvent::EniKept { eni, reason: reason.into() })
}

/// `Successfully setup toContainer rule, containerAddr=10.0.0.9/32, rtTable=main`.
fn pod_rule(message: &str, kind: PodRuleKind) -> Option<LogEvent> {
    let rule = PodRule {
        kind,
        address: parsed(message, &["containerAddr="]),
        table: value(message, "rtTable=").and_then(|table| table.parse().ok()),
    };
    Some(LogEvent::PodRule(Box::new(rule)))
}

/// `rule nat/AWS-SNAT-CHAIN-0 rule NAME shouldExist true rule […] exists true, err <nil>`.
fn iptables_rule(message: &str) -> Option<LogEvent> {
    let rest = message.strip_prefix("rule ")?;
    let (place, rest) = rest.split_once(" rule ")?;
    let (table, chain) = place.trim_start_matches('[').split_once('/')?;
    let (name, _) = rest.split_once(" shouldExist ")?;
    let rule = IptablesRule {
        table: table.into(),
        chain: chain.into(),
        name: name.into(),
        should_exist: parsed(message, &[" shouldExist "]),
        exists: parsed(message, &["] exists "]),
    };
    Some(LogEvent::IptablesRule(Box::new(rule)))
}

/// `operation error EC2: AttachNetworkInterface, https response error …, api error CODE: …` of the second SDK, and
/// `CODE: text\n\tstatus code: 400, request id: …` of the first.
fn api_error(message: &str) -> Option<LogEvent> {
    let api =
        between(message, "operation error EC2: ", ",").or_else(|| between(message, "EC2/", ":"));
    let is_code = |word: &str| {
        word.len() > 3
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
    };
    let code = match value(message, "api error ") {
        Some(code) => code.trim_end_matches(':'),
        None => {
            // The last `CODE:` before the status: wrapping messages stand in front of it.
            let text = message.split("status code: ").next()?;
            let words = text.split(": ").map(|part| part.rsplit(' ').next().unwrap_or(part));
            let mut codes: Vec<&str> = words.filter(|word| is_code(word)).collect();
            let known = |code: &&str| message.contains(&format!("{code}: "));
            codes.retain(known);
            codes.pop().or_else(|| {
                [
                    "InsufficientFreeAddressesInSubnet",
                    "InsufficientCidrBlocks",
                    "PrivateIpAddressLimitExceeded",
                ]
                .into_iter()
                .find(|code| message.contains(code))
            })?
        }
    };
    let code = kept(Some(code).filter(|code| is_code(code)))?;
    Some(LogEvent::ApiError { api: kept(api), code })
}
