//! Messages about one pod's network: requests, addresses, replies, interfaces.

use super::fields::{address, after, between, ip, kept, parsed, value, value_of};
use crate::model::log::{BranchSetup, LogEvent, NetworkReply, PodAddress, PodSandbox, PodSetup};
use std::net::IpAddr;

/// The request as the plugin, ipamd's protocol, and ipamd of old eras print it.
///
/// - `Received CNI add request: ContainerID(…) Netns(…) IfName(…) Args(K8S_POD_NAMESPACE=…;…) …`
/// - `AddNetworkRequest: K8S_POD_NAME:"…"  K8S_POD_NAMESPACE:"…" …`
/// - `Received AddNetwork for NS …, Sandbox …, ifname …`; `…, Pod …, NameSpace …, Container …, ifname …`
pub(super) fn request(message: &str) -> Option<Box<PodSandbox>> {
    let pod = PodSandbox {
        namespace: kept(value_of(
            message,
            &["K8S_POD_NAMESPACE=", "K8S_POD_NAMESPACE:", "NameSpace ", "Namespace "],
        )),
        pod: kept(value_of(message, &["K8S_POD_NAME=", "K8S_POD_NAME:", "Pod "])),
        container_id: kept(value_of(
            message,
            &[
                "ContainerID(",
                "ContainerID:",
                "K8S_POD_INFRA_CONTAINER_ID:",
                "Sandbox ",
                "Container ",
            ],
        )),
        if_name: kept(value_of(message, &["IfName(", "IfName:", "ifname "])),
        netns: kept(value_of(message, &["Netns(", "Netns:", " NS "])),
    };
    (pod != PodSandbox::default()).then(|| Box::new(pod))
}

/// `… to sandbox aws-cni/3f0c…/eth0 with metadata {K8SPodNamespace:shop K8SPodName:cart-0 InterfacesCount:1}`, or
/// `… to pod (name cart-0, namespace shop container 3f0c…)` before 1.7.
fn sandbox(message: &str) -> PodSandbox {
    let mut pod = PodSandbox {
        namespace: kept(value_of(
            message,
            &["K8SPodNamespace:", "namespace ", "NameSpace ", "NameSpace: ", "Namespace "],
        )),
        pod: kept(value_of(message, &["K8SPodName:", "(name ", "(Name: ", "(Name ", "pod name "])),
        container_id: kept(value_of(message, &["container ", "Container ", "ID("])),
        ..PodSandbox::default()
    };
    let key = after(message, "sandbox ").or_else(|| after(message, "Sandbox "));
    let word = key.and_then(|rest| rest.split([' ', ',']).next()).unwrap_or_default();
    let word = word.strip_suffix("'s").unwrap_or(word);
    let mut parts = word.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_network), Some(container), Some(if_name)) => {
            pod.container_id = kept(Some(container));
            pod.if_name = kept(Some(if_name));
        }
        (Some(container), None, None) if !container.is_empty() && pod.container_id.is_none() => {
            pod.container_id = kept(Some(container.trim_end_matches(')')));
        }
        (_, _, _) => {}
    }
    pod
}

/// `assignPodIPAddressUnsafe: Assign IP 10.0.0.9 to sandbox …`.
pub(super) fn assign(message: &str) -> Option<LogEvent> {
    let ip = Some(address(value(message, "Assign IP ")?)?);
    let address = PodAddress { ip, device_number: None, pod: sandbox(message) };
    Some(LogEvent::Assign(Box::new(address)))
}

/// - `unassignPodIPAddressUnsafe: Unassign IP 10.0.0.9 from sandbox …`
/// - `UnassignPodIPAddress: sandbox …'s ipAddr 10.0.0.9, DeviceNumber 1`
/// - `UnAssignPodIPv4Address: pod (Name: …, NameSpace … Container …)'s ipAddr 10.0.0.9, DeviceNumber1`
/// - `UnassignPodIPAddress: Failed to find sandbox …`
pub(super) fn unassign(message: &str) -> Option<LogEvent> {
    if message.contains("Failed to find") {
        // Of sandboxes that an older release set up the first look is expected to fail.
        let is_first = message.contains("trying CRI-migrated version");
        return (!is_first).then_some(LogEvent::UnknownSandbox);
    }
    let ip = ip(message, &["Unassign IP ", "ipAddr "])?;
    let device_number =
        parsed(message, &["DeviceNumber "]).or_else(|| parsed(message, &["DeviceNumber"]));
    let address = PodAddress { ip: Some(ip), device_number, pod: sandbox(message) };
    Some(LogEvent::Unassign(Box::new(address)))
}

/// `IP 10.0.0.9 … entering cooldown period of 30s`.
pub(super) fn cooldown(message: &str) -> Option<LogEvent> {
    let rest = after(message, "cooldown period of ")?;
    let ip = address(value(message, "IP ")?)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    let in_minutes = rest.strip_prefix(digits)?.starts_with('m');
    let seconds =
        digits.parse::<u32>().ok().map(|n| if in_minutes { n.saturating_mul(60) } else { n });
    Some(LogEvent::Cooldown { ip, seconds })
}

/// `Sandbox … uses unknown IP Address 10.0.0.9 - presuming stale/dead`, `stale IP allocation for ID(…)`.
pub(super) fn stale(message: &str) -> Option<LogEvent> {
    if !message.contains("stale") && !message.contains("unknown IP") {
        return None;
    }
    let ip = ip(message, &["IP Address ", "IPv4(", "IPv6(", "IP(", "ip: "]);
    let address = PodAddress { ip, device_number: None, pod: sandbox(message) };
    Some(LogEvent::StaleAllocation(Box::new(address)))
}

