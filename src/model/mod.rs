//! What is true of nodes and of their cluster, each fact with the place it came from. Holds facts, decides nothing,
//! reads nothing.

pub mod artifact;
pub mod capture;
pub mod conntrack;
pub mod dump;
pub mod ec2;
pub mod fact;
pub mod ipamd;
pub mod ipvs;
pub mod kube;
pub mod link;
pub mod log;
pub mod metrics;
pub mod netfilter;
pub mod netns;
pub mod observed;
pub mod origin;
pub mod routing;
pub mod show;
pub mod snapshot;
pub mod sysctl;

pub use artifact::{Artifact, ArtifactId, SharedText};
pub use dump::{Dump, Partial, Scope};
pub use fact::Fact;
pub use observed::Observed;
pub use origin::{ByteRange, Origin, PathId, Place, Sourced};
pub use snapshot::Snapshot;
