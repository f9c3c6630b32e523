//! Messages about the pool of addresses.

use super::fields::{after, parsed, value};
use crate::model::log::{LogEvent, PoolStats};

/// The spellings of all eras:
///
/// - `IP pool stats: total = 28, used = 0, c.maxIPsPerENI = 14` (before 1.9)
/// - `IP pool stats: Total IPs/Prefixes = 12/0, AssignedIPs/CooldownIPs: 1/0, c.maxIPsPerENI = 6`
/// - `IP pool stats for network card 0: …` (1.20 and later), `Prefix pool stats …` under prefix delegation
/// - `IP stats for Network Card 0 - total IPs: 28, assigned IPs: 3, cooldown IPs: 0`
/// - `AssignPodIPv4Address: IP address pool stats: total: 17, assigned 17`
pub(super) fn stats(message: &str) -> Option<LogEvent> {
    let mut stats = PoolStats {
        card: card(message),
        max_per_eni: parsed(message, &["c.maxIPsPerENI = ", "c.maxAddrsPerENI = "]),
        ..PoolStats::default()
    };
    if let Some((total, prefixes)) = pair(message, "Total IPs/Prefixes = ") {
        (stats.total, stats.prefixes) = (Some(total), Some(prefixes));
        let assigned = pair(message, "AssignedIPs/CooldownIPs: ")?;
        (stats.assigned, stats.cooldown) = (Some(assigned.0), Some(assigned.1));
    } else {
        stats.total = parsed(message, &["total IPs: ", "total = ", "total:", "total "]);
        stats.prefixes = parsed(message, &["total prefixes: "]);
        stats.assigned = parsed(message, &["assigned IPs: ", "used = ", "assigned: ", "assigned "]);
        stats.cooldown = parsed(message, &["cooldown IPs: "]);
    }
    stats.total.is_some().then(|| LogEvent::PoolStats(Box::new(stats)))
}

/// `12/0` after a key.
fn pair(message: &str, key: &str) -> Option<(i32, i32)> {
    let (first, second) = value(message, key)?.split_once('/')?;
    first.parse().ok().zip(second.parse().ok())
}

fn card(message: &str) -> Option<u32> {
    let rest = ["etwork card ", "etwork Card ", "networkCard="]
        .iter()
        .find_map(|key| after(message, key))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

pub(super) fn too_low(message: &str) -> Option<LogEvent> {
    Some(LogEvent::PoolTooLow { card: card(message) })
}

/// `hasRoomForEni: networkCard=0, …, hasRoom=true`.
pub(super) fn has_room(message: &str) -> Option<LogEvent> {
    let room = parsed(message, &["hasRoom=", "hasRoomForEni=", "result="]);
    Some(LogEvent::HasRoomForEni { card: card(message), room })
}
