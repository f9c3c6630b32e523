//! What ipamd tells of itself: an ENI with its CIDRs and addresses, an allocation, a setting, each in one line.

use crate::model::ipamd::{
    AddressState, Allocation, CniResult, Conflist, Datastore, DatastoreAddress, DatastoreCidr,
    DatastoreEni, EnvSetting, EnvValue, NodeIdentityFact,
};
use std::fmt::{self, Display};

/// Writes words with one blank between them.
struct Row<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    sep: &'static str,
}

impl<'f> Row<'_, 'f> {
    fn word(&mut self, word: impl Display) -> fmt::Result {
        write!(self.f, "{}{word}", self.sep)?;
        self.sep = " ";
        Ok(())
    }

    fn pair(&mut self, key: &str, value: Option<impl Display>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.word(format_args!("{key}={value}")))
    }

    fn flag(&mut self, flag: Option<bool>, yes: &str, no: &str) -> fmt::Result {
        match flag {
            Some(true) if !yes.is_empty() => self.word(yes),
            Some(false) if !no.is_empty() => self.word(no),
            Some(_) | None => Ok(()),
        }
    }
}

impl Display for Datastore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        row.pair("card", self.card)?;
        row.pair("total", self.total_ips)?;
        row.pair("assigned", self.assigned_ips)?;
        self.enis.iter().try_for_each(|eni| row.word(eni))
    }
}

impl Display for DatastoreEni {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        row.word(&self.id)?;
        row.flag(self.primary, "primary", "secondary")?;
        row.flag(self.trunk, "trunk", "")?;
        row.flag(self.efa, "efa", "")?;
        row.pair("device", self.device_number)?;
        row.pair("table", self.route_table.as_ref())?;
        if let Some(subnet) = &self.subnet_id {
            row.word(subnet)?;
        }
        row.flag(self.excluded_for_pod_ips, "excluded", "")?;
        self.cidrs.iter().try_for_each(|cidr| row.word(cidr))
    }
}

impl Display for DatastoreCidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        row.word(self.cidr)?;
        row.flag(self.is_prefix, "prefix", "")?;
        self.addresses.iter().try_for_each(|address| row.word(format_args!("[{address}]")))
    }
}

impl Display for DatastoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        row.word(self.ip)?;
        row.word(match self.state {
            AddressState::Assigned => "assigned",
            AddressState::Unassigned => "unassigned",
        })?;
        pod(&mut row, self.namespace.as_deref(), self.pod.as_deref())?;
        row.pair("container", self.container_id.as_ref())?;
        row.pair("assigned", self.assigned)?;
        row.pair("unassigned", self.unassigned)
    }
}

fn pod(row: &mut Row<'_, '_>, namespace: Option<&str>, pod: Option<&str>) -> fmt::Result {
    match (namespace, pod) {
        (Some(namespace), Some(pod)) => row.pair("pod", Some(format_args!("{namespace}/{pod}"))),
        (namespace, pod) => {
            row.pair("namespace", namespace)?;
            row.pair("pod", pod)
        }
    }
}

/// `NETWORK/CONTAINER/INTERFACE`, as ipamd writes the key of an allocation.
fn key(row: &mut Row<'_, '_>, parts: [Option<&str>; 3]) -> fmt::Result {
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.is_empty() { Ok(()) } else { row.word(parts.join("/")) }
}

impl Display for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        row.pair("card", (self.card > 0).then_some(self.card))?;
        let parts = [&self.network, &self.container_id, &self.if_name];
        key(&mut row, parts.map(|part| part.as_deref()))?;
        for ip in self.ipv4.iter().chain(&self.ipv6) {
            row.word(ip)?;
        }
        pod(&mut row, self.namespace.as_deref(), self.pod.as_deref())?;
        row.pair("device", self.device_number)?;
        row.pair("at", self.allocated)?;
        row.pair("interfaces", self.n_interfaces)
    }
}

impl Display for EnvSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl Display for EnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::List(values) => write!(f, "[{}]", values.join(",")),
        }
    }
}

impl Display for Conflist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        for word in self.name.iter().chain(&self.cni_version) {
            row.word(word)?;
        }
        row.word(self.plugins.join(","))?;
        row.pair("vethPrefix", self.veth_prefix.as_ref())?;
        row.pair("mtu", self.mtu)?;
        row.pair("podSGEnforcingMode", self.sg_enforcing_mode.as_ref())
    }
}

impl Display for CniResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = Row { f, sep: "" };
        let parts = [&self.network, &self.container_id, &self.if_name];
        key(&mut row, parts.map(|part| part.as_deref()))?;
        pod(&mut row, self.namespace.as_deref(), self.pod.as_deref())?;
        for interface in &self.interfaces {
            let mac = interface.mac.as_ref().map_or_else(String::new, |mac| format!(",{mac}"));
            let place = interface
                .sandbox
                .as_ref()
                .map_or_else(String::new, |sandbox| format!("@{sandbox}"));
            row.word(format_args!("{}{mac}{place}", interface.name))?;
        }
        self.ips.iter().try_for_each(|ip| row.word(ip))
    }
}

impl Display for NodeIdentityFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InstanceId(text)
            | Self::Hostname(text)
            | Self::InstanceType(text)
            | Self::Region(text)
            | Self::AvailabilityZone(text) => f.write_str(text),
            Self::MaxPods(n) => write!(f, "maxPods: {n}"),
        }
    }
}
