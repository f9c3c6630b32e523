//! Nodes with their ENIs, slots and pods, as a person at night reads them: the header tells whether the node has
//! room, each ENI lists its slots, each pod everything that a command needs to look at it.

use super::{Detail, Layout, parts};
use crate::{
    analysis::topology::{
        CustomNetworking, EniKind, EniTopology, NodeTopology, PodKind, PodTopology, SlotIp,
        SlotState, Topology, UnplacedThing,
    },
    model::Snapshot,
    report::{
        Role, count, paint, sanitize,
        table::{self, Column},
    },
};
use std::io::{self, Write};

/// Below this width a pod takes several lines.
const WIDE: u16 = 150;

/// Writes the answer.
pub fn topology(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    topology: &Topology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    for node in &topology.nodes {
        header(out, snapshot, node, layout)?;
        for eni in &node.enis {
            write_eni(out, snapshot, eni, layout)?;
        }
        pods(out, snapshot, node, layout)?;
        custom_networking(out, node)?;
        parts::contradictions(out, snapshot, &node.contradictions, "  ")?;
        writeln!(out)?;
    }
    services(out, topology)?;
    unplaced(out, snapshot, topology, layout)?;
    parts::contradictions(out, snapshot, &topology.contradictions, "")?;
    parts::gaps(out, &topology.not_collected, topology.nodes.len(), layout)
}

/// Writes who the node is, what its CNI is, and how many slots are filled.
fn header(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    node: &NodeTopology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    writeln!(out, "{}", paint(Role::Heading, sanitize(node.name)))?;
    let parts = [&node.instance_id, &node.instance_type, &node.availability_zone];
    let parts = parts.into_iter().flatten().filter(|known| known.value != node.name);
    let parts: Vec<_> = parts.map(|known| sanitize(known.value)).collect();
    if !parts.is_empty() {
        writeln!(out, "  {}", parts.join("  "))?;
    }
    if let Some(id) = &node.instance_id {
        parts::evidence(out, snapshot, layout, &id.evidence, "    ")?;
    }
    writeln!(out, "  {}", cni(node))?;
    writeln!(out, "  {}", slots(node))
}

fn cni(node: &NodeTopology<'_>) -> String {
    let cni = &node.cni;
    let version = match (&cni.version, &cni.at_least) {
        (Some(version), _) => format!("VPC CNI {}", version.value),
        (None, Some(bound)) => {
            let (major, minor, patch) = bound.value.since;
            format!("VPC CNI v{major}.{minor}.{patch} or later ({})", bound.value.because)
        }
        (None, None) => "VPC CNI version not known".to_owned(),
    };
    let mut said = vec![sanitize(&version).into_owned()];
    let mut mode =
        |known: &Option<crate::analysis::topology::Known<bool>>, on, off: &str| match known
            .as_ref()
            .map(|it| it.value)
        {
            Some(true) => said.push(String::from(on)),
            Some(false) if !off.is_empty() => said.push(off.to_owned()),
            Some(false) | None => {}
        };
    mode(&cni.prefix_delegation, "prefixes", "secondary addresses");
    mode(&cni.custom_network, "custom networking", "");
    mode(&cni.ipv6, "IPv6", "");
    mode(&cni.external_snat, "external SNAT", "");
    if cni.pod_eni.as_ref().is_some_and(|it| it.value) {
        let sg_mode = cni.pod_sg_mode.as_ref().map_or("strict", |mode| mode.value);
        said.push(format!("security groups for pods ({})", sanitize(sg_mode)));
    }
    said.join(", ")
}

