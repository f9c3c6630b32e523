//! Where a packet ends, and how likely: what is certain apart from what hangs on things that no dump tells.

use super::step::{Need, Step};
use crate::net::{IfName, Mark};
use std::{net::IpAddr, rc::Rc};

/// How the walk of a packet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It left by an interface.
    Forwarded,
    /// A socket of the namespace got it.
    Delivered,
    Dropped,
    Rejected,
    /// The dumps do not tell.
    Unknown,
}

/// One way that a packet may end.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub fate: Fate,
    pub out: Option<IfName>,
    pub src: IpAddr,
    pub dst: IpAddr,
    /// `None` where the kernel picks the port.
    pub sport: Option<u16>,
    pub dport: Option<u16>,
    pub snat: bool,
    pub dnat: bool,
    pub mark: Mark,
    pub ctmark: Mark,
    /// The steps that led here, in order.
    pub trace: Trace,
    /// For `Unknown`: what would settle it, and what may happen.
    pub needs: Vec<Need>,
    pub alternatives: Vec<Outcome>,
}

/// The steps of a walk; shared between walks that start alike.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Rc<TraceNode>>);

#[derive(Debug)]
struct TraceNode {
    step: Step,
    before: Trace,
}

/// Every way that a packet may end, with probabilities that add up to 1.
#[derive(Clone, Debug, Default)]
pub struct Outcomes(pub Vec<(f64, Outcome)>);

impl Trace {
    /// Returns the walk with one more step.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        Self(Some(Rc::new(TraceNode { step, before: self.clone() })))
    }

    /// Returns the steps in order.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(node) = &at.0 {
            steps.push(&node.step);
            at = &node.before;
        }
        steps.reverse();
        steps
    }
}

impl Drop for Trace {
    /// Frees a long walk step by step, so that its length does not use up the stack.
    fn drop(&mut self) {
        let mut at = self.0.take();
        while let Some(node) = at {
            match Rc::try_unwrap(node) {
                Ok(mut node) => at = node.before.0.take(),
                Err(_) => break,
            }
        }
    }
}

impl Outcome {
    /// Returns whether two walks end alike, whatever led there.
    pub fn same_end(&self, other: &Self) -> bool {
        let key = |o: &Self| {
            (o.fate, o.out, o.src, o.dst, o.sport, o.dport, o.snat, o.dnat, o.mark, o.ctmark)
        };
        key(self) == key(other)
    }
}

impl Outcomes {
    /// Returns the one certain end.
    pub fn certain(outcome: Outcome) -> Self {
        Self(vec![(1.0, outcome)])
    }

    /// Adds an end, together with those that are alike.
    pub fn add(&mut self, probability: f64, outcome: Outcome) {
        if probability <= 0.0 {
            return;
        }
        let same = |known: &&mut (f64, Outcome)| {
            known.1.same_end(&outcome)
                && (outcome.fate != Fate::Unknown || known.1.needs == outcome.needs)
        };
        match self.0.iter_mut().find(same) {
            Some((known, _)) => *known += probability,
            None => self.0.push((probability, outcome)),
        }
    }

    /// Adds ends that come about with a share of the chances.
    pub fn add_all(&mut self, share: f64, ends: Self) {
        for (probability, outcome) in ends.0 {
            self.add(probability * share, outcome);
        }
    }

    /// Mixes two sets of ends by chance: the first with probability `p`.
    #[must_use]
    pub fn by_chance(p: f64, first: Self, second: Self) -> Self {
        let mut all = Self::default();
        all.add_all(p, first);
        all.add_all(1.0 - p, second);
        all
    }

    /// Joins two sets of ends of which the dumps do not tell which holds.
    ///
    /// What both have in common is certain; the rest becomes one unknown end that lists what may happen.
    #[must_use]
    pub fn either(need: Need, first: Self, second: Self) -> Self {
        let mut common = Self::default();
        let mut alternatives: Vec<Outcome> = Vec::new();
        let mut needs = vec![need];
        let mut rest_of_second = second.0;
        let mut open = 0.0;
        let mut like = None;
        for (p, outcome) in first.0 {
            let other = rest_of_second
                .iter_mut()
                .find(|(_, known)| known.same_end(&outcome) && known.fate != Fate::Unknown);
            let shared = other.map_or(0.0, |(q, _)| {
                let shared = p.min(*q);
                *q -= shared;
                shared
            });
            if p - shared > EPSILON {
                open += p - shared;
                like.get_or_insert_with(|| outcome.clone());
                note(&mut alternatives, &mut needs, &outcome);
            }
            common.add(shared, outcome);
        }
        for (q, outcome) in rest_of_second {
            if q > EPSILON {
                note(&mut alternatives, &mut needs, &outcome);
            }
        }
        if let Some(like) = like {
            common
                .add(open, Outcome { fate: Fate::Unknown, out: None, needs, alternatives, ..like });
        }
        common
    }
}

/// Differences of probability below this come from rounding.
const EPSILON: f64 = 1e-12;

/// How many alternatives of an unknown end are kept.
const MAX_ALTERNATIVES: usize = 16;

/// Keeps what may happen; an end that is itself unknown hands its own alternatives on.
fn note(alternatives: &mut Vec<Outcome>, needs: &mut Vec<Need>, outcome: &Outcome) {
    if outcome.fate == Fate::Unknown {
        for need in &outcome.needs {
            if !needs.contains(need) {
                needs.push(need.clone());
            }
        }
        for inner in &outcome.alternatives {
            note(alternatives, needs, inner);
        }
    } else if alternatives.len() < MAX_ALTERNATIVES
        && !alternatives.iter().any(|known| known.same_end(outcome))
    {
        alternatives.push(outcome.clone());
    }
}
