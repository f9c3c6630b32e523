//! Statements of a rule (`man nft`, STATEMENTS). A statement that is not understood is kept as its words.

use super::{
    cursor::{self, Cursor},
    element,
    expr::{self, Context},
    key,
    lexer::{Kind, Token},
    nat, options,
};
use crate::model::netfilter::{
    Counters,
    nft::{BitOp, Expr, NftFamily, Op, SetOp, Statement, Verdict},
    nft_kind::ValueKind,
};

/// A rule's statements and its comment.
#[derive(Debug, Default)]
pub(super) struct RuleText {
    pub(super) statements: Vec<Statement>,
    pub(super) comment: Option<Box<str>>,
}

/// Reads a rule. Every token ends up in a statement or in the comment.
pub(super) fn rule(tokens: &[Token<'_>], family: Option<NftFamily>) -> RuleText {
    let mut tokens = Cursor::new(tokens);
    let mut rule = RuleText::default();
    while !tokens.is_done() {
        let start = tokens;
        if tokens.take_word("comment") {
            if let Some(comment) = tokens.name() {
                rule.comment = Some(comment.into());
                continue;
            }
            tokens = start;
        }
        match statement(&mut tokens, family) {
            Some(statement) => rule.statements.push(statement),
            None => {
                tokens = start;
                unmodelled(&mut tokens);
                let words = cursor::text(tokens.since(&start));
                rule.statements.push(Statement::Unmodelled(words));
            }
        }
    }
    rule
}

/// Takes tokens up to one that surely starts a statement.
fn unmodelled(tokens: &mut Cursor<'_, '_>) {
    let mut depth = 0_u32;
    tokens.take().inspect(|token| depth += u32::from(token.kind == Kind::Open));
    while let Some(token) = tokens.peek() {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 && is_sure_start(token.text) => return,
            Kind::Word
            | Kind::Quoted
            | Kind::Comment
            | Kind::ParenOpen
            | Kind::ParenClose
            | Kind::Comma
            | Kind::Semicolon
            | Kind::Newline => {}
        }
        tokens.take();
    }
}

fn is_sure_start(word: &str) -> bool {
    matches!(
        word,
        "counter"
            | "accept"
            | "drop"
            | "return"
            | "continue"
            | "jump"
            | "goto"
            | "snat"
            | "dnat"
            | "masquerade"
            | "redirect"
            | "reject"
            | "notrack"
            | "log"
            | "xt"
            | "comment"
    )
}

/// Reads a verdict.
pub(super) fn verdict(tokens: &mut Cursor<'_, '_>) -> Option<Verdict> {
    let verdict = match tokens.peek_word()? {
        "accept" => Verdict::Accept,
        "drop" => Verdict::Drop,
        "continue" => Verdict::Continue,
        "return" => Verdict::Return,
        word @ ("jump" | "goto") => {
            let before = *tokens;
            tokens.take();
            let Some(chain) = tokens.name() else {
                *tokens = before;
                return None;
            };
            let chain = chain.into();
            return Some(if word == "jump" { Verdict::Jump(chain) } else { Verdict::Goto(chain) });
        }
        _ => return None,
    };
    tokens.take();
    Some(verdict)
}

fn statement(tokens: &mut Cursor<'_, '_>, family: Option<NftFamily>) -> Option<Statement> {
    if let Some(verdict) = verdict(tokens) {
        return Some(Statement::Verdict(verdict));
    }
    let word = tokens.peek_word();
    let before = *tokens;
    match word {
        Some("counter") => {
            tokens.take();
            return Some(counter(tokens));
        }
        Some("snat") => {
            tokens.take();
            return nat::nat(tokens).map(Statement::Snat);
        }
        Some("dnat") => {
            tokens.take();
            return nat::nat(tokens).map(Statement::Dnat);
        }
        Some("masquerade") => {
            tokens.take();
            return nat::nat(tokens).map(Statement::Masquerade);
        }
        Some("redirect") => {
            tokens.take();
            return nat::nat(tokens).map(Statement::Redirect);
        }
        Some("reject") => {
            tokens.take();
            return Some(Statement::Reject(reject(tokens, family)));
        }
        Some("notrack") => {
            tokens.take();
            return Some(Statement::NoTrack);
        }
        Some("xt") => {
            tokens.take();
            return xt(tokens);
        }
        Some("add" | "update" | "delete" | "set") => {
            if let Some(update) = set_update(tokens) {
                return Some(update);
            }
            *tokens = before;
        }
        Some(_) | None => {}
    }
    if let Some(other) = options::statement(tokens) {
        return Some(other);
    }
    *tokens = before;
    key_statement(tokens)
}

/// `counter packets 1 bytes 2`, `counter`, `counter name "x"`.
fn counter(tokens: &mut Cursor<'_, '_>) -> Statement {
    let start = *tokens;
    if tokens.take_word("name") {
        tokens.name();
        let words = cursor::text(tokens.since(&start));
        return Statement::Other { keyword: "counter".into(), words };
    }
    Statement::Counter(counters(tokens))
}

