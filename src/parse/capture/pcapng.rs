//! The pcapng format: sections of blocks, each section with its byte order and its interfaces.

use super::{MAX_PACKET, Tally, block::Source};
use crate::model::capture::CaptureInterface;
use jiff::Timestamp;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Section headers and interface descriptions are a few hundred bytes; longer ones are damage.
const MAX_DESCRIPTION: u32 = 1 << 19;

/// How much of a packet's block is looked at before its packet counts.
const MAX_WHOLE: usize = 1 << 19;

/// One section: its byte order and how its interfaces count time.
#[derive(Default)]
struct Section {
    big_endian: bool,
    /// Where the section's interfaces start among those of the capture.
    first: usize,
    clocks: Vec<Clock>,
}

/// How an interface counts time.
#[derive(Clone, Copy)]
struct Clock {
    /// `None` for a resolution that no number here can hold, such as 10^-100 seconds.
    ticks_per_second: Option<u128>,
    offset_seconds: i64,
    snaplen: u32,
}

impl Clock {
    /// `if_tsresol`: a power of ten, or of two where the highest bit is set.
    fn resolution(value: u8) -> Option<u128> {
        let exponent = u32::from(value & 0x7f);
        if value & 0x80 == 0 { 10u128.checked_pow(exponent) } else { 1u128.checked_shl(exponent) }
    }

    fn time(&self, ticks: u64) -> Option<Timestamp> {
        let nanoseconds = u128::from(ticks).checked_mul(1_000_000_000)? / self.ticks_per_second?;
        let offset = i128::from(self.offset_seconds).checked_mul(1_000_000_000)?;
        Timestamp::from_nanosecond(i128::try_from(nanoseconds).ok()?.checked_add(offset)?).ok()
    }
}

impl Section {
    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let bytes =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let bytes =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn u64(&self, bytes: &[u8], at: usize) -> u64 {
        let bytes =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
    }
}

pub(super) fn read(source: &mut Source<'_>, tally: &mut Tally<'_>) -> Result<(), String> {
    let mut section = Section::default();
    while !source.is_at_end() {
        let at = source.offset();
        let Some(head) = source.peek(8)? else {
            return Err(source.ends_in("the header of a block"));
        };
        let kind = section.u32(head, 0);
        if kind == SECTION_HEADER {
            let Some(head) = source.peek(16)? else {
                return Err(source.ends_in("a section header"));
            };
            section = start_section(head, tally.capture.interfaces.len(), at)?;
        }
        let Some(head) = source.peek(8)? else {
            return Err(source.ends_in("the header of a block"));
        };
        let length = section.u32(head, 4);
        if length < 12 {
            return Err(format!(
                "the block at byte {at} claims {length} bytes, fewer than a block has"
            ));
        }
        // Blocks end at a multiple of four bytes; writers that count without the padding occur.
        let padded = u64::from(length).next_multiple_of(4);
        match kind {
            SECTION_HEADER | INTERFACE if length > MAX_DESCRIPTION => {
                return Err(format!("the description at byte {at} claims {length} bytes"));
            }
            INTERFACE => {
                let Some(block) = source.peek(padded as usize)? else {
                    return Err(source.ends_in("an interface description"));
                };
                let (interface, clock) = interface(&section, block);
                section.clocks.push(clock);
                tally.capture.interfaces.push(interface);
            }
            ENHANCED_PACKET | OBSOLETE_PACKET | SIMPLE_PACKET => {
                packet(&section, source, kind, length, tally)?;
            }
            // Names, statistics, secrets and private blocks: nothing of them is used.
            _ => {}
        }
        if !source.skip(padded) {
            return Err(source.ends_in(&format!("the block that starts at byte {at}")));
        }
    }
    Ok(())
}

