//! One pass of ipamd's loop (`updateIPPoolIfRequired`, `pkg/ipamd/ipamd.go`): grow or give back, and then perhaps free
//! an ENI.

use super::{EniKind, IPS_PER_PREFIX, Limits, Mode, Pool, PoolEni, Settings, Target, target};

/// Something that keeps ipamd from a step for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is about to end: it neither grows nor frees an ENI (`isTerminating`).
    Terminating,
    /// The node is cordoned and AWS_MANAGE_ENIS_NON_SCHEDULABLE is not set: the same (`isENIAttachmentAllowed`).
    NotSchedulable,
    /// EC2 said less than 120 s ago that the subnet is full: it does not grow (`insufficientCidrErrorCooldown`).
    SubnetFull,
    /// It gave back less than 30 s ago: it does not give back (`decreaseIPPoolInterval`).
    GaveBack,
}

/// What one pass does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The arithmetic that decides.
    pub target: Target,
    pub step: Step,
    /// The ENI that is freed afterwards; it is looked for in the pool as the step leaves it.
    pub freed: Option<Freed>,
}

/// What happens to the size of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for CIDRs on an ENI that has room; the first of those that ipamd may take.
    Fill {
        eni: usize,
        n_cidrs: u32,
    },
    /// Attach an ENI with CIDRs.
    Attach {
        n_cidrs: u32,
    },
    /// Give back CIDRs that no pod uses; fewer where there are not as many.
    GiveBack {
        n_cidrs: u32,
    },
    /// The pool is too small or too large, and something is in the way.
    Blocked(Blocked),
    Nothing,
}

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// All slots are filled, and there may be no more ENIs.
    NoRoom,
    Held(Hold),
}

/// An ENI that ipamd frees: the first that it may, where what is given back in the same pass goes from the last ENI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freed {
    /// Its place in the pool before the pass.
    pub eni: usize,
}

/// Returns what ipamd does next.
pub fn pass(settings: &Settings, limits: &Limits, pool: &Pool, holds: &[Hold]) -> Pass {
    let target = target(settings, limits, pool);
    let held = |those: &[Hold]| holds.iter().copied().find(|hold| those.contains(hold));
    let attachment = &[Hold::Terminating, Hold::NotSchedulable];
    let step = if target.low {
        let growth = &[Hold::Terminating, Hold::NotSchedulable, Hold::SubnetFull];
        match held(growth) {
            Some(hold) => Step::Blocked(Blocked::Held(hold)),
            None => grow(settings, limits, pool, &target),
        }
    } else if target.is_high() {
        match held(&[Hold::GaveBack]) {
            Some(hold) => Step::Blocked(Blocked::Held(hold)),
            None => give_back(pool, &target),
        }
    } else {
        Step::Nothing
    };
    let freed = (target.extra_enis && held(attachment).is_none()).then(|| {
        let mut then = pool.clone();
        then.take(settings, &step);
        deletable(settings, &then).map(|eni| Freed { eni })
    });
    Pass { target, step, freed: freed.flatten() }
}

/// Grows by one step: fill an ENI, or else attach one (`increaseDatastorePool`).
fn grow(settings: &Settings, limits: &Limits, pool: &Pool, target: &Target) -> Step {
    let limit = limits.slots();
    let may_fill = |eni: &PoolEni| {
        let skipped = settings.custom_networking && eni.kind == EniKind::Primary;
        !skipped && !eni.excluded && eni.kind != EniKind::Trunk && eni.used_slots() < limit
    };
    if let Some((at, eni)) = pool.enis.iter().enumerate().find(|(_, eni)| may_fill(eni)) {
        let n_cidrs = target.wanted.min(limit.saturating_sub(eni.used_slots()));
        return Step::Fill { eni: at, n_cidrs };
    }
    let n_cidrs = target.wanted.min(limit);
    if n_cidrs > 0 && has_room(settings, limits, pool) {
        Step::Attach { n_cidrs }
    } else {
        Step::Blocked(Blocked::NoRoom)
    }
}

/// Returns whether one more ENI may be attached; a slot is kept for the trunk ENI until it is there (`hasRoomForEni`).
fn has_room(settings: &Settings, limits: &Limits, pool: &Pool) -> bool {
    let kept = u32::from(limits.wants_trunk(settings) && !pool.has_trunk());
    let taken = settings.unmanaged_enis.saturating_add(kept);
    pool.n_enis() < limits.max_enis(settings).saturating_sub(taken)
}

