//! Captures built byte by byte.

use super::*;
use proptest::prelude::*;

fn summary(bytes: &[u8]) -> Capture {
    read(&mut &*bytes, &mut |_| {})
}

fn pcap_header(magic: [u8; 4], big: bool) -> Vec<u8> {
    let words = [0x0002_0004_u32, 0, 0, 96, 1];
    let mut file = magic.to_vec();
    for (index, word) in words.into_iter().enumerate() {
        let bytes = if index == 0 && !big { [2, 0, 4, 0] } else { ordered(word, big) };
        file.extend(bytes);
    }
    file
}

fn ordered(word: u32, big: bool) -> [u8; 4] {
    if big { word.to_be_bytes() } else { word.to_le_bytes() }
}

fn words(big: bool, words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| ordered(*word, big)).collect()
}

fn pcap(magic: [u8; 4], big: bool, extra: usize) -> Vec<u8> {
    let mut file = pcap_header(magic, big);
    for second in [1_700_000_001_u32, 1_700_000_000] {
        file.extend(words(big, &[second, 500, 4, 60]));
        file.extend(vec![0; extra]);
        file.extend([1, 2, 3, 4]);
    }
    file
}

#[test]
fn reads_every_byte_order_and_resolution_of_pcap() {
    let cases: [([u8; 4], bool, usize, &str); 6] = [
        ([0xd4, 0xc3, 0xb2, 0xa1], false, 0, "2023-11-14T22:13:20.0005Z"),
        ([0xa1, 0xb2, 0xc3, 0xd4], true, 0, "2023-11-14T22:13:20.0005Z"),
        ([0x4d, 0x3c, 0xb2, 0xa1], false, 0, "2023-11-14T22:13:20.0000005Z"),
        ([0xa1, 0xb2, 0x3c, 0x4d], true, 0, "2023-11-14T22:13:20.0000005Z"),
        ([0x34, 0xcd, 0xb2, 0xa1], false, 8, "2023-11-14T22:13:20.0005Z"),
        ([0xa1, 0xb2, 0xcd, 0x34], true, 8, "2023-11-14T22:13:20.0005Z"),
    ];
    for (magic, big, extra, first) in cases {
        let file = pcap(magic, big, extra);
        assert_eq!(recognise(&file), Some(Recognised::Readable));
        let capture = summary(&file);
        assert_eq!(capture.damage, None, "{magic:x?}");
        assert_eq!((capture.n_packets, capture.n_truncated), (2, 2));
        assert_eq!(capture.first.map(|t| t.to_string()).as_deref(), Some(first));
        assert_eq!(capture.interfaces[0].link_type, 1);
        assert_eq!(capture.interfaces[0].snaplen, 96);
    }
}

#[test]
fn says_where_a_pcap_is_damaged_and_keeps_what_stands_before() {
    let file = pcap([0xd4, 0xc3, 0xb2, 0xa1], false, 0);
    let cut = summary(&file[..50]);
    assert_eq!(cut.n_packets, 1);
    assert_eq!(cut.damage.as_deref(), Some("the file ends in the header of packet 2 at byte 50"));
    let mut absurd = file.clone();
    absurd[52..56].copy_from_slice(&u32::MAX.to_le_bytes());
    let absurd = summary(&absurd);
    assert_eq!(absurd.n_packets, 1);
    assert!(absurd.damage.unwrap().starts_with("packet 2 at byte 44 claims 4294967295 bytes"));
}

/// A block with its two lengths, padded to four bytes.
fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u32::try_from(body.len()).unwrap() + 12;
    [words(big, &[kind, length]), body, words(big, &[length])].concat()
}

fn section(big: bool) -> Vec<u8> {
    let version = if big { [0, 1, 0, 0] } else { [1, 0, 0, 0] };
    let body = [ordered(0x1a2b_3c4d, big).to_vec(), version.to_vec(), vec![0xff; 8]].concat();
    block(big, 0x0a0d_0d0a, &body)
}

