//! `-m conntrack`, `-m state`, `-m mark`, `-m connmark` (`xt_conntrack.c`, `xt_mark.c`, `xt_connmark.c`).

use super::{
    super::{spec::Rule, value},
    each_option, listed_value,
};
use crate::model::netfilter::xt_match::{ConntrackMatch, CtDirection, Invert, MatchKind};

/// The mark that a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Packet,
    Connection,
}

pub(super) fn mark(rule: &mut Rule<'_, '_>, which: Which) {
    each_option(rule, |rule, mut negated, option| {
        if option != "--mark" {
            return false;
        }
        let text = rule.value(&mut negated);
        push_mark(rule, negated, which, text)
    });
}

fn push_mark(rule: &mut Rule<'_, '_>, negated: bool, which: Which, text: &str) -> bool {
    let Ok(mark) = text.parse() else { return false };
    rule.builder.push(
        negated,
        match which {
            Which::Packet => MatchKind::Mark(mark),
            Which::Connection => MatchKind::ConnMark(mark),
        },
    );
    true
}

pub(super) fn state(rule: &mut Rule<'_, '_>) {
    each_option(rule, |rule, mut negated, option| {
        let states = (option == "--state").then(|| value::states(rule.value(&mut negated)));
        let Some(states) = states.flatten() else { return false };
        rule.builder.push(negated, MatchKind::State(states));
        true
    });
}

pub(super) fn conntrack(rule: &mut Rule<'_, '_>) {
    let mut found = ConntrackMatch::default();
    each_option(rule, |rule, mut negated, option| {
        let name = option.strip_prefix("--").unwrap_or_default();
        let text = rule.value(&mut negated);
        set_option(&mut found, negated, name, text)
    });
    push(rule, found);
}

/// Pushes the options of one `-m conntrack`: `--ctstate` alone as the small condition.
fn push(rule: &mut Rule<'_, '_>, found: ConntrackMatch) {
    let rest = ConntrackMatch { state: None, ..found.clone() };
    if rest != ConntrackMatch::default() {
        rule.builder.push(false, MatchKind::Conntrack(Box::new(found)));
    } else if let Some((invert, states)) = found.state {
        rule.builder.push(invert == Invert::Yes, MatchKind::CtState(states));
    }
}

/// Sets one option, by its name without dashes. Returns `false` if it is not understood, or given already.
fn set_option(found: &mut ConntrackMatch, negated: bool, name: &str, text: &str) -> bool {
    let invert = Invert::from(negated);
    match name {
        "ctstate" => set(&mut found.state, value::states(text).map(|x| (invert, x))),
        "ctstatus" => set(&mut found.status, value::statuses(text).map(|x| (invert, x))),
        "ctproto" => set(&mut found.protocol, text.parse().ok().map(|x| (invert, x))),
        "ctorigsrc" => set(&mut found.orig_src, value::addr(text).map(|x| (invert, x))),
        "ctorigdst" => set(&mut found.orig_dst, value::addr(text).map(|x| (invert, x))),
        "ctreplsrc" => set(&mut found.reply_src, value::addr(text).map(|x| (invert, x))),
        "ctrepldst" => set(&mut found.reply_dst, value::addr(text).map(|x| (invert, x))),
        "ctorigsrcport" => set(&mut found.orig_src_port, value::ports(text).map(|x| (invert, x))),
        "ctorigdstport" => set(&mut found.orig_dst_port, value::ports(text).map(|x| (invert, x))),
        "ctreplsrcport" => set(&mut found.reply_src_port, value::ports(text).map(|x| (invert, x))),
        "ctrepldstport" => set(&mut found.reply_dst_port, value::ports(text).map(|x| (invert, x))),
        "ctexpire" => {
            let range = value::range(text, 0, u32::MAX);
            set(&mut found.expire, range.map(|(first, last)| (invert, first, last)))
        }
        "ctdir" => {
            let direction = match text {
                "ORIGINAL" => Some(CtDirection::Original),
                "REPLY" => Some(CtDirection::Reply),
                _ => None,
            };
            set(&mut found.direction, direction.filter(|_| !negated))
        }
        _ => false,
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    if slot.is_some() || value.is_none() {
        return false;
    }
    *slot = value;
    true
}

/// `ctstate NEW ctorigdst 10.0.0.1`, `! state NEW`, `mark match ! 0x4000/0x4000`, `connmark match  0x80/0x80`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, mut negated: bool, word: &str) -> bool {
    match word {
        "state" => {
            let Some(states) = value::states(rule.words.text()) else { return false };
            rule.builder.push(negated, MatchKind::State(states));
            true
        }
        "mark" | "MARK" if rule.words.take_word("match") => {
            let text = listed_value(rule, &mut negated);
            push_mark(rule, negated, Which::Packet, text)
        }
        "connmark" | "CONNMARK" if rule.words.take_word("match") => {
            let text = listed_value(rule, &mut negated);
            push_mark(rule, negated, Which::Connection, text)
        }
        _ if word.starts_with("ct") => {
            let mut found = ConntrackMatch::default();
            if !set_option(&mut found, negated, word, rule.words.text()) {
                return false;
            }
            loop {
                let before = rule.words;
                let negated = rule.words.take_word("!");
                let name = rule.words.text();
                let text = rule.words.text();
                if !set_option(&mut found, negated, name, text) {
                    rule.words = before;
                    break;
                }
            }
            push(rule, found);
            true
        }
        _ => false,
    }
}
