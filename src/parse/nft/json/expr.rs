//! Expressions in JSON.

use super::{
    super::{
        cursor::MAX_DEPTH,
        expr::combine,
        value::{self, Quotes},
    },
    entry, only, text, texts,
};
use crate::model::netfilter::{
    nft::{BitOp, Expr},
    nft_kind::ValueKind,
};
use serde_json::Value;
use std::fmt::Write;

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'k> {
    /// The kinds of the parts of the value that stands here.
    pub(super) kinds: &'k [ValueKind],
    pub(super) depth: u8,
}

impl<'k> Place<'k> {
    pub(super) fn of(kinds: &'k [ValueKind]) -> Self {
        Self { kinds, depth: 0 }
    }

    fn kind(&self) -> ValueKind {
        self.kinds.first().copied().unwrap_or(ValueKind::Other)
    }
}

/// Reads an expression. Never fails: what is not known is kept as JSON text.
pub(super) fn expr(value: &Value, place: Place<'_>) -> Expr {
    let unknown = || Expr::Other(value.to_string().into());
    if place.depth > MAX_DEPTH {
        return unknown();
    }
    let place = Place { depth: place.depth + 1, ..place };
    match value {
        Value::String(word) => match word.strip_prefix('@') {
            Some(name) => Expr::SetRef(name.into()),
            None if word == "*" => Expr::Any,
            None => value::constant(word, place.kind(), Quotes::Unknown),
        },
        Value::Number(number) => {
            number.as_u64().map_or_else(|| Expr::Word(number.to_string().into()), Expr::Number)
        }
        Value::Bool(exists) => {
            let name = if *exists { "exists" } else { "missing" };
            Expr::Named { name: name.into(), number: u64::from(*exists) }
        }
        Value::Array(many) => {
            let mut list: Vec<Expr> = many.iter().map(|one| expr(one, place)).collect();
            match list.pop() {
                Some(single) if list.is_empty() => single,
                Some(last) => {
                    list.push(last);
                    if place.kind().is_bits() { Expr::Flags(list) } else { Expr::Set(list) }
                }
                None => Expr::Set(list),
            }
        }
        Value::Object(_) => match only(value) {
            Some((kind, inner)) => object(kind, inner, place).unwrap_or_else(unknown),
            None => unknown(),
        },
        Value::Null => unknown(),
    }
}

fn object(kind: &str, value: &Value, place: Place<'_>) -> Option<Expr> {
    Some(match kind {
        "payload" => payload(value)?,
        "meta" => Expr::Meta(value.as_str().or_else(|| text(value, "key"))?.into()),
        "ct" => ct(value)?,
        "fib" => {
            Expr::Fib { keys: texts(value.get("flags")), result: text(value, "result")?.into() }
        }
        "numgen" => Expr::Numgen {
            mode: text(value, "mode")?.into(),
            modulus: value.get("mod")?.as_u64()?,
            offset: value.get("offset").and_then(Value::as_u64).unwrap_or(0),
        },
        "jhash" | "symhash" => Expr::Hash {
            key: value.get("expr").map(|key| Box::new(expr(key, Place { kinds: &[], ..place }))),
            modulus: value.get("mod")?.as_u64()?,
            seed: value.get("seed").and_then(Value::as_u64),
            offset: value.get("offset").and_then(Value::as_u64).unwrap_or(0),
        },
        "exthdr" | "tcp option" | "ip option" | "dccp option" | "sctp chunk" => {
            header(kind, value)?
        }
        "rt" | "socket" | "osf" | "ipsec" => Expr::Other(words(kind, value)?),
        "concat" => {
            let parts = value.as_array()?.iter().enumerate().map(|(index, part)| {
                let kinds = place.kinds.get(index..).unwrap_or_default();
                expr(part, Place { kinds, ..place })
            });
            Expr::Concat(parts.collect())
        }
        "set" => match value.as_array() {
            Some(members) => members_of(members, place, &[]),
            None => Expr::Set(vec![expr(value, place)]),
        },
        "elem" => annotated(value, place)?,
        "range" => {
            let [first, last] = value.as_array()?.as_slice() else { return None };
            Expr::Range(Box::new((expr(first, place), expr(last, place))))
        }
        "prefix" => prefix(value, place)?,
        "map" => {
            let key = expr(value.get("key").or_else(|| value.get("left"))?, Place::default());
            let data = value.get("data").or_else(|| value.get("right"))?;
            let map = map_data(data, &key, place.kinds);
            Expr::Lookup { key: Box::new(key), map: Box::new(map) }
        }
        _ => binary(kind, value, place)?,
    })
}

/// The data of a map or verdict map: `@name` or a set of pairs.
pub(super) fn map_data(data: &Value, key: &Expr, value_kinds: &[ValueKind]) -> Expr {
    let kinds = ValueKind::parts_of(key);
    match data.get("set").and_then(Value::as_array) {
        Some(pairs) => members_of(pairs, Place::of(&kinds), value_kinds),
        None => expr(data, Place::of(&kinds)),
    }
}

