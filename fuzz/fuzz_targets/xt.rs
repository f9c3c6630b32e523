//! iptables in all forms.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    "iptables-save.txt",
    "ip6tables-save.txt",
    "iptables-nat.txt",
    "iptables-mangle.txt",
    "iptables.out",
    "S.txt",
];

fuzz_target!(|data: &[u8]| {
    if let Some((name, data)) = common::named(NAMES, data) {
        common::read(name, data);
    }
});
