//! The pcap format: a header, then records. Byte order and resolution follow from the magic number.

use super::{MAX_PACKET, Tally, block::Source};
use crate::model::capture::{CaptureFormat, CaptureInterface};
use jiff::Timestamp;
use pcap_parser::pcap::{
    LegacyPcapBlock, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
};

/// What the magic number tells of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    nanoseconds: bool,
    big_endian: bool,
    /// Alexey Kuznetsov's patched libpcap: records have 8 more bytes of header (Wireshark, `wiretap/libpcap.c`).
    modified: bool,
    swapped: Swapped,
}

/// Whether the two lengths of a record are exchanged, as writers before version 2.4 did (`pcap_check_header()` of
/// libpcap, `sf-pcap.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swapped {
    No,
    /// Version 2.3: where more was kept than there was.
    WhereMoreWasKept,
    Yes,
}

impl Swapped {
    fn of(minor: u16) -> Self {
        match minor {
            0..=2 | 543 => Self::Yes,
            3 => Self::WhereMoreWasKept,
            _ => Self::No,
        }
    }

    /// Returns how much was kept, and how much there was.
    fn ordered(self, kept: u32, length: u32) -> (u32, u32) {
        match self {
            Self::Yes => (length, kept),
            Self::WhereMoreWasKept if kept > length => (length, kept),
            Self::No | Self::WhereMoreWasKept => (kept, length),
        }
    }
}

impl Layout {
    /// Returns the layout that a file with this start has.
    pub(super) fn of(magic: [u8; 4]) -> Option<Self> {
        let (nanoseconds, modified) = match u32::from_be_bytes(magic) {
            0xa1b2_c3d4 | 0xd4c3_b2a1 => (false, false),
            0xa1b2_3c4d | 0x4d3c_b2a1 => (true, false),
            0xa1b2_cd34 | 0x34cd_b2a1 => (false, true),
            _ => return None,
        };
        Some(Self {
            nanoseconds,
            big_endian: magic.first() == Some(&0xa1),
            modified,
            swapped: Swapped::No,
        })
    }

    fn record_header(self) -> usize {
        if self.modified { 24 } else { 16 }
    }

    fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let bytes =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// Parses a record that is there as a whole.
    fn record(self, bytes: &[u8]) -> Option<LegacyPcapBlock<'_>> {
        if self.swapped != Swapped::No {
            return Some(self.record_by_hand(bytes));
        }
        let parsed = match (self.big_endian, self.modified) {
            (false, false) => parse_pcap_frame(bytes),
            (true, false) => parse_pcap_frame_be(bytes),
            (false, true) => parse_pcap_frame_modified(bytes),
            (true, true) => return Some(self.record_by_hand(bytes)),
        };
        parsed.ok().map(|(_, record)| record)
    }

    /// The forms that pcap-parser has no function for.
    fn record_by_hand(self, bytes: &[u8]) -> LegacyPcapBlock<'_> {
        LegacyPcapBlock {
            ts_sec: self.u32(bytes, 0),
            ts_usec: self.u32(bytes, 4),
            caplen: self.u32(bytes, 8),
            origlen: self.u32(bytes, 12),
            data: bytes.get(self.record_header()..).unwrap_or_default(),
        }
    }

    fn time(self, record: &LegacyPcapBlock<'_>) -> Option<Timestamp> {
        let fraction = i128::from(record.ts_usec) * if self.nanoseconds { 1 } else { 1_000 };
        Timestamp::from_nanosecond(i128::from(record.ts_sec) * 1_000_000_000 + fraction).ok()
    }
}

pub(super) fn read(
    source: &mut Source<'_>,
    magic: [u8; 4],
    tally: &mut Tally<'_>,
) -> Result<(), String> {
    let Some(mut layout) = Layout::of(magic) else {
        return Err("neither pcap nor pcapng".to_owned());
    };
    let Layout { nanoseconds, big_endian, modified, .. } = layout;
    tally.capture.format = CaptureFormat::Pcap { nanoseconds, big_endian, modified };
    let Some(header) = source.peek(24)? else { return Err(source.ends_in("the header")) };
    let version = (layout.u16(header, 4), layout.u16(header, 6));
    // The bits above the link type tell of frame check sequences (`LT_LINKTYPE` of libpcap).
    let link_type = layout.u32(header, 20) & 0x03ff_ffff;
    let snaplen = layout.u32(header, 16);
    if version.0 != 2 {
        return Err(format!(
            "version {}.{} of the format is not read, only version 2",
            version.0, version.1
        ));
    }
    tally.capture.interfaces.push(CaptureInterface { link_type, name: None, snaplen });
    layout.swapped = Swapped::of(version.1);
    source.skip(24);
    while !source.is_at_end() {
        let number = tally.next_number();
        let Some(header) = source.peek(layout.record_header())? else {
            return Err(source.ends_in(&format!("the header of packet {number}")));
        };
        let (kept, length) = layout.swapped.ordered(layout.u32(header, 8), layout.u32(header, 12));
        if kept > MAX_PACKET {
            return Err(format!(
                "packet {number} at byte {} claims {kept} bytes, more than any capture keeps of a packet",
                source.offset()
            ));
        }
        let size = layout.record_header().saturating_add(kept as usize);
        let Some(record) = source.peek(size)?.and_then(|bytes| layout.record(bytes)) else {
            return Err(source.ends_in(&format!("packet {number}")));
        };
        tally.frame(0, layout.time(&record), record.data, length);
        source.skip(size as u64);
    }
    Ok(())
}