/// Returns the slots that are filled of those that the type allows, over all ENIs that it may have.
fn slots(node: &NodeTopology<'_>) -> String {
    let own = node.enis.iter().filter(|eni| eni.kind != EniKind::Branch);
    let n_enis = own.clone().count();
    let used: Option<u32> = own.map(|eni| Some(eni.slots.used.as_ref()?.value)).sum();
    let used = used.filter(|_| n_enis > 0);
    let limits = node.limits.as_ref().map(|limits| &limits.value);
    let max_enis = limits.and_then(|limits| limits.max_enis);
    let total = limits.and_then(|it| it.max_enis?.checked_mul(it.ipv4_per_eni?));
    let enis = match max_enis {
        Some(max) if n_enis == 0 => format!("ENIs not known (at most {max})"),
        Some(max) => format!("{n_enis} of {max} ENIs"),
        // Every node has one, so none seen means that nothing tells of them.
        None if n_enis == 0 => "ENIs not known".to_owned(),
        None => count(n_enis, "ENI"),
    };
    let slots = match (used, total) {
        (Some(used), Some(total)) => format!("{used} of {total} slots used"),
        (Some(1), None) => "1 slot used, limit not known".to_owned(),
        (Some(used), None) => format!("{used} slots used, limit not known"),
        (None, Some(total)) => format!("{total} slots, how many are used is not known"),
        (None, None) => "slots not known".to_owned(),
    };
    let carried =
        |row: &&PodTopology<'_>| !matches!(row.kind, PodKind::Finished | PodKind::HostNetwork);
    let pods = node.pods.iter().filter(carried).count();
    let pods = match pods {
        0 => "no pod addresses known".to_owned(),
        n => count(n, "pod address"),
    };
    format!("{enis}, {slots}, {pods}")
}

