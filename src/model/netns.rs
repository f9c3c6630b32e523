//! Network namespaces: `lsns -t net`, `ip netns list-id`.

use crate::net::{NetnsInode, Nsid, Pid};

/// One namespace as `lsns` lists it; columns that were not printed are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetnsEntry {
    /// The `TYPE` column; plain `lsns` lists namespaces that are no network namespaces, too.
    pub kind: Option<NsKind>,
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

/// The kinds of namespaces that the kernel has (`namespaces(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NsKind {
    Net,
    Mnt,
    Ipc,
    User,
    Pid,
    Uts,
    Cgroup,
    Time,
}

impl NsKind {
    /// Returns the kind of the name that `lsns` prints.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "net" => Self::Net,
            "mnt" => Self::Mnt,
            "ipc" => Self::Ipc,
            "user" => Self::User,
            "pid" => Self::Pid,
            "uts" => Self::Uts,
            "cgroup" => Self::Cgroup,
            "time" => Self::Time,
            _ => return None,
        })
    }

    /// Returns the name that `lsns` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Mnt => "mnt",
            Self::Ipc => "ipc",
            Self::User => "user",
            Self::Pid => "pid",
            Self::Uts => "uts",
            Self::Cgroup => "cgroup",
            Self::Time => "time",
        }
    }
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
