//! Numbers that a node counts: the Prometheus text of ipamd, `ethtool -S`.

use crate::net::IfName;

/// One sample of the Prometheus text.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSample {
    pub name: Box<str>,
    pub labels: Vec<(Box<str>, Box<str>)>,
    pub value: f64,
    /// Milliseconds since 1970, where the exporter prints them.
    pub timestamp_ms: Option<i64>,
}

/// The counters of one interface (`ethtool -S`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// `None` where neither the output nor the command names it.
    pub interface: Option<IfName>,
    /// Empty where the driver has none (`no stats available`).
    pub counters: Vec<LinkCounter>,
}

/// One counter, such as `conntrack_allowance_exceeded` of the ENA driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCounter {
    pub name: Box<str>,
    pub value: u64,
    pub line: u32,
}
