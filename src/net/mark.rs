//! Packet marks and connection marks, always a value under a mask.

use std::{fmt, str::FromStr};

/// The whole 32-bit mark of a packet (fwmark) or of a conntrack entry (ctmark).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub u32);

/// A value under a mask, as `fwmark 0x80/0x80` and `--mark 0x4000/0x4000` print it.
///
/// The value may have bits outside the mask: the kernel compares `mark & mask == value`, so such a match never holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaskedMark {
    pub value: u32,
    pub mask: u32,
}

/// The text is not `VALUE` or `VALUE/MASK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkError;

impl MaskedMark {
    /// Returns the match of the whole mark.
    pub fn exact(value: u32) -> Self {
        Self { value, mask: u32::MAX }
    }

    /// Returns whether a mark satisfies `mark & mask == value`.
    pub fn holds(self, mark: Mark) -> bool {
        mark.0 & self.mask == self.value
    }
}

/// Reads hexadecimal with `0x`, octal with a leading `0`, decimal otherwise, as `strtoul(…, 0)` does.
fn number(text: &str) -> Option<u32> {
    let digits = |text: &str, radix| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| u32::from_str_radix(text, radix).ok())?
    };
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => digits(hex, 16),
        None if text.len() > 1 && text.starts_with('0') => digits(text, 8),
        None => digits(text, 10),
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        number(text).map(Self).ok_or(MarkError)
    }
}

impl FromStr for MaskedMark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (value, mask) = match text.split_once('/') {
            Some((value, mask)) => (number(value), number(mask)),
            None => (number(text), Some(u32::MAX)),
        };
        value.zip(mask).map(|(value, mask)| Self { value, mask }).ok_or(MarkError)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for MaskedMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mask {
            u32::MAX => write!(f, "{:#x}", self.value),
            mask => write!(f, "{:#x}/{mask:#x}", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_bases_of_strtoul() {
        assert_eq!("0x80/0x80".parse(), Ok(MaskedMark { value: 0x80, mask: 0x80 }));
        assert_eq!("128".parse(), Ok(MaskedMark::exact(128)));
        assert_eq!("010".parse(), Ok(Mark(8)));
        assert_eq!("0".parse(), Ok(Mark(0)));
        for bad in ["", "0x", "+1", "0x1ffffffff", "0x80/"] {
            assert_eq!(bad.parse::<MaskedMark>(), Err(MarkError), "{bad}");
        }
    }

    #[test]
    fn compares_under_the_mask() {
        let mark = MaskedMark { value: 0x80, mask: 0x80 };
        assert!(mark.holds(Mark(0x4080)) && !mark.holds(Mark(0x4000)));
        assert!(
            !MaskedMark { value: 0x81, mask: 0x80 }.holds(Mark(0x81)),
            "a value outside its mask never holds"
        );
    }
}
