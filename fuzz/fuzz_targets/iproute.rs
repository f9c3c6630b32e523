//! Interfaces, addresses, routes, rules and neighbours, as text and as JSON.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    "ip-addr.txt",
    "ip-link.txt",
    "ip-route.txt",
    "ip-rule.txt",
    "ip-neigh.txt",
    "route.txt",
    "ifconfig.txt",
    "addr.json",
];

fuzz_target!(|data: &[u8]| {
    if let Some((name, data)) = common::named(NAMES, data) {
        common::read(name, data);
    }
});
