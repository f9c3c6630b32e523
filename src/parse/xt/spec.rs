//! One rule as `iptables-save` and `-S` print it: `-A CHAIN [!] -s … -m MODULE --option … -j TARGET --option …`.
//!
//! The order is that of `print_rule4()` and of each extension's `save` (`iptables/iptables.c`, `extensions/`); rules
//! typed by hand may have another one.

use super::{
    builder::Builder,
    cursor::{Cursor, Quotes, Word},
    matches,
    target::{self, Jump},
    value,
};
use crate::{
    model::{
        ByteRange,
        netfilter::{
            Counters,
            xt_match::{CommentText, MatchKind, MatchWords, NameMask, Side},
            xt_target::{Target, TargetWords},
        },
    },
    net::Protocol,
};

/// What is known of a rule's line while its words are read.
#[derive(Debug)]
pub(super) struct Rule<'a, 'b> {
    pub(super) words: Cursor<'a>,
    pub(super) builder: &'b mut Builder<'a>,
    /// The byte of the artifact at which the line's text starts; `None` where the text is not that of the artifact.
    pub(super) base: Option<u32>,
    pub(super) counters: Option<Counters>,
    pub(super) target: Jump<'a>,
    /// Whether a quote was not closed: the rule is not whole.
    pub(super) is_open: bool,
    /// The target column of `-L`; empty for a save, where the target stands among the words.
    pub(super) column: &'a str,
}

/// Reads everything after the chain's name.
pub(super) fn read(rule: &mut Rule<'_, '_>) {
    loop {
        let start = rule.words.offset();
        let Some(word) = rule.words.next() else { break };
        let negated = word.text == "!" && word.quotes == Quotes::None;
        let option = if negated { rule.words.text() } else { word.text };
        if !option_of_rule(rule, negated, option) {
            unmodelled(rule, "", start);
        }
    }
    if rule.is_open {
        let words = TargetWords { name: "".into(), words: "".into() };
        rule.target = Jump::Target(Target::Unmodelled(Box::new(words)));
    }
}

/// Reads an option of the rule itself. Returns `false` where the word is none.
fn option_of_rule(rule: &mut Rule<'_, '_>, negated: bool, option: &str) -> bool {
    match option {
        "-s" | "--source" | "--src" => addr(rule, negated, Side::Source),
        "-d" | "--destination" | "--dst" => addr(rule, negated, Side::Destination),
        "-i" | "--in-interface" | "-o" | "--out-interface" => interface(rule, negated, option),
        "-p" | "--protocol" | "--proto" => protocol(rule, negated),
        "-f" | "--fragment" => rule.builder.push(negated, MatchKind::Fragment),
        "-m" | "--match" if !negated => {
            let module = rule.words.text();
            let start = rule.words.offset();
            let before = rule.builder.matches.len();
            matches::module(rule, module);
            if rule.builder.matches.len() == before {
                unmodelled(rule, module, start);
            }
        }
        "-j" | "--jump" if !negated => {
            let name = rule.words.text();
            rule.target = target::read(&mut rule.words, name);
        }
        "-g" | "--goto" if !negated => rule.target = Jump::Goto(rule.words.text()),
        "-c" | "--set-counters" if !negated => {
            let counters = (value::decimal(rule.words.text()), value::decimal(rule.words.text()));
            if let (Some(packets), Some(bytes)) = counters {
                rule.counters = Some(Counters { packets, bytes, rounded: false });
            }
        }
        // `\` is the continuation of a line that was cut for a document.
        "\\" => {}
        // Options of tcp and udp without `-m`, which iptables loads by itself after `-p`.
        _ => return matches::ports::option(rule, negated, option),
    }
    true
}

impl<'a> Rule<'a, '_> {
    /// Returns whether the next words of `-L` are the options of the target in the target column.
    pub(super) fn starts_target_options(&self) -> bool {
        let mut ahead = self.words;
        let word = ahead.text();
        !word.is_empty() && target::starts_options(self.column, word, ahead.text())
    }

    /// Returns an option's value; the `!` of iptables before 1.4.3 (`-d ! 10.0.0.0/8`) negates once more.
    pub(super) fn value(&mut self, negated: &mut bool) -> &'a str {
        let mut word = self.words.next();
        if word.is_some_and(|word| word.text == "!" && word.quotes == Quotes::None) {
            *negated = !*negated;
            word = self.words.next();
        }
        self.is_open |= word.is_some_and(|word| word.quotes == Quotes::Open);
        word.map_or("", |word| word.text)
    }
}

