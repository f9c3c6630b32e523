//! Who owns an address, and how that is known.

use super::{Layout, parts};
use crate::{
    analysis::topology::{Holder, Owner, PodKind, SlotState},
    model::Snapshot,
    report::{Role, paint, sanitize},
};
use std::io::{self, Write};

/// Writes the answer. The evidence is the answer's second half, so it is always shown.
pub fn owner(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    owner: &Owner<'_>,
    _layout: &Layout,
) -> io::Result<()> {
    if let Some(what) = owner.well_known {
        writeln!(out, "{} is {what}", paint(Role::Heading, owner.ip.to_string()))?;
    }
    if owner.claims.is_empty() && owner.well_known.is_none() {
        writeln!(out, "nobody in this snapshot has {}", owner.ip)?;
    }
    for claim in &owner.claims {
        let holder = holder_text(&claim.holder);
        let said = match (&claim.holder, claim.node) {
            (Holder::Node, Some(node)) => format!("the own address of node {node}"),
            (_, Some(node)) => format!("{holder} on node {node}"),
            (_, None) => holder,
        };
        writeln!(out, "{} is {}", paint(Role::Heading, owner.ip.to_string()), sanitize(&said))?;
        for line in parts::evidence_lines(snapshot, &claim.evidence) {
            writeln!(out, "  {}", paint(Role::Evidence, line))?;
        }
    }
    for (id, cidr, evidence) in &owner.around {
        writeln!(out, "in subnet {} {cidr}", sanitize(id))?;
        for line in parts::evidence_lines(snapshot, &[*evidence]) {
            writeln!(out, "  {}", paint(Role::Evidence, line))?;
        }
    }
    for command in &owner.would_tell {
        writeln!(out, "{}: the output of `{command}` might tell", paint(Role::Help, "help"))?;
    }
    Ok(())
}

/// Returns what a holder is to the address, as words that continue "ADDRESS is".
pub fn holder_text(holder: &Holder<'_>) -> String {
    let or_unknown = |id: &Option<&str>| id.unwrap_or("an ENI whose id nothing tells").to_owned();
    let on = |name: &Option<String>| match name {
        Some(name) => format!(" ({name})"),
        None => String::new(),
    };
    match holder {
        Holder::Pod { pod, kind, veth } => {
            let what = match kind {
                PodKind::Ordinary => "",
                PodKind::HostNetwork => " in the node's own network",
                PodKind::Branch { .. } => " with a branch ENI",
                PodKind::Finished => " that ended",
            };
            let name =
                pod.map_or("a pod that nothing names".to_owned(), |pod| format!("pod {pod}"));
            let veth = veth.as_ref().map(|veth| format!(", behind {veth}")).unwrap_or_default();
            format!("{name}{what}{veth}")
        }
        Holder::UnplacedPod { pod, why } => format!("pod {pod}, on no known node: {why}"),
        Holder::Node => "the node's own address".to_owned(),
        Holder::Reserved { subnet, what } => format!("{what} ({subnet})"),
        Holder::Gateway { dev, table } => format!("the gateway behind {dev} in table {table}"),
        Holder::ServiceRule { comment } => {
            format!("an address of a Service, by a rule of kube-proxy: \"{comment}\"")
        }
        Holder::EniPrimary { eni, interface } => {
            format!("the primary address of {}{}", or_unknown(eni), on(interface))
        }
        Holder::EniSlot { eni, interface, state } => {
            let state = match state {
                SlotState::Assigned => "that a pod has",
                SlotState::Free => "that no pod has",
                SlotState::Cooldown => "in cooldown",
                SlotState::Unknown => "of which nothing tells whether a pod has it",
            };
            format!("a secondary address of {}{} {state}", or_unknown(eni), on(interface))
        }
        Holder::EniPrefix { eni, prefix } => {
            format!("in the prefix {prefix} of {}, not known to be in use", or_unknown(eni))
        }
        Holder::Interface { name } => format!("an address of interface {name}"),
        Holder::Service { namespace, name, field } => {
            let namespace = namespace.map(|it| format!("{it}/")).unwrap_or_default();
            format!("the {field} of Service {namespace}{name}")
        }
        Holder::Endpoint { namespace, service } => {
            let namespace = namespace.map(|it| format!("{it}/")).unwrap_or_default();
            format!("an endpoint of Service {namespace}{service}")
        }
        Holder::NatGateway { id } => format!("an address of NAT gateway {id}"),
        Holder::PublicOf { eni, private } => format!("the public address of {private} on {eni}"),
        Holder::OtherEni { id, description } => {
            let said = description.filter(|text| !text.is_empty());
            let said = said.map(|text| format!(" (\"{text}\")")).unwrap_or_default();
            format!("an address of {id}{said}")
        }
        Holder::Target { group } => {
            format!("a target of {}", group.unwrap_or("a target group that nothing names"))
        }
        Holder::Logged { pod, assigned } => {
            let pod = pod.map_or("a pod".to_owned(), |pod| pod.to_string());
            let event = if *assigned { "assigned to" } else { "released by" };
            format!("{event} {pod} in the last line of the log that names it")
        }
    }
}
