//! JSON and YAML documents, in memory and as a stream.

#![no_main]

mod common;

use enilens::{
    model::ArtifactId,
    parse::{Found, json},
};
use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    "a.json",
    "ipamd/enis.json",
    "ipamd/ipam.json",
    "ipamd/pods.json",
    "ipamd/ipamd-env-settings.json",
    "pods.yaml",
    "describe-network-interfaces.json",
    "10-aws.conflist",
    "kubelet/kubelet-config.json",
];

fuzz_target!(|data: &[u8]| {
    let Some((path, data)) = common::named(NAMES, data) else { return };
    common::read(path, data);
    let context =
        json::Context { artifact: ArtifactId(0), path, command: None, line: 1, offset: 0 };
    let mut input = data;
    let outcomes = json::read_stream(&mut input, &context, &mut Found::default());
    assert!(outcomes.is_ok(), "bytes in memory can be read");
});
