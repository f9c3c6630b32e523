//! Words of the network without opinion: addresses, names, numbers, marks.
//!
//! Every number that a dump prints and that is easy to mistake for another one (interface index, netns inode,
//! namespace id, table, process id) is a type of its own.

mod family;
mod ids;
mod if_name;
mod mac;
mod mark;
mod port;
mod protocol;
mod table;

pub use family::Family;
pub use ids::{IfIndex, NetnsInode, Nsid, Pid};
pub use if_name::{IfName, IfNameError, IfPattern};
pub use ipnet::{IpNet, Ipv4Net, Ipv6Net};
pub use mac::MacAddr;
pub use mark::{Mark, MaskedMark};
pub use port::PortRange;
pub use protocol::Protocol;
pub use table::TableId;
