//! Transport ports.

use std::{fmt, str::FromStr};

/// An inclusive range of ports; a single port is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

/// The text is not `PORT`, `FIRST:LAST` or `FIRST-LAST` in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRangeError;

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// Returns the range that holds one port.
    pub fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Returns whether the port is inside. A range that ends before it starts holds no port.
    pub fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl FromStr for PortRange {
    type Err = PortRangeError;

    /// An open end means the end of the number space, as iptables reads `:1024` and `1024:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                text.parse().map_err(|_| PortRangeError)
            } else {
                Err(PortRangeError)
            }
        };
        match text.split_once([':', '-']) {
            None => number(text).map(Self::one),
            Some(("", "")) => Err(PortRangeError),
            Some((first, last)) => Ok(Self {
                first: if first.is_empty() { 0 } else { number(first)? },
                last: if last.is_empty() { u16::MAX } else { number(last)? },
            }),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            self.first.fmt(f)
        } else {
            write!(f, "{}:{}", self.first, self.last)
        }
    }
}
