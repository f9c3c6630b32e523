//! Captures: pcap and pcapng.

#![no_main]

use enilens::parse::capture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut input = data;
    let _ = capture::recognise(data);
    let mut n_frames = 0_u64;
    let _ = capture::read(&mut input, &mut |_| n_frames += 1);
    assert!(n_frames <= data.len() as u64, "a frame needs a header");
});