fn write_eni(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    eni: &EniTopology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let interface = eni.interface.as_ref().map(|name| name.value.to_string());
    let name = sanitize(interface.as_deref().unwrap_or("interface not known")).into_owned();
    let id = eni.id.as_ref().map_or("ENI id not known", |id| id.value);
    let mut said = vec![format!("{} {}", paint(Role::Eni, name), sanitize(id))];
    said.extend(match eni.kind {
        EniKind::Ordinary if eni.primary.as_ref().is_some_and(|it| it.value) => {
            Some("primary".to_owned())
        }
        EniKind::Ordinary => None,
        EniKind::Trunk | EniKind::Branch | EniKind::Efa => Some(eni.kind.id().to_owned()),
    });
    said.extend(eni.device_index.as_ref().map(|index| format!("index {}", index.value)));
    let card = eni.card.as_ref().filter(|card| card.value > 0);
    said.extend(card.map(|card| format!("card {}", card.value)));
    said.push(match (&eni.table, &eni.expected_table) {
        (Some(table), _) => sanitize(&format!("table {}", table.value)).into_owned(),
        (None, Some(table)) => format!("table not seen ({table} expected)"),
        (None, None) => "table not known".to_owned(),
    });
    writeln!(out, "\n  {}", said.join("  "))?;
    if let Some(table) = &eni.table {
        parts::evidence(out, snapshot, layout, &table.evidence, "      ")?;
    }
    if let Some(interface) = &eni.interface {
        parts::evidence(out, snapshot, layout, &interface.evidence, "      ")?;
    }
    let place = eni_place(eni);
    if !place.is_empty() {
        writeln!(out, "    {}", sanitize(&place))?;
    }
    let rows = slot_rows(eni);
    let columns = [
        Column::new("SLOT", |row: &SlotRow| row.slot.clone()),
        Column::new("ADDRESS", |row: &SlotRow| row.address.clone()),
        Column::new("STATE", |row: &SlotRow| row.state.to_owned()),
        Column::new("POD", |row: &SlotRow| sanitize(&row.pod).into_owned()),
    ];
    for line in table::lines(&columns, &rows, "    ", layout.width) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Returns the subnet, VPC and pool of an ENI, and how many of its slots are filled.
fn eni_place(eni: &EniTopology<'_>) -> String {
    let mut said = Vec::new();
    let subnet = eni.subnet.as_ref().map(|subnet| subnet.value);
    let cidr = eni.subnet_cidr.as_ref().map(|cidr| cidr.value.to_string());
    said.extend(match (subnet, cidr) {
        (Some(subnet), Some(cidr)) => Some(format!("{subnet} {cidr}")),
        (Some(subnet), None) => Some(subnet.to_owned()),
        (None, cidr) => cidr,
    });
    said.extend(eni.vpc.map(ToOwned::to_owned));
    said.extend(eni.ipam.as_ref().and_then(|place| place.pool).map(|pool| format!("pool {pool}")));
    let used = eni.slots.used.as_ref().map(|used| used.value);
    match (used, eni.slots.limit) {
        (Some(used), Some(limit)) => said.push(format!("{used} of {limit} slots used")),
        (Some(1), None) => said.push("1 slot used".to_owned()),
        (Some(used), None) => said.push(format!("{used} slots used")),
        (None, Some(limit)) if eni.kind != EniKind::Branch => {
            said.push(format!("{limit} slots, how many are used is not known"));
        }
        (None, _) => {}
    }
    said.join("  ")
}

/// One line of an ENI's slots.
struct SlotRow {
    slot: String,
    address: String,
    state: &'static str,
    pod: String,
}

fn slot_rows(eni: &EniTopology<'_>) -> Vec<SlotRow> {
    let mut rows = Vec::new();
    let mut n_slots = 0_usize;
    let mut number = || {
        n_slots += 1;
        n_slots.to_string()
    };
    if let Some(ip) = &eni.primary_ip {
        let (address, state) = (ip.value.to_string(), "primary");
        // A branch ENI's only address is its pod's.
        let own = eni.ips.iter().find(|slot| slot.ip == ip.value).and_then(|slot| slot.pod);
        let pod = own.map(|pod| pod.to_string()).unwrap_or_default();
        rows.push(SlotRow { slot: number(), address, state, pod });
    }
    let is_primary = |slot: &&SlotIp<'_>| {
        eni.primary_ip.as_ref().is_some_and(|primary| primary.value == slot.ip)
    };
    let in_prefix = |slot: &&SlotIp<'_>| eni.prefixes.iter().any(|it| it.value.contains(&slot.ip));
    for slot in eni.ips.iter().filter(|slot| !in_prefix(slot) && !is_primary(slot)) {
        rows.push(slot_row(number(), slot));
    }
    for prefix in &eni.prefixes {
        let inside: Vec<_> =
            eni.ips.iter().filter(|slot| prefix.value.contains(&slot.ip)).collect();
        let assigned = inside.iter().filter(|slot| slot.state == SlotState::Assigned).count();
        rows.push(SlotRow {
            slot: number(),
            address: prefix.value.to_string(),
            state: "prefix",
            pod: format!("{} assigned", count(assigned, "address")),
        });
        // Free addresses of a prefix are told by their number only: there are 16, or 2^48.
        for slot in inside.into_iter().filter(|slot| slot.state != SlotState::Free) {
            rows.push(slot_row(String::new(), slot));
        }
    }
    if let Some(free) = eni.slots.free().filter(|free| *free > 0) {
        let n_free = usize::try_from(free).unwrap_or(usize::MAX);
        let slot = format!("{} empty", count(n_free, "slot"));
        rows.push(SlotRow { slot: String::new(), address: slot, state: "", pod: String::new() });
    }
    rows
}

fn slot_row(number: String, slot: &SlotIp<'_>) -> SlotRow {
    SlotRow {
        slot: number,
        address: slot.ip.to_string(),
        state: slot.state.id(),
        pod: slot.pod.map(|pod| pod.to_string()).unwrap_or_default(),
    }
}

fn pods(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    node: &NodeTopology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    if node.pods.is_empty() {
        return writeln!(out, "\n  no pods known");
    }
    writeln!(out)?;
    if let Some(width) = layout.width.filter(|width| *width < WIDE) {
        writeln!(out, "  {}", paint(Role::Dim, "PODS"))?;
        for row in &node.pods {
            narrow_pod(out, node, row, usize::from(width))?;
        }
    } else {
        for line in table::lines(&wide_columns(node), &node.pods, "  ", layout.width) {
            writeln!(out, "{line}")?;
        }
    }
    if layout.detail == Detail::Full {
        for row in &node.pods {
            pod_evidence(out, snapshot, row, layout)?;
        }
    }
    Ok(())
}

