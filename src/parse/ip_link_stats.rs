//! The counters of `ip -s` and `ip -s -s`: a line of names, then a line of values.

use super::words::Words;
use crate::model::link::{Link, LinkStats};

/// A line of names that waits for its values, and what was counted so far.
#[derive(Debug, Default)]
pub(super) struct Stats {
    names: Option<Names>,
    received: Option<Counters>,
    rest: Vec<Box<str>>,
    /// Whether the lines are about a virtual function of the device, not about the device.
    in_vf: bool,
}

#[derive(Debug)]
struct Names {
    is_rx: bool,
    /// `RX errors:` of `-s -s`.
    is_errors: bool,
    columns: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Counters {
    bytes: u64,
    packets: u64,
    errors: u64,
    dropped: u64,
}

impl Stats {
    /// Takes a line if it is one of counters.
    pub(super) fn takes(&mut self, link: &mut Link, text: &str) -> bool {
        let mut words = Words::new(text);
        let first = words.peek().unwrap_or_default();
        self.in_vf |= first == "vf";
        if self.in_vf {
            return false;
        }
        if matches!(first, "RX:" | "TX:" | "RX" | "TX") {
            words.next();
            self.keep_names(link);
            let is_errors = words.take_word("errors:");
            let columns = words.map(Into::into).collect();
            self.names = Some(Names { is_rx: first.starts_with("RX"), is_errors, columns });
            return true;
        }
        let Some(names) = self.names.take() else { return false };
        if !first.starts_with(|c: char| c.is_ascii_digit()) {
            self.names = Some(names);
            return false;
        }
        self.values(link, &names, words);
        true
    }

    fn values(&mut self, link: &mut Link, names: &Names, values: Words<'_>) {
        let side = if names.is_rx { "RX" } else { "TX" };
        let mut counters = [None; 4];
        let mut rest: Vec<Box<str>> = Vec::new();
        if names.is_errors {
            rest.extend([side.into(), "errors:".into()]);
        }
        let mut columns = names.columns.iter();
        for value in values {
            let column = columns.next().map_or("", AsRef::as_ref);
            let counter = match column {
                _ if names.is_errors => None,
                "bytes" => counters.first_mut(),
                "packets" => counters.get_mut(1),
                "errors" => counters.get_mut(2),
                "dropped" => counters.get_mut(3),
                _ => None,
            };
            match (counter, value.parse()) {
                (Some(counter @ None), Ok(number)) => *counter = Some(number),
                (_, _) => rest.extend([column.into(), value.into()]),
            }
        }
        rest.extend(columns.cloned());
        let [bytes, packets, errors, dropped] = counters;
        if names.is_errors {
            self.rest.extend(rest);
        } else if let (Some(bytes), Some(packets), Some(errors), Some(dropped)) =
            (bytes, packets, errors, dropped)
        {
            let counters = Counters { bytes, packets, errors, dropped };
            self.rest.extend(rest);
            match (names.is_rx, self.received.take()) {
                (true, None) => self.received = Some(counters),
                (false, Some(received)) => self.both(link, received, counters),
                (is_rx, other) => {
                    self.received = other;
                    self.rest.extend(counters.words(if is_rx { "RX:" } else { "TX:" }));
                }
            }
        } else {
            // Rounded values of `-h`, or a line that was cut.
            let known = ["bytes", "packets", "errors", "dropped"].into_iter().zip(counters);
            for (column, value) in known {
                rest.extend(
                    value
                        .into_iter()
                        .flat_map(|value: u64| [column.into(), value.to_string().into()]),
                );
            }
            self.rest.push(format!("{side}:").into());
            self.rest.extend(rest);
        }
    }

    fn both(&mut self, link: &mut Link, received: Counters, sent: Counters) {
        if link.stats.is_some() {
            self.rest.extend(received.words("RX:"));
            self.rest.extend(sent.words("TX:"));
            return;
        }
        link.stats = Some(Box::new(LinkStats {
            rx_bytes: received.bytes,
            rx_packets: received.packets,
            rx_errors: received.errors,
            rx_dropped: received.dropped,
            tx_bytes: sent.bytes,
            tx_packets: sent.packets,
            tx_errors: sent.errors,
            tx_dropped: sent.dropped,
            rest: Vec::new(),
        }));
    }

    /// Ends the counters of an interface.
    pub(super) fn close(&mut self, link: &mut Link) {
        self.keep_names(link);
        if let Some(received) = self.received.take() {
            self.rest.extend(received.words("RX:"));
        }
        let rest = std::mem::take(&mut self.rest);
        match &mut link.stats {
            Some(stats) => stats.rest.extend(rest),
            None => link.rest.extend(rest),
        }
        *self = Self::default();
    }

    /// Keeps names whose values did not come.
    fn keep_names(&mut self, link: &mut Link) {
        let Some(names) = self.names.take() else { return };
        link.rest.push(if names.is_rx { "RX:" } else { "TX:" }.into());
        if names.is_errors {
            link.rest.push("errors:".into());
        }
        link.rest.extend(names.columns);
    }
}

impl Counters {
    fn words(self, side: &str) -> [Box<str>; 9] {
        let value = |value: u64| value.to_string().into();
        [
            side.into(),
            "bytes".into(),
            value(self.bytes),
            "packets".into(),
            value(self.packets),
            "errors".into(),
            value(self.errors),
            "dropped".into(),
            value(self.dropped),
        ]
    }
}
