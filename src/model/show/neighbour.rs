//! Neighbours as `ip neigh` prints them.

use super::{pair, words};
use crate::model::routing::Neighbour;
use std::fmt;

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ip.fmt(f)?;
        pair(f, "dev", self.dev)?;
        pair(f, "lladdr", self.mac)?;
        words(f, &self.rest)?;
        words(f, &self.state)
    }
}