fn pod_evidence(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    row: &PodTopology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    writeln!(out, "  {}", sanitize(&pod_name(row)))?;
    let mut part = |name: &str, evidence: &[crate::analysis::topology::Evidence]| {
        if !evidence.is_empty() {
            writeln!(out, "    {name}")?;
        }
        parts::evidence(out, snapshot, layout, evidence, "      ")
    };
    part("node", &row.placed)?;
    part("address", row.ip.as_ref().map_or(&[], |it| &it.evidence))?;
    part("veth", row.host_veth.as_ref().map_or(&[], |it| &it.evidence))?;
    part("netns", row.netns.as_ref().map_or(&[], |it| &it.evidence))?;
    part("process", row.pid.as_ref().map_or(&[], |it| &it.evidence))?;
    part("ENI", row.eni.as_ref().map_or(&[], |it| &it.evidence))?;
    part("table", row.table.as_ref().map_or(&[], |it| &it.evidence))
}

type PodColumn<'a> = Column<'a, PodTopology<'a>>;

fn wide_columns<'a>(node: &'a NodeTopology<'a>) -> Vec<PodColumn<'a>> {
    vec![
        Column::new("POD", |row| sanitize(&pod_name(row)).into_owned()),
        Column::new("ADDRESS", address),
        Column::new("VETH", veth),
        Column::new("NETNS", netns),
        Column::new("PID", process),
        Column::new("ENI", move |row| eni_name(node, row)),
        Column::new("TABLE", table_name),
    ]
}

/// A pod where a table has no room: its name, and below it the names that commands take, none of them broken.
fn narrow_pod(
    out: &mut dyn Write,
    node: &NodeTopology<'_>,
    row: &PodTopology<'_>,
    width: usize,
) -> io::Result<()> {
    writeln!(out, "  {}", sanitize(&pod_name(row)))?;
    let labelled = |label: &str, text: String| match text.is_empty() {
        true => text,
        false => format!("{label} {text}"),
    };
    let parts = [
        address(row),
        veth(row),
        labelled("on", eni_name(node, row)),
        labelled("table", table_name(row)),
        netns(row),
        labelled("pid", process(row)),
    ];
    let mut line = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let len = line.chars().count() + part.chars().count() + "      ".len();
        if !line.is_empty() && len > width {
            writeln!(out, "    {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("  ");
        }
        line.push_str(part);
    }
    if line.is_empty() { Ok(()) } else { writeln!(out, "    {line}") }
}

fn pod_name(row: &PodTopology<'_>) -> String {
    let name = row.pod.as_ref().map_or("pod not named".to_owned(), |pod| pod.value.to_string());
    match row.kind {
        PodKind::Ordinary => name,
        PodKind::HostNetwork => format!("{name} (host network)"),
        PodKind::Branch { .. } => format!("{name} (branch ENI)"),
        PodKind::Finished => format!("{name} ({})", row.phase.unwrap_or("ended")),
    }
}

fn address(row: &PodTopology<'_>) -> String {
    row.ip.as_ref().map(|ip| ip.value.to_string()).unwrap_or_default()
}

fn veth(row: &PodTopology<'_>) -> String {
    let Some(name) = &row.host_veth else { return String::new() };
    let name = sanitize(name.value.as_str()).into_owned();
    row.host_ifindex.map_or(name.clone(), |index| format!("{index}: {name}"))
}

fn netns(row: &PodTopology<'_>) -> String {
    match (&row.netns, &row.netns_inode) {
        (Some(name), _) => sanitize(name.value).into_owned(),
        (None, Some(inode)) => format!("net:[{}]", inode.value),
        (None, None) => String::new(),
    }
}

fn process(row: &PodTopology<'_>) -> String {
    row.pid.as_ref().map(|pid| pid.value.to_string()).unwrap_or_default()
}

fn eni_name(node: &NodeTopology<'_>, row: &PodTopology<'_>) -> String {
    let eni = row.eni.as_ref().and_then(|at| node.enis.get(at.value));
    let Some(eni) = eni else { return String::new() };
    match (&eni.interface, &eni.id) {
        (Some(name), _) => sanitize(name.value.as_str()).into_owned(),
        (None, Some(id)) => sanitize(id.value).into_owned(),
        (None, None) => String::new(),
    }
}

