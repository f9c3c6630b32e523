//! `-m owner`, `-m physdev`, `-m rpfilter` (`xt_owner.c`, `xt_physdev.c`, `ipt_rpfilter.c`).

use super::{
    super::{spec::Rule, value},
    each_option,
};
use crate::{
    model::netfilter::xt_match::{Invert, MatchKind, OwnerMatch, PhysdevMatch},
    net::IfPattern,
};

pub(super) fn owner(rule: &mut Rule<'_, '_>) {
    let mut found = OwnerMatch::default();
    each_option(rule, |rule, mut negated, option| match option {
        "--uid-owner" | "--gid-owner" => {
            let text = rule.value(&mut negated);
            set_owner(&mut found, negated, option, text);
            true
        }
        "--socket-exists" => {
            found.socket_exists = Some(Invert::from(negated));
            true
        }
        "--suppl-groups" => {
            found.supplementary_groups = true;
            true
        }
        _ => false,
    });
    push_owner(rule, found);
}

fn set_owner(found: &mut OwnerMatch, negated: bool, option: &str, text: &str) {
    match value::range(text, 0, u32::MAX) {
        Some((first, last)) => {
            let slot = if option == "--uid-owner" { &mut found.uid } else { &mut found.gid };
            *slot = Some((Invert::from(negated), first, last));
        }
        None => {
            let invert = if negated { "! " } else { "" };
            found.rest.push(format!("{invert}{option} {text}").into());
        }
    }
}

fn push_owner(rule: &mut Rule<'_, '_>, found: OwnerMatch) {
    if found != OwnerMatch::default() {
        rule.builder.push(false, MatchKind::Owner(Box::new(found)));
    }
}

pub(super) fn physdev(rule: &mut Rule<'_, '_>) {
    let mut found = PhysdevMatch::default();
    each_option(rule, |rule, mut negated, option| {
        let flag = Some(Invert::from(negated));
        match option {
            "--physdev-in" | "--physdev-out" => {
                let pattern = IfPattern::from_iptables(rule.value(&mut negated)).ok();
                let pattern = pattern.map(|pattern| (Invert::from(negated), pattern));
                let slot = match option {
                    "--physdev-in" => &mut found.physdev_in,
                    _ => &mut found.physdev_out,
                };
                *slot = pattern;
                return slot.is_some();
            }
            "--physdev-is-in" => found.is_in = flag,
            "--physdev-is-out" => found.is_out = flag,
            "--physdev-is-bridged" => found.is_bridged = flag,
            _ => return false,
        }
        true
    });
    if found != PhysdevMatch::default() {
        rule.builder.push(false, MatchKind::Physdev(Box::new(found)));
    }
}

/// The flags of `-m rpfilter`, with and without dashes.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the module has four flags")]
struct Flags {
    loose: bool,
    valid_mark: bool,
    accept_local: bool,
    inverted: bool,
}

impl Flags {
    fn set(&mut self, name: &str) -> bool {
        let flag = match name {
            "loose" => &mut self.loose,
            "validmark" => &mut self.valid_mark,
            "accept-local" => &mut self.accept_local,
            "invert" => &mut self.inverted,
            _ => return false,
        };
        *flag = true;
        true
    }

    fn kind(&self) -> MatchKind {
        MatchKind::RpFilter {
            loose: self.loose,
            valid_mark: self.valid_mark,
            accept_local: self.accept_local,
            invert: self.inverted,
        }
    }
}

pub(super) fn rpfilter(rule: &mut Rule<'_, '_>) {
    let mut found = Flags::default();
    each_option(rule, |_, negated, option| {
        !negated && found.set(option.strip_prefix("--").unwrap_or_default())
    });
    rule.builder.push(false, found.kind());
}

/// `owner UID match 5 owner GID match 7`, `! owner socket exists`, `PHYSDEV match …`, `rpfilter validmark invert`.
pub(super) fn listed(rule: &mut Rule<'_, '_>, negated: bool, word: &str) -> bool {
    match word {
        "owner" => listed_owner(rule, negated),
        "PHYSDEV" => {
            let before = rule.builder.matches.len();
            if rule.words.take_word("match") {
                physdev(rule);
            }
            rule.builder.matches.len() > before
        }
        "rpfilter" => {
            let mut found = Flags::default();
            loop {
                let before = rule.words;
                if !found.set(rule.words.text()) {
                    rule.words = before;
                    break;
                }
            }
            rule.builder.push(false, found.kind());
            true
        }
        _ => false,
    }
}

fn listed_owner(rule: &mut Rule<'_, '_>, negated: bool) -> bool {
    let mut found = OwnerMatch::default();
    if !listed_owner_option(rule, &mut found, negated) {
        return false;
    }
    loop {
        let before = rule.words;
        let negated = rule.words.take_word("!");
        if !rule.words.take_word("owner") || !listed_owner_option(rule, &mut found, negated) {
            rule.words = before;
            break;
        }
    }
    push_owner(rule, found);
    true
}

fn listed_owner_option(rule: &mut Rule<'_, '_>, found: &mut OwnerMatch, negated: bool) -> bool {
    let option = match rule.words.text() {
        "socket" if found.socket_exists.is_none() => {
            found.socket_exists = Some(Invert::from(negated));
            return rule.words.take_word("exists");
        }
        "UID" if found.uid.is_none() => "--uid-owner",
        "GID" if found.gid.is_none() => "--gid-owner",
        _ => return false,
    };
    if !rule.words.take_word("match") {
        return false;
    }
    set_owner(found, negated, option, rule.words.text());
    found.supplementary_groups |= rule.words.take_words(&["incl.", "suppl.", "groups"]);
    true
}
