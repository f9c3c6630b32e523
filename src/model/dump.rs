//! The output of one command: what it printed, where it ran, and whether it is whole.

use super::{Origin, Sourced};
use crate::net::{Family, NetnsInode, Pid, TableId};

/// The entries that one command printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump<T> {
    /// The first line of the output.
    pub origin: Origin,
    /// The command as the transcript shows it, where it does.
    pub command: Option<Box<str>>,
    /// Why this may not be everything that the command printed.
    pub partial: Option<Partial>,
    /// The family that the command was asked for; `None` where it prints both or does not say.
    pub family: Option<Family>,
    /// The route tables that were printed (`ip route show table 2`), told by the command, by the entries themselves
    /// or by the path. `None` where none of them tells, which for `ip route` most likely means the main table.
    pub table: Option<TableSelection>,
    pub entries: Vec<Sourced<T>>,
}

/// Which tables an `ip route` printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableSelection {
    All,
    One(TableId),
}

/// Why a dump may lack entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The command went through `grep`, `head`, `tail`, `awk` or the like.
    Filtered,
    /// The command itself asked for some entries only (`ip route get`, `ip addr show dev eth0`, one chain).
    Selected,
    /// The text ends in the middle of a line, or before the end that this output has.
    Cut,
    /// Lines in the middle were left out or not understood.
    Gaps,
}

/// The network namespace that a command ran in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The node's own namespace.
    #[default]
    Host,
    /// `nsenter -t PID -n …`.
    Pid(Pid),
    /// `nsenter -t $MyPID -n …`: a process whose number the transcript does not tell. The text is the variable.
    UnknownPid(Box<str>),
    /// `ip netns exec NAME …`, `ip -n NAME …`, `nsenter --net=/run/netns/NAME …`.
    Named(Box<str>),
    /// `nsenter --net=…` by inode, as `lsns` prints it.
    Inode(NetnsInode),
    /// `kubectl exec POD …`; the namespace is `None` where the command does not name one.
    Pod { namespace: Option<Box<str>>, name: Box<str> },
}
