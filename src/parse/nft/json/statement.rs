//! Statements in JSON; those that the model keeps as words get the words of the text form.

use super::{
    super::rule::canonical_reject,
    entry,
    expr::{self, Place},
    only, text, texts,
};
use crate::model::netfilter::{
    nft::{Expr, NftFamily, NftNat, Op, SetOp, SetUpdate, Statement, Verdict},
    nft_kind::ValueKind,
};
use serde_json::Value;

/// Old versions print a rule's comment among its statements.
#[derive(Debug)]
pub(super) enum Comment {
    Is(Box<str>),
    No(Statement),
}

/// Reads a statement. Never fails: what is not known is kept as JSON text.
pub(super) fn statement(value: &Value, family: Option<NftFamily>) -> Comment {
    if let Some(comment) = text(value, "comment") {
        return Comment::Is(comment.into());
    }
    let verdict = verdict(value).map(Statement::Verdict);
    let known = || {
        let (kind, inner) = only(value)?;
        known(kind, inner, family)
    };
    let statement = verdict.or_else(known);
    Comment::No(statement.unwrap_or_else(|| Statement::Unmodelled(value.to_string().into())))
}

/// Reads a verdict: `{"accept": null}`, `{"jump": {"target": "x"}}`.
pub(super) fn verdict(value: &Value) -> Option<Verdict> {
    let (kind, inner) = only(value)?;
    Some(match kind {
        "accept" => Verdict::Accept,
        "drop" => Verdict::Drop,
        "continue" => Verdict::Continue,
        "return" => Verdict::Return,
        "jump" => Verdict::Jump(text(inner, "target")?.into()),
        "goto" => Verdict::Goto(text(inner, "target")?.into()),
        "queue" => Verdict::Queue(queue(inner)),
        _ => return None,
    })
}

fn known(kind: &str, value: &Value, family: Option<NftFamily>) -> Option<Statement> {
    Some(match kind {
        "match" => matched(value)?,
        "counter" => match value.as_str() {
            Some(name) => other("counter", format!("name \"{name}\"")),
            None => Statement::Counter(entry::counters(value)),
        },
        "vmap" => {
            let key = value.get("key").or_else(|| value.get("left"))?;
            let key = expr::expr(key, Place::default());
            let data = value.get("data").or_else(|| value.get("right"))?;
            let map = expr::map_data(data, &key, &[]);
            Statement::VerdictMap { key, map }
        }
        "mangle" => {
            let key = value.get("key").or_else(|| value.get("left"))?;
            let key = expr::expr(key, Place::default());
            let kinds = ValueKind::parts_of(&key);
            let to = value.get("value").or_else(|| value.get("right"))?;
            let value = expr::expr(to, Place::of(&kinds));
            Statement::Set { key, value }
        }
        "snat" => Statement::Snat(nat(value)),
        "dnat" => Statement::Dnat(nat(value)),
        "masquerade" => Statement::Masquerade(nat(value)),
        "redirect" => Statement::Redirect(nat(value)),
        "reject" => Statement::Reject(reject(value, family)),
        "notrack" => Statement::NoTrack,
        "set" | "map" => Statement::SetUpdate(set_update(kind, value)?),
        "xt" => Statement::Xt {
            kind: text(value, "type").map(Into::into),
            name: text(value, "name").map(Into::into),
        },
        _ => words(kind, value)?,
    })
}

fn other(keyword: &str, words: String) -> Statement {
    Statement::Other { keyword: keyword.into(), words: words.trim().into() }
}

