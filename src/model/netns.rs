//! Network namespaces: `lsns -t net`, `ip netns list-id`.

use crate::net::{NetnsInode, Nsid, Pid};

/// One namespace as `lsns` lists it; columns that were not printed are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetnsEntry {
    pub inode: Option<NetnsInode>,
    pub n_procs: Option<u32>,
    /// The lowest process id in it.
    pub pid: Option<Pid>,
    pub user: Option<Box<str>>,
    pub nsid: NsidColumn,
    /// Where the namespace is bound (`/run/netns/cni-…`); more than one on continuation lines.
    pub nsfs: Vec<Box<str>>,
    pub command: Option<Box<str>>,
    /// Other columns, `NAME=value`.
    pub rest: Vec<Box<str>>,
}

/// The `NETNSID` column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NsidColumn {
    #[default]
    NotPrinted,
    /// `unassigned`: the reading namespace gave it no id.
    Unassigned,
    Assigned(Nsid),
}

/// One line of `ip netns list-id` or `ip netns list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedNetns {
    pub nsid: Option<Nsid>,
    pub name: Option<Box<str>>,
}
