//! Rules, chains, sets and tables of nftables in its own syntax (`src/rule.c`, `src/statement.c`).

use super::nft_expr::{map_value, mapped, valued};
use crate::model::netfilter::{
    Hook, Policy,
    nft::{
        BaseChain, BitOp, Expr, NftChain, NftElement, NftFamily, NftNat, NftObject, NftRule,
        NftSet, NftTable, Op, SetOp, SetUpdate, Statement,
    },
    nft_kind::ValueKind,
};
use std::fmt::{self, Display, Formatter};

impl Display for NftFamily {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ip => "ip",
            Self::Ip6 => "ip6",
            Self::Inet => "inet",
            Self::Arp => "arp",
            Self::Bridge => "bridge",
            Self::Netdev => "netdev",
        })
    }
}

/// The head of the table, with its flags and comment.
impl Display for NftTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("table")?;
        if let Some(family) = self.family {
            write!(f, " {family}")?;
        }
        write!(f, " {}", self.name.as_deref().unwrap_or("?"))?;
        if !self.flags.is_empty() {
            write!(f, " flags {};", self.flags.join(","))?;
        }
        comment(self.comment.as_deref(), f)?;
        handle(self.handle, f)
    }
}

/// The head of the chain, without its rules.
impl Display for NftChain {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "chain {}", self.name.as_deref().unwrap_or("?"))?;
        if let Some(base) = &self.base {
            write!(f, " {{ {base} }}")?;
        }
        if !self.flags.is_empty() {
            write!(f, " flags {};", self.flags.join(","))?;
        }
        comment(self.comment.as_deref(), f)?;
        handle(self.handle, f)
    }
}

impl Display for BaseChain {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "type {} hook {}", self.kind, self.hook)?;
        match self.devices.as_slice() {
            [] => {}
            [device] => write!(f, " device \"{device}\"")?,
            devices => write!(f, " devices = {{ \"{}\" }}", devices.join("\", \""))?,
        }
        f.write_str(" priority ")?;
        match self.priority {
            Some(priority) => named_priority(priority, self.hook, f)?,
            None => f.write_str("?")?,
        }
        f.write_str(";")?;
        match self.policy {
            Some(Policy::Accept) => f.write_str(" policy accept;"),
            Some(Policy::Drop) => f.write_str(" policy drop;"),
            None => Ok(()),
        }
    }
}

/// nft names priorities that are no more than ten away from one of its names (`prio2str()`, `src/rule.c`).
fn named_priority(priority: i32, hook: Hook, f: &mut Formatter<'_>) -> fmt::Result {
    let nat = match hook {
        Hook::Prerouting => Some(("dstnat", -100)),
        Hook::Postrouting => Some(("srcnat", 100)),
        Hook::Ingress | Hook::Input | Hook::Forward | Hook::Output | Hook::Egress => None,
    };
    let names = [("raw", -300), ("mangle", -150), ("filter", 0), ("security", 50)];
    let near = names.into_iter().chain(nat).find_map(|(name, number)| {
        let offset = priority.checked_sub(number).filter(|offset| offset.abs() <= 10)?;
        Some((name, offset))
    });
    match near {
        Some((name, 0)) => f.write_str(name),
        Some((name, offset)) if offset > 0 => write!(f, "{name} + {offset}"),
        Some((name, offset)) => write!(f, "{name} - {}", offset.unsigned_abs()),
        None => priority.fmt(f),
    }
}

fn comment(comment: Option<&str>, f: &mut Formatter<'_>) -> fmt::Result {
    comment.map_or(Ok(()), |text| write!(f, " comment \"{text}\""))
}

fn handle(handle: Option<u64>, f: &mut Formatter<'_>) -> fmt::Result {
    handle.map_or(Ok(()), |handle| write!(f, " # handle {handle}"))
}

