//! Virtual services of IPVS, which kube-proxy's ipvs mode makes of Services.

use crate::net::Protocol;
use std::net::IpAddr;

/// One virtual service with its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualService {
    pub service: ServiceKey,
    /// `rr`, `wlc`, `sh`, …; `None` in `--stats` and `--rate`, which do not print it.
    pub scheduler: Option<Box<str>>,
    /// Seconds for which a client keeps its real server; `None` where it does not.
    pub persistent_secs: Option<u32>,
    /// Other words: `ops`, `mask 255.255.255.0`, `-M …`.
    pub flags: Vec<Box<str>>,
    pub servers: Vec<RealServer>,
    /// Numbers of `--stats` or `--rate`, as printed.
    pub stats: Vec<Box<str>>,
}

/// What a virtual service answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceKey {
    Address { protocol: Protocol, at: Endpoint },
    Fwmark { mark: u32, v6: bool },
}

/// An address and a port, or the names that stand for them without `-n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub host: Host,
    pub port: PortName,
}

/// An address, or the name that a resolver gave for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Addr(IpAddr),
    Name(Box<str>),
}

/// A port, or its name in `/etc/services`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortName {
    Number(u16),
    Name(Box<str>),
    /// A service of a firewall mark, whose packets keep their port.
    None,
}

/// A server behind a virtual service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealServer {
    pub line: u32,
    pub at: Endpoint,
    /// `None` in `--stats` and `--rate`.
    pub forward: Option<Forward>,
    pub weight: Option<i32>,
    pub active: Option<u64>,
    pub inactive: Option<u64>,
    /// Other words, and numbers of `--stats` or `--rate`.
    pub rest: Vec<Box<str>>,
}

/// How packets reach a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// DNAT.
    Masq,
    /// Direct routing: the addresses stay.
    Route,
    Tunnel,
    Local,
}
