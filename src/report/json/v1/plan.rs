//! `enilens.plan/1`.

use crate::{
    analysis::plan::{self, NoteLevel},
    cni::{
        max_pods::{CAP_FEW_VCPUS, CAP_MANY_VCPUS, Taken},
        warm_pool::{Mode, Rest, Resting},
    },
    model::Snapshot,
    report::place,
};
use serde::Serialize;

/// The answer of `enilens plan`.
#[derive(Debug, Serialize)]
pub struct Plan {
    schema: &'static str,
    instance_type: String,
    limits: LimitsView,
    settings: SettingsView,
    max_pods: u32,
    max_pods_of: MaxPodsView,
    /// Whether `aws-node` starts.
    starts: bool,
    /// The node before its first pod.
    empty: RowView,
    rows: Vec<RowView>,
    subnets: SubnetsView,
    notes: Vec<NoteView>,
}

#[derive(Debug, Serialize)]
struct LimitsView {
    enis: u32,
    ipv4_per_eni: u32,
    prefixes_possible: bool,
    trunk_possible: bool,
    /// `built-in`, or the place that tells.
    origin: String,
}

#[derive(Debug, Serialize)]
struct SettingsView {
    mode: &'static str,
    warm_eni_target: u32,
    warm_ip_target: Option<u32>,
    minimum_ip_target: Option<u32>,
    warm_prefix_target: Option<u32>,
    max_eni: Option<u32>,
    custom_networking: bool,
    pod_eni: bool,
    unmanaged_enis: u32,
    /// Where the pool stops to grow; null in releases that do not.
    stops_at: Option<u32>,
}

#[derive(Debug, Serialize)]
struct MaxPodsView {
    /// What the node can give addresses to, and two pods of the node itself.
    mode: u32,
    given: bool,
    enis_for_pods: u32,
    slots_per_eni: u32,
    ips_per_slot: u32,
    limited_by: Vec<LimitView>,
    nodeadm_default: u32,
    calculator: CalculatorView,
}

#[derive(Debug, Serialize)]
struct LimitView {
    what: &'static str,
    enis: u32,
}

#[derive(Debug, Serialize)]
struct CalculatorView {
    /// Null where the number of vCPUs decides and is not known.
    recommended: Option<u32>,
    up_to_30_vcpus: u32,
    above_30_vcpus: u32,
    caps: [u32; 2],
}

#[derive(Debug, Serialize)]
struct RowView {
    pods: u32,
    enis: u32,
    prefixes: u32,
    prefixes_max: u32,
    ips_attached: u32,
    ips_assigned: u32,
    ips_warm: u32,
    pods_waiting: u32,
    slots_per_eni: Vec<u32>,
    restless: bool,
}

#[derive(Debug, Serialize)]
struct SubnetsView {
    nodes: u32,
    of_nodes: NeedView,
    of_pods: Option<NeedView>,
}

#[derive(Debug, Serialize)]
struct NeedView {
    addresses: u64,
    single_addresses: u64,
    prefixes: u64,
    smallest_subnet: Option<String>,
}

#[derive(Debug, Serialize)]
struct NoteView {
    code: &'static str,
    level: &'static str,
    message: String,
}

impl Plan {
    /// Returns the document of an answer; the snapshot is what the type's figures were read from.
    pub fn of(snapshot: Option<&Snapshot>, plan: &plan::Plan) -> Self {
        let limits = &plan.of_type.limits;
        let origin = plan.of_type.origin.as_ref().zip(snapshot);
        Self {
            schema: "enilens.plan/1",
            instance_type: plan.of_type.kind.name.to_string(),
            limits: LimitsView {
                enis: limits.enis,
                ipv4_per_eni: limits.ipv4_per_eni,
                prefixes_possible: limits.prefixes,
                trunk_possible: limits.trunk,
                origin: origin.map_or("built-in".to_owned(), |(at, from)| place(from, at)),
            },
            settings: SettingsView::of(plan),
            max_pods: plan.max_pods,
            max_pods_of: MaxPodsView::of(plan),
            starts: plan.starts,
            empty: RowView::of(&plan.empty),
            rows: plan.rows.iter().map(RowView::of).collect(),
            subnets: SubnetsView {
                nodes: plan.subnets.nodes,
                of_nodes: NeedView::of(&plan.subnets.of_nodes),
                of_pods: plan.subnets.of_pods.as_ref().map(NeedView::of),
            },
            notes: plan.notes.iter().map(NoteView::of).collect(),
        }
    }
}

impl SettingsView {
    fn of(plan: &plan::Plan) -> Self {
        let settings = &plan.settings;
        let set = |target: u32| (target > 0).then_some(target);
        Self {
            mode: match settings.mode {
                Mode::SecondaryAddresses => "secondary-addresses",
                Mode::Prefixes => "prefixes",
            },
            warm_eni_target: settings.warm_eni_target,
            warm_ip_target: set(settings.warm_ip_target),
            minimum_ip_target: set(settings.minimum_ip_target),
            warm_prefix_target: (settings.mode == Mode::Prefixes)
                .then_some(settings.warm_prefix_target),
            max_eni: settings.max_eni,
            custom_networking: settings.custom_networking,
            pod_eni: settings.pod_eni,
            unmanaged_enis: settings.unmanaged_enis,
            stops_at: settings.gate,
        }
    }
}

impl MaxPodsView {
    fn of(plan: &plan::Plan) -> Self {
        let capacity = &plan.capacity;
        let what = |taken: Taken| match taken {
            Taken::MaxEni => "max-eni",
            Taken::Unmanaged => "unmanaged-enis",
            Taken::Trunk => "trunk",
            Taken::Primary => "custom-networking",
        };
        let taken = capacity.taken.iter();
        Self {
            mode: capacity.max_pods(),
            given: plan.max_pods_given,
            enis_for_pods: capacity.enis,
            slots_per_eni: capacity.slots_per_eni,
            ips_per_slot: capacity.ips_per_slot,
            limited_by: taken
                .map(|(taken, enis)| LimitView { what: what(*taken), enis: *enis })
                .collect(),
            nodeadm_default: plan.nodeadm_default,
            calculator: CalculatorView {
                recommended: plan.recommended.holds,
                up_to_30_vcpus: plan.recommended.few_vcpus,
                above_30_vcpus: plan.recommended.many_vcpus,
                caps: [CAP_FEW_VCPUS, CAP_MANY_VCPUS],
            },
        }
    }
}

impl RowView {
    fn of(rest: &Rest) -> Self {
        Self {
            pods: rest.pods,
            enis: rest.enis,
            prefixes: rest.stats.prefixes,
            prefixes_max: rest.prefixes_max,
            ips_attached: rest.stats.total,
            ips_assigned: rest.stats.assigned,
            ips_warm: rest.stats.available(),
            pods_waiting: rest.waiting,
            slots_per_eni: rest.slots.clone(),
            restless: rest.resting == Resting::Never,
        }
    }
}

impl NeedView {
    fn of(need: &plan::Need) -> Self {
        Self {
            addresses: need.addresses(),
            single_addresses: need.single,
            prefixes: need.prefixes,
            smallest_subnet: need.smallest_subnet().map(|length| format!("/{length}")),
        }
    }
}

impl NoteView {
    fn of(note: &plan::Note) -> Self {
        let level = match note.level {
            NoteLevel::Error => "error",
            NoteLevel::Warning => "warning",
            NoteLevel::Info => "info",
        };
        Self { code: note.code, level, message: note.message.clone() }
    }
}
