//! Writes large inputs in the form in which the real tools print them. Deterministic: the same size gives the same bytes.

pub(crate) mod ec2;
pub(crate) mod folder;
pub(crate) mod iptables;
pub(crate) mod pods;
mod random;
pub(crate) mod routes;

use std::net::Ipv4Addr;

/// Returns the address of the pod with this number, in 10.0.0.0/8; distinct below 16 million.
fn pod_ip(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 | (number & 0x00ff_ffff))
}
