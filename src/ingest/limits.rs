//! How much of a stranger's input is believed.

use std::fmt;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The limits on input. Reaching one costs the rest of that file, with a message; every other file is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What one given file may unfold to, in bytes, all layers of compression and all members together.
    pub unfolded_bytes: u64,
    /// The longest text. Origins count bytes in 32 bits, and nobody reads such a text by lines.
    pub text_bytes: u64,
    /// All texts together, which stay in memory.
    pub held_bytes: u64,
    /// A JSON document longer than this is not held but read item by item.
    pub document_bytes: u64,
    /// The longest file that an archive stores with holes (`tar --sparse`): holes cost the sender nothing.
    pub sparse_bytes: u64,
    /// Members of one given archive, those of nested archives counted; also the files of one given folder.
    pub members: u64,
    /// Layers of archive and compression around a file: 2 for a `.tar.gz`, 3 for a rotated log in it.
    pub layers: u32,
    /// How many times larger a compressed file may become. Deflate cannot do more than 1,032; texts of nodes reach 30.
    pub ratio: u64,
    /// The ratio counts beyond this many bytes.
    pub ratio_from_bytes: u64,
    /// What an archive may say about one member (name, extended header) before the member's own bytes.
    pub header_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unfolded_bytes: 64 * GIB,
            text_bytes: 2 * GIB,
            held_bytes: 8 * GIB,
            document_bytes: 64 * MIB,
            sparse_bytes: 64 * MIB,
            members: 500_000,
            layers: 8,
            ratio: 400,
            ratio_from_bytes: 64 * MIB,
            header_bytes: MIB,
        }
    }
}

/// A number of bytes as people write it: `2 GiB`, `1.5 MiB`, `17 bytes`.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            1 => return f.write_str("1 byte"),
            0..1024 => return write!(f, "{} bytes", self.0),
            1024..MIB => (1024, "KiB"),
            MIB..GIB => (MIB, "MiB"),
            GIB.. => (GIB, "GiB"),
        };
        let tenths = (self.0 % unit) * 10 / unit;
        match tenths {
            0 => write!(f, "{} {name}", self.0 / unit),
            _ => write!(f, "{}.{tenths} {name}", self.0 / unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        let shown: Vec<_> =
            [0, 1, 1023, 1024, 1536, 64 * MIB, 2 * GIB].map(|n| Size(n).to_string()).into();
        assert_eq!(
            shown,
            ["0 bytes", "1 byte", "1023 bytes", "1 KiB", "1.5 KiB", "64 MiB", "2 GiB"]
        );
    }
}
