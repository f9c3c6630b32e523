//! Namespaces as `lsns` and `ip netns` print them.

use crate::model::netns::{NamedNetns, NetnsEntry, NsidColumn};
use std::fmt;

/// The columns of `lsns -t net`, then the others as `NAME=value`.
impl fmt::Display for NetnsEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        words.extend(self.inode.map(|inode| inode.to_string()));
        words.extend(self.kind.map(|kind| kind.name().to_owned()));
        words.extend(self.n_procs.map(|n| n.to_string()));
        words.extend(self.pid.map(|pid| pid.to_string()));
        words.extend(self.user.as_deref().map(str::to_owned));
        words.extend(match self.nsid {
            NsidColumn::NotPrinted => None,
            NsidColumn::Unassigned => Some("unassigned".to_owned()),
            NsidColumn::Assigned(nsid) => Some(nsid.to_string()),
        });
        words.extend(self.nsfs.iter().map(ToString::to_string));
        words.extend(self.command.as_deref().map(str::to_owned));
        words.extend(self.rest.iter().map(ToString::to_string));
        f.write_str(&words.join(" "))
    }
}

/// `NAME (id: N)` where there is a name, else `nsid N`.
impl fmt::Display for NamedNetns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.nsid) {
            (Some(name), Some(nsid)) => write!(f, "{name} (id: {nsid})"),
            (Some(name), None) => f.write_str(name),
            (None, Some(nsid)) => write!(f, "nsid {nsid}"),
            (None, None) => Ok(()),
        }
    }
}
