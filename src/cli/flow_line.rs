//! One line of `--flows`: a flow as JSON.

use crate::{
    analysis::{
        datapath::FlowState,
        explain::{Enters, Question},
    },
    net::{Mark, Protocol},
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::net::IpAddr;

/// A flow as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct FlowLine {
    #[serde(default)]
    pub(super) id: Option<Value>,
    src: IpAddr,
    dst: IpAddr,
    proto: Value,
    #[serde(default)]
    sport: Option<u16>,
    #[serde(default)]
    dport: Option<u16>,
    /// `null` is not the same as a field that is not there.
    #[serde(default, deserialize_with = "given")]
    iif: Option<Option<String>>,
    #[serde(default)]
    mark: Option<Value>,
    #[serde(default)]
    tos: Option<u8>,
    #[serde(default)]
    ttl: Option<u8>,
    #[serde(default)]
    length: Option<u16>,
    #[serde(default)]
    tcp_flags: Option<Value>,
    #[serde(default)]
    icmp_type: Option<u8>,
    #[serde(default)]
    icmp_code: Option<u8>,
    #[serde(default)]
    state: Option<String>,
}

fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

/// The bits of a TCP header's flags, by their names.
const TCP_FLAGS: [(&str, u8); 8] = [
    ("fin", 1),
    ("syn", 2),
    ("rst", 4),
    ("psh", 8),
    ("ack", 16),
    ("urg", 32),
    ("ece", 64),
    ("cwr", 128),
];

impl FlowLine {
    /// Returns the question that the line asks.
    pub(super) fn question(&self) -> Result<Question, String> {
        if self.src.is_ipv4() != self.dst.is_ipv4() {
            return Err("`src` and `dst` are of different families".to_owned());
        }
        let protocol = protocol(&self.proto, self.src)?;
        let state = state(self.state.as_deref())?;
        let enters = match &self.iif {
            None => Enters::Derived,
            Some(None) => Enters::Sent,
            Some(Some(name)) => {
                let name = name.parse();
                Enters::By(name.map_err(|_| "`iif` is no name of an interface".to_owned())?)
            }
        };
        let flags = self.tcp_flags.as_ref().map(tcp_flags).transpose()?;
        // The first packet of a connection opens it.
        let opening = (protocol == Protocol::TCP && state == FlowState::New).then_some(2);
        Ok(Question {
            src: self.src,
            dst: self.dst,
            protocol,
            sport: self.sport,
            dport: self.dport.unwrap_or(0),
            enters,
            mark: self.mark.as_ref().map(mark).transpose()?.unwrap_or_default(),
            tos: self.tos.unwrap_or(0),
            ttl: self.ttl,
            length: self.length,
            tcp_flags: flags.or(opening),
            icmp: self.icmp_type.map(|kind| (kind, self.icmp_code.unwrap_or(0))),
            state,
        })
    }
}

fn protocol(value: &Value, src: IpAddr) -> Result<Protocol, String> {
    let protocol = match value {
        Value::String(name) => name.parse().ok(),
        Value::Number(number) => {
            number.as_u64().and_then(|number| u8::try_from(number).ok()).map(Protocol)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match protocol {
        // Echoes of IPv6 are ICMPv6, whatever the line calls them.
        Some(Protocol::ICMP) if src.is_ipv6() => Ok(Protocol::ICMPV6),
        Some(protocol) => Ok(protocol),
        None => Err(format!("`proto` is neither a name nor a number of a protocol: {value}")),
    }
}

fn state(word: Option<&str>) -> Result<FlowState, String> {
    Ok(match word {
        None | Some("new") => FlowState::New,
        Some("established") => FlowState::Established,
        Some("reply") => FlowState::Reply,
        Some("related") => FlowState::Related,
        Some("invalid") => FlowState::Invalid,
        Some("untracked") => FlowState::Untracked,
        Some(other) => {
            return Err(format!(
                "`state` is `{other}`: expected new, established, reply, related, invalid or untracked"
            ));
        }
    })
}

fn mark(value: &Value) -> Result<Mark, String> {
    let mark = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            number.as_u64().and_then(|number| u32::try_from(number).ok()).map(Mark)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    mark.ok_or_else(|| format!("`mark` is no 32-bit number: {value}"))
}

fn tcp_flags(value: &Value) -> Result<u8, String> {
    let wrong = || format!("`tcp_flags` is neither a number nor names of flags: {value}");
    match value {
        Value::Number(number) => {
            number.as_u64().and_then(|number| u8::try_from(number).ok()).ok_or_else(wrong)
        }
        Value::String(names) => names
            .split([',', '|', ' '])
            .filter(|name| !name.is_empty())
            .try_fold(0, |bits, name| {
                let known = TCP_FLAGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                known.map(|(_, bit)| bits | bit)
            })
            .ok_or_else(wrong),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(wrong()),
    }
}