impl Display for NftRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, statement) in self.statements.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            statement.fmt(f)?;
        }
        comment(self.comment.as_deref(), f)?;
        handle(self.handle, f)
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match { left, op, right } => matches(left, *op, right, f),
            Self::Counter(None) => f.write_str("counter"),
            Self::Counter(Some(counters)) => {
                write!(f, "counter packets {} bytes {}", counters.packets, counters.bytes)
            }
            Self::Verdict(verdict) => verdict.fmt(f),
            Self::VerdictMap { key, map } => {
                write!(f, "{key} vmap ")?;
                mapped(key, map, &[], f)
            }
            Self::Set { key, value } => {
                write!(f, "{key} set {}", valued(value, &ValueKind::parts_of(key)))
            }
            Self::Snat(nat) => nat_statement("snat", nat, f),
            Self::Dnat(nat) => nat_statement("dnat", nat, f),
            Self::Masquerade(nat) => nat_statement("masquerade", nat, f),
            Self::Redirect(nat) => nat_statement("redirect", nat, f),
            Self::Reject(with) if with.is_empty() => f.write_str("reject"),
            Self::Reject(with) => write!(f, "reject with {with}"),
            Self::NoTrack => f.write_str("notrack"),
            Self::SetUpdate(update) => update.fmt(f),
            Self::Other { keyword, words } if words.is_empty() => f.write_str(keyword),
            Self::Other { keyword, words } => write!(f, "{keyword} {words}"),
            Self::Xt { kind, name } => {
                f.write_str("xt")?;
                kind.as_deref().map_or(Ok(()), |kind| write!(f, " {kind}"))?;
                name.as_deref().map_or(Ok(()), |name| write!(f, " \"{name}\""))
            }
            Self::Unmodelled(words) => f.write_str(words),
        }
    }
}

fn matches(left: &Expr, op: Op, right: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    let kinds = ValueKind::parts_of(left);
    // `tcp flags syn / fin,syn,rst,ack`.
    if let Expr::Binary { op: BitOp::And, left: flags, right: mask } = left
        && ValueKind::of(flags) == ValueKind::TcpFlags
        && matches!(op, Op::Equal | Op::NotEqual)
    {
        let not = if op == Op::NotEqual { "!= " } else { "" };
        return write!(f, "{flags} {not}{} / {}", valued(right, &kinds), valued(mask, &kinds));
    }
    let is_bits = kinds.iter().any(|kind| kind.is_bits());
    let is_set = matches!(right, Expr::Set(_) | Expr::SetRef(_));
    let silent = match op {
        Op::AnyBit => true,
        Op::Equal => !matches!(left, Expr::Binary { .. }) && (is_set || !is_bits),
        Op::NoBit | Op::NotEqual | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => {
            false
        }
    };
    left.fmt(f)?;
    if !silent {
        write!(f, " {op}")?;
    }
    write!(f, " {}", valued(right, &kinds))
}

fn nat_statement(keyword: &str, nat: &NftNat, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(keyword)?;
    if let Some(family) = nat.family {
        write!(f, " {family}")?;
    }
    let is_type = |flag: &str| matches!(flag, "prefix" | "interval");
    for flag in nat.flags.iter().filter(|flag| is_type(flag)) {
        write!(f, " {flag}")?;
    }
    if nat.addr.is_some() || nat.port.is_some() {
        f.write_str(" to ")?;
    }
    if let Some(addr) = &nat.addr {
        address(addr, nat.port.is_some(), f)?;
    }
    if let Some(port) = &nat.port {
        write!(f, ":{}", valued(port, &[ValueKind::Port]))?;
    }
    let flags: Vec<&str> = nat.flags.iter().filter(|flag| !is_type(flag)).map(|x| &**x).collect();
    if flags.is_empty() { Ok(()) } else { write!(f, " {}", flags.join(",")) }
}

