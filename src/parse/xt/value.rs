//! Values as iptables prints them: addresses under masks, ports, sets of words.

use super::services;
use crate::{
    model::netfilter::xt_match::{
        AddrMask, AddrTypes, CtStates, CtStatuses, Ipv4Mask, Ipv6Mask, Side,
    },
    net::{IfPattern, PortRange, Protocol},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads `10.0.0.0/8`, `10.0.0.1`, `10.0.0.0/255.0.255.0`.
pub(super) fn v4(text: &str) -> Option<Ipv4Mask> {
    let (addr, rest) = quad(text)?;
    let mask = match rest.strip_prefix('/') {
        None if rest.is_empty() => u32::MAX,
        None => return None,
        Some(length) if length.len() <= 2 => {
            let length: u32 = decimal(length)?;
            match length {
                0 => 0,
                1..=32 => u32::MAX << (32 - length),
                _ => return None,
            }
        }
        Some(mask) => match quad(mask)? {
            (mask, "") => mask,
            _ => return None,
        },
    };
    Some(Ipv4Mask { addr: Ipv4Addr::from_bits(addr), mask: Ipv4Addr::from_bits(mask) })
}

/// Reads the four numbers of an IPv4 address, and returns what follows them.
fn quad(text: &str) -> Option<(u32, &str)> {
    let bytes = text.as_bytes();
    let mut addr = 0;
    let mut at = 0;
    for octet in 0..4 {
        if octet > 0 {
            if bytes.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let mut value = 0_u32;
        let start = at;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            if at - start == 3 {
                return None;
            }
            value = value * 10 + u32::from(digit - b'0');
            at += 1;
        }
        if at == start || value > 255 {
            return None;
        }
        addr = addr << 8 | value;
    }
    Some((addr, text.get(at..)?))
}

/// Reads one IPv4 address as the tools print it, in which no number starts with a zero that says nothing.
pub(super) fn plain_v4(text: &str) -> Option<Ipv4Addr> {
    let mut before = b'.';
    let is_padded = text.bytes().zip(text.bytes().skip(1)).any(|(byte, next)| {
        let starts = std::mem::replace(&mut before, byte) == b'.';
        starts && byte == b'0' && next.is_ascii_digit()
    });
    match quad(text)? {
        (addr, "") if !is_padded => Some(Ipv4Addr::from_bits(addr)),
        _ => None,
    }
}

/// Reads `fd00::/8`, `fd00::1`, `fd00::/ffff:0:ffff::`.
pub(super) fn v6(text: &str) -> Option<Ipv6Mask> {
    let (addr, mask) = text.split_once('/').unwrap_or((text, "128"));
    let addr: Ipv6Addr = addr.parse().ok()?;
    let mask = match decimal::<u32>(mask) {
        Some(0) => 0,
        Some(length @ 1..=128) => u128::MAX << (128 - length),
        Some(_) => return None,
        None => mask.parse::<Ipv6Addr>().ok()?.to_bits(),
    };
    Some(Ipv6Mask { addr, mask: Ipv6Addr::from_bits(mask) })
}

/// Reads an address of either family under its mask.
pub(super) fn addr(text: &str) -> Option<AddrMask> {
    v4(text).map(AddrMask::V4).or_else(|| v6(text).map(AddrMask::V6))
}

/// Reads digits without a sign.
pub(super) fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// Reads a number in the bases of `strtoul(…, 0)`.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse::<crate::net::Mark>().ok().map(|mark| mark.0)
}

/// Reads a port, or its name.
pub(super) fn port(text: &str) -> Option<u16> {
    if text.as_bytes().first()?.is_ascii_digit() { decimal(text) } else { services::port(text) }
}

/// Reads `80`, `http`, `1000:2000`, `1000:`, `:1000`.
pub(super) fn ports(text: &str) -> Option<PortRange> {
    let Some((first, last)) = text.split_once(':') else { return port(text).map(PortRange::one) };
    if first.is_empty() && last.is_empty() {
        return None;
    }
    let first = if first.is_empty() { 0 } else { port(first)? };
    let last = if last.is_empty() { u16::MAX } else { port(last)? };
    Some(PortRange { first, last })
}

/// Reads a number or a range of numbers between `:` or `-`; an open end is the end of the numbers.
pub(super) fn range<T: std::str::FromStr + Copy>(text: &str, least: T, most: T) -> Option<(T, T)> {
    let Some((first, last)) = text.split_once([':', '-']) else {
        return decimal(text).map(|one| (one, one));
    };
    let first = if first.is_empty() { least } else { decimal(first)? };
    let last = if last.is_empty() { most } else { decimal(last)? };
    Some((first, last))
}

/// Reads a protocol; `None` inside for `all`.
pub(super) fn protocol(text: &str) -> Option<Option<Protocol>> {
    match text {
        "all" | "0" | "any" => Some(None),
        "tcp" => Some(Some(Protocol::TCP)),
        "udp" => Some(Some(Protocol::UDP)),
        _ => text.parse().ok().map(Some),
    }
}

/// Reads an interface; `None` inside for the `*` of `-nvL` and the `any` of `-vL`.
pub(super) fn interface(text: &str) -> Option<Option<IfPattern>> {
    match text {
        "*" | "any" => Some(None),
        _ => IfPattern::from_iptables(text).ok().map(Some),
    }
}

