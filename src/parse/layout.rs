//! Files that bundles always hold and nothing here uses: recognised by their path, so that nobody has to read a list of
//! their lines as not understood.
//!
//! The paths are those of `eks-log-collector.sh` (amazon-eks-ami, `log-collector-script/linux`), of the older
//! `aws-cni-support.sh` (amazon-vpc-cni-k8s, up to v1.6.3), and of what systems add to folders.

use super::parser::has_path;

/// Stands where an output has the id of its parser.
pub const ID: &str = "known";

/// Path suffixes, and what the file is. An entry that ends in `*` matches any continuation.
const KNOWN: &[(&[&str], &str)] = &[];

/// Returns what a file is that carries nothing of use.
pub fn known(path: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(paths, _)| has_path(paths, path)).map(|(_, what)| *what)
}