/// IPv6 addresses stand in brackets before a port.
fn address(addr: &Expr, has_port: bool, f: &mut Formatter<'_>) -> fmt::Result {
    let bracketed = |expr: &Expr| has_port && expr.addr().is_some_and(|addr| addr.is_ipv6());
    if let Expr::Range(range) = addr
        && bracketed(&range.0)
    {
        return write!(f, "[{}]-[{}]", range.0, range.1);
    }
    if bracketed(addr) {
        return write!(f, "[{addr}]");
    }
    valued(addr, &[ValueKind::Address, ValueKind::Port]).fmt(f)
}

impl Display for SetUpdate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            SetOp::Add => "add",
            SetOp::Update => "update",
            SetOp::Delete => "delete",
        };
        write!(f, "{op} @{} {{ {}", self.set, self.key)?;
        if let Some(timeout) = self.timeout_ms {
            write!(f, " timeout {}", time(timeout))?;
        }
        if !self.rest.is_empty() {
            write!(f, " {}", self.rest)?;
        }
        if let Some(value) = &self.value {
            write!(f, " : {}", map_value(value, &[]))?;
        }
        f.write_str(" }")
    }
}

/// Prints milliseconds as `1d2h3m4s5ms` (`time_print()`, `src/datatype.c`).
pub(super) fn time(milliseconds: u64) -> impl Display {
    fmt::from_fn(move |f| {
        let mut rest = milliseconds;
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
        for (scale, unit) in units {
            if rest >= scale {
                write!(f, "{}{unit}", rest / scale)?;
                rest %= scale;
            }
        }
        if milliseconds == 0 { f.write_str("0s") } else { Ok(()) }
    })
}

/// The head of the set or map, without its elements.
impl Display for NftSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = if self.value_type.is_some() { "map" } else { "set" };
        write!(f, "{kind} {} {{", self.name.as_deref().unwrap_or("?"))?;
        if !self.key_type.is_empty() {
            // Only a `typeof` has parts of several words, or of one that is no type.
            let is_type = self.key_type.iter().all(|name| !name.contains(' '));
            let word = if is_type { "type" } else { "typeof" };
            write!(f, " {word} {}", self.key_type.join(" . "))?;
            if let Some(value) = &self.value_type {
                write!(f, " : {}", value.join(" . "))?;
            }
            f.write_str(";")?;
        }
        if !self.flags.is_empty() {
            write!(f, " flags {};", self.flags.join(","))?;
        }
        if let Some(timeout) = self.timeout_ms {
            write!(f, " timeout {};", time(timeout))?;
        }
        for line in &self.rest {
            write!(f, " {line};")?;
        }
        comment(self.comment.as_deref(), f)?;
        f.write_str(" }")?;
        handle(self.handle, f)
    }
}

impl NftSet {
    /// Returns an element for printing, its words read by the set's types.
    pub fn show<'s>(&'s self, element: &'s NftElement) -> impl Display + 's {
        let kinds = |types: &[Box<str>]| -> Vec<ValueKind> {
            types.iter().map(|name| ValueKind::of_type(name)).collect()
        };
        let key_kinds = kinds(&self.key_type);
        let value_kinds = kinds(self.value_type.as_deref().unwrap_or_default());
        fmt::from_fn(move |f| {
            valued(&element.key, &key_kinds).fmt(f)?;
            if let Some(timeout) = element.timeout_ms {
                write!(f, " timeout {}", time(timeout))?;
            }
            if let Some(expires) = element.expires_ms {
                write!(f, " expires {}", time(expires))?;
            }
            comment(element.comment.as_deref(), f)?;
            if let Some(counters) = element.counters {
                let (packets, bytes) = (counters.packets, counters.bytes);
                write!(f, " counter packets {packets} bytes {bytes}")?;
            }
            if !element.rest.is_empty() {
                write!(f, " {}", element.rest)?;
            }
            match &element.value {
                Some(value) => write!(f, " : {}", map_value(value, &value_kinds)),
                None => Ok(()),
            }
        })
    }
}

impl Display for NftObject {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {{ {} }}", self.kind, self.name, self.words)?;
        handle(self.handle, f)
    }
}