/// Gives back what is too much, as far as no pod uses it (`tryUnassignCidrsFromAll`).
fn give_back(pool: &Pool, target: &Target) -> Step {
    let unused = pool.enis.iter().flat_map(|eni| &eni.cidrs).filter(|cidr| cidr.assigned == 0);
    let n_unused = u32::try_from(unused.count()).unwrap_or(u32::MAX);
    match target.over.min(n_unused) {
        0 => Step::Nothing,
        n_cidrs => Step::GiveBack { n_cidrs },
    }
}

/// Returns the first ENI that may be freed (`getDeletableENI`, `data_store.go`).
fn deletable(settings: &Settings, pool: &Pool) -> Option<usize> {
    let may_go = |at: usize, eni: &PoolEni| {
        eni.kind == EniKind::Ordinary
            && !eni.young
            && !eni.cidrs.iter().any(|cidr| cidr.cooling > 0)
            && !eni.has_pods()
            && !is_required(settings, pool, at)
    };
    pool.enis.iter().enumerate().find(|(at, eni)| may_go(*at, eni)).map(|(at, _)| at)
}

/// Returns whether a target needs an ENI (`isRequiredForWarmIPTarget`, `isRequiredForMinimumIPTarget`,
/// `isRequiredForWarmPrefixTarget`).
fn is_required(settings: &Settings, pool: &Pool, at: usize) -> bool {
    let mode = settings.mode;
    let others = || {
        let others = pool.enis.iter().enumerate().filter(move |(other, _)| *other != at);
        others.map(|(_, eni)| eni).filter(|eni| !eni.excluded)
    };
    let sum = |of: fn(&super::Cidr) -> u32| -> u32 {
        let sizes = others().flat_map(|eni| eni.of_mode(mode)).map(of);
        sizes.fold(0, u32::saturating_add)
    };
    let whole = |ips: u32| match mode {
        Mode::SecondaryAddresses => ips,
        Mode::Prefixes => ips.div_ceil(IPS_PER_PREFIX).saturating_mul(IPS_PER_PREFIX),
    };
    let (warm, minimum) = (settings.warm_ip_target, settings.minimum_ip_target);
    if warm != 0 && sum(|cidr| cidr.size().saturating_sub(cidr.assigned)) < whole(warm) {
        return true;
    }
    if minimum != 0 && sum(super::Cidr::size) < whole(minimum) {
        return true;
    }
    if mode != Mode::Prefixes || settings.warm_prefix_target == 0 {
        return false;
    }
    // Upstream does not ask here whether the CIDR is a prefix.
    let unused = others().flat_map(|eni| &eni.cidrs).filter(|cidr| cidr.assigned == 0).count();
    u32::try_from(unused).unwrap_or(u32::MAX) < settings.warm_prefix_target
}

impl Pass {
    /// Returns whether the pass leaves the pool as it is.
    pub fn is_idle(&self) -> bool {
        let moves = match self.step {
            Step::Fill { n_cidrs, .. } | Step::Attach { n_cidrs } | Step::GiveBack { n_cidrs } => {
                n_cidrs > 0
            }
            Step::Blocked(_) | Step::Nothing => false,
        };
        !moves && self.freed.is_none()
    }
}

impl Pool {
    /// Does to the pool what a pass decided. What is given back goes from the last ENI; ipamd takes any.
    pub fn apply(&mut self, settings: &Settings, pass: &Pass) {
        self.take(settings, &pass.step);
        if let Some(freed) = pass.freed.filter(|freed| freed.eni < self.enis.len()) {
            self.enis.remove(freed.eni);
        }
    }

    fn take(&mut self, settings: &Settings, step: &Step) {
        match *step {
            Step::Fill { eni, n_cidrs } => {
                if let Some(eni) = self.enis.get_mut(eni) {
                    eni.fill(settings.mode, n_cidrs);
                }
            }
            Step::Attach { n_cidrs } => {
                let eni = PoolEni::new(EniKind::Ordinary, settings.mode, n_cidrs);
                self.enis.push(PoolEni { young: true, ..eni });
            }
            Step::GiveBack { n_cidrs } => {
                let mut left = n_cidrs;
                for eni in self.enis.iter_mut().rev() {
                    eni.cidrs.retain(|cidr| {
                        let goes = left > 0 && cidr.assigned == 0;
                        left = left.saturating_sub(u32::from(goes));
                        !goes
                    });
                }
            }
            Step::Blocked(_) | Step::Nothing => {}
        }
    }

    /// Lets a minute pass without pods: ENIs are no longer young, addresses no longer cool.
    pub fn age(&mut self) {
        for eni in &mut self.enis {
            eni.young = false;
            eni.cidrs.iter_mut().for_each(|cidr| cidr.cooling = 0);
        }
    }
}