/// Members of a set, or pairs of a map.
fn members_of(members: &[Value], place: Place<'_>, value_kinds: &[ValueKind]) -> Expr {
    let pairs: Option<Vec<_>> = members
        .iter()
        .map(|member| match member.as_array().map(Vec::as_slice) {
            Some([key, value]) => Some((expr(key, place), entry::map_value(value, value_kinds))),
            Some(_) | None => None,
        })
        .collect();
    match pairs {
        Some(pairs) if !pairs.is_empty() => Expr::Map(pairs),
        Some(_) | None => Expr::Set(members.iter().map(|member| expr(member, place)).collect()),
    }
}

fn payload(value: &Value) -> Option<Expr> {
    if let Some(base) = text(value, "base") {
        let number = |key: &str| u32::try_from(value.get(key)?.as_u64()?).ok();
        let (offset, len) = (number("offset")?, number("len")?);
        return Some(Expr::RawPayload { base: base.into(), offset, len });
    }
    let protocol = text(value, "protocol").or_else(|| text(value, "name"))?;
    Some(Expr::Payload { protocol: protocol.into(), field: text(value, "field")?.into() })
}

fn ct(value: &Value) -> Option<Expr> {
    let key = text(value, "key")?;
    let key = match text(value, "family") {
        Some(family) => format!("{family} {key}").into(),
        None => key.into(),
    };
    Some(Expr::Ct { key, direction: text(value, "dir").map(Into::into) })
}

/// Extension headers, options and chunks; without a field, whether they are there.
fn header(kind: &str, value: &Value) -> Option<Expr> {
    let name = text(value, "name")?;
    let whole = match (kind, value.get("field")) {
        ("exthdr", Some(_)) => name.into(),
        (kind, _) => format!("{kind} {name}").into(),
    };
    Some(match text(value, "field") {
        Some(field) => Expr::Payload { protocol: whole, field: field.into() },
        None => Expr::Other(whole),
    })
}

/// `rt ip nexthop`, `socket mark`, `osf ttl loose name`, `ipsec in spnum 0 ip saddr`, in the order of the text.
fn words(kind: &str, value: &Value) -> Option<Box<str>> {
    let mut words = String::from(kind);
    let mut push = |word: &str| write!(words, " {word}").ok();
    if kind == "osf"
        && let Some(ttl) = text(value, "ttl")
    {
        push("ttl")?;
        push(ttl)?;
    }
    for key in ["dir", "spnum", "family", "key"] {
        match value.get(key) {
            Some(Value::String(word)) => push(word)?,
            Some(Value::Number(number)) => push(&format!("{key} {number}"))?,
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {}
        }
    }
    if let Some(level) = value.get("level").and_then(Value::as_u64) {
        push(&format!("level {level}"))?;
    }
    Some(words.into())
}

fn annotated(value: &Value, place: Place<'_>) -> Option<Expr> {
    let inner = expr(value.get("val")?, place);
    let mut words = Vec::new();
    for key in ["timeout", "expires"] {
        if let Some(time_ms) = entry::seconds(value, key) {
            words.push(format!("{key} {}", time(time_ms)));
        }
    }
    if let Some(comment) = text(value, "comment") {
        words.push(format!("comment \"{comment}\""));
    }
    if let Some(counters) = value.get("counter").and_then(entry::counters) {
        words.push(format!("counter packets {} bytes {}", counters.packets, counters.bytes));
    }
    if words.is_empty() {
        return Some(inner);
    }
    Some(Expr::Annotated { value: Box::new(inner), words: words.join(" ").into() })
}

fn prefix(value: &Value, place: Place<'_>) -> Option<Expr> {
    let addr = value.get("addr")?;
    let len = value.get("len")?.as_u64()?;
    if let Some(text) = addr.as_str()
        && let Some(net) = value::net(&format!("{text}/{len}"))
    {
        return Some(Expr::Net(net));
    }
    // A prefix of something else, such as `ether saddr 00:11::/16`.
    Some(Expr::Word(format!("{}/{len}", expr(addr, place)).into()))
}

fn binary(kind: &str, value: &Value, place: Place<'_>) -> Option<Expr> {
    let op = match kind {
        "|" => BitOp::Or,
        "&" => BitOp::And,
        "^" => BitOp::Xor,
        "<<" => BitOp::ShiftLeft,
        ">>" => BitOp::ShiftRight,
        _ => return None,
    };
    let mut operands = value.as_array()?.iter();
    let mut left = expr(operands.next()?, place);
    let mut kind = place.kind();
    if kind == ValueKind::Other {
        kind = ValueKind::of(&left);
    }
    // Newer versions print `a | b | c` as one list.
    for operand in operands {
        let right = expr(operand, Place { kinds: &[kind], ..place });
        left = combine(op, left, right);
    }
    Some(left)
}

/// Returns milliseconds as text prints them.
pub(super) fn time(milliseconds: u64) -> String {
    crate::model::show::nft_time(milliseconds).to_string()
}
