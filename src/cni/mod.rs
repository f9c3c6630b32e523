//! What the Amazon VPC CNI promises: names, numbers and defaults, each with the upstream file that it comes from.
//!
//! Paths without a repository are of `aws/amazon-vpc-cni-k8s` at commit `b52188387` (v1.23.1). What a version before
//! that did differently is said where it matters, with the tag that it was read at.

pub mod chains;
pub mod env;
pub mod limits;
pub mod max_pods;
pub mod rules;
pub mod tables;
pub mod version;
pub mod veth;
pub mod warm_pool;

pub use version::CniVersion;
