//! The counters of `ifconfig`: `RX packets 5  bytes 300 (300.0 B)` and `RX packets:5 errors:0 dropped:0 …`.

use crate::model::link::LinkStats;

/// The counters of one interface, as far as its lines have come.
#[derive(Debug, Default)]
pub(super) struct Stats {
    received: Counters,
    sent: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    bytes: Option<u64>,
    packets: Option<u64>,
    errors: Option<u64>,
    dropped: Option<u64>,
}

impl Stats {
    /// Takes what a line counts.
    pub(super) fn line(&mut self, text: &str) {
        let mut side = None;
        let mut name = None;
        for word in text.split_ascii_whitespace() {
            let (counter, value) = match (word.split_once(':'), name.take()) {
                (Some((counter, value)), _) => (counter, value),
                (None, Some(counter)) => (counter, word),
                (None, None) => (word, ""),
            };
            match counter {
                "RX" => side = Some(&mut self.received),
                "TX" => side = Some(&mut self.sent),
                _ if value.is_empty() => name = Some(counter),
                _ => {
                    let slot = side.as_mut().and_then(|side| side.slot(counter));
                    if let (Some(slot), Ok(number)) = (slot, value.parse()) {
                        slot.get_or_insert(number);
                    }
                }
            }
        }
    }

    /// Returns the counters if all of them were printed.
    pub(super) fn finish(self) -> Option<Box<LinkStats>> {
        let Self { received, sent } = self;
        Some(Box::new(LinkStats {
            rx_bytes: received.bytes?,
            rx_packets: received.packets?,
            rx_errors: received.errors?,
            rx_dropped: received.dropped?,
            tx_bytes: sent.bytes?,
            tx_packets: sent.packets?,
            tx_errors: sent.errors?,
            tx_dropped: sent.dropped?,
            rest: Vec::new(),
        }))
    }
}

impl Counters {
    fn slot(&mut self, name: &str) -> Option<&mut Option<u64>> {
        match name {
            "bytes" => Some(&mut self.bytes),
            "packets" => Some(&mut self.packets),
            "errors" => Some(&mut self.errors),
            "dropped" => Some(&mut self.dropped),
            _ => None,
        }
    }
}
