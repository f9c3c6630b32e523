//! Expressions of nftables in its own syntax (`src/expression.c`).

use crate::{
    model::netfilter::{
        nft::{BitOp, Expr, MapValue, Op, Verdict},
        nft_kind::ValueKind,
    },
    net::IfPattern,
};
use std::fmt::{self, Display, Formatter};

/// An expression that stands where values of these kinds stand.
struct Valued<'e> {
    expr: &'e Expr,
    kinds: &'e [ValueKind],
}

impl Valued<'_> {
    fn kind(&self) -> ValueKind {
        self.kinds.first().copied().unwrap_or(ValueKind::Other)
    }
}

/// Returns an expression for printing where values of these kinds stand.
pub(super) fn valued<'e>(expr: &'e Expr, kinds: &'e [ValueKind]) -> impl Display + 'e {
    Valued { expr, kinds }
}

/// Returns a map's value for printing.
pub(super) fn map_value<'e>(value: &'e MapValue, kinds: &'e [ValueKind]) -> impl Display + 'e {
    fmt::from_fn(move |f| match value {
        MapValue::Value(expr) => valued(expr, kinds).fmt(f),
        MapValue::Verdict(verdict) => verdict.fmt(f),
    })
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Valued { expr: self, kinds: &[] }.fmt(f)
    }
}

impl Display for Valued<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.expr {
            Expr::Payload { protocol, field } => write!(f, "{protocol} {field}"),
            Expr::RawPayload { base, offset, len } => write!(f, "@{base},{offset},{len}"),
            Expr::Meta(key) => meta(key, f),
            Expr::Ct { key, direction: Some(direction) } => write!(f, "ct {direction} {key}"),
            Expr::Ct { key, direction: None } => write!(f, "ct {key}"),
            Expr::Fib { keys, result } => write!(f, "fib {} {result}", keys.join(" . ")),
            Expr::Other(words) => f.write_str(words),
            Expr::Numgen { mode, modulus, offset } => {
                write!(f, "numgen {mode} mod {modulus}")?;
                shifted(*offset, f)
            }
            Expr::Hash { key, modulus, seed, offset } => {
                match key {
                    Some(key) => write!(f, "jhash {key} mod {modulus}")?,
                    None => write!(f, "symhash mod {modulus}")?,
                }
                if let Some(seed) = seed {
                    write!(f, " seed {seed:#x}")?;
                }
                shifted(*offset, f)
            }
            Expr::Number(number) => numeric(*number, self.kind(), f),
            Expr::Named { name, .. } => f.write_str(name),
            Expr::Net(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Expr::Net(net) => net.fmt(f),
            Expr::Mac(mac) => mac.fmt(f),
            Expr::Iface(IfPattern::Exact(name)) => write!(f, "\"{name}\""),
            Expr::Iface(IfPattern::Prefix(start)) => write!(f, "\"{start}*\""),
            Expr::Iface(IfPattern::Any) => f.write_str("\"*\""),
            Expr::Range(range) => {
                let (first, last) = &**range;
                write!(f, "{}-{}", valued(first, self.kinds), valued(last, self.kinds))
            }
            Expr::Flags(flags) => joined(flags, self.kinds, ",", f),
            Expr::Word(word) if self.kind().is_quoted() => write!(f, "\"{word}\""),
            Expr::Word(word) => f.write_str(word),
            Expr::Annotated { value, words } => write!(f, "{} {words}", valued(value, self.kinds)),
            Expr::Concat(parts) => concat(parts, self.kinds, f),
            Expr::Set(members) => {
                f.write_str("{ ")?;
                joined(members, self.kinds, ", ", f)?;
                f.write_str(" }")
            }
            Expr::Map(pairs) => map(pairs, self.kinds, &[], f),
            Expr::SetRef(name) => write!(f, "@{name}"),
            Expr::Lookup { key, map: to } => {
                write!(f, "{key} map ")?;
                mapped(key, to, self.kinds, f)
            }
            Expr::Binary { op, left, right } => binary(*op, left, right, f),
            Expr::Any => f.write_str("*"),
        }
    }
}

/// Keys that nft prints without `meta` (`meta_key_is_unqualified()`, `src/meta.c`).
fn meta(key: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let bare = matches!(
        key,
        "iif" | "oif" | "iifname" | "oifname" | "iifgroup" | "oifgroup" | "ibrname" | "obrname"
    );
    write!(f, "{}{key}", if bare { "" } else { "meta " })
}

