//! Interface names and the patterns that match them.

use std::{fmt, str::FromStr};

/// The longest name that the kernel gives an interface, in bytes (`IFNAMSIZ` less the NUL, `linux/if.h`).
const MAX_LEN: usize = 15;

/// The name of an interface, at most 15 bytes, stored in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    bytes: [u8; MAX_LEN],
    len: u8,
}

/// The text cannot be the name of an interface: empty, longer than 15 bytes, or with a slash or white space
/// (`dev_valid_name()`, `net/core/dev.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfNameError;

/// What `-i`/`-o` and nft's `iifname` compare with: a name, or the start of a name (`eni+`, `"eni*"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IfPattern {
    Exact(IfName),
    Prefix(IfName),
    /// `+` alone.
    Any,
}

impl IfName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl FromStr for IfName {
    type Err = IfNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |b: u8| b == b'/' || b == b' ' || b.is_ascii_control();
        if text.is_empty()
            || text.len() > MAX_LEN
            || text == "."
            || text == ".."
            || text.bytes().any(invalid)
        {
            return Err(IfNameError);
        }
        let mut bytes = [0; MAX_LEN];
        for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        Ok(Self { bytes, len: u8::try_from(text.len()).map_err(|_| IfNameError)? })
    }
}

impl IfPattern {
    /// Reads iptables' notation, where a trailing `+` is the wildcard.
    pub fn from_iptables(text: &str) -> Result<Self, IfNameError> {
        match text.strip_suffix('+') {
            Some("") => Ok(Self::Any),
            Some(start) => start.parse().map(Self::Prefix),
            None => text.parse().map(Self::Exact),
        }
    }

    /// Returns whether a name matches.
    pub fn matches(&self, name: &IfName) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Prefix(start) => name.as_str().starts_with(start.as_str()),
            Self::Any => true,
        }
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for IfPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => write!(f, "{name}"),
            Self::Prefix(start) => write!(f, "{start}+"),
            Self::Any => f.write_str("+"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_iptables_does() {
        let name: IfName = "eni83dbd022cd5".parse().unwrap();
        assert!(IfPattern::from_iptables("eni+").unwrap().matches(&name));
        assert!(IfPattern::from_iptables("+").unwrap().matches(&name));
        assert!(!IfPattern::from_iptables("vlan+").unwrap().matches(&name));
        assert!(!IfPattern::from_iptables("eni").unwrap().matches(&name));
    }

    #[test]
    fn refuses_what_the_kernel_refuses() {
        for bad in ["", ".", "..", "a/b", "a b", "sixteen-letters-x"] {
            assert_eq!(bad.parse::<IfName>(), Err(IfNameError), "{bad}");
        }
    }
}
