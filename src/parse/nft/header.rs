//! Lines that describe chains and sets: `type … hook …`, `policy`, `flags`, `comment`, `type`, `elements`.

use super::{
    cursor::{self, Cursor},
    element::Kinds,
    lexer::{Kind, Token},
    value,
};
use crate::model::netfilter::{
    Hook, Policy,
    nft::{BaseChain, NftChain, NftFamily, NftSet},
    nft_kind::ValueKind,
};

/// Returns the hook of a word.
pub(super) fn hook(word: &str) -> Option<Hook> {
    Some(match word {
        "ingress" => Hook::Ingress,
        "prerouting" => Hook::Prerouting,
        "input" => Hook::Input,
        "forward" => Hook::Forward,
        "output" => Hook::Output,
        "postrouting" => Hook::Postrouting,
        "egress" => Hook::Egress,
        _ => return None,
    })
}

/// Reads a policy's word.
pub(super) fn policy(word: &str) -> Option<Policy> {
    match word {
        "accept" => Some(Policy::Accept),
        "drop" => Some(Policy::Drop),
        _ => None,
    }
}

/// Reads a line of a chain that is no rule. Returns whether it was one, wholly understood.
pub(super) fn chain(tokens: &[Token<'_>], family: Option<NftFamily>, chain: &mut NftChain) -> bool {
    let mut tokens = Cursor::new(tokens);
    match (tokens.peek_word(), tokens.word_at(2)) {
        (Some("type"), Some("hook")) => match base(&mut tokens, family) {
            Some(base) if tokens.is_done() => {
                chain.base = Some(base);
                true
            }
            Some(_) | None => false,
        },
        (Some("policy"), None) => {
            tokens.take();
            let policy = tokens.word().and_then(policy);
            match (&mut chain.base, policy) {
                (Some(base), Some(policy)) if tokens.is_done() => {
                    base.policy = Some(policy);
                    true
                }
                (_, _) => false,
            }
        }
        (Some("comment"), None) => {
            tokens.take();
            chain.comment = tokens.name().map(Into::into);
            chain.comment.is_some() && tokens.is_done()
        }
        (Some("flags"), _) => {
            tokens.take();
            chain.flags = flags(&mut tokens);
            tokens.is_done()
        }
        (_, _) => false,
    }
}

/// `type nat hook prerouting device "eth0" priority dstnat + 10`.
fn base(tokens: &mut Cursor<'_, '_>, family: Option<NftFamily>) -> Option<BaseChain> {
    tokens.take();
    let kind = tokens.word()?.into();
    tokens.take();
    let hook = hook(tokens.word()?)?;
    let mut devices = Vec::new();
    if tokens.take_word("device") {
        devices.push(tokens.name()?.into());
    } else if tokens.take_word("devices") {
        tokens.take_word("=");
        if tokens.take_kind(Kind::Open) {
            devices = names(tokens.braced());
        } else {
            tokens.word()?;
        }
    }
    let priority = if tokens.take_word("priority") { priority(tokens, family)? } else { None };
    Some(BaseChain { kind, hook, priority, policy: None, devices })
}

fn names(tokens: &[Token<'_>]) -> Vec<Box<str>> {
    let named = |token: &&Token<'_>| matches!(token.kind, Kind::Word | Kind::Quoted);
    tokens.iter().filter(named).map(|token| token.text.into()).collect()
}

/// `0`, `-100`, `dstnat`, `filter - 5`, `srcnat + 10`. The inner `None` is a name that the family does not have.
fn priority(tokens: &mut Cursor<'_, '_>, family: Option<NftFamily>) -> Option<Option<i32>> {
    let word = tokens.word()?;
    if let Ok(number) = word.parse::<i32>() {
        return Some(Some(number));
    }
    let (name, mut offset) = match word.find(['+', '-']) {
        Some(at) => (word.get(..at)?, word.get(at..)?.trim_start_matches('+').parse().ok()?),
        None => (word, 0),
    };
    let sign = tokens.peek_word().and_then(|word| match word {
        "+" => Some(1),
        "-" => Some(-1),
        _ => None,
    });
    if let Some(sign) = sign {
        tokens.take();
        offset = i32::try_from(tokens.number()?).ok()?.checked_mul(sign)?;
    }
    let number = family.and_then(|family| family.priority(name));
    Some(number.and_then(|number| number.checked_add(offset)))
}

/// `interval,timeout` after `flags`.
pub(super) fn flags(tokens: &mut Cursor<'_, '_>) -> Vec<Box<str>> {
    let mut flags = Vec::new();
    while let Some(flag) = tokens.word() {
        flags.push(flag.into());
        if !tokens.take_kind(Kind::Comma) {
            break;
        }
    }
    flags
}

/// Reads a line of a set's header; everything is kept. Returns the tokens of its elements, where it has them.
pub(super) fn set<'t, 'a>(
    tokens: &'t [Token<'a>],
    set: &mut NftSet,
    kinds: &mut Kinds,
) -> Option<&'t [Token<'a>]> {
    let mut cursor = Cursor::new(tokens);
    match cursor.word() {
        Some("type" | "typeof") => {
            let (key, value) = types(&mut cursor);
            kinds.key = key.iter().map(|name| ValueKind::of_type(name)).collect();
            kinds.value = value.iter().flatten().map(|name| ValueKind::of_type(name)).collect();
            (set.key_type, set.value_type) = (key, value);
        }
        Some("flags") => {
            set.flags.extend(flags(&mut cursor));
        }
        Some("comment") => set.comment = cursor.name().map(Into::into),
        Some("timeout") => set.timeout_ms = cursor.word().and_then(value::milliseconds),
        Some("elements") => {
            cursor.take_word("=");
            if cursor.take_kind(Kind::Open) {
                return Some(cursor.braced());
            }
        }
        Some(_) | None => {
            set.rest.push(cursor::text(tokens));
            return None;
        }
    }
    if !cursor.is_done() {
        set.rest.push(cursor::text(cursor.rest()));
    }
    None
}

/// The flag `timeout` goes without saying where a timeout is given, and text leaves it out there; JSON does not. The
/// order of flags means nothing.
pub(super) fn settle_flags(set: &mut NftSet) {
    let says = set.flags.iter().any(|flag| &**flag == "timeout");
    if set.timeout_ms.is_some() && !says {
        set.flags.push("timeout".into());
    }
    set.flags.sort();
}

/// The parts of a key's type, and of a value's after `:`.
type Types = (Vec<Box<str>>, Option<Vec<Box<str>>>);

/// `ipv4_addr . inet_service : verdict`, `ip saddr . tcp dport : meta mark`.
pub(super) fn types(tokens: &mut Cursor<'_, '_>) -> Types {
    let mut key = Vec::new();
    let mut value = None;
    let mut part = String::new();
    while let Some(word) = tokens.name() {
        match word {
            "." | ":" => {
                let to = value.as_mut().unwrap_or(&mut key);
                to.push(std::mem::take(&mut part).into());
                if word == ":" {
                    value.get_or_insert_default();
                }
            }
            word => {
                if !part.is_empty() {
                    part.push(' ');
                }
                part.push_str(word);
            }
        }
    }
    if !part.is_empty() {
        value.as_mut().unwrap_or(&mut key).push(part.into());
    }
    (key, value)
}
