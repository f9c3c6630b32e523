//! Ethernet addresses.

use std::{fmt, str::FromStr};

/// A 48-bit Ethernet address; prints in lower case with colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

/// The text is not six pairs of hexadecimal digits between colons (or dashes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacAddrError;

impl FromStr for MacAddr {
    type Err = MacAddrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut octets = [0; 6];
        let mut parts = text.split([':', '-']);
        for octet in &mut octets {
            let part = parts.next().ok_or(MacAddrError)?;
            if part.is_empty() || part.len() > 2 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(MacAddrError);
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| MacAddrError)?;
        }
        parts.next().is_none().then_some(Self(octets)).ok_or(MacAddrError)
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        assert_eq!(
            "0A:86:88:df:9e:4d".parse::<MacAddr>().unwrap().to_string(),
            "0a:86:88:df:9e:4d"
        );
        for bad in
            ["", "0a:86:88:df:9e", "0a:86:88:df:9e:4d:00", "0a:86:88:df:9e:+d", "xx:xx:xx:xx:xx:xx"]
        {
            assert_eq!(bad.parse::<MacAddr>(), Err(MacAddrError), "{bad}");
        }
    }
}