/// Reads `NEW,RELATED`.
pub(super) fn states(text: &str) -> Option<CtStates> {
    named_bits(text, &CtStates::NAMES).map(CtStates)
}

/// Reads `ASSURED,CONFIRMED`; `NONE` is the empty set.
pub(super) fn statuses(text: &str) -> Option<CtStatuses> {
    if text == "NONE" {
        return Some(CtStatuses(0));
    }
    named_bits(text, &CtStatuses::NAMES).map(CtStatuses)
}

fn named_bits(text: &str, names: &[(&str, u8)]) -> Option<u8> {
    text.split(',').try_fold(0, |bits, word| {
        let (_, bit) = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        Some(bits | bit)
    })
}

/// Reads `UNICAST,LOCAL`.
pub(super) fn addr_types(text: &str) -> Option<AddrTypes> {
    let bits = text.split(',').try_fold(0, |bits, word| {
        let (_, bit) = AddrTypes::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        Some(bits | 1_u16 << bit)
    });
    bits.map(AddrTypes)
}

/// Reads `src,dst`.
pub(super) fn sides(text: &str) -> Option<Vec<Side>> {
    let side = |word: &str| match word {
        "src" => Some(Side::Source),
        "dst" => Some(Side::Destination),
        _ => None,
    };
    text.split(',').map(side).collect()
}

/// Reads `10.0.0.1-10.0.0.9`, or one address.
pub(super) fn addr_range(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Reads the flags of a TCP header: names between commas, or the number that `-L` prints.
pub(super) fn tcp_flags(text: &str) -> Option<u8> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u8::from_str_radix(hex, 16).ok();
    }
    text.split(',').try_fold(0, |bits, name| {
        let (_, bit) = TCP_FLAGS.iter().find(|(known, _)| *known == name)?;
        Some(bits | bit)
    })
}

/// The names that `libxt_tcp.c` prints and reads.
pub(super) const TCP_FLAGS: [(&str, u8); 8] = [
    ("FIN", 0x01),
    ("SYN", 0x02),
    ("RST", 0x04),
    ("PSH", 0x08),
    ("ACK", 0x10),
    ("URG", 0x20),
    ("ALL", 0x3f),
    ("NONE", 0x00),
];

/// Reads `0.33333333349` as the share of 2^31 that the kernel holds: `libxt_statistic.c` stores
/// `lround(0x80000000 * probability)` and prints the quotient with eleven digits.
pub(super) fn probability(text: &str) -> Option<u32> {
    let plain = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let share = (1_u64 << 31) as f64
        * text.parse::<f64>().ok().filter(|_| text.bytes().all(|b| plain(&b)))?;
    // Between 0 and 2^31 the number is exact.
    (share <= (1_u64 << 31) as f64).then(|| share.round() as u32)
}

/// Reads a counter of `-L`: digits, with `K`, `M`, `G`, `T` where the last ones were cut off (`xtables_print_num()`
/// divides by 1000). Returns whether it was rounded.
pub(super) fn counter(text: &str) -> Option<(u64, bool)> {
    let factor = match text.as_bytes().last()? {
        b'K' => 1_000,
        b'M' => 1_000_000,
        b'G' => 1_000_000_000,
        b'T' => 1_000_000_000_000,
        _ => return decimal(text).map(|exact| (exact, false)),
    };
    let value: u64 = decimal(text.get(..text.len().checked_sub(1)?)?)?;
    Some((value.checked_mul(factor)?, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_kernels_numbers() {
        assert_eq!(probability("0.50000000000"), Some(1 << 30));
        assert_eq!(probability("0.33333333349"), Some(715_827_883));
        assert_eq!(probability("0.10000000009"), Some(214_748_365));
        assert_eq!(probability("1.00000000000"), Some(1 << 31));
        assert_eq!(probability("1"), Some(1 << 31));
        for bad in ["", ".", "2.0", "0.x", "-1"] {
            assert_eq!(probability(bad), None, "{bad}");
        }
    }

    #[test]
    fn plain_addresses_are_those_of_the_standard_library() {
        for text in [
            "10.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "10.01.0.1",
            "00.0.0.1",
            "1.2.3",
            "1.2.3.4 ",
            "1.2.3.256",
        ] {
            assert_eq!(plain_v4(text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn masks_need_not_be_contiguous() {
        let odd = v4("10.0.0.0/255.0.255.0").unwrap();
        assert!(odd.contains("10.9.0.7".parse().unwrap()));
        assert!(!odd.contains("10.9.1.7".parse().unwrap()));
        assert_eq!(v4("10.0.0.1").unwrap().mask, Ipv4Addr::BROADCAST);
        assert_eq!(v6("::/0").unwrap().mask, Ipv6Addr::UNSPECIFIED);
        for bad in ["", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1x", "1.2.3.4/"] {
            assert_eq!(v4(bad), None, "{bad}");
        }
    }

    #[test]
    fn counters_keep_their_suffix() {
        assert_eq!(counter("4823K"), Some((4_823_000, true)));
        assert_eq!(counter("99999"), Some((99_999, false)));
        assert_eq!(counter("K"), None);
    }
}
