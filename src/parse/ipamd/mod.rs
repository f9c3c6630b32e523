//! JSON documents of ipamd, of the CNI's configuration, and of the node itself.

mod checkpoint;
mod cni;
mod container;
mod datastore;
mod node;
mod reader;
mod settings;

pub(super) use checkpoint::{CHECKPOINT, PODS};
pub(super) use cni::{CONFLIST, RESULT};
pub(super) use container::{CONTAINERD, DOCKERD, is_setting};
pub(super) use datastore::DATASTORE;
pub(super) use node::{IDENTITY_DOCUMENT, KUBELET, LOG_RECORD, LSNS};
pub(super) use settings::{ENDPOINTS, ENI_CONFIGS, SETTINGS};

#[cfg(test)]
mod testing;
