//! Elements of named sets and maps: key, options, value.

use super::{
    cursor::{self, Cursor},
    expr::{self, Context},
    lexer::{Kind, Token},
    rule, value,
};
use crate::{
    model::netfilter::{
        nft::{MapValue, NftElement, SetOp, SetUpdate},
        nft_kind::ValueKind,
    },
    parse::Line,
};

/// The kinds of a set's key and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    pub(super) key: Vec<ValueKind>,
    pub(super) value: Vec<ValueKind>,
}

/// What may follow an element's key.
#[derive(Debug, Default)]
struct Options {
    timeout_ms: Option<u64>,
    expires_ms: Option<u64>,
    comment: Option<Box<str>>,
    counters: Option<crate::model::netfilter::Counters>,
    value: Option<MapValue>,
    rest: Box<str>,
}

/// Reads the elements between braces. Calls `lost` with the tokens of an element that is none.
pub(super) fn elements<'t, 'a>(
    tokens: &'t [Token<'a>],
    kinds: &Kinds,
    lines: &[Line<'_>],
    mut lost: impl FnMut(&'t [Token<'a>]),
) -> Vec<NftElement> {
    let mut elements = Vec::new();
    for tokens in split_at_commas(tokens) {
        let Some(first) = tokens.first() else { continue };
        let line = lines.get(first.line).map_or(0, |line| line.number);
        match element(tokens, kinds, line) {
            Some(element) => elements.push(element),
            None => lost(tokens),
        }
    }
    elements
}

/// Cuts at commas outside of braces.
fn split_at_commas<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_u32;
    tokens
        .split(|token| {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Word
                | Kind::Quoted
                | Kind::Comment
                | Kind::ParenOpen
                | Kind::ParenClose
                | Kind::Comma
                | Kind::Semicolon
                | Kind::Newline => {}
            }
            depth == 0 && token.kind == Kind::Comma
        })
        .collect()
}

fn element(tokens: &[Token<'_>], kinds: &Kinds, line: u32) -> Option<NftElement> {
    let mut tokens = Cursor::new(tokens);
    let key = expr::expr(&mut tokens, Context::constants(&kinds.key))?;
    let options = options(&mut tokens, &kinds.value)?;
    Some(NftElement {
        line,
        key,
        value: options.value,
        timeout_ms: options.timeout_ms,
        expires_ms: options.expires_ms,
        comment: options.comment,
        counters: options.counters,
        rest: options.rest,
    })
}

/// Reads the element of an `add`, `update` or `delete` statement; the set's name is the caller's.
pub(super) fn update(tokens: &mut Cursor<'_, '_>, op: SetOp) -> Option<SetUpdate> {
    let key = expr::expr(tokens, Context::keys())?;
    // `set update ip saddr timeout 1h @name`: the name ends what belongs to the element.
    let start = *tokens;
    while tokens.peek().is_some_and(|token| {
        !(token.kind == Kind::Word && token.text.starts_with('@') && tokens.peek_at(1).is_none())
    }) {
        tokens.take();
    }
    let mut inner = Cursor::new(tokens.since(&start));
    let options = options(&mut inner, &[])?;
    let mut rest = String::from(options.rest);
    if let Some(comment) = options.comment {
        rest.push_str(&format!(" comment \"{comment}\""));
    }
    if let Some(counters) = options.counters {
        let words = format!(" counter packets {} bytes {}", counters.packets, counters.bytes);
        rest.push_str(&words);
    }
    Some(SetUpdate {
        op,
        set: "".into(),
        key,
        value: options.value,
        timeout_ms: options.timeout_ms,
        rest: rest.trim().into(),
    })
}

fn options(tokens: &mut Cursor<'_, '_>, value_kinds: &[ValueKind]) -> Option<Options> {
    let mut options = Options::default();
    let mut rest: Vec<Box<str>> = Vec::new();
    while let Some(token) = tokens.peek() {
        let before = *tokens;
        tokens.take();
        let word = if token.kind == Kind::Word { token.text } else { "" };
        let understood = match word {
            "timeout" => time(tokens, &mut options.timeout_ms),
            "expires" => time(tokens, &mut options.expires_ms),
            "comment" => {
                options.comment = tokens.name().map(Into::into);
                options.comment.is_some()
            }
            "counter" => {
                options.counters = rule::counters(tokens);
                options.counters.is_some()
            }
            ":" => {
                options.value = value_after_colon(tokens, value_kinds);
                options.value.is_some()
            }
            _ => false,
        };
        if !understood {
            *tokens = before;
            tokens.take();
            rest.push(cursor::text(tokens.since(&before)));
        }
    }
    options.rest = rest.join(" ").into();
    Some(options)
}

/// The value of a map's element: a constant, or in a statement a key (`update @m { ip saddr : tcp dport }`).
fn value_after_colon(tokens: &mut Cursor<'_, '_>, kinds: &[ValueKind]) -> Option<MapValue> {
    if kinds.is_empty() && super::key::is_ahead(tokens) {
        return expr::expr(tokens, Context::keys()).map(MapValue::Value);
    }
    expr::map_value(tokens, kinds)
}

fn time(tokens: &mut Cursor<'_, '_>, to: &mut Option<u64>) -> bool {
    let found = tokens.peek_word().and_then(value::milliseconds);
    if found.is_some() {
        tokens.take();
        *to = found;
    }
    found.is_some()
}
