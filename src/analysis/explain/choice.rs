//! On which node a flow is looked at, and where it enters there.

use super::{Enters, Explainer, Host, Question};
use crate::{
    analysis::datapath::{Entry, Flow, Lookup, RouteQuery, User, View},
    model::routing::RouteKind,
    net::{Family, IfName, Mark, Protocol},
};
use std::net::IpAddr;

/// The node and the packet that enters it.
#[derive(Debug)]
pub struct Choice<'e, 's> {
    pub host: &'e Host<'s>,
    pub flow: Flow,
}

/// Why a flow cannot be walked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNode {
    #[error("no node in the input has dumps of rules, routes or tables")]
    Nobody,
    #[error("several nodes fit, and nothing tells on which the packet is: name one with --node")]
    Several,
    #[error("by which interface the packet enters cannot be told from its source: give `iif`")]
    NoInterface,
}

impl<'s> Explainer<'s> {
    /// Finds the node of a flow and where it enters there.
    pub(super) fn choose(&self, question: &Question) -> Result<Choice<'_, 's>, NoNode> {
        let host = self.host_of(question)?;
        let view = host.path().view();
        let entry = match question.enters {
            Enters::By(name) => Entry::Interface(name),
            Enters::Sent => Entry::Local,
            Enters::Derived => entry(view, question).ok_or(NoNode::NoInterface)?,
        };
        let icmp = match question.protocol {
            Protocol::ICMP => Some(question.icmp.unwrap_or((8, 0))),
            Protocol::ICMPV6 => Some(question.icmp.unwrap_or((128, 0))),
            _ => None,
        };
        let flow = Flow {
            src: question.src,
            dst: question.dst,
            protocol: question.protocol,
            sport: question.sport,
            dport: question.dport,
            entry,
            mark: question.mark,
            tos: Some(question.tos),
            ttl: question.ttl,
            length: question.length,
            tcp_flags: question.tcp_flags,
            icmp,
            state: question.state,
        };
        Ok(Choice { host, flow })
    }

    fn host_of(&self, question: &Question) -> Result<&Host<'s>, NoNode> {
        let [first, rest @ ..] = self.hosts() else { return Err(NoNode::Nobody) };
        if rest.is_empty() {
            return Ok(first);
        }
        let by_iif = |host: &Host<'s>| match question.enters {
            Enters::By(name) => host.path().view().interfaces.contains_key(&name),
            Enters::Sent => owns(host.path().view(), question.src),
            Enters::Derived => false,
        };
        let tests: [&dyn Fn(&Host<'s>) -> bool; 3] =
            [&by_iif, &|host| owns(host.path().view(), question.src), &|host| {
                owns(host.path().view(), question.dst)
            }];
        for test in tests {
            let mut fitting = self.hosts().iter().filter(|host| test(host));
            if let (Some(only), None) = (fitting.next(), fitting.next()) {
                return Ok(only);
            }
        }
        Err(NoNode::Several)
    }
}

/// Returns whether an address is the node's own, or that of a pod behind a route of its own.
fn owns(view: &View, ip: IpAddr) -> bool {
    is_own(view, ip) || pod_device(view, ip).is_some()
}

fn is_own(view: &View, ip: IpAddr) -> bool {
    let mut addresses = view.interfaces.values().filter_map(|one| one.addresses.as_ref());
    addresses.any(|all| all.iter().any(|address| address.net.addr() == ip))
        || view.addr_type(ip) == Some(RouteKind::Local)
}

/// The interface of the route that leads to this address alone.
pub(super) fn pod_device(view: &View, ip: IpAddr) -> Option<IfName> {
    let family = Family::of(ip);
    let leads_there = |route: &&crate::model::Sourced<crate::model::routing::Route>| {
        let route = &route.value;
        route.kind == RouteKind::Unicast
            && route.dst.addr() == ip
            && route.dst.prefix_len() == family.bits()
            && route.nexthops.iter().all(|hop| hop.via.is_none())
    };
    view.fib(family).routes().find(leads_there)?.value.nexthops.first()?.dev
}

/// Where a packet enters, told from its source: a pod's own interface, a socket of the node, or the way back.
fn entry(view: &View, question: &Question) -> Option<Entry> {
    let src = question.src;
    if is_own(view, src) {
        return Some(Entry::Local);
    }
    if let Some(device) = pod_device(view, src) {
        return Some(Entry::Interface(device));
    }
    let back = RouteQuery {
        src: Some(question.dst),
        dst: src,
        tos: Some(question.tos),
        mark: Mark(0),
        iif: None,
        protocol: question.protocol,
        sport: Some(question.dport),
        dport: question.sport,
        user: User::Unknown,
    };
    let fib = view.fib(Family::of(src));
    let mut found = fib.lookup(&back);
    while let Lookup::Unknown(_, likely) = found {
        found = *likely;
    }
    let Lookup::Found(answer) = found else { return None };
    fib.hop(&answer)?.dev.map(Entry::Interface)
}
