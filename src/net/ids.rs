//! Four numbers that look alike and mean different things.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The index of an interface inside its network namespace (`2:` in `ip link`).
    IfIndex(u32)
}
number! {
    /// The inode of a network namespace (`NS` of `lsns`, `net:[4026531840]`).
    NetnsInode(u64)
}
number! {
    /// The id that one namespace gives another (`link-netnsid`, `NETNSID` of `lsns`).
    ///
    /// Two namespaces may give the same third one different ids.
    Nsid(u32)
}
number! {
    /// A process id as seen on the node.
    Pid(u32)
}