fn shifted(offset: u64, f: &mut Formatter<'_>) -> fmt::Result {
    if offset == 0 { Ok(()) } else { write!(f, " offset {offset}") }
}

fn numeric(number: u64, kind: ValueKind, f: &mut Formatter<'_>) -> fmt::Result {
    match kind {
        ValueKind::Mark => write!(f, "{number:#010x}"),
        ValueKind::CtState | ValueKind::CtStatus | ValueKind::TcpFlags => write!(f, "{number:#x}"),
        ValueKind::EtherType => write!(f, "{number:#06x}"),
        ValueKind::Dscp => write!(f, "{number:#04x}"),
        ValueKind::Ecn => write!(f, "{number:#x}"),
        ValueKind::Duration => super::nft::time(number.saturating_mul(1000)).fmt(f),
        ValueKind::Address
        | ValueKind::Port
        | ValueKind::Protocol
        | ValueKind::Mac
        | ValueKind::Iface
        | ValueKind::IcmpType
        | ValueKind::IcmpCode
        | ValueKind::IcmpV6Type
        | ValueKind::IcmpV6Code
        | ValueKind::IgmpType
        | ValueKind::DccpType
        | ValueKind::ArpOperation
        | ValueKind::CtDirection
        | ValueKind::PktType
        | ValueKind::FibType
        | ValueKind::NfProto
        | ValueKind::Boolean
        | ValueKind::Quoted
        | ValueKind::Other => number.fmt(f),
    }
}

fn joined(
    exprs: &[Expr],
    kinds: &[ValueKind],
    separator: &str,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    for (index, expr) in exprs.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { separator })?;
        valued(expr, kinds).fmt(f)?;
    }
    Ok(())
}

fn concat(parts: &[Expr], kinds: &[ValueKind], f: &mut Formatter<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { " . " })?;
        valued(part, kinds.get(index..).unwrap_or_default()).fmt(f)?;
    }
    Ok(())
}

/// Prints the map after `map` or `vmap`, whose keys are of the kinds that the key expression reads.
pub(super) fn mapped(
    key: &Expr,
    to: &Expr,
    value_kinds: &[ValueKind],
    f: &mut Formatter<'_>,
) -> fmt::Result {
    if let Expr::Map(pairs) = to {
        return map(pairs, &ValueKind::parts_of(key), value_kinds, f);
    }
    to.fmt(f)
}

fn map(
    pairs: &[(Expr, MapValue)],
    key_kinds: &[ValueKind],
    value_kinds: &[ValueKind],
    f: &mut Formatter<'_>,
) -> fmt::Result {
    f.write_str("{ ")?;
    for (index, (key, value)) in pairs.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write!(f, "{} : {}", valued(key, key_kinds), map_value(value, value_kinds))?;
    }
    f.write_str(" }")
}

fn binary(op: BitOp, left: &Expr, right: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    let kind = [ValueKind::of(left)];
    operand(op, left, &[], f)?;
    write!(f, " {op} ")?;
    if let (Expr::Flags(flags), true) = (right, flags_need_parentheses(right)) {
        f.write_str("(")?;
        joined(flags, &kind, " | ", f)?;
        return f.write_str(")");
    }
    operand(op, right, &kind, f)
}

fn flags_need_parentheses(expr: &Expr) -> bool {
    matches!(expr, Expr::Flags(flags) if flags.len() > 1)
}

/// An operand is put in parentheses where its operator binds less tightly.
fn operand(outer: BitOp, expr: &Expr, kinds: &[ValueKind], f: &mut Formatter<'_>) -> fmt::Result {
    if let Expr::Binary { op, .. } = expr
        && precedence(*op) < precedence(outer)
    {
        return write!(f, "({})", valued(expr, kinds));
    }
    valued(expr, kinds).fmt(f)
}

fn precedence(op: BitOp) -> u8 {
    match op {
        BitOp::Or => 0,
        BitOp::Xor => 1,
        BitOp::And => 2,
        BitOp::ShiftLeft | BitOp::ShiftRight => 3,
    }
}

impl Display for BitOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        })
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnyBit => "",
            Self::NoBit => "!",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        })
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Drop => f.write_str("drop"),
            Self::Continue => f.write_str("continue"),
            Self::Return => f.write_str("return"),
            Self::Jump(chain) => write!(f, "jump {chain}"),
            Self::Goto(chain) => write!(f, "goto {chain}"),
            Self::Queue(words) if words.is_empty() => f.write_str("queue"),
            Self::Queue(words) => write!(f, "queue {words}"),
        }
    }
}