/// Returns the table that the pod's packets use; where no rules tell, the one that leads to the pod, marked so.
fn table_name(row: &PodTopology<'_>) -> String {
    match (&row.table, &row.host_route_table) {
        (Some(table), _) => sanitize(&table.value.to_string()).into_owned(),
        (None, Some(table)) => sanitize(&format!("{} (to it)", table.value)).into_owned(),
        (None, None) => String::new(),
    }
}

fn custom_networking(out: &mut dyn Write, node: &NodeTopology<'_>) -> io::Result<()> {
    match &node.custom_networking {
        CustomNetworking::NotKnown | CustomNetworking::Off => Ok(()),
        CustomNetworking::InForce { eni_config } => {
            let name = eni_config.as_ref().map(|it| format!(" with ENIConfig {}", it.value));
            let name = name.unwrap_or_default();
            writeln!(out, "\n  custom networking is in force{}", sanitize(&name))
        }
        CustomNetworking::Undetermined { missing } => writeln!(
            out,
            "\n  custom networking is on; whether this node is older cannot be told without {missing}"
        ),
        CustomNetworking::Predated(older) => {
            let warning = paint(Role::Warning, "older than custom networking");
            let assigned =
                older.primary_ips.iter().filter(|slot| slot.state == SlotState::Assigned);
            let pods: Vec<String> =
                assigned.filter_map(|slot| Some(format!("{} {}", slot.ip, slot.pod?))).collect();
            writeln!(
                out,
                "\n  {warning}: the primary ENI still holds {} for pods",
                count(older.primary_ips.len(), "address")
            )?;
            for pod in pods {
                writeln!(out, "    {}", sanitize(&pod))?;
            }
            for prefix in &older.primary_prefixes {
                writeln!(out, "    prefix {}", prefix.value)?;
            }
            for id in &older.other_subnet_enis {
                writeln!(out, "    {} is in another subnet than the ENIConfig's", sanitize(id))?;
            }
            writeln!(
                out,
                "    {}: replace the node; ENIConfigs are read when an ENI is made",
                paint(Role::Help, "help")
            )
        }
    }
}

fn services(out: &mut dyn Write, topology: &Topology<'_>) -> io::Result<()> {
    for service in &topology.services {
        let namespace = service.namespace.map(|it| format!("{it}/")).unwrap_or_default();
        let name = format!("Service {namespace}{}", service.name);
        writeln!(out, "{}", paint(Role::Heading, sanitize(&name)))?;
        for group in &service.groups {
            let name = group.name.or(group.arn).unwrap_or("target group not named");
            let kind = group.target_type.unwrap_or("type not known");
            writeln!(out, "  {} ({})", sanitize(name), sanitize(kind))?;
            for target in &group.targets {
                let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
                let state = target.state.unwrap_or("state not known");
                let pod = target.pod.map(|pod| format!("  {pod}")).unwrap_or_default();
                let node = target.node.map(|node| format!("  on {node}")).unwrap_or_default();
                let line = format!("{}{port}  {state}{pod}{node}", target.target);
                writeln!(out, "    {}", sanitize(&line))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn unplaced(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    topology: &Topology<'_>,
    layout: &Layout,
) -> io::Result<()> {
    if topology.unplaced.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(Role::Heading, "Not placed"))?;
    for thing in &topology.unplaced {
        let name = match &thing.what {
            UnplacedThing::Pod { pod, ip: Some(ip) } => format!("pod {pod} ({ip})"),
            UnplacedThing::Pod { pod, ip: None } => format!("pod {pod}"),
            UnplacedThing::Eni { id } => (*id).to_owned(),
            UnplacedThing::Namespace { scope, ips } => {
                let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
                format!("the namespace of `{scope}` with {}", ips.join(", "))
            }
        };
        writeln!(out, "  {}: {}", sanitize(&name), sanitize(&thing.why))?;
        if let Some(command) = thing.collect {
            writeln!(out, "    {}: {command}", paint(Role::Help, "help"))?;
        }
        parts::evidence(out, snapshot, layout, &thing.evidence, "    ")?;
    }
    writeln!(out)
}
