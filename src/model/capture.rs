//! Packet captures: what the file is. Its packets are read by `flows`.

use jiff::Timestamp;

/// The summary of one capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    pub format: CaptureFormat,
    /// Link types in order of appearance, by their numbers (`LINKTYPE_*`), with the interface's name where one is kept.
    pub interfaces: Vec<CaptureInterface>,
    pub n_packets: u64,
    /// Packets of which the capture kept a part only.
    pub n_truncated: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Why reading stopped before the end of the file.
    pub damage: Option<Box<str>>,
}

/// One interface (pcapng) or the only one (pcap).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureInterface {
    pub link_type: u32,
    pub name: Option<Box<str>>,
    pub snaplen: u32,
}

/// The file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFormat {
    Pcap { nanoseconds: bool, big_endian: bool, modified: bool },
    Pcapng,
}