/// `packets 1 bytes 2`; takes nothing where it is not there.
pub(super) fn counters(tokens: &mut Cursor<'_, '_>) -> Option<Counters> {
    let start = *tokens;
    let mut read = || {
        let packets = tokens.take_word("packets").then(|| tokens.number())??;
        let bytes = tokens.take_word("bytes").then(|| tokens.number())??;
        Some(Counters { packets, bytes, rounded: false })
    };
    let counters = read();
    if counters.is_none() {
        *tokens = start;
    }
    counters
}

/// `with icmp type net-prohibited`, `with icmpx port-unreachable`, `with tcp reset`.
fn reject(tokens: &mut Cursor<'_, '_>, family: Option<NftFamily>) -> Box<str> {
    if !tokens.take_word("with") {
        return "".into();
    }
    let protocol = tokens.word().unwrap_or_default();
    let typed = tokens.take_word("type");
    let code = tokens.word().unwrap_or_default();
    match canonical_reject(protocol, code, family) {
        // Versions before 0.9.9 print `icmp type`.
        with if typed && !with.is_empty() => format!("{protocol} type {code}").trim().into(),
        with => with,
    }
}

/// Returns an empty text for what `reject` without words means in a family (`stmt_evaluate_reject_default()`).
pub(super) fn canonical_reject(protocol: &str, code: &str, family: Option<NftFamily>) -> Box<str> {
    let default = matches!(
        (family, protocol),
        (Some(NftFamily::Ip), "icmp")
            | (Some(NftFamily::Ip6), "icmpv6")
            | (Some(NftFamily::Inet | NftFamily::Bridge | NftFamily::Netdev), "icmpx")
    );
    if default && code == "port-unreachable" {
        return "".into();
    }
    format!("{protocol} {code}").trim().into()
}

/// `xt match "comment"`, `xt target "CONNMARK"`, `xt match icmp`.
fn xt(tokens: &mut Cursor<'_, '_>) -> Option<Statement> {
    let kind = tokens.word().filter(|kind| matches!(*kind, "match" | "target" | "watcher"))?;
    let name = tokens.name();
    Some(Statement::Xt { kind: Some(kind.into()), name: name.map(Into::into) })
}

/// `update @set { key timeout 1h : value }`, and `set update key @set` of versions before 0.9.
fn set_update(tokens: &mut Cursor<'_, '_>) -> Option<Statement> {
    let old = tokens.take_word("set");
    let op = match tokens.word()? {
        "add" => SetOp::Add,
        "update" => SetOp::Update,
        "delete" => SetOp::Delete,
        _ => return None,
    };
    if old {
        let mut update = element::update(tokens, op)?;
        update.set = tokens.word()?.strip_prefix('@')?.into();
        return Some(Statement::SetUpdate(update));
    }
    let set = tokens.word()?.strip_prefix('@')?;
    if !tokens.take_kind(Kind::Open) {
        return None;
    }
    let mut inner = Cursor::new(tokens.braced());
    let mut update = element::update(&mut inner, op)?;
    update.set = set.into();
    Some(Statement::SetUpdate(update))
}

/// Statements that start with a key: matches, `vmap`, `set`.
fn key_statement(tokens: &mut Cursor<'_, '_>) -> Option<Statement> {
    if !key::is_ahead(tokens) && tokens.peek_kind() != Some(Kind::ParenOpen) {
        return None;
    }
    let left = expr::expr(tokens, Context::keys())?;
    if tokens.take_word("vmap") {
        let map = expr::map_of(tokens, &left, Context::keys())?;
        return Some(Statement::VerdictMap { key: left, map });
    }
    let kinds = ValueKind::parts_of(&left);
    if tokens.take_word("set") {
        let value = expr::expr(tokens, Context::value(&kinds))?;
        return Some(Statement::Set { key: left, value });
    }
    let is_bits = kinds.iter().any(|kind| kind.is_bits()) && !matches!(left, Expr::Binary { .. });
    let explicit = operator(tokens);
    let right = expr::expr(tokens, Context::constants(&kinds))?;
    let to_bits = is_bits && !matches!(right, Expr::Set(_) | Expr::SetRef(_));
    if is_bits && tokens.take_word("/") {
        let mask = expr::expr(tokens, Context::constants(&kinds))?;
        let (op, left) = (BitOp::And, Box::new(left));
        let left = Expr::Binary { op, left, right: Box::new(mask) };
        return Some(Statement::Match { left, op: explicit.unwrap_or(Op::Equal), right });
    }
    let op = explicit.unwrap_or(if to_bits { Op::AnyBit } else { Op::Equal });
    Some(Statement::Match { left, op, right })
}

fn operator(tokens: &mut Cursor<'_, '_>) -> Option<Op> {
    let op = match tokens.peek_word()? {
        "==" | "eq" => Op::Equal,
        "!=" | "ne" => Op::NotEqual,
        "<" | "lt" => Op::Less,
        "<=" | "le" => Op::LessEqual,
        ">" | "gt" => Op::Greater,
        ">=" | "ge" => Op::GreaterEqual,
        "!" => Op::NoBit,
        _ => return None,
    };
    tokens.take();
    Some(op)
}
