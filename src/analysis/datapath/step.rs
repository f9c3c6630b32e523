//! What a walk did and what it could not know, as references into the tables; text is made when somebody reads it.

use super::program::ChainRef;
use crate::{
    model::{Origin, netfilter::Hook},
    net::{Family, IfName},
};
use std::rc::Rc;

/// A rule of a chain, whichever kind of table it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleAt {
    pub(super) chain: ChainRef,
    pub(super) rule: u32,
}

/// One step of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub at: Point,
    pub did: Did,
    /// Whether it changed or decided something, or was only passed.
    pub deciding: bool,
}

/// Where on its way a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Hook(Hook),
    Routing,
    Conntrack,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    /// A rule matched.
    Rule(RuleAt),
    /// A base chain ended without a verdict.
    Policy(ChainRef),
    /// A rule and a route of the policy database, by their numbers in the family's tables.
    Routed { family: Family, rule: Option<u32>, route: Option<u32> },
    /// Something else, with the setting or entry that made it so.
    Other(Rc<str>, Option<Origin>),
}

/// Something that no dump tells, and that would settle where a packet ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// Whether a rule matches.
    Whether(RuleAt),
    /// What a rule does.
    WhatDoes(RuleAt),
    /// The rules of a chain.
    Chain(ChainRef),
    /// The policy of a base chain.
    Policy(ChainRef),
    /// Which of several chains with the same priority is called first.
    Order(Hook),
    /// Whether a rule of the policy database selects the packet.
    IpRule { family: Family, rule: u32 },
    /// The routing rules of a family.
    IpRules(Family),
    /// A route table, or the rest of it.
    RouteTable(Family, Rc<str>),
    /// The addresses of an interface.
    Addresses(IfName),
    /// A kernel setting.
    Sysctl(Rc<str>),
    /// Anything else.
    Text(Rc<str>),
}

impl From<&str> for Need {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Need {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
