//! Versions of the CNI, told from image tags, logs, metrics and the shape of data.

use crate::model::ipamd::{Allocation, Datastore};
use std::{fmt, str::FromStr};

/// The name of the CNI's image, whatever registry it is pulled from.
const IMAGE: &str = "amazon-k8s-cni";

/// A release: `v1.18.3`, `v1.12.6-eksbuild.2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CniVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    /// What follows: `eksbuild.1`, `rc1`, `dirty`.
    pub build: Option<Box<str>>,
}

/// The text does not start with three numbers between dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CniVersionError;

/// The oldest release that writes data of a shape, and the part of the shape that tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeBound {
    pub since: (u32, u32, u32),
    pub because: &'static str,
}

impl CniVersion {
    /// Returns whether this is older than a release; builds of one release are equal.
    pub fn is_before(&self, major: u32, minor: u32, patch: u32) -> bool {
        (self.major, self.minor, self.patch) < (major, minor, patch)
    }

    /// Reads the tag of the CNI's own image; other images, and digests alone, tell nothing.
    pub fn from_image(image: &str) -> Option<Self> {
        let image = image.split_once('@').map_or(image, |(name, _)| name);
        let name = image.rsplit('/').next()?;
        let (name, tag) = name.split_once(':')?;
        (name == IMAGE).then(|| tag.parse().ok())?
    }
}

impl FromStr for CniVersion {
    type Err = CniVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, build) = match text.find(|c: char| !c.is_ascii_digit() && c != '.') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let mut numbers = numbers.split('.').map(|part| part.parse().map_err(|_| CniVersionError));
        let mut next = || numbers.next().ok_or(CniVersionError)?;
        let (major, minor, patch) = (next()?, next()?, next()?);
        let build = build.trim_start_matches(['-', '+']);
        Ok(Self { major, minor, patch, build: (!build.is_empty()).then(|| build.into()) })
    }
}

impl fmt::Display for CniVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)?;
        self.build.as_ref().map_or(Ok(()), |build| write!(f, "-{build}"))
    }
}

/// Returns the oldest release whose `/v1/enis` has this shape (`pkg/ipamd/datastore/data_store.go` at each tag).
pub fn bound_of_datastore(store: &Datastore) -> Option<ShapeBound> {
    let any = |has: fn(&crate::model::ipamd::DatastoreEni) -> bool| store.enis.iter().any(has);
    let bound = |since, because| Some(ShapeBound { since, because });
    if any(|eni| eni.subnet_id.is_some() || eni.excluded_for_pod_ips.is_some()) {
        bound((1, 22, 0), "ENIs of the datastore have a subnet")
    } else if any(|eni| eni.route_table.is_some()) {
        bound((1, 20, 3), "ENIs of the datastore have a route table")
    } else if store.card.is_some() {
        bound((1, 20, 0), "the datastore has network cards")
    } else if any(|eni| {
        eni.cidrs.iter().flat_map(|cidr| &cidr.addresses).any(|ip| ip.assigned.is_some())
    }) {
        bound((1, 11, 0), "addresses of the datastore have a time of assignment")
    } else if any(|eni| eni.cidrs.iter().any(|cidr| cidr.is_prefix.is_some())) {
        bound((1, 9, 0), "the datastore tells prefixes from addresses")
    } else {
        None
    }
}

/// Returns the oldest release that writes such a row of `ipam.json` (`checkpoint.go`, `data_store.go` at each tag).
pub fn bound_of_allocation(row: &Allocation) -> ShapeBound {
    if row.n_interfaces.is_some() {
        ShapeBound { since: (1, 20, 0), because: "rows of ipam.json count interfaces" }
    } else if row.pod.is_some() || row.allocated.is_some() {
        ShapeBound { since: (1, 11, 0), because: "rows of ipam.json name pods" }
    } else {
        ShapeBound { since: (1, 7, 0), because: "there is an ipam.json" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_of_images_and_logs() {
        let version: CniVersion = "v1.12.6-eksbuild.2".parse().unwrap();
        assert_eq!((version.major, version.minor, version.patch), (1, 12, 6));
        assert_eq!(version.to_string(), "v1.12.6-eksbuild.2");
        assert_eq!("1.18.3".parse::<CniVersion>().unwrap().to_string(), "v1.18.3");
        for bad in ["", "v", "1.2", "latest", "1.x.3", "v1..3", "99999999999.1.1"] {
            assert_eq!(bad.parse::<CniVersion>(), Err(CniVersionError), "{bad}");
        }
    }

    #[test]
    fn reads_the_tag_of_the_cnis_own_image_only() {
        let version =
            |image: &str| CniVersion::from_image(image).map(|version| version.to_string());
        let registry = "123456789012.dkr.ecr.us-west-2.amazonaws.com";
        assert_eq!(
            version(&format!("{registry}/amazon-k8s-cni:v1.18.3-eksbuild.1")).as_deref(),
            Some("v1.18.3-eksbuild.1")
        );
        assert_eq!(version("amazon-k8s-cni:v1.7.5@sha256:00").as_deref(), Some("v1.7.5"));
        assert_eq!(version(&format!("{registry}/amazon-k8s-cni-init:v1.18.3")), None);
        assert_eq!(version("localhost:5000/amazon-k8s-cni"), None);
        assert_eq!(version("amazon-k8s-cni@sha256:00"), None);
    }

    #[test]
    fn builds_of_a_release_are_not_older_than_it() {
        let version: CniVersion = "v1.20.3-eksbuild.1".parse().unwrap();
        assert!(!version.is_before(1, 20, 3));
        assert!(version.is_before(1, 21, 0));
    }
}
