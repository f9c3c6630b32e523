//! Settings that cancel or starve each other, and numbers that do not fit.

use super::{Plan, Question, wants_prefixes};
use crate::cni::{
    env::{self, Setting},
    limits,
    max_pods::HOST_NETWORK_PODS,
    warm_pool::{
        Mode, Resting,
        settings::{MANIFEST_WARM_PREFIX_TARGET, MAX_PODS_GATE, is_known},
    },
};

/// Something to know about the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A stable name.
    pub code: &'static str,
    pub level: NoteLevel,
    pub message: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteLevel {
    /// Pods will not run.
    Error,
    /// It does not do what it seems to.
    Warning,
    Info,
}

/// Collects notes.
#[derive(Default)]
struct Notes {
    notes: Vec<Note>,
}

impl Notes {
    fn add(&mut self, code: &'static str, level: NoteLevel, message: impl Into<String>) {
        self.notes.push(Note { code, level, message: message.into() });
    }
}

/// Returns the notes, the worst first.
pub(super) fn notes(question: &Question, plan: &Plan) -> Vec<Note> {
    let mut notes = Notes::default();
    version(&mut notes, question);
    if plan.starts {
        targets(&mut notes, question, plan);
        cancelled(&mut notes, question, plan);
    } else {
        notes.add(
            "no-target-with-prefixes",
            NoteLevel::Error,
            "aws-node ends at start: prefix delegation needs WARM_PREFIX_TARGET, WARM_IP_TARGET or \
             MINIMUM_IP_TARGET above 0",
        );
    }
    enis(&mut notes, question, plan);
    pods(&mut notes, question, plan);
    notes.notes.sort_by_key(|note| note.level);
    notes.notes
}

/// What the release does not know.
fn version(notes: &mut Notes, question: &Question) {
    let Some(version) = &question.version else { return };
    let used: [(&Setting, bool); 3] = [
        (&env::PREFIX_DELEGATION, question.prefix_delegation),
        (&env::WARM_PREFIX_TARGET, question.warm_prefix_target.is_some()),
        (&env::POD_ENI, question.pod_eni),
    ];
    for (setting, _) in
        used.into_iter().filter(|(setting, used)| *used && !is_known(setting, Some(version)))
    {
        let (major, minor, patch) = setting.since;
        let name = setting.name;
        notes.add(
            "setting-not-known",
            NoteLevel::Warning,
            format!("{version} does not know {name}, which came with v{major}.{minor}.{patch}"),
        );
    }
    let (major, minor, patch) = MAX_PODS_GATE;
    if version.is_before(major, minor, patch) {
        notes.add(
            "no-max-pods-gate",
            NoteLevel::Info,
            format!(
                "{version} grows the pool beyond max-pods; releases stop there from \
                 v{major}.{minor}.{patch} on"
            ),
        );
    }
}

/// What targets do on their own.
fn targets(notes: &mut Notes, question: &Question, plan: &Plan) {
    let settings = &plan.settings;
    let (warm, minimum) = (settings.warm_ip_target, settings.minimum_ip_target);
    if minimum > 0 && warm == 0 {
        let at = plan.empty.stats.total;
        notes.add(
            "minimum-alone-stops-growth",
            NoteLevel::Warning,
            format!(
                "MINIMUM_IP_TARGET without WARM_IP_TARGET: the pool stops at {at} addresses, and further \
                 pods get none"
            ),
        );
    }
    if warm == 1 {
        notes.add(
            "warm-ip-target-of-one",
            NoteLevel::Info,
            "WARM_IP_TARGET 1 asks EC2 for every pod that comes or goes; calls may be throttled",
        );
    }
    for (setting, value) in [
        (&env::WARM_IP_TARGET, question.warm_ip_target),
        (&env::MINIMUM_IP_TARGET, question.minimum_ip_target),
    ] {
        if value == Some(0) {
            let name = setting.name;
            notes.add(
                "target-of-zero",
                NoteLevel::Info,
                format!("{name} 0 is the same as not set"),
            );
        }
    }
    let addresses = plan.capacity.addresses();
    if minimum > addresses {
        notes.add(
            "minimum-beyond-capacity",
            NoteLevel::Warning,
            format!(
                "MINIMUM_IP_TARGET {minimum} is never reached: the node holds {addresses} addresses"
            ),
        );
    }
    let by_enis = settings.mode == Mode::SecondaryAddresses && !settings.has_ip_targets();
    if by_enis && settings.warm_eni_target == 0 {
        notes.add(
            "warm-eni-target-of-zero",
            NoteLevel::Warning,
            "WARM_ENI_TARGET 0 keeps nothing warm: once all addresses are used the next ENI is attached, \
             freed after a minute if no pod came, and attached again",
        );
    }
    if plan.rows.iter().chain([&plan.empty]).any(|row| row.resting == Resting::Never) {
        notes.add(
            "never-rests",
            NoteLevel::Warning,
            "at rows marked as restless the pool does not settle; they show its largest state",
        );
    }
}

