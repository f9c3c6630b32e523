//! Rules of iptables as `iptables-save` prints them, whichever output they were read from.

use super::{xt_match::Matches, xt_target::ShowTarget};
use crate::model::netfilter::{
    Counters,
    xt::{Chain, Rule, XtTable},
};
use std::fmt;

/// One rule as `-A CHAIN … -j TARGET …`.
#[derive(Clone, Copy, Debug)]
pub struct ShowRule<'a> {
    table: &'a XtTable,
    chain: &'a Chain,
    rule: &'a Rule,
    text: &'a str,
    counters: bool,
}

impl XtTable {
    /// Returns a rule of a chain, to be printed. `text` is that of the artifact, which comments are read from.
    pub fn show_rule<'a>(
        &'a self,
        chain: &'a Chain,
        rule: &'a Rule,
        text: &'a str,
    ) -> ShowRule<'a> {
        ShowRule { table: self, chain, rule, text, counters: true }
    }
}

impl ShowRule<'_> {
    /// Leaves the counters out.
    #[must_use]
    pub fn without_counters(self) -> Self {
        Self { counters: false, ..self }
    }
}

impl fmt::Display for ShowRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(counters) = self.rule.counters.as_ref().filter(|_| self.counters) {
            write!(f, "{counters} ")?;
        }
        write!(f, "-A {}", self.chain.name)?;
        let family = self.table.family;
        Matches { matches: &self.rule.matches, family, text: self.text }.fmt(f)?;
        ShowTarget { target: &self.rule.target, table: self.table }.fmt(f)
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = if self.rounded { "~" } else { "" };
        write!(f, "[{about}{}:{about}{}]", self.packets, self.bytes)
    }
}

/// The line that declares a chain: `:CHAIN POLICY [PACKETS:BYTES]`.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{} ", self.name)?;
        match self.policy {
            Some(policy) => write!(f, "{policy}")?,
            None => f.write_str("-")?,
        }
        if let Some(counters) = self.counters {
            write!(f, " {counters}")?;
        }
        if let Some(references) = self.references {
            write!(f, " ({references} references)")?;
        }
        Ok(())
    }
}
