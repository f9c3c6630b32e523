//! Virtual services in the form of `ipvsadm -Ln`.

use crate::model::ipvs::{
    Endpoint, Forward, Host, PortName, RealServer, ServiceKey, VirtualService,
};
use std::{
    fmt::{self, Display, Formatter},
    net::IpAddr,
};

impl Display for VirtualService {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.service {
            ServiceKey::Address { protocol, at } => {
                write!(f, "{} {at}", protocol.to_string().to_ascii_uppercase())?;
            }
            ServiceKey::Fwmark { mark, v6: false } => write!(f, "FWM {mark}")?,
            ServiceKey::Fwmark { mark, v6: true } => write!(f, "FWM {mark} IPv6")?,
        }
        for stat in &self.stats {
            write!(f, " {stat}")?;
        }
        if let Some(scheduler) = &self.scheduler {
            write!(f, " {scheduler}")?;
        }
        if let Some(seconds) = self.persistent_secs {
            write!(f, " persistent {seconds}")?;
        }
        self.flags.iter().try_for_each(|flag| write!(f, " {flag}"))
    }
}

impl Display for RealServer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "-> {}", self.at)?;
        if let Some(forward) = self.forward {
            write!(f, " {forward}")?;
        }
        if let Some(weight) = self.weight {
            write!(f, " {weight}")?;
        }
        for connections in [self.active, self.inactive].into_iter().flatten() {
            write!(f, " {connections}")?;
        }
        self.rest.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.host, &self.port) {
            (Host::Addr(IpAddr::V6(addr)), _) => write!(f, "[{addr}]")?,
            (Host::Addr(IpAddr::V4(addr)), _) => addr.fmt(f)?,
            (Host::Name(name), _) => f.write_str(name)?,
        }
        match &self.port {
            PortName::Number(port) => write!(f, ":{port}"),
            PortName::Name(name) => write!(f, ":{name}"),
            PortName::None => Ok(()),
        }
    }
}

impl Display for Forward {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Masq => "Masq",
            Self::Route => "Route",
            Self::Tunnel => "Tunnel",
            Self::Local => "Local",
        })
    }
}
