//! nft rulesets, as text and as JSON.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &["nft-ruleset.txt", "nft-ruleset.json", "x.txt"];

fuzz_target!(|data: &[u8]| {
    if let Some((name, data)) = common::named(NAMES, data) {
        common::read(name, data);
    }
});