fn start_section(head: &[u8], first: usize, at: u64) -> Result<Section, String> {
    let big_endian = match head.get(8..12) {
        Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
        Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
        _ => return Err(format!("the section header at byte {at} has no byte order")),
    };
    let section = Section { big_endian, first, clocks: Vec::new() };
    let (major, minor) = (section.u16(head, 12), section.u16(head, 14));
    // 1.2 is what some writers say of 1.0 (draft-ietf-opsawg-pcapng, section 4.1).
    if major != 1 || !matches!(minor, 0 | 2) {
        return Err(format!(
            "version {major}.{minor} of the section at byte {at} is not read, only version 1.0"
        ));
    }
    Ok(section)
}

fn interface(section: &Section, block: &[u8]) -> (CaptureInterface, Clock) {
    let snaplen = section.u32(block, 12);
    let mut interface =
        CaptureInterface { link_type: u32::from(section.u16(block, 8)), name: None, snaplen };
    let mut clock = Clock { ticks_per_second: Some(1_000_000), offset_seconds: 0, snaplen };
    let end = (section.u32(block, 4) as usize).min(block.len()).saturating_sub(4);
    let mut at = 16_usize;
    while let Some(option) = block.get(at..end).filter(|rest| rest.len() >= 4) {
        let code = section.u16(option, 0);
        let length = usize::from(section.u16(option, 2));
        let Some(value) = option.get(4..4_usize.saturating_add(length)) else { break };
        match (code, value) {
            (0, _) => break,
            (2, name) => {
                let name = String::from_utf8_lossy(name);
                interface.name = Some(name.trim_end_matches('\0').into());
            }
            (9, &[resolution]) => clock.ticks_per_second = Clock::resolution(resolution),
            (14, value) if value.len() == 8 => {
                clock.offset_seconds = i64::from_ne_bytes(section.u64(value, 0).to_ne_bytes());
            }
            _ => {}
        }
        at = at.saturating_add(4).saturating_add(length.next_multiple_of(4));
    }
    (interface, clock)
}

/// Reads one packet of any of the three blocks that hold one.
fn packet(
    section: &Section,
    source: &mut Source<'_>,
    kind: u32,
    length: u32,
    tally: &mut Tally<'_>,
) -> Result<(), String> {
    let number = tally.next_number();
    let at = source.offset();
    let fixed = if kind == SIMPLE_PACKET { 12_u32 } else { 28 };
    let Some(head) = source.peek(fixed as usize)? else {
        return Err(source.ends_in(&format!("the header of packet {number}")));
    };
    let (interface, kept, on_wire) = match kind {
        SIMPLE_PACKET => {
            let on_wire = section.u32(head, 8);
            let room = length.saturating_sub(fixed + 4);
            let snaplen = section.clocks.first().map_or(0, |clock| clock.snaplen);
            let limit = if snaplen == 0 { u32::MAX } else { snaplen };
            (0, on_wire.min(limit).min(room), on_wire)
        }
        OBSOLETE_PACKET => {
            (u32::from(section.u16(head, 8)), section.u32(head, 20), section.u32(head, 24))
        }
        _ => (section.u32(head, 8), section.u32(head, 20), section.u32(head, 24)),
    };
    let Some(clock) = section.clocks.get(interface as usize) else {
        return Err(format!(
            "packet {number} at byte {at} is of interface {interface}, which was not described"
        ));
    };
    let ticks = u64::from(section.u32(head, 12)) << 32 | u64::from(section.u32(head, 16));
    let time = if kind == SIMPLE_PACKET { None } else { clock.time(ticks) };
    if kept > length.saturating_sub(fixed + 4) || kept > MAX_PACKET {
        return Err(format!(
            "packet {number} at byte {at} claims {kept} bytes in a block of {length}"
        ));
    }
    let (start, end) = (fixed as usize, fixed.saturating_add(kept) as usize);
    // A packet counts when its whole block is there, as in Wireshark.
    let whole = (length as usize).clamp(end, MAX_WHOLE.max(end));
    let Some(bytes) = source.peek(whole)?.and_then(|block| block.get(start..end)) else {
        return Err(source.ends_in(&format!("packet {number}")));
    };
    let interface = section.first.saturating_add(interface as usize);
    tally.frame(interface, time, bytes, on_wire);
    Ok(())
}
