//! Logs of ipamd and of the plugin.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    "aws-routed-eni/ipamd.log",
    "aws-routed-eni/plugin.log",
    "ipamd.log.2019-05-16-21",
    "journal.txt",
];

fuzz_target!(|data: &[u8]| {
    if let Some((name, data)) = common::named(NAMES, data) {
        common::read(name, data);
    }
});
