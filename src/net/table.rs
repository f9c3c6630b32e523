//! Route table ids and the names of `/etc/iproute2/rt_tables`.

use std::{convert::Infallible, fmt, str::FromStr};

/// A route table. Names other than the three of the kernel stay names: the file that maps them is on the node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableId {
    Id(u32),
    Named(Box<str>),
}

impl TableId {
    pub const LOCAL: Self = Self::Id(255);
    pub const MAIN: Self = Self::Id(254);
    pub const DEFAULT: Self = Self::Id(253);
}

impl FromStr for TableId {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match (text, text.parse()) {
            ("local", _) => Self::LOCAL,
            ("main", _) => Self::MAIN,
            ("default", _) => Self::DEFAULT,
            ("unspec", _) => Self::Id(0),
            (_, Ok(id)) if text.bytes().all(|b| b.is_ascii_digit()) => Self::Id(id),
            (name, _) => Self::Named(name.into()),
        })
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(255) => f.write_str("local"),
            Self::Id(254) => f.write_str("main"),
            Self::Id(253) => f.write_str("default"),
            Self::Id(0) => f.write_str("unspec"),
            Self::Id(id) => id.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}
