//! Connection tracking as `conntrack -L -o extended` prints it.

use crate::{
    model::conntrack::{CtEntry, CtPorts, CtStats, CtTuple},
    net::{Family, Protocol},
};
use std::fmt;

/// Returns what the tool calls a protocol: it knows those that it can track, by number as by name.
fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::ICMPV6 => "icmpv6",
        Protocol(47) => "gre",
        known if known.has_ports() || known == Protocol::ICMP => known.name().unwrap_or("unknown"),
        _ => "unknown",
    }
}

impl fmt::Display for CtEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(time) = self.time {
            write!(f, "[{}.{:06}] ", time.as_second(), time.subsec_microsecond())?;
        }
        if let Some(event) = &self.event {
            write!(f, "[{event}] ")?;
        }
        match self.family {
            Some(Family::V4) => f.write_str("ipv4 2 ")?,
            Some(Family::V6) => f.write_str("ipv6 10 ")?,
            None => {}
        }
        write!(f, "{} {} ", name(self.protocol), self.protocol.0)?;
        if let Some(secs) = self.timeout_secs {
            write!(f, "{secs} ")?;
        }
        if let Some(state) = &self.state {
            write!(f, "{state} ")?;
        }
        write!(f, "{}", self.original)?;
        if let Some(zone) = self.zone_original {
            write!(f, " zone-orig={zone}")?;
        }
        if self.status.unreplied {
            f.write_str(" [UNREPLIED]")?;
        }
        write!(f, " {}", self.reply)?;
        if let Some(zone) = self.zone_reply {
            write!(f, " zone-reply={zone}")?;
        }
        let flags = [
            (self.status.hw_offload, "[HW_OFFLOAD]"),
            (self.status.offload, "[OFFLOAD]"),
            (self.status.assured, "[ASSURED]"),
        ];
        for (_, flag) in flags.into_iter().filter(|(is_set, _)| *is_set) {
            write!(f, " {flag}")?;
        }
        if let Some(mark) = self.mark {
            write!(f, " mark={}", mark.0)?;
        }
        if let Some(zone) = self.zone {
            write!(f, " zone={zone}")?;
        }
        self.rest.iter().try_for_each(|word| write!(f, " {word}"))?;
        self.id.map_or(Ok(()), |id| write!(f, " id={id}"))
    }
}

impl fmt::Display for CtTuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src={} dst={}", self.src, self.dst)?;
        match self.ports {
            CtPorts::Ports { sport, dport } => write!(f, " sport={sport} dport={dport}")?,
            CtPorts::Icmp { kind, code, id } => write!(f, " type={kind} code={code} id={id}")?,
            CtPorts::Gre { src_key, dst_key } => {
                write!(f, " srckey={src_key:#x} dstkey={dst_key:#x}")?
            }
            CtPorts::None => {}
        }
        if let Some(packets) = self.packets {
            write!(f, " packets={packets}")?;
        }
        self.bytes.map_or(Ok(()), |bytes| write!(f, " bytes={bytes}"))
    }
}

impl fmt::Display for CtStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sep = "";
        if let Some(cpu) = self.cpu {
            write!(f, "cpu={cpu}")?;
            sep = " ";
        }
        for (name, value) in &self.counters {
            write!(f, "{sep}{name}={value}")?;
            sep = " ";
        }
        Ok(())
    }
}
