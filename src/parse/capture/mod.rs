//! Packet captures: pcap and pcapng, read frame by frame from any reader in bounded memory.
//!
//! pcap is read with the frame functions of pcap-parser. pcapng is read here: pcap-parser has no obsolete packet block,
//! no resolutions of base 2, and reads the time offset of big-endian sections as little-endian.
//! Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.

mod block;
mod pcap;
mod pcapng;

use crate::model::capture::{Capture, CaptureFormat};
use jiff::Timestamp;
use std::io::Read;

/// The largest packet that is believed. libpcap keeps at most this (`MAXIMUM_SNAPLEN`), and Wireshark takes more for
/// damage as well (`WTAP_MAX_PACKET_SIZE_STANDARD`).
const MAX_PACKET: u32 = 262_144;

/// One captured packet.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Counted from 1, as Wireshark does.
    pub number: u64,
    /// The index of its interface in [`Capture::interfaces`].
    pub interface: usize,
    /// `LINKTYPE_*`.
    pub link_type: u32,
    /// `None` where the format has no time for it, or the time is beyond the year 9999.
    pub time: Option<Timestamp>,
    /// What was kept of the packet.
    pub bytes: &'a [u8],
    /// How long the packet was on the wire.
    pub length: u32,
}

/// What the first bytes of a file show of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// A format that [`read`] reads.
    Readable,
    /// A capture of another format, named.
    NotRead(&'static str),
}

/// Returns what capture format a file starts with.
pub fn recognise(head: &[u8]) -> Option<Recognised> {
    let magic: [u8; 4] = *head.first_chunk()?;
    match magic {
        [0x0a, 0x0d, 0x0d, 0x0a] => {
            let order = head.get(8..12)?;
            let known = matches!(order, [0x1a, 0x2b, 0x3c, 0x4d] | [0x4d, 0x3c, 0x2b, 0x1a]);
            return known.then_some(Recognised::Readable);
        }
        [0x1c, 0x00, 0x01, 0xac] | [0x1c, 0x00, 0x01, 0xab] => {
            return Some(Recognised::NotRead("an IXIA lcap capture"));
        }
        _ => {}
    }
    if head.starts_with(b"snoop\0\0\0") {
        return Some(Recognised::NotRead("a Solaris snoop capture"));
    }
    if head.starts_with(b"GMBU") || head.starts_with(b"RTSS") {
        return Some(Recognised::NotRead("a Microsoft Network Monitor capture"));
    }
    if head.starts_with(b"\x0aPKTMON") || head.starts_with(b"TRSNIFF data    \x1a") {
        return Some(Recognised::NotRead("a capture of a format other than pcap and pcapng"));
    }
    pcap::Layout::of(magic).map(|_| Recognised::Readable)
}

/// Reads a capture to its end, or up to the damage in it, and hands each packet over.
///
/// A reader that starts with neither pcap nor pcapng gives an empty capture that names this as its damage.
pub fn read(reader: &mut dyn Read, each: &mut dyn FnMut(&Frame<'_>)) -> Capture {
    let mut source = block::Source::new(reader);
    let mut tally = Tally::new(each);
    let stop = source.head().and_then(|magic| {
        if magic == [0x0a, 0x0d, 0x0d, 0x0a] {
            pcapng::read(&mut source, &mut tally)
        } else {
            pcap::read(&mut source, magic, &mut tally)
        }
    });
    let mut capture = tally.capture;
    capture.damage = stop.err().map(Into::into);
    capture
}

/// Counts what is read while it is handed over.
struct Tally<'e> {
    capture: Capture,
    each: &'e mut dyn FnMut(&Frame<'_>),
}

impl<'e> Tally<'e> {
    fn new(each: &'e mut dyn FnMut(&Frame<'_>)) -> Self {
        let capture = Capture {
            format: CaptureFormat::Pcapng,
            interfaces: Vec::new(),
            n_packets: 0,
            n_truncated: 0,
            first: None,
            last: None,
            damage: None,
        };
        Self { capture, each }
    }

    fn frame(&mut self, interface: usize, time: Option<Timestamp>, bytes: &[u8], length: u32) {
        let link_type = self.capture.interfaces.get(interface).map_or(0, |i| i.link_type);
        let number = self.capture.n_packets.saturating_add(1);
        self.capture.n_packets = number;
        let cut = u32::try_from(bytes.len()).is_ok_and(|kept| kept < length);
        self.capture.n_truncated = self.capture.n_truncated.saturating_add(u64::from(cut));
        if let Some(time) = time {
            let first = self.capture.first.get_or_insert(time);
            *first = time.min(*first);
            let last = self.capture.last.get_or_insert(time);
            *last = time.max(*last);
        }
        (self.each)(&Frame { number, interface, link_type, time, bytes, length });
    }

    /// Returns the number of the packet that is being read.
    fn next_number(&self) -> u64 {
        self.capture.n_packets.saturating_add(1)
    }
}

#[cfg(test)]
mod tests;
