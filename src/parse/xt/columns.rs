//! The columns of one rule of `iptables -L`.
//!
//! A rule is cut at white space and not at the header's offsets: chain names wider than their column push everything
//! to the right, and people align columns by hand (`print_firewall()` of `iptables/iptables.c`).

use super::{cursor::Cursor, value};
use crate::model::netfilter::Counters;

/// Which columns a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) numbered: bool,
    pub(super) counted: bool,
    pub(super) interfaces: bool,
}

/// The columns of a rule. Negated values keep their `!`.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub(super) counters: Option<Counters>,
    /// Empty for a rule without target.
    pub(super) target: &'a str,
    pub(super) protocol: &'a str,
    /// `--`, `-f`, `!f`; empty for ip6tables before 1.8.9.
    pub(super) options: &'a str,
    pub(super) interfaces: Option<(&'a str, &'a str)>,
    pub(super) source: &'a str,
    pub(super) destination: &'a str,
    /// The words after the columns.
    pub(super) tail: Cursor<'a>,
}

/// Reads a header such as `num   pkts bytes target     prot opt in     out     source               destination`.
pub(super) fn layout(line: &str) -> Option<Layout> {
    let mut words = line.split_ascii_whitespace().peekable();
    let numbered = words.next_if_eq(&"num").is_some();
    let counted = words.next_if_eq(&"pkts").is_some() && words.next_if_eq(&"bytes").is_some();
    let starts = words.next() == Some("target") && words.next() == Some("prot");
    words.next_if_eq(&"opt");
    let interfaces = words.next_if_eq(&"in").is_some() && words.next_if_eq(&"out").is_some();
    let ends = words.next() == Some("source") && words.next() == Some("destination");
    (starts && ends).then_some(Layout { numbered, counted, interfaces })
}

fn is_options(word: &str) -> bool {
    matches!(word, "--" | "-f" | "!f")
}

fn is_protocol(word: &str) -> bool {
    let word = word.strip_prefix('!').unwrap_or(word);
    value::protocol(word).is_some()
}

fn is_address(word: &str) -> bool {
    let word = word.strip_prefix('!').unwrap_or(word);
    word == "anywhere" || value::addr(word).is_some()
}

/// Returns whether a line alone looks like a rule of `-L`.
pub(super) fn is_rule(line: &str) -> bool {
    let mut words = [""; 10];
    for (slot, word) in words.iter_mut().zip(line.split_ascii_whitespace()) {
        *slot = word;
    }
    let pairs = || words.iter().zip(words.iter().skip(1));
    if let Some(at) = pairs().take(5).position(|(a, b)| is_protocol(a) && is_options(b)) {
        return words.get(at + 3).is_some_and(|word| !word.is_empty());
    }
    let addresses = pairs().position(|(a, b)| is_address(a) && is_address(b));
    addresses.is_some_and(|at| words.iter().take(at).any(|word| is_protocol(word)))
}

/// Returns the columns that a rule has whose header is lost.
fn guess(line: &str) -> Layout {
    let words: Vec<&str> = line.split_ascii_whitespace().take(12).collect();
    let options = words.iter().position(|word| is_options(word)).unwrap_or(words.len());
    let numbers = words.iter().take(options).take_while(|word| value::counter(word).is_some());
    // The protocol may be a number, too.
    let numbers = numbers.count().min(options.saturating_sub(1));
    let after = words.get(options + 1);
    Layout {
        numbered: numbers % 2 == 1,
        counted: numbers >= 2,
        interfaces: after.is_some_and(|word| !is_address(word)) && numbers >= 2,
    }
}

/// Takes the columns of a rule apart.
pub(super) fn columns(line: &str, layout: Option<Layout>) -> Option<Columns<'_>> {
    let layout = layout.unwrap_or_else(|| guess(line));
    let mut words = Cursor::new(line);
    if layout.numbered {
        value::decimal::<u32>(words.text())?;
    }
    let counters = match layout.counted {
        true => {
            let (packets, cut_packets) = value::counter(words.text())?;
            let (bytes, cut_bytes) = value::counter(words.text())?;
            Some(Counters { packets, bytes, rounded: cut_packets || cut_bytes })
        }
        false => None,
    };
    let (target, protocol, options) = head(&mut words)?;
    let mut value = || -> Option<&str> {
        let start = words.offset();
        let word = words.next()?;
        if word.text != "!" {
            return Some(word.text);
        }
        // `! 10.0.0.0/8`, aligned by hand.
        words.next()?;
        Some(words.between(start, words.offset()))
    };
    let interfaces = if layout.interfaces { Some((value()?, value()?)) } else { None };
    let (source, destination) = (value()?, value()?);
    Some(Columns {
        counters,
        target,
        protocol,
        options,
        interfaces,
        source,
        destination,
        tail: words,
    })
}

/// Takes target, protocol and options, of which the target may be empty and the options missing.
fn head<'a>(words: &mut Cursor<'a>) -> Option<(&'a str, &'a str, &'a str)> {
    let first = words.text();
    let mut ahead = *words;
    let second = ahead.text();
    let mut further = ahead;
    let third = further.text();
    if is_options(second) {
        *words = ahead;
        return Some(("", first, second));
    }
    if is_options(third) {
        *words = further;
        return Some((first, second, third));
    }
    if is_protocol(second) {
        *words = ahead;
        return Some((first, second, ""));
    }
    is_protocol(first).then_some(("", first, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(line: &str, header: &str) -> String {
        let found = columns(line, layout(header)).unwrap();
        let (i, o) = found.interfaces.unwrap_or(("?", "?"));
        format!(
            "{}|{}|{}|{i}|{o}|{}|{}|{}",
            found.target,
            found.protocol,
            found.options,
            found.source,
            found.destination,
            found.tail.rest()
        )
    }

    const NVL: &str =
        " pkts bytes target     prot opt in     out     source               destination ";

    #[test]
    fn the_target_may_be_empty_and_the_options_missing() {
        assert_eq!(
            show("   0     0            47   --  *      *       0.0.0.0/0   0.0.0.0/0", NVL),
            "|47|--|*|*|0.0.0.0/0|0.0.0.0/0|"
        );
        assert_eq!(
            show("  44M 5263M ACCEPT     all      *      *       ::/0   ::/0  state NEW", NVL),
            "ACCEPT|all||*|*|::/0|::/0|state NEW"
        );
        assert_eq!(
            show("           udp  --  anywhere   anywhere", "target prot opt source destination"),
            "|udp|--|?|?|anywhere|anywhere|"
        );
        assert_eq!(
            show(
                "1  5K 6M KUBE-SVC-NPX46M4PTMTKRN6Y  6    --  *  !vlan+  0.0.0.0/0 !10.0.0.1 x",
                &format!("num {NVL}")
            ),
            "KUBE-SVC-NPX46M4PTMTKRN6Y|6|--|*|!vlan+|0.0.0.0/0|!10.0.0.1|x"
        );
    }

    #[test]
    fn a_rule_without_header_is_guessed() {
        assert_eq!(
            show("1 2 3 DROP tcp -- eth0 * 0.0.0.0/0 10.0.0.1", ""),
            "DROP|tcp|--|eth0|*|0.0.0.0/0|10.0.0.1|"
        );
        assert_eq!(
            show("DROP tcp -- 0.0.0.0/0 10.0.0.1", ""),
            "DROP|tcp|--|?|?|0.0.0.0/0|10.0.0.1|"
        );
        assert!(is_rule("DROP tcp -- 0.0.0.0/0 10.0.0.1"));
        assert!(!is_rule("$ tcp -- x") && !is_rule("all of them -- I think -- are fine"));
    }
}
