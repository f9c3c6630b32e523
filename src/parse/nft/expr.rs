//! Expressions: places that values are read from, operators, sets and maps (`man nft`, EXPRESSIONS).

use super::{
    cursor::{self, Cursor, MAX_DEPTH},
    key,
    lexer::Kind,
    rule,
    value::{self, Quotes},
};
use crate::model::netfilter::{
    nft::{BitOp, Expr, MapValue},
    nft_kind::ValueKind,
};

/// Whether a word may name a place to read from (`ct mark`), or is a constant (`tcp` after `ip protocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Keys,
    Constants,
}

/// What surrounds an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'k> {
    pub(super) words: Words,
    /// The kinds of the parts of the value that stands here.
    pub(super) kinds: &'k [ValueKind],
    pub(super) depth: u8,
}

impl<'k> Context<'k> {
    pub(super) fn keys() -> Self {
        Self { words: Words::Keys, kinds: &[], depth: 0 }
    }

    /// Keys, or constants of a kind.
    pub(super) fn value(kinds: &'k [ValueKind]) -> Self {
        Self { words: Words::Keys, kinds, depth: 0 }
    }

    pub(super) fn constants(kinds: &'k [ValueKind]) -> Self {
        Self { words: Words::Constants, kinds, depth: 0 }
    }

    fn kind(&self, part: usize) -> ValueKind {
        self.kinds.get(part).copied().unwrap_or(ValueKind::Other)
    }

    fn deeper(self) -> Option<Self> {
        (self.depth < MAX_DEPTH).then_some(Self { depth: self.depth + 1, ..self })
    }
}

/// Reads an expression, with `. ` concatenations, a map after it, and nothing more.
pub(super) fn expr(tokens: &mut Cursor<'_, '_>, context: Context<'_>) -> Option<Expr> {
    let first = list(tokens, context, 0)?;
    let key = if tokens.peek_word() == Some(".") {
        let mut parts = vec![first];
        while tokens.take_word(".") {
            parts.push(list(tokens, context, parts.len())?);
        }
        Expr::Concat(parts)
    } else {
        first
    };
    if context.words == Words::Keys && tokens.take_word("map") {
        let map = map_of(tokens, &key, context)?;
        return Some(Expr::Lookup { key: Box::new(key), map: Box::new(map) });
    }
    Some(key)
}

/// Reads the map after `map` or `vmap`: `@name` or `{ key : value }`.
pub(super) fn map_of(
    tokens: &mut Cursor<'_, '_>,
    key: &Expr,
    context: Context<'_>,
) -> Option<Expr> {
    let kinds = ValueKind::parts_of(key);
    let inner = Context { words: Words::Constants, kinds: &kinds, depth: context.depth };
    match tokens.peek_kind()? {
        Kind::Open => {
            tokens.take();
            braces(tokens, inner.deeper()?, context.kinds)
        }
        Kind::Word => {
            let name = tokens.word()?.strip_prefix('@')?;
            Some(Expr::SetRef(name.into()))
        }
        Kind::Quoted
        | Kind::Comment
        | Kind::Close
        | Kind::ParenOpen
        | Kind::ParenClose
        | Kind::Comma
        | Kind::Semicolon
        | Kind::Newline => None,
    }
}

/// `a,b,c`: flags that are set together.
fn list(tokens: &mut Cursor<'_, '_>, context: Context<'_>, part: usize) -> Option<Expr> {
    let first = binary(tokens, context, part, 0)?;
    let lists = context.words == Words::Constants && context.kind(part).is_bits();
    if !lists || tokens.peek_kind() != Some(Kind::Comma) || context.depth > 0 {
        return Some(first);
    }
    let mut flags = vec![first];
    while tokens.take_kind(Kind::Comma) {
        flags.push(binary(tokens, context, part, 0)?);
    }
    Some(Expr::Flags(flags))
}

/// Operators from the loosest to the tightest binding (`src/parser_bison.y`).
const LEVELS: &[&[(&str, BitOp)]] = &[
    &[("|", BitOp::Or), ("or", BitOp::Or)],
    &[("^", BitOp::Xor), ("xor", BitOp::Xor)],
    &[("&", BitOp::And), ("and", BitOp::And)],
    &[
        ("<<", BitOp::ShiftLeft),
        ("lshift", BitOp::ShiftLeft),
        (">>", BitOp::ShiftRight),
        ("rshift", BitOp::ShiftRight),
    ],
];

fn binary(
    tokens: &mut Cursor<'_, '_>,
    context: Context<'_>,
    part: usize,
    level: usize,
) -> Option<Expr> {
    let Some(operators) = LEVELS.get(level) else { return primary(tokens, context, part) };
    let mut left = binary(tokens, context, part, level + 1)?;
    let mut kinds = vec![context.kind(part)];
    if kinds == [ValueKind::Other] {
        kinds = vec![ValueKind::of(&left)];
    }
    while let Some(word) = tokens.peek_word() {
        let Some((_, op)) = operators.iter().find(|(text, _)| *text == word) else { break };
        tokens.take();
        let context = Context { kinds: &kinds, ..context };
        let right = binary(tokens, context, 0, level + 1)?;
        left = combine(*op, left, right);
    }
    Some(left)
}

