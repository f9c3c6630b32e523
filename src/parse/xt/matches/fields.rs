//! `-m statistic`, `-m length`, `-m ttl`, `-m hl`, `-m tos`, `-m dscp` (`xt_statistic.c`, `xt_length.c`, `xt_hl.c`,
//! `xt_dscp.c`).

use super::{
    super::{spec::Rule, value},
    each_option, listed_value,
};
use crate::model::netfilter::xt_match::{Comparison, MatchKind};

/// Which of the two modes of `-m statistic` a rule has, as far as its words tell.
#[derive(Debug, Default)]
struct Statistic {
    negated: bool,
    probability: Option<u32>,
    every: Option<u32>,
    packet: u32,
}

impl Statistic {
    /// Sets one option by its name without dashes.
    fn set(&mut self, negated: bool, name: &str, text: &str) -> bool {
        match name {
            "mode" => return matches!(text, "random" | "nth") && !negated,
            "probability" => self.probability = value::probability(text),
            "every" => self.every = value::decimal(text),
            "packet" => match value::decimal(text) {
                Some(packet) => self.packet = packet,
                None => return false,
            },
            _ => return false,
        }
        self.negated |= negated;
        name == "packet" || self.probability.is_some() || self.every.is_some()
    }

    fn push(&self, rule: &mut Rule<'_, '_>) -> bool {
        let kind = match (self.probability, self.every) {
            (Some(probability_2_31), None) => MatchKind::StatisticRandom { probability_2_31 },
            (None, Some(every)) => MatchKind::StatisticNth { every, packet: self.packet },
            (Some(_), Some(_)) | (None, None) => return false,
        };
        rule.builder.push(self.negated, kind);
        true
    }
}

pub(super) fn statistic(rule: &mut Rule<'_, '_>) {
    let mut found = Statistic::default();
    let before = rule.words;
    each_option(rule, |rule, mut negated, option| {
        let text = rule.value(&mut negated);
        found.set(negated, option.strip_prefix("--").unwrap_or_default(), text)
    });
    if !found.push(rule) {
        rule.words = before;
    }
}

pub(super) fn length(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        option == "--length" && {
            let text = rule.value(&mut negated);
            push_length(rule, negated, text)
        }
    });
}

fn push_length(rule: &mut Rule<'_, '_>, negated: bool, text: &str) -> bool {
    let Some((first, last)) = value::range(text, 0, u16::MAX) else { return false };
    rule.builder.push(negated, MatchKind::Length(first, last));
    true
}

pub(super) fn ttl(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        let compare = match option {
            "--ttl-eq" | "--ttl" => Comparison::Equal,
            "--ttl-lt" => Comparison::Less,
            "--ttl-gt" => Comparison::Greater,
            _ => return false,
        };
        let Some(number) = value::decimal(rule.value(&mut negated)) else { return false };
        rule.builder.push(negated, MatchKind::Ttl(compare(number)));
        true
    });
}

pub(super) fn hop_limit(rule: &mut Rule<'_, '_>) {
    rule.builder.is_v6 = true;
    each_option(rule, |rule, mut negated, option| {
        let compare = match option {
            "--hl-eq" => Comparison::Equal,
            "--hl-lt" => Comparison::Less,
            "--hl-gt" => Comparison::Greater,
            _ => return false,
        };
        let Some(number) = value::decimal(rule.value(&mut negated)) else { return false };
        rule.builder.push(negated, MatchKind::HopLimit(compare(number)));
        true
    });
}

/// The names of `libxt_tos.c`; each looks at six bits.
const TOS_NAMES: [(&str, u8); 5] = [
    ("Minimize-Delay", 0x10),
    ("Maximize-Throughput", 0x08),
    ("Maximize-Reliability", 0x04),
    ("Minimize-Cost", 0x02),
    ("Normal-Service", 0x00),
];

pub(super) fn tos(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        option == "--tos" && {
            let text = rule.value(&mut negated);
            push_tos(rule, negated, text)
        }
    });
}

fn push_tos(rule: &mut Rule<'_, '_>, negated: bool, text: &str) -> bool {
    let byte = |text: &str| value::number(text).and_then(|number| u8::try_from(number).ok());
    let found = match TOS_NAMES.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Some((*value, 0x3f)),
        None => match text.split_once('/') {
            Some((value, mask)) => byte(value).zip(byte(mask)),
            None => byte(text).map(|value| (value, 0xff)),
        },
    };
    let Some((value, mask)) = found else { return false };
    rule.builder.push(negated, MatchKind::Tos { value, mask });
    true
}

pub(super) fn dscp(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        matches!(option, "--dscp" | "--dscp-class") && {
            let text = rule.value(&mut negated);
            push_dscp(rule, negated, text)
        }
    });
}

fn push_dscp(rule: &mut Rule<'_, '_>, negated: bool, text: &str) -> bool {
    let number = value::number(text).and_then(|number| u8::try_from(number).ok());
    let Some(dscp) = number.or_else(|| dscp_class(text)).filter(|dscp| *dscp < 64) else {
        return false;
    };
    rule.builder.push(negated, MatchKind::Dscp(dscp));
    true
}

/// `EF`, `BE`, `CS3`, `AF21` (RFC 2597, RFC 2474).
fn dscp_class(text: &str) -> Option<u8> {
    let text = text.to_ascii_lowercase();
    match text.as_bytes() {
        b"ef" => Some(46),
        b"be" => Some(0),
        [b'c', b's', class @ b'0'..=b'7'] => Some((class - b'0') << 3),
        [b'a', b'f', class @ b'1'..=b'4', drop @ b'1'..=b'3'] => {
            Some((class - b'0') << 3 | (drop - b'0') << 1)
        }
        _ => None,
    }
}

/// `statistic mode random probability 0.5`, `length !100:200`, `TTL match TTL == 5`, `tos match0x10/0x3f`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, mut negated: bool, word: &str) -> bool {
    match word {
        "statistic" => {
            let mut found = Statistic { negated, ..Statistic::default() };
            loop {
                let before = rule.words;
                let negated = rule.words.take_word("!");
                let name = rule.words.text();
                let text = rule.words.text();
                if !found.set(negated, name, text) {
                    rule.words = before;
                    break;
                }
            }
            found.push(rule)
        }
        "length" => {
            let text = listed_value(rule, &mut negated);
            push_length(rule, negated, text)
        }
        "TTL" | "HL" => listed_comparison(rule, word),
        "tos" => {
            let Some(glued) = rule.words.text().strip_prefix("match") else { return false };
            let (negated, glued) = match glued.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (negated, glued),
            };
            let text = if glued.is_empty() { rule.words.text() } else { glued };
            push_tos(rule, negated, text)
        }
        "DSCP" => {
            rule.words.take_word("match") && {
                let text = listed_value(rule, &mut negated);
                push_dscp(rule, negated, text)
            }
        }
        _ => false,
    }
}

fn listed_comparison(rule: &mut Rule<'_, '_>, name: &str) -> bool {
    if !rule.words.take_words(&["match", name]) {
        return false;
    }
    let operator = rule.words.text();
    let Some(number) = value::decimal(rule.words.text()) else { return false };
    let comparison = match operator {
        "==" | "!=" => Comparison::Equal(number),
        "<" => Comparison::Less(number),
        ">" => Comparison::Greater(number),
        _ => return false,
    };
    let kind =
        if name == "HL" { MatchKind::HopLimit(comparison) } else { MatchKind::Ttl(comparison) };
    rule.builder.push(operator == "!=", kind);
    true
}