/// `Send AddNetworkReply: …` of all eras:
///
/// - `IPv4Addr 10.0.0.9, DeviceNumber: 0, err: <nil>`, with a colon behind the key from 1.15 on
/// - `Success: true IPAddr: [IPv4Addr:"10.0.0.9"  DeviceNumber:-1], resp: Success:true …, err: <nil>`
pub(super) fn reply(message: &str) -> Option<Box<NetworkReply>> {
    let mut reply = proto(message);
    // The keys of the line itself stand before the protocol's.
    if reply.ips.is_empty() {
        reply.ips.extend(ip(message, &["IPv4Addr: ", "IPv4Addr "]));
        reply.ips.extend(ip(message, &["IPv6Addr: "]));
    }
    if reply.device_number.is_none() {
        reply.device_number = parsed(message, &["DeviceNumber: "]);
    }
    reply.error =
        after(message, " err: ").filter(|error| *error != "<nil>").and_then(|e| kept(Some(e)));
    let failed = message.contains("Failed to ");
    if reply == NetworkReply::default() && !failed {
        return None;
    }
    if failed && reply.error.is_none() {
        reply.error = after(message, "Reply: ").map(Into::into);
    }
    Some(Box::new(reply))
}

/// `Received add network response …` of all eras:
///
/// - `for pod … namespace … sandbox …: 10.0.0.9, table 0, external-SNAT: false, …` (before 1.7)
/// - `from ipamd for container … interface eth0: Success:true …`
pub(super) fn plugin_reply(message: &str) -> Option<Box<NetworkReply>> {
    let mut reply = proto(message);
    if reply.ips.is_empty() {
        let old = between(message, ": ", ", table ").and_then(address);
        reply.ips.extend(old);
        reply.device_number = reply.device_number.or_else(|| parsed(message, &[", table "]));
    }
    reply.container_id = kept(
        value_of(message, &["for container ", "sandbox ", " container "])
            .map(|id| id.trim_end_matches(':')),
    );
    (reply != NetworkReply::default()).then(|| Box::new(reply))
}

/// The fields that the protocol's text form has: `Success:true  IPv4Addr:"10.0.0.9"  DeviceNumber:1 …`.
fn proto(message: &str) -> NetworkReply {
    let mut ips: Vec<IpAddr> = Vec::new();
    for key in ["IPv4Addr:\"", "IPv6Addr:\""] {
        let mut rest = message;
        while let Some(tail) = after(rest, key) {
            let ip = tail.split('"').next().and_then(address);
            ips.extend(ip.filter(|ip| !ips.contains(ip)));
            rest = tail;
        }
    }
    NetworkReply {
        success: parsed(message, &["Success:", "success: "]),
        ips,
        device_number: parsed(message, &["DeviceNumber:"]),
        table: parsed(message, &["RouteTableId:", "RouteTableID:"]),
        vlan_id: parsed(message, &["PodVlanId:"]),
        eni_mac: parsed(message, &["PodENIMAC:"]),
        container_id: None,
        error: None,
    }
}

/// `SetupPodNetwork: hostVethName=…, contVethName=eth0, netnsPath=…, ipAddr=…, routeTableNumber=…, mtu=…`; `v4Addr` and
/// `deviceNumber` before 1.20; `SetupNS: …` before 1.10.
pub(super) fn setup(message: &str) -> Option<LogEvent> {
    let setup = PodSetup {
        host_veth: Some(parsed(message, &["hostVethName="])?),
        netns: kept(value(message, "netnsPath=")),
        ip: ip(message, &["ipAddr=", "v4Addr=", "v6Addr=", "containerAddr="]),
        table: parsed(message, &["routeTableNumber=", " table="]),
        device_number: parsed(message, &["deviceNumber="]),
        mtu: parsed(message, &["mtu="]),
    };
    Some(LogEvent::SetupPod(Box::new(setup)))
}

pub(super) fn branch(message: &str) -> Option<LogEvent> {
    let setup = BranchSetup {
        host_veth: Some(parsed(message, &["hostVethName="])?),
        netns: kept(value(message, "netnsPath=")),
        ip: ip(message, &["ipAddr=", "v4Addr=", "v6Addr=", "containerAddr="]),
        vlan_id: parsed(message, &["vlanID=", "vlanId="]),
        eni_mac: parsed(message, &["eniMAC="]),
        subnet_gateway: ip(message, &["subnetGW="]),
        parent: parsed(message, &["parentIfIndex="]).map(crate::net::IfIndex),
        mtu: parsed(message, &["mtu="]),
        mode: kept(value(message, "podSGEnforcingMode=")),
    };
    Some(LogEvent::SetupBranchPod(Box::new(setup)))
}

/// `TeardownPodNetwork: containerAddr=10.0.0.9/32, routeTable=2`, `TeardownNS: addr 10.0.0.9/32, table 2`.
pub(super) fn teardown(message: &str) -> Option<LogEvent> {
    let ip = ip(message, &["containerAddr=", "addr "]);
    let table = parsed(message, &["routeTable=", "table "]);
    (ip.is_some() || table.is_some()).then_some(LogEvent::TeardownPod { ip, table })
}

/// `Failed to assign an IP address to container …`; `… to pod …, namespace … sandbox …`.
pub(super) fn failed(message: &str) -> Box<PodSandbox> {
    Box::new(PodSandbox {
        namespace: kept(value(message, "namespace ")),
        pod: kept(value(message, "to pod ")),
        container_id: kept(value_of(message, &["sandbox ", "to container "])),
        ..PodSandbox::default()
    })
}