fn half(value: u16, big: bool) -> [u8; 2] {
    if big { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn option(big: bool, code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = [half(code, big), half(u16::try_from(value.len()).unwrap(), big)].concat();
    option.extend(value);
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

fn description(big: bool, options: &[Vec<u8>]) -> Vec<u8> {
    let link_type = [half(113, big), half(0, big)].concat();
    let body = [link_type, words(big, &[128]), options.concat()].concat();
    block(big, 1, &body)
}

fn enhanced(big: bool, interface: u32, ticks: u64) -> Vec<u8> {
    let high = u32::try_from(ticks >> 32).unwrap();
    let low = u32::try_from(ticks & u64::from(u32::MAX)).unwrap();
    let body = [words(big, &[interface, high, low, 4, 4]), vec![9; 4]].concat();
    block(big, 6, &body)
}

#[test]
fn reads_sections_names_and_resolutions_of_pcapng() {
    let mut file = Vec::new();
    for big in [false, true] {
        let seconds = |seconds: i64| {
            if big { seconds.to_be_bytes() } else { seconds.to_le_bytes() }
        };
        file.extend(section(big));
        let binary = [
            option(big, 2, b"eth0"),
            option(big, 9, &[0x80 | 10]),
            option(big, 14, &seconds(1000)),
        ];
        file.extend(description(big, &binary));
        file.extend(description(big, &[option(big, 2, b"eni0a1b2c3d4e5"), option(big, 0, &[])]));
        file.extend(enhanced(big, 0, 512));
        file.extend(block(big, 0x0bad, &[0; 40]));
        file.extend(enhanced(big, 1, 2_500_000));
        file.extend(block(big, 3, &[words(big, &[200]), vec![7; 128]].concat()));
    }
    let mut seen = Vec::new();
    let capture = read(&mut &*file, &mut |frame| {
        seen.push((
            frame.number,
            frame.interface,
            frame.time.map(|t| t.to_string()),
            frame.bytes.len(),
        ));
    });
    assert_eq!(capture.damage, None);
    let names: Vec<_> = capture.interfaces.iter().map(|i| i.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["eth0", "eni0a1b2c3d4e5", "eth0", "eni0a1b2c3d4e5"]);
    let time = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (1, 0, time("1970-01-01T00:16:40.5Z"), 4),
            (2, 1, time("1970-01-01T00:00:02.5Z"), 4),
            (3, 0, None, 128),
            (4, 2, time("1970-01-01T00:16:40.5Z"), 4),
            (5, 3, time("1970-01-01T00:00:02.5Z"), 4),
            (6, 2, None, 128),
        ]
    );
    assert_eq!(capture.n_truncated, 2);
}

#[test]
fn says_where_a_pcapng_is_damaged() {
    let mut file = [section(false), description(false, &[])].concat();
    let whole = file.len();
    file.extend(enhanced(false, 0, 1));
    let cut = summary(&file[..file.len() - 5]);
    assert!(cut.damage.unwrap().starts_with("the file ends in packet 1 at byte"));
    file.extend(enhanced(false, 7, 1));
    let capture = summary(&file);
    assert_eq!(capture.n_packets, 1);
    assert!(capture.damage.unwrap().ends_with("is of interface 7, which was not described"));
    file.truncate(whole);
    file.extend(words(false, &[6, u32::MAX, 0, 0]));
    assert!(summary(&file).damage.is_some());
    assert!(summary(b"").damage.is_some());
    assert!(summary(b"plain text").damage.is_some());
}

#[test]
fn names_captures_of_other_formats() {
    assert_eq!(
        recognise(b"snoop\0\0\0\0\0\0\x02"),
        Some(Recognised::NotRead("a Solaris snoop capture"))
    );
    assert_eq!(recognise(b"Chain INPUT"), None);
    assert_eq!(recognise(b"\n\r\r\nabcdefgh"), None);
}

proptest! {
    #[test]
    fn survives_any_bytes(tail in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..4_usize) {
        let head = [
            section(false),
            [section(true), description(true, &[])].concat(),
            pcap_header([0xd4, 0xc3, 0xb2, 0xa1], false),
            Vec::new(),
        ];
        let file = [head[kind].clone(), tail].concat();
        let capture = summary(&file);
        prop_assert!(capture.n_packets < 400);
    }

    #[test]
    fn survives_corruption(at in 0..300_usize, value in any::<u8>()) {
        let mut file = [section(false), description(false, &[option(false, 2, b"eth0")])].concat();
        file.extend(enhanced(false, 0, 512));
        file.extend(enhanced(false, 0, 513));
        let at = at % file.len();
        file[at] = value;
        prop_assert!(summary(&file).n_packets <= 3);
    }
}
