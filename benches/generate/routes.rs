//! `ip route` and `ip rule` of a node with impossibly many pods.

use std::io::{self, Write};

use super::pod_ip;
use super::random::Random;

/// Writes `ip route`: a default route and one host route a pod.
pub(crate) fn write_routes(out: &mut impl Write, lines: u32) -> io::Result<()> {
    let mut random = Random::new(21);
    writeln!(
        out,
        "default via 10.255.0.1 dev eth0 \n10.255.0.0/24 dev eth0 proto kernel scope link src 10.255.0.9 "
    )?;
    for pod in 0..lines.saturating_sub(2) {
        writeln!(out, "{} dev eni{} scope link ", pod_ip(pod), random.hex(11))?;
    }
    Ok(())
}

/// Writes `ip rule`: every pod has its rule at 512, and every second one its rule at 1536.
pub(crate) fn write_rules(out: &mut impl Write, lines: u32) -> io::Result<()> {
    let pods = lines.saturating_sub(4) * 2 / 3;
    writeln!(out, "0:\tfrom all lookup local")?;
    for pod in 0..pods {
        writeln!(out, "512:\tfrom all to {} lookup main", pod_ip(pod))?;
    }
    writeln!(out, "1024:\tfrom all fwmark 0x80/0x80 lookup main")?;
    for pod in (0..pods).step_by(2) {
        writeln!(out, "1536:\tfrom {} lookup {}", pod_ip(pod), 2 + pod % 3)?;
    }
    writeln!(out, "32766:\tfrom all lookup main\n32767:\tfrom all lookup default")
}
