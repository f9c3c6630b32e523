//! Any text under any name that bundles have.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    "ticket.txt",
    "ticket.md",
    "networking/iptables.txt",
    "networking/iptables-save.txt",
    "networking/ip6tables-save.txt",
    "networking/iprule.txt",
    "networking/iproute.txt",
    "networking/ifconfig.txt",
    "networking/conntrack.txt",
    "networking/ipset.txt",
    "networking/ipvsadm.txt",
    "networking/ethtool.txt",
    "sysctls/sysctl_all.txt",
    "ipamd/metrics.json",
    "system/instance-id.txt",
    "kubectl/pods.txt",
    "lsns.txt",
    "ls.txt",
];

fuzz_target!(|data: &[u8]| {
    if let Some((name, data)) = common::named(NAMES, data) {
        common::read(name, data);
    }
});
