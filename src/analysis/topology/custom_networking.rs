//! Which nodes are older than custom networking.
//!
//! ipamd reads an ENIConfig only when it makes an ENI, and goes on to hand out the secondary addresses that the
//! primary ENI already has (`setupENI`, `addENIsecondaryIPsToDataStore`, `pkg/ipamd/ipamd.go`). So a node that existed
//! before the setting keeps pods in its own subnet until it is replaced.

use super::{
    answer::{CniState, CustomNetworking, EniKind, EniTopology, Predated},
    cluster_index::ClusterIndex,
    evidence::{How, Known},
    roster::Member,
};

/// The labels and annotations that name a node's ENIConfig where no setting names another
/// (`GetNodeSpecificENIConfigName`, `pkg/eniconfig/eniconfig.go`).
const EXTERNAL_LABEL: &str = "vpc.amazonaws.com/externalEniConfig";
const DEFAULT_KEY: &str = "k8s.amazonaws.com/eniConfig";
/// The ENIConfig of Nodes that name none.
const DEFAULT_NAME: &str = "default";

/// Judges one node.
pub(super) fn judge<'s>(
    member: &Member<'s>,
    index: &ClusterIndex<'s>,
    cni: &CniState<'s>,
    enis: &[EniTopology<'s>],
) -> CustomNetworking<'s> {
    match &cni.custom_network {
        None => return CustomNetworking::NotKnown,
        Some(known) if !known.value => return CustomNetworking::Off,
        Some(_) => {}
    }
    let eni_config = eni_config(member, cni);
    let subnet = eni_config
        .as_ref()
        .and_then(|name| index.eni_configs.get(name.value))
        .and_then(|config| config.value.subnet.as_deref());
    let primary = enis.iter().find(|eni| eni.primary.as_ref().is_some_and(|it| it.value));
    let listed = primary.filter(|eni| eni.slots.used.is_some() || !eni.ips.is_empty());
    let Some(primary) = listed else {
        return CustomNetworking::Undetermined {
            missing: "the addresses of the node's primary ENI",
        };
    };
    let elsewhere = |eni: &&EniTopology<'s>| {
        let own = eni.subnet.as_ref().map(|subnet| subnet.value);
        let secondary = eni.primary.as_ref().is_some_and(|primary| !primary.value);
        secondary
            && eni.kind == EniKind::Ordinary
            && subnet.is_some()
            && own.is_some()
            && own != subnet
    };
    let predated = Predated {
        eni_config: eni_config.clone(),
        primary_ips: primary.ips.clone(),
        primary_prefixes: primary.prefixes.clone(),
        other_subnet_enis: enis
            .iter()
            .filter(elsewhere)
            .filter_map(|eni| Some(eni.id.as_ref()?.value))
            .collect(),
    };
    let none = predated.primary_ips.is_empty()
        && predated.primary_prefixes.is_empty()
        && predated.other_subnet_enis.is_empty();
    if none {
        CustomNetworking::InForce { eni_config }
    } else {
        CustomNetworking::Predated(predated)
    }
}

/// Returns the name of a node's ENIConfig, by ipamd's own answer or by the Node object, in the order that ipamd asks it.
fn eni_config<'s>(member: &Member<'s>, cni: &CniState<'s>) -> Option<Known<&'s str>> {
    if let Some(name) = member.dump.and_then(|dump| dump.eni_config_name.seen()) {
        return Some(Known::new(&*name.value, How::EnvEndpoint, name.origin));
    }
    let node = member.kube?;
    let labels = &node.value.labels;
    let named =
        labels.get(EXTERNAL_LABEL).map(|name| Known::new(&**name, How::NodeObject, node.origin));
    if named.is_some() || !(cni.whole_env || cni.eni_config_label.is_some()) {
        // Without the settings nothing tells which other annotation or label counts.
        return named;
    }
    let key =
        |setting: &Option<Known<&'s str>>| setting.as_ref().map_or(DEFAULT_KEY, |it| it.value);
    let found = (node.value.annotations.get(key(&cni.eni_config_annotation)))
        .or_else(|| labels.get(key(&cni.eni_config_label)));
    let mut known =
        Known::new(found.map_or(DEFAULT_NAME, |name| &**name), How::NodeObject, node.origin);
    known.evidence.extend(cni.eni_config_label.iter().flat_map(|it| it.evidence.iter().copied()));
    Some(known)
}
