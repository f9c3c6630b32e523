//! Samples in the text format of Prometheus, counters as `ethtool -S` prints them.

use crate::model::metrics::{LinkCounters, MetricSample};
use std::fmt;

impl fmt::Display for MetricSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (index, (name, value)) in self.labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{before}{name}=\"{value}\"")?;
        }
        if !self.labels.is_empty() {
            f.write_str("}")?;
        }
        match self.value {
            inf if inf == f64::INFINITY => f.write_str(" +Inf")?,
            inf if inf == f64::NEG_INFINITY => f.write_str(" -Inf")?,
            value => write!(f, " {value}")?,
        }
        self.timestamp_ms.map_or(Ok(()), |ms| write!(f, " {ms}"))
    }
}

impl fmt::Display for LinkCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(name) => write!(f, "{name}:")?,
            None => f.write_str("NIC statistics:")?,
        }
        if self.counters.is_empty() {
            return f.write_str(" no stats available");
        }
        self.counters
            .iter()
            .try_for_each(|counter| write!(f, " {}: {}", counter.name, counter.value))
    }
}