fn addr(rule: &mut Rule<'_, '_>, mut negated: bool, side: Side) {
    let kind = addr_of(side, rule.value(&mut negated));
    rule.builder.push(negated, kind);
}

/// Returns the condition on an address, which may be a name.
pub(super) fn addr_of(side: Side, text: &str) -> MatchKind {
    if let Some(mask) = value::v4(text) {
        return MatchKind::Addr4(side, mask);
    }
    if let Some(mask) = value::v6(text) {
        return MatchKind::Addr6(side, Box::new(mask));
    }
    let (name, mask) = match text.split_once('/') {
        Some((name, mask)) => (name, Some(mask.into())),
        None => (text, None),
    };
    MatchKind::AddrName(side, Box::new(NameMask { name: name.into(), mask }))
}

fn interface(rule: &mut Rule<'_, '_>, mut negated: bool, option: &str) {
    let is_in = matches!(option, "-i" | "--in-interface");
    let value = rule.value(&mut negated);
    let kind = match value::interface(value) {
        Some(pattern) => {
            let pattern = Box::new(pattern.unwrap_or(crate::net::IfPattern::Any));
            if is_in { MatchKind::InInterface(pattern) } else { MatchKind::OutInterface(pattern) }
        }
        None => {
            let invert = if negated { "! " } else { "" };
            words_of("", &format!("{invert}{option} {value}"))
        }
    };
    let negated = negated && !matches!(kind, MatchKind::Unmodelled(_));
    rule.builder.push(negated, kind);
}

fn protocol(rule: &mut Rule<'_, '_>, mut negated: bool) {
    let value = rule.value(&mut negated);
    match value::protocol(value) {
        Some(None) if !negated => {}
        Some(protocol) => {
            let protocol = protocol.unwrap_or(Protocol(0));
            rule.builder.is_v6 |= protocol == Protocol::ICMPV6;
            rule.builder.push(negated, MatchKind::Protocol(protocol));
        }
        None => {
            let invert = if negated { "! " } else { "" };
            rule.builder.push(false, words_of("", &format!("{invert}-p {value}")));
        }
    }
}

/// Returns words that this version does not know, as a condition.
pub(super) fn words_of(module: &str, words: &str) -> MatchKind {
    MatchKind::Unmodelled(Box::new(MatchWords { module: module.into(), words: words.into() }))
}

/// Takes all words up to the next one that starts something else, and keeps everything since `start` as words that
/// this version does not know.
pub(super) fn unmodelled(rule: &mut Rule<'_, '_>, module: &str, start: usize) {
    let words = words_since(rule, start);
    rule.builder.push(false, words_of(module, words));
}

/// Takes all words up to the next one that starts something else, and returns them from `start` on.
pub(super) fn words_since<'a>(rule: &mut Rule<'a, '_>, start: usize) -> &'a str {
    while let Some(word) = rule.words.peek().filter(|word| !starts_other(rule, *word)) {
        rule.is_open |= word.quotes == Quotes::Open;
        rule.words.next();
    }
    rule.words.between(start, rule.words.offset())
}

/// Returns whether a word starts an option of the rule itself, or `! -x`.
fn starts_other(rule: &Rule<'_, '_>, word: Word<'_>) -> bool {
    let is_option = |text: &str| {
        matches!(
            text,
            "-m" | "--match"
                | "-j"
                | "--jump"
                | "-g"
                | "--goto"
                | "-c"
                | "-s"
                | "-d"
                | "-i"
                | "-o"
                | "-p"
                | "-f"
        )
    };
    if word.quotes != Quotes::None {
        return false;
    }
    if word.text != "!" {
        return is_option(word.text);
    }
    let mut ahead = rule.words;
    ahead.next();
    is_option(ahead.text())
}

/// Reads the text of `--comment`.
pub(super) fn comment(rule: &mut Rule<'_, '_>) {
    let Some(word) = rule.words.next() else { return };
    rule.is_open |= word.quotes == Quotes::Open;
    let place = |base: u32| {
        let start = base.checked_add(u32::try_from(word.start).ok()?)?;
        let end = base.checked_add(u32::try_from(word.end).ok()?)?;
        Some(ByteRange { start, end })
    };
    // The text of a word without quotes is taken as it is; one with quotes is read back without its backslashes.
    let as_printed = word.quotes != Quotes::None || !word.text.contains('\\');
    let kind = match rule.base.and_then(place).filter(|_| as_printed) {
        Some(bytes) => MatchKind::Comment(bytes),
        None => MatchKind::CommentText(Box::new(CommentText(word.plain().into()))),
    };
    rule.builder.push(false, kind);
}
