//! Constants: addresses, numbers in any base, names, ranges, times.

use crate::{
    model::netfilter::{nft::Expr, nft_kind::ValueKind},
    net::{IfPattern, IpNet},
};
use std::net::IpAddr;

/// Whether a word stood in quotes. JSON does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    Yes,
    No,
    Unknown,
}

/// Reads a number: hexadecimal with `0x`, decimal otherwise.
pub(super) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u64::from_str_radix(hex, 16).ok()
        }
        Some(_) => None,
        None if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) => word.parse().ok(),
        None => None,
    }
}

/// Reads a time such as `1d2h3m4s5ms` in milliseconds (`time_print()` and `time_parse()` of `src/datatype.c`).
pub(super) fn milliseconds(word: &str) -> Option<u64> {
    let mut rest = word;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        let unit_len = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_len)?;
        let scale = match unit {
            "ms" => 1,
            "s" | "" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(scale)?)?;
        rest = after;
    }
    (!word.is_empty()).then_some(total)
}

/// Reads one word as a constant of the kind that its place asks for. Never fails: what has no type is a word.
pub(super) fn constant(word: &str, kind: ValueKind, quotes: Quotes) -> Expr {
    if kind == ValueKind::Iface {
        return interface(word, quotes);
    }
    if word == "*" {
        return Expr::Any;
    }
    if let Some(number) = kind.number_of(word).filter(|_| number(word).is_none()) {
        return Expr::Named { name: word.into(), number };
    }
    if quotes == Quotes::Yes {
        return Expr::Word(word.into());
    }
    if let Some(number) = number(word) {
        return Expr::Number(number);
    }
    if kind == ValueKind::Duration
        && let Some(time) = milliseconds(word)
    {
        return Expr::Number(time / 1000);
    }
    if let Some(net) = net(word) {
        return Expr::Net(net);
    }
    if let Ok(mac) = word.parse() {
        return Expr::Mac(mac);
    }
    if let Some(range) = range(word, kind) {
        return range;
    }
    Expr::Word(word.into())
}

/// `"eth0"`, `"eni*"`, `"*"`; a number where the interface is gone; `missing` and `exists` of `fib`.
fn interface(word: &str, quotes: Quotes) -> Expr {
    if quotes != Quotes::Yes {
        if let Some(number) = number(word) {
            return Expr::Number(number);
        }
        if quotes == Quotes::No {
            if word == "*" {
                return Expr::Any;
            }
            if let Some(number) = ValueKind::Iface.number_of(word) {
                return Expr::Named { name: word.into(), number };
            }
        }
    }
    // A backslash makes the star a letter (`ifname_type_print()`): such names stay words.
    let pattern = match word.strip_suffix('*') {
        Some("") => Some(IfPattern::Any),
        Some(start) if start.ends_with('\\') => None,
        Some(start) => start.parse().ok().map(IfPattern::Prefix),
        None => word.parse().ok().map(IfPattern::Exact),
    };
    pattern.map_or_else(|| Expr::Word(word.into()), Expr::Iface)
}

/// Reads an address or a prefix of either family.
pub(super) fn net(word: &str) -> Option<IpNet> {
    if !word.contains(['.', ':']) {
        return None;
    }
    word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from))
}

/// `80-90`, `10.0.0.1-10.0.0.9`, `http-https`; names may have dashes, too.
fn range(word: &str, kind: ValueKind) -> Option<Expr> {
    for (at, _) in word.match_indices('-') {
        let (first, last) = (word.get(..at)?, word.get(at + 1..)?);
        let end = |word: &str| {
            let plain = number(word).map(Expr::Number);
            plain.or_else(|| net(word).map(Expr::Net)).or_else(|| {
                let number = kind.number_of(word)?;
                Some(Expr::Named { name: word.into(), number })
            })
        };
        if let (Some(first), Some(last)) = (end(first), end(last)) {
            return Some(Expr::Range(Box::new((first, last))));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_constants_by_their_place() {
        let text = |word, kind| format!("{:?}", constant(word, kind, Quotes::No));
        assert_eq!(text("0x00000080", ValueKind::Mark), "Number(128)");
        assert_eq!(
            text("established", ValueKind::CtState),
            "Named { name: \"established\", number: 2 }"
        );
        assert_eq!(text("tcp", ValueKind::Protocol), "Named { name: \"tcp\", number: 6 }");
        assert_eq!(text("80-90", ValueKind::Port), "Range((Number(80), Number(90)))");
        assert_eq!(text("10.0.0.0/8", ValueKind::Address), "Net(10.0.0.0/8)");
        assert_eq!(text("eni*", ValueKind::Iface), "Iface(Prefix(\"eni\"))");
        assert_eq!(text("1h", ValueKind::Duration), "Number(3600)");
        assert_eq!(text("net-prohibited", ValueKind::Other), "Word(\"net-prohibited\")");
    }

    #[test]
    fn reads_times() {
        assert_eq!(milliseconds("2h59m58s592ms"), Some(10_798_592));
        assert_eq!(milliseconds("10800s"), Some(10_800_000));
        assert_eq!(milliseconds("x"), None);
        assert_eq!(milliseconds(""), None);
        assert_eq!(milliseconds("99999999999999999999d"), None);
    }
}