fn matched(value: &Value) -> Option<Statement> {
    let left = expr::expr(value.get("left")?, Place::default());
    let kinds = ValueKind::parts_of(&left);
    let right = expr::expr(value.get("right")?, Place::of(&kinds));
    let is_bits = kinds.iter().any(|kind| kind.is_bits());
    let is_set = matches!(right, Expr::Set(_) | Expr::SetRef(_));
    let op = match text(value, "op").unwrap_or("==") {
        "==" => Op::Equal,
        "!=" => Op::NotEqual,
        "<" => Op::Less,
        "<=" => Op::LessEqual,
        ">" => Op::Greater,
        ">=" => Op::GreaterEqual,
        "!" => Op::NoBit,
        "in" if is_bits && !is_set => Op::AnyBit,
        "in" => Op::Equal,
        _ => return None,
    };
    Some(Statement::Match { left, op, right })
}

fn nat(value: &Value) -> NftNat {
    let operand = |key: &str, kinds: &[ValueKind]| {
        value.get(key).map(|operand| expr::expr(operand, Place::of(kinds)))
    };
    // Of `interval`, `concat` and `netmap` the text says nothing.
    let mut flags = texts(value.get("type_flags"));
    flags.retain(|flag| &**flag == "prefix");
    flags.extend(texts(value.get("flags")));
    flags.retain(|flag| &**flag != "netmap");
    NftNat {
        family: text(value, "family").and_then(NftFamily::of_word),
        addr: operand("addr", &[ValueKind::Address, ValueKind::Port]),
        port: operand("port", &[ValueKind::Port]),
        flags,
    }
}

fn reject(value: &Value, family: Option<NftFamily>) -> Box<str> {
    let protocol = text(value, "type").unwrap_or_default();
    let code = match value.get("expr") {
        Some(Value::String(code)) => code.clone(),
        Some(Value::Number(code)) => code.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    };
    canonical_reject(protocol, &code, family)
}

fn set_update(kind: &str, value: &Value) -> Option<SetUpdate> {
    let op = match text(value, "op")? {
        "add" => SetOp::Add,
        "update" => SetOp::Update,
        "delete" => SetOp::Delete,
        _ => return None,
    };
    let elem = value.get("elem")?;
    let (key, timeout_ms) = match elem.get("elem") {
        Some(options) => (options.get("val")?, entry::seconds(options, "timeout")),
        None => (elem, None),
    };
    let statements = value.get("stmt").and_then(Value::as_array).into_iter().flatten();
    let rest: Vec<String> = statements
        .filter_map(|stated| match statement(stated, None) {
            Comment::No(statement) => Some(statement.to_string()),
            Comment::Is(_) => None,
        })
        .collect();
    Some(SetUpdate {
        op,
        set: text(value, kind)?.trim_start_matches('@').into(),
        key: expr::expr(key, Place::default()),
        value: value.get("data").map(|data| entry::map_value(data, &[])),
        timeout_ms,
        rest: rest.join(" ").into(),
    })
}

/// Statements that the model keeps as words.
fn words(kind: &str, value: &Value) -> Option<Statement> {
    let name = value.as_str().map(|name| format!("name \"{name}\""));
    let words = match kind {
        "limit" => name.or_else(|| Some(limit(value)))?,
        "quota" => name.or_else(|| Some(quota(value)))?,
        "log" => log(value),
        "tproxy" => {
            let addr = value.get("addr").map(|addr| plain(addr, ValueKind::Address));
            let port = value.get("port").map(|port| format!(":{}", plain(port, ValueKind::Port)));
            let family = text(value, "family").filter(|_| addr.is_some()).unwrap_or_default();
            let target = format!("{}{}", addr.unwrap_or_default(), port.unwrap_or_default());
            format!("{family} to {target}")
        }
        "dup" => {
            let device =
                value.get("dev").map(|dev| format!(" device {}", plain(dev, ValueKind::Iface)));
            let addr = plain(value.get("addr")?, ValueKind::Address);
            format!("to {addr}{}", device.unwrap_or_default())
        }
        "fwd" => {
            let device = plain(value.get("dev")?, ValueKind::Iface);
            match value.get("addr") {
                Some(addr) => {
                    let family = text(value, "family").unwrap_or_default();
                    format!("{family} to {} device {device}", plain(addr, ValueKind::Address))
                }
                None => format!("to {device}"),
            }
        }
        "flow" => format!("{} {}", text(value, "op")?, text(value, "flowtable")?),
        "ct helper" | "ct timeout" | "ct expectation" => format!("set \"{}\"", value.as_str()?),
        "ct count" => format!("{}{}", over(value), value.get("val")?),
        "synproxy" => synproxy(value),
        "last" => match value.get("used").and_then(Value::as_u64) {
            Some(used) => format!("used {}", expr::time(used)),
            None => String::new(),
        },
        _ => return None,
    };
    Some(other(kind, words))
}

