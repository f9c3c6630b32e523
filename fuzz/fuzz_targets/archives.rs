//! Archives and compressed files inside each other, within small limits.

#![no_main]

use enilens::ingest::{self, Input, InputPlace, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    const MIB: u64 = 1 << 20;
    let limits = Limits {
        unfolded_bytes: 8 * MIB,
        text_bytes: MIB,
        held_bytes: 4 * MIB,
        document_bytes: MIB / 4,
        sparse_bytes: MIB / 4,
        members: 100,
        layers: 4,
        ratio: 100,
        ratio_from_bytes: MIB,
        header_bytes: 1 << 14,
    };
    let input = Input { named: None, place: InputPlace::Stdin };
    let mut stdin = data;
    let _ = ingest::snapshot(&[input], &limits, &mut stdin);
});