/// Targets that others cancel.
fn cancelled(notes: &mut Notes, question: &Question, plan: &Plan) {
    let settings = &plan.settings;
    let by = if settings.warm_ip_target > 0 { "WARM_IP_TARGET" } else { "MINIMUM_IP_TARGET" };
    let mut ignored = |name: &str, why: String| {
        notes.add("target-ignored", NoteLevel::Warning, format!("{name} is ignored: {why}"));
    };
    if question.warm_eni_target.is_some() {
        if settings.has_ip_targets() {
            ignored("WARM_ENI_TARGET", format!("{by} is set"));
        } else if settings.mode == Mode::Prefixes {
            ignored("WARM_ENI_TARGET", "WARM_PREFIX_TARGET decides with prefixes".to_owned());
        }
    }
    if question.warm_prefix_target.is_some() {
        if settings.mode == Mode::SecondaryAddresses {
            ignored("WARM_PREFIX_TARGET", "there are no prefixes".to_owned());
        } else if settings.has_ip_targets() {
            ignored(
                "WARM_PREFIX_TARGET",
                format!("{by} is set; it only keeps ENIs from being freed"),
            );
        }
    }
    if settings.mode != Mode::Prefixes || settings.has_ip_targets() {
        return;
    }
    if question.warm_prefix_target.is_none() {
        notes.add(
            "manifest-default",
            NoteLevel::Info,
            format!(
                "WARM_PREFIX_TARGET {MANIFEST_WARM_PREFIX_TARGET} is assumed, as the shipped manifest sets it"
            ),
        );
    }
    if plan.rows.iter().any(|row| row.prefixes_max > row.stats.prefixes) {
        notes.add(
            "order-matters",
            NoteLevel::Info,
            "ipamd takes addresses in any order: rows show pods that fill prefix after prefix, which needs \
             the fewest; pods that are spread lead to as many prefixes as the row's largest number",
        );
    }
}

/// ENIs that are there or not.
fn enis(notes: &mut Notes, question: &Question, plan: &Plan) {
    let (settings, limits) = (&plan.settings, &plan.of_type.limits);
    let name = &plan.of_type.kind.name;
    if wants_prefixes(question) && !limits.prefixes {
        notes.add(
            "prefixes-need-nitro",
            NoteLevel::Warning,
            format!("{name} is not on nitro: ipamd falls back to secondary addresses"),
        );
    }
    match question.max_eni {
        Some(0) => notes.add(
            "max-eni-ignored",
            NoteLevel::Warning,
            format!("MAX_ENI 0 is ignored: the type's {} hold", limits.enis),
        ),
        Some(max) if max >= limits.enis => notes.add(
            "max-eni-ignored",
            NoteLevel::Info,
            format!("MAX_ENI {max} changes nothing: {name} has {}", limits.enis),
        ),
        Some(_) | None => {}
    }
    if settings.pod_eni && !limits.trunk {
        notes.add(
            "no-trunk-on-type",
            NoteLevel::Warning,
            format!("{name} has no trunk ENI: ENABLE_POD_ENI has no effect on it"),
        );
    } else if settings.pod_eni && !plan.has_trunk() && plan.starts {
        notes.add(
            "no-room-for-trunk",
            NoteLevel::Warning,
            "there is no slot for the trunk ENI: pods with security groups of their own do not run",
        );
    } else if let Some(branches) = plan.of_type.kind.branch_enis.filter(|_| plan.has_trunk()) {
        notes.add(
            "branch-enis",
            NoteLevel::Info,
            format!(
                "pods with security groups of their own use up to {branches} branch ENIs instead; the rows, \
                 max-pods of the mode and the subnets do not count them"
            ),
        );
    }
    if plan.capacity.addresses() == 0 {
        notes.add("no-eni-for-pods", NoteLevel::Error, "no ENI is left for pods");
    }
    let is_known = limits::of_type(name).is_some();
    let all = plan.of_type.kind.max_enis.filter(|all| *all > limits.enis);
    if let Some(all) = all.filter(|_| !is_known) {
        notes.add(
            "cards-counted-together",
            NoteLevel::Warning,
            format!(
                "a CNI that does not know {name} yet counts the {all} ENIs of all cards, and fails to attach \
                 more than the {} of the default card",
                limits.enis
            ),
        );
    }
}

/// Numbers of pods that do not fit.
fn pods(notes: &mut Notes, question: &Question, plan: &Plan) {
    let addresses = plan.capacity.addresses();
    if let Some(row) = plan.rows.iter().find(|row| row.waiting > 0).filter(|_| plan.starts) {
        let got = row.pods.saturating_sub(row.waiting);
        notes.add(
            "pods-without-address",
            NoteLevel::Error,
            format!(
                "from the pod number {} on, pods get no address: the pool ends at {got}",
                row.pods
            ),
        );
    }
    let most = plan.max_pods.saturating_sub(HOST_NETWORK_PODS);
    if plan.max_pods_given && most > addresses {
        notes.add(
            "max-pods-beyond-capacity",
            NoteLevel::Warning,
            format!(
                "max-pods {} lets more pods come than the {addresses} that can have an address",
                plan.max_pods
            ),
        );
    } else if plan.max_pods_given && most < addresses {
        notes.add(
            "max-pods-below-capacity",
            NoteLevel::Info,
            format!(
                "max-pods {} leaves part of {addresses} possible addresses unused",
                plan.max_pods
            ),
        );
    }
    if question.pods > most && most <= addresses {
        notes.add(
            "pods-beyond-max-pods",
            NoteLevel::Warning,
            format!(
                "max-pods {} with {HOST_NETWORK_PODS} pods of the node itself leaves {most} pods with an address",
                plan.max_pods
            ),
        );
    }
    if !plan.max_pods_given && plan.nodeadm_default != plan.max_pods {
        notes.add(
            "nodeadm-default",
            NoteLevel::Info,
            format!(
                "a node that nobody tells max-pods gets {} from nodeadm, not {}",
                plan.nodeadm_default, plan.max_pods
            ),
        );
    }
}

impl Plan {
    /// Returns whether a trunk ENI takes a slot.
    pub fn has_trunk(&self) -> bool {
        self.capacity.taken.iter().any(|(what, _)| *what == crate::cni::max_pods::Taken::Trunk)
    }
}