/// `fin | syn` of names is one value; anything else is an operation.
pub(super) fn combine(op: BitOp, left: Expr, right: Expr) -> Expr {
    let is_flag = |expr: &Expr| matches!(expr, Expr::Named { .. } | Expr::Flags(_));
    if op != BitOp::Or || !is_flag(&left) || !is_flag(&right) {
        return Expr::Binary { op, left: Box::new(left), right: Box::new(right) };
    }
    let mut flags = Vec::new();
    for side in [left, right] {
        if let Expr::Flags(inner) = side {
            flags.extend(inner);
        } else {
            flags.push(side);
        }
    }
    Expr::Flags(flags)
}

fn primary(tokens: &mut Cursor<'_, '_>, context: Context<'_>, part: usize) -> Option<Expr> {
    let token = tokens.peek()?;
    match token.kind {
        Kind::ParenOpen => {
            tokens.take();
            // Lists inside parentheses are flags, as after `&`.
            let inner = binary(tokens, context.deeper()?, part, 0)?;
            tokens.take_kind(Kind::ParenClose).then_some(inner)
        }
        Kind::Open => {
            tokens.take();
            let context = Context { words: Words::Constants, ..context };
            braces(tokens, context.deeper()?, &[])
        }
        Kind::Quoted => {
            tokens.take();
            let quoted = value::constant(token.text, context.kind(part), Quotes::Yes);
            Some(quoted_range(tokens, quoted, context.kind(part)))
        }
        Kind::Word => {
            if context.words == Words::Keys {
                let before = *tokens;
                if let Some(key) = key::key(tokens, context) {
                    return Some(key);
                }
                *tokens = before;
            }
            word(tokens, context.kind(part))
        }
        Kind::Comment
        | Kind::Close
        | Kind::ParenClose
        | Kind::Comma
        | Kind::Semicolon
        | Kind::Newline => None,
    }
}

/// `"01:00"-"02:00"`.
fn quoted_range(tokens: &mut Cursor<'_, '_>, first: Expr, kind: ValueKind) -> Expr {
    let is_range = tokens.peek_word() == Some("-")
        && tokens.peek_at(1).is_some_and(|token| token.kind == Kind::Quoted);
    if !is_range {
        return first;
    }
    tokens.take();
    let last = tokens.take().map_or("", |token| token.text);
    Expr::Range(Box::new((first, value::constant(last, kind, Quotes::Yes))))
}

/// A constant, and the name of a set.
fn word(tokens: &mut Cursor<'_, '_>, kind: ValueKind) -> Option<Expr> {
    let word = tokens.peek_word()?;
    if let Some(name) = word.strip_prefix('@') {
        tokens.take();
        return (!name.is_empty()).then(|| Expr::SetRef(name.into()));
    }
    let is_operator = matches!(
        word,
        ":" | "." | "==" | "!=" | "<" | ">" | "<=" | ">=" | "!" | "&" | "|" | "^" | "/" | "="
    );
    if is_operator {
        return None;
    }
    tokens.take();
    Some(value::constant(word, kind, Quotes::No))
}

/// Reads a set or map whose brace is open.
fn braces(
    tokens: &mut Cursor<'_, '_>,
    context: Context<'_>,
    value_kinds: &[ValueKind],
) -> Option<Expr> {
    let mut members = Vec::new();
    let mut pairs = Vec::new();
    loop {
        if tokens.take_kind(Kind::Close) || tokens.is_done() {
            break;
        }
        if tokens.take_kind(Kind::Comma) {
            continue;
        }
        let key = annotated(tokens, context)?;
        if tokens.take_word(":") {
            let value = map_value(tokens, value_kinds)?;
            pairs.push((key, value));
        } else {
            members.push(key);
        }
    }
    match (members.is_empty(), pairs.is_empty()) {
        (_, true) => Some(Expr::Set(members)),
        (true, false) => Some(Expr::Map(pairs)),
        (false, false) => None,
    }
}

/// An element of an anonymous set, with its options.
fn annotated(tokens: &mut Cursor<'_, '_>, context: Context<'_>) -> Option<Expr> {
    let value = expr(tokens, context)?;
    let before = *tokens;
    while let Some(token) = tokens.peek() {
        if matches!(token.kind, Kind::Comma | Kind::Close) || token.is(":") {
            break;
        }
        tokens.take();
    }
    let words = cursor::text(tokens.since(&before));
    if words.is_empty() {
        return Some(value);
    }
    Some(Expr::Annotated { value: Box::new(value), words })
}

/// The right side of a map's element.
pub(super) fn map_value(tokens: &mut Cursor<'_, '_>, kinds: &[ValueKind]) -> Option<MapValue> {
    if let Some(verdict) = rule::verdict(tokens) {
        return Some(MapValue::Verdict(verdict));
    }
    let context = Context { words: Words::Constants, kinds, depth: 1 };
    expr(tokens, context).map(MapValue::Value)
}