fn plain(value: &Value, kind: ValueKind) -> String {
    crate::model::show::nft_value(&expr::expr(value, Place::of(&[kind])), kind)
}

fn over(value: &Value) -> &'static str {
    if value.get("inv").and_then(Value::as_bool) == Some(true) { "over " } else { "" }
}

/// `rate over 10 mbytes/second burst 5 kbytes`; a burst of five packets goes without saying.
pub(super) fn limit(value: &Value) -> String {
    let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let unit = text(value, "rate_unit").filter(|unit| *unit != "packets");
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let per = text(value, "per").unwrap_or("second");
    let mut words = format!("rate {}{}{unit}/{per}", over(value), number("rate"));
    let burst_unit = text(value, "burst_unit").unwrap_or("packets");
    let silent = if burst_unit == "packets" { [0, 5] } else { [0, 0] };
    if !silent.contains(&number("burst")) {
        words.push_str(&format!(" burst {} {burst_unit}", number("burst")));
    }
    words
}

fn quota(value: &Value) -> String {
    let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let unit = text(value, "val_unit").unwrap_or("bytes");
    let mut words = format!("{}{} {unit}", over(value), number("val"));
    if number("used") > 0 {
        let unit = text(value, "used_unit").unwrap_or("bytes");
        words.push_str(&format!(" used {} {unit}", number("used")));
    }
    words
}

/// The order of `log_stmt_print()` (`src/statement.c`).
fn log(value: &Value) -> String {
    let mut words = Vec::new();
    if let Some(prefix) = text(value, "prefix") {
        words.push(format!("prefix \"{prefix}\""));
    }
    for key in ["group", "snaplen", "queue-threshold"] {
        if let Some(number) = value.get(key).and_then(Value::as_u64) {
            words.push(format!("{key} {number}"));
        }
    }
    if let Some(level) = text(value, "level") {
        words.push(format!("level {level}"));
    }
    let flags = texts(value.get("flags"));
    let tcp: Vec<&str> = flags.iter().filter_map(|flag| flag.strip_prefix("tcp ")).collect();
    if !tcp.is_empty() {
        words.push(format!("flags tcp {}", tcp.join(",")));
    }
    for flag in flags.iter().filter(|flag| !flag.starts_with("tcp ")) {
        words.push(format!("flags {flag}"));
    }
    words.join(" ")
}

/// `flags bypass,fanout to 1-3`, or `to 1`.
fn queue(value: &Value) -> Box<str> {
    let flags = texts(value.get("flags"));
    let to = value.get("num").map(|to| format!("to {}", plain(to, ValueKind::Other)));
    let flags = if flags.is_empty() { None } else { Some(format!("flags {}", flags.join(","))) };
    let words: Vec<String> = flags.into_iter().chain(to).collect();
    words.join(" ").into()
}

fn synproxy(value: &Value) -> String {
    if let Some(name) = value.as_str() {
        return format!("name \"{name}\"");
    }
    let numbers = ["mss", "wscale"].into_iter().filter_map(|key| {
        let number = value.get(key)?.as_u64()?;
        Some(format!("{key} {number}"))
    });
    let flags = texts(value.get("flags")).into_iter().map(String::from);
    numbers.chain(flags).collect::<Vec<_>>().join(" ")
}
