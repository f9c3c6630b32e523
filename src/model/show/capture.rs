//! Captures, in the words of `capinfos` and with the link types of `tcpdump -L`.

use crate::model::capture::{Capture, CaptureFormat, CaptureInterface};
use std::fmt;

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packets = if self.n_packets == 1 { "packet" } else { "packets" };
        write!(f, "{}, {} {packets}", self.format, self.n_packets)?;
        if self.n_truncated > 0 {
            write!(f, ", {} of them limited by snaplen", self.n_truncated)?;
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            write!(f, ", {first} to {last}")?;
        }
        let mut interfaces = self.interfaces.iter();
        if let Some(first) = interfaces.next() {
            write!(f, ", on {first}")?;
            interfaces.try_for_each(|interface| write!(f, ", {interface}"))?;
        }
        self.damage.as_ref().map_or(Ok(()), |damage| write!(f, "; {damage}"))
    }
}

impl fmt::Display for CaptureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pcapng => f.write_str("pcapng"),
            Self::Pcap { nanoseconds, big_endian, modified } => {
                f.write_str(if *modified { "modified pcap" } else { "pcap" })?;
                f.write_str(if *nanoseconds { " with nanoseconds" } else { "" })?;
                f.write_str(if *big_endian { " (big-endian)" } else { "" })
            }
        }
    }
}

impl fmt::Display for CaptureInterface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        match link_type(self.link_type) {
            Some(name) => write!(f, "{name}")?,
            None => write!(f, "LINKTYPE {}", self.link_type)?,
        }
        match self.snaplen {
            0 => Ok(()),
            snaplen => write!(f, " snaplen {snaplen}"),
        }
    }
}

/// Returns the name of a link type that captures of nodes have (<https://www.tcpdump.org/linktypes.html>).
fn link_type(number: u32) -> Option<&'static str> {
    Some(match number {
        0 => "NULL",
        1 => "EN10MB",
        9 => "PPP",
        12 | 14 | 101 => "RAW",
        108 => "LOOP",
        113 => "LINUX_SLL",
        228 => "IPV4",
        229 => "IPV6",
        239 => "NFLOG",
        253 => "NETLINK",
        276 => "LINUX_SLL2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_one_line() {
        let interface = |name: Option<&str>, link_type, snaplen| CaptureInterface {
            link_type,
            name: name.map(Into::into),
            snaplen,
        };
        let capture = Capture {
            format: CaptureFormat::Pcapng,
            interfaces: vec![interface(Some("eth0"), 1, 96), interface(None, 182, 0)],
            n_packets: 7,
            n_truncated: 2,
            first: "2026-11-21T11:49:18.334684Z".parse().ok(),
            last: "2026-11-21T11:49:19Z".parse().ok(),
            damage: Some("the file ends in packet 8 at byte 901".into()),
        };
        assert_eq!(
            capture.to_string(),
            "pcapng, 7 packets, 2 of them limited by snaplen, 2026-11-21T11:49:18.334684Z to 2026-11-21T11:49:19Z, on \
             eth0 EN10MB snaplen 96, LINKTYPE 182; the file ends in packet 8 at byte 901"
        );
    }
}
