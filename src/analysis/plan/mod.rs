//! What a node will hold before there is one: ENIs, addresses and prefixes at each number of pods, max-pods, the
//! addresses that subnets must have, and settings that do not do what they seem to.

mod notes;
mod subnet;

pub use notes::{Note, NoteLevel};
pub use subnet::{Need, SubnetNeed};

use crate::{
    cni::{
        CniVersion, env, limits,
        max_pods::{self, Capacity, Recommended},
        warm_pool::{
            Limits, Mode, Rest, Settings, rests,
            settings::{MANIFEST_WARM_PREFIX_TARGET, is_known},
        },
    },
    model::{Origin, Snapshot, ec2::InstanceType},
};

/// The question, as far as it was said.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub pods: u32,
    pub nodes: u32,
    pub warm_eni_target: Option<u32>,
    pub warm_ip_target: Option<u32>,
    pub minimum_ip_target: Option<u32>,
    pub warm_prefix_target: Option<u32>,
    pub max_eni: Option<u32>,
    pub max_pods: Option<u32>,
    pub unmanaged_enis: u32,
    pub prefix_delegation: bool,
    pub custom_networking: bool,
    pub pod_eni: bool,
    pub version: Option<CniVersion>,
}

/// An instance type and where its figures come from; no origin is the built-in table.
#[derive(Clone, Debug)]
pub struct KnownType {
    pub kind: InstanceType,
    pub limits: Limits,
    pub origin: Option<Origin>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Plan {
    pub of_type: KnownType,
    pub settings: Settings,
    pub capacity: Capacity,
    /// The kubelet's limit: as it was given, or else what the node can carry.
    pub max_pods: u32,
    pub max_pods_given: bool,
    pub recommended: Recommended,
    pub nodeadm_default: u32,
    /// Whether `aws-node` starts at all with the settings.
    pub starts: bool,
    /// The node before its first pod.
    pub empty: Rest,
    /// At 1, 2, … pods with an address of the CNI.
    pub rows: Vec<Rest>,
    pub subnets: SubnetNeed,
    pub notes: Vec<Note>,
}

/// Finds an instance type: in what `describe-instance-types` said, or else in the built-in table.
pub fn find_type(snapshot: Option<&Snapshot>, name: &str) -> Option<KnownType> {
    let built_in = limits::of_type(name);
    let seen = snapshot.and_then(|snapshot| snapshot.cluster.instance_types.seen());
    let seen = seen.into_iter().flatten().rev().find_map(|seen| {
        let mut kind = seen.value.clone();
        if *kind.name != *name {
            return None;
        }
        // EC2's answer does not tell of trunk and branch ENIs.
        if let Some(table) = &built_in {
            kind.trunk_compatible = kind.trunk_compatible.or(table.trunk_compatible);
            kind.branch_enis = kind.branch_enis.or(table.branch_enis);
        }
        let limits = Limits::of(&kind)?;
        Some(KnownType { kind, limits, origin: Some(seen.origin) })
    });
    seen.or_else(|| {
        let kind = built_in?;
        let limits = Limits::of(&kind)?;
        Some(KnownType { kind, limits, origin: None })
    })
}

/// Returns the names of all types that the input and the table have.
pub fn type_names(snapshot: Option<&Snapshot>) -> Vec<&str> {
    let seen = snapshot.and_then(|snapshot| snapshot.cluster.instance_types.seen());
    let mut names: Vec<&str> = limits::names().collect();
    names.extend(seen.into_iter().flatten().map(|kind| &*kind.value.name));
    names.sort_unstable();
    names.dedup();
    names
}

/// Answers the question.
pub fn plan(question: &Question, of_type: KnownType) -> Plan {
    let settings = settings(question, &of_type.limits);
    let capacity = Capacity::of(&settings, &of_type.limits);
    let max_pods = question.max_pods.unwrap_or_else(|| capacity.max_pods());
    let settings = settings.with_max_pods(max_pods, question.version.as_ref());
    let starts = starts(question);
    let mut rows = if starts {
        rests(&settings, &of_type.limits, question.pods)
    } else {
        without_ipamd(question.pods)
    };
    let empty = if rows.is_empty() { idle(0) } else { rows.remove(0) };
    let last = rows.last().unwrap_or(&empty);
    let subnets = SubnetNeed::of(&settings, last, question.nodes);
    let recommended = max_pods::recommended(&settings, &of_type.limits, &of_type.kind);
    let nodeadm_default = max_pods::nodeadm_default(&of_type.limits);
    let mut plan = Plan {
        of_type,
        settings,
        capacity,
        max_pods,
        max_pods_given: question.max_pods.is_some(),
        recommended,
        nodeadm_default,
        starts,
        empty,
        rows,
        subnets,
        notes: Vec::new(),
    };
    plan.notes = notes::notes(question, &plan);
    plan
}

/// Returns the settings that hold: what a release does not know, or the type cannot do, does not.
fn settings(question: &Question, limits: &Limits) -> Settings {
    let version = question.version.as_ref();
    let unset = Settings::default();
    let has_prefixes = wants_prefixes(question) && limits.prefixes;
    Settings {
        warm_eni_target: question.warm_eni_target.unwrap_or(unset.warm_eni_target),
        warm_ip_target: question.warm_ip_target.unwrap_or_default(),
        minimum_ip_target: question.minimum_ip_target.unwrap_or_default(),
        warm_prefix_target: question.warm_prefix_target.unwrap_or(MANIFEST_WARM_PREFIX_TARGET),
        max_eni: question.max_eni.filter(|max| *max >= 1),
        mode: if has_prefixes { Mode::Prefixes } else { Mode::SecondaryAddresses },
        custom_networking: question.custom_networking,
        pod_eni: question.pod_eni && is_known(&env::POD_ENI, version),
        unmanaged_enis: question.unmanaged_enis,
        gate: None,
    }
}

/// Returns whether prefixes are asked for, and the release knows them.
fn wants_prefixes(question: &Question) -> bool {
    question.prefix_delegation && is_known(&env::PREFIX_DELEGATION, question.version.as_ref())
}

/// Returns whether `aws-node` starts: prefixes without any target make it end (`validateEnvVars`,
/// `cmd/aws-vpc-cni/main.go`), on every type, because that comes before the type is looked at.
fn starts(question: &Question) -> bool {
    let warm_prefix = question.warm_prefix_target.unwrap_or(MANIFEST_WARM_PREFIX_TARGET);
    let targets = [question.warm_ip_target, question.minimum_ip_target, Some(warm_prefix)];
    !wants_prefixes(question) || targets.into_iter().flatten().any(|target| target > 0)
}

/// Returns the states of a node whose ipamd does not run: the primary ENI alone.
fn without_ipamd(pods: u32) -> Vec<Rest> {
    (0..=pods).map(idle).collect()
}

fn idle(pods: u32) -> Rest {
    Rest {
        pods,
        waiting: pods,
        stats: crate::cni::warm_pool::Stats::default(),
        enis: 1,
        slots: vec![0],
        prefixes_max: 0,
        resting: crate::cni::warm_pool::Resting::Settled,
    }
}

#[cfg(test)]
mod tests;
