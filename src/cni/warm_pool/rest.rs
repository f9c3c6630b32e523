//! The state in which ipamd rests after pods were created one by one on a new node.
//!
//! ipamd takes addresses from ENIs and prefixes in any order. The size of the pool hangs on that order only in prefix
//! mode without targets in addresses and with WARM_PREFIX_TARGET above 1: one growth asks for the prefixes that are
//! missing, and pods that are spread leave more of them missing than pods that fill prefix after prefix. There the
//! answer is the pool of pods that fill prefix after prefix, which is the smallest, with [`Rest::prefixes_max`] as the
//! largest.

use super::{Limits, Mode, Pass, Pool, Settings, Stats, pass};

/// What one node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    pub pods: u32,
    /// Pods that get no address.
    pub waiting: u32,
    pub stats: Stats,
    /// All ENIs, the primary one and the trunk among them.
    pub enis: u32,
    /// Slots that are filled, ENI by ENI in the order of their attachment.
    pub slots: Vec<u32>,
    /// The most prefixes that there may be, where the order in which pods get addresses matters.
    pub prefixes_max: u32,
    pub resting: Resting,
}

/// Whether ipamd comes to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resting {
    Settled,
    /// It attaches or asks, frees again, and never stops; the state is the largest on the way.
    Never,
}

/// A node to which pods come.
#[derive(Debug)]
struct Node<'a> {
    settings: &'a Settings,
    limits: &'a Limits,
    pool: Pool,
    pods: u32,
    waiting: u32,
    resting: Resting,
}

/// Returns the state at a number of pods, with the pool itself.
pub fn rest(settings: &Settings, limits: &Limits, pods: u32) -> (Rest, Pool) {
    let mut node = Node::new(settings, limits);
    for _ in 0..pods {
        node.add_pod();
    }
    (node.rest(), node.pool)
}

/// Returns the states from no pod to a number of pods.
pub fn rests(settings: &Settings, limits: &Limits, pods: u32) -> Vec<Rest> {
    let mut node = Node::new(settings, limits);
    let mut found = vec![node.rest()];
    for _ in 0..pods {
        node.add_pod();
        found.push(node.rest());
    }
    found
}

impl<'a> Node<'a> {
    fn new(settings: &'a Settings, limits: &'a Limits) -> Self {
        let pool = Pool::of_new_node(settings, limits);
        let resting = Resting::Settled;
        let mut node = Self { settings, limits, pool, pods: 0, waiting: 0, resting };
        node.settle();
        node
    }

    /// Adds a pod. The kubelet asks again for pods that wait, so they get what a growth brings.
    fn add_pod(&mut self) {
        self.pods = self.pods.saturating_add(1);
        self.waiting = self.waiting.saturating_add(1);
        while self.waiting > 0 && self.pool.assign(self.settings.mode) {
            self.waiting = self.waiting.saturating_sub(1);
            self.settle();
        }
    }

    /// Runs passes, a minute apart, until one changes nothing.
    ///
    /// Every growth fills an ENI or attaches one, so a pool that grows only is done within two passes an ENI.
    fn settle(&mut self) {
        let n_passes = self.limits.enis.saturating_mul(2).saturating_add(8);
        let mut largest: Option<(u32, Pool)> = None;
        for _ in 0..n_passes {
            let next: Pass = pass(self.settings, self.limits, &self.pool, &[]);
            let total = next.target.stats.total;
            if next.is_idle() {
                self.resting = Resting::Settled;
                return;
            }
            if largest.as_ref().is_none_or(|(most, _)| total > *most) {
                largest = Some((total, self.pool.clone()));
            }
            self.pool.apply(self.settings, &next);
            self.pool.age();
        }
        self.resting = Resting::Never;
        self.pool = largest.map(|(_, pool)| pool).unwrap_or_default();
    }

    fn rest(&self) -> Rest {
        let stats = self.pool.stats(self.settings.mode);
        Rest {
            pods: self.pods,
            waiting: self.waiting,
            stats,
            enis: self.pool.n_enis(),
            slots: self.pool.enis.iter().map(super::PoolEni::used_slots).collect(),
            prefixes_max: self.prefixes_max(stats.prefixes),
            resting: self.resting,
        }
    }

    /// Returns the most prefixes that any order of addresses leads to.
    ///
    /// The pool grows only while fewer than 16·WARM_PREFIX_TARGET addresses are free, that is, from at least one prefix
    /// less than the smallest pool has, and then by at most WARM_PREFIX_TARGET.
    fn prefixes_max(&self, prefixes: u32) -> u32 {
        let settings = self.settings;
        let matters = settings.mode == Mode::Prefixes && !settings.has_ip_targets();
        if !matters || self.pods == 0 {
            return prefixes;
        }
        let capacity = crate::cni::max_pods::Capacity::of(settings, self.limits).slots_for_pods();
        let more = settings.warm_prefix_target.saturating_sub(1);
        prefixes.saturating_add(more).min(capacity.max(prefixes))
    }
}

impl Rest {
    /// Returns the slots that are filled, on ENIs whose slots are.
    pub fn filled_slots(&self) -> Vec<u32> {
        self.slots.iter().copied().filter(|slots| *slots > 0).collect()
    }
}
