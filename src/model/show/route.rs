//! Routes as `ip route` prints them, with the ways out of a multipath route on the same line.

use super::{link::destination, pair, words};
use crate::model::routing::{Nexthop, Route, RouteKind};
use std::{fmt, net::IpAddr};

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RouteKind::Unicast {
            write!(f, "{} ", self.kind)?;
        }
        destination(&self.dst).fmt(f)?;
        if let Some(from) = &self.from {
            write!(f, " from {}", destination(from))?;
        }
        if let Some(tos) = self.tos {
            write!(f, " tos {tos:#04x}")?;
        }
        pair(f, "nhid", self.nhid)?;
        let is_v6 = self.dst.addr().is_ipv6();
        let (single, many) = match self.nexthops.as_slice() {
            [only] => (Some(only), [].as_slice()),
            many => (None, many),
        };
        if let Some(only) = single {
            only.fmt_way(f, is_v6)?;
        }
        pair(f, "table", self.table.as_ref())?;
        pair(f, "proto", self.proto.as_ref())?;
        pair(f, "scope", self.scope.as_ref())?;
        pair(f, "src", self.prefsrc)?;
        pair(f, "metric", self.metric)?;
        if let Some(only) = single {
            only.fmt_rest(f)?;
        }
        pair(f, "mtu", self.mtu)?;
        words(f, &self.rest)?;
        pair(f, "pref", self.pref.as_ref())?;
        for nexthop in many {
            f.write_str(" nexthop")?;
            nexthop.fmt_way(f, is_v6)?;
            write!(f, " weight {}", nexthop.weight)?;
            nexthop.fmt_rest(f)?;
        }
        Ok(())
    }
}

impl Nexthop {
    fn fmt_way(&self, f: &mut fmt::Formatter<'_>, is_v6: bool) -> fmt::Result {
        match self.via {
            Some(IpAddr::V6(via)) if !is_v6 => write!(f, " via inet6 {via}")?,
            Some(via) => write!(f, " via {via}")?,
            None => {}
        }
        pair(f, "dev", self.dev)
    }

    fn fmt_rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words(f, &self.flags)?;
        words(f, &self.rest)
    }
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
