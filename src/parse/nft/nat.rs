//! `snat`, `dnat`, `masquerade` and `redirect`, in the forms of all versions.

use super::{
    cursor::Cursor,
    expr::{self, Context},
    lexer::Kind,
    value::{self, Quotes},
};
use crate::model::netfilter::{
    nft::{Expr, NftFamily, NftNat},
    nft_kind::ValueKind,
};

const FLAGS: &[&str] = &["random", "fully-random", "persistent"];

/// Reads what follows the keyword. `snat 10.0.0.1` without `to` is how nft before 0.9 prints it.
pub(super) fn nat(tokens: &mut Cursor<'_, '_>) -> Option<NftNat> {
    let mut nat = NftNat::default();
    if let Some(family) = tokens.peek_word().and_then(family) {
        // `snat ip saddr map …` of old versions: the family is the header that the map's key is read from.
        if !super::key::is_ahead(tokens) {
            tokens.take();
            nat.family = Some(family);
        }
    }
    for flag in ["interval", "prefix"] {
        if tokens.take_word(flag) {
            nat.flags.push(flag.into());
        }
    }
    // `dnat ip addr . port to …`: that the value holds both shows in the value.
    if tokens.peek_word() == Some("addr") && tokens.word_at(2) == Some("port") {
        tokens.skip(3);
    }
    let explicit = tokens.take_word("to");
    if explicit || takes_operand(tokens) {
        operand(tokens, &mut nat)?;
    }
    flags(tokens, &mut nat);
    Some(nat)
}

fn family(word: &str) -> Option<NftFamily> {
    NftFamily::of_word(word).filter(|family| matches!(family, NftFamily::Ip | NftFamily::Ip6))
}

/// Whether an operand stands here without `to`.
fn takes_operand(tokens: &Cursor<'_, '_>) -> bool {
    tokens.peek_word().is_some_and(|word| {
        word.starts_with(':')
            || word.starts_with('[')
            || value::net(word.split(['-', '/']).next().unwrap_or(word)).is_some()
            || word.split(':').next().is_some_and(|addr| value::net(addr).is_some())
    })
}

fn operand(tokens: &mut Cursor<'_, '_>, nat: &mut NftNat) -> Option<()> {
    let word = tokens.peek_word().unwrap_or_default();
    if let Some((addr, port)) = addr_and_port(word) {
        tokens.take();
        if !addr.is_empty() {
            nat.addr = Some(addresses(addr)?);
        }
        if let Some(port) = port {
            nat.port = Some(port_of(tokens, port)?);
        }
        return Some(());
    }
    let kinds = [ValueKind::Address, ValueKind::Port];
    nat.addr = Some(expr::expr(tokens, Context::value(&kinds))?);
    // `map { … }:80`, `map @name:80`, `map { … } : 80`.
    if let Some(Expr::Lookup { map, .. }) = &mut nat.addr
        && let Expr::SetRef(name) = &mut **map
        && let Some((set, port)) = name.clone().split_once(':')
    {
        nat.port = Some(value::constant(port, ValueKind::Port, Quotes::No));
        *name = set.into();
    }
    if let Some(port) = tokens.peek_word().and_then(|word| word.strip_prefix(':')) {
        tokens.take();
        nat.port = Some(port_of(tokens, port)?);
    }
    Some(())
}

/// A port, which is a token of its own where it is a quoted name (`10.0.0.1:"http"`) or read from a map.
fn port_of(tokens: &mut Cursor<'_, '_>, port: &str) -> Option<Expr> {
    if !port.is_empty() {
        return Some(value::constant(port, ValueKind::Port, Quotes::No));
    }
    expr::expr(tokens, Context::value(&[ValueKind::Port]))
}

/// Takes `10.0.0.1:80`, `[fd00::1]:80`, `:80`, `10.0.0.1-10.0.0.9:80-90` apart.
fn addr_and_port(word: &str) -> Option<(&str, Option<&str>)> {
    if word.starts_with('[') {
        // `[fd00::1]-[fd00::9]:80`
        let end = word.rfind(']')? + 1;
        let (addr, port) = word.split_at_checked(end)?;
        return Some((addr, port.strip_prefix(':')));
    }
    let (addr, port) = match word.split_once(':') {
        Some((addr, port)) if !port.contains(':') && (addr.is_empty() || addr.contains('.')) => {
            (addr, Some(port))
        }
        _ => (word, None),
    };
    let is_addr = addr.is_empty() && port.is_some() || addresses(addr).is_some();
    is_addr.then_some((addr, port))
}

fn addresses(text: &str) -> Option<Expr> {
    let plain = |text: &str| {
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        value::net(inner.unwrap_or(text)).map(Expr::Net)
    };
    match text.split_once('-') {
        Some((first, last)) => Some(Expr::Range(Box::new((plain(first)?, plain(last)?)))),
        None => plain(text),
    }
}

fn flags(tokens: &mut Cursor<'_, '_>, nat: &mut NftNat) {
    while let Some(flag) = tokens.peek_word().filter(|word| FLAGS.contains(word)) {
        tokens.take();
        nat.flags.push(flag.into());
        let more = tokens.peek_kind() == Some(Kind::Comma)
            && tokens.word_at(1).is_some_and(|word| FLAGS.contains(&word));
        if more {
            tokens.take();
        }
    }
}
