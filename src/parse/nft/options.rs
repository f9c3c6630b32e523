//! Statements that are kept as keyword and words: `log`, `limit`, `quota`, `queue`, `tproxy`, `dup`, `fwd`, …

use super::{
    cursor::{self, Cursor},
    expr::{self, Context},
    lexer::Kind,
};
use crate::model::netfilter::nft::{Statement, Verdict};

/// The keywords, and the words that may follow each beside numbers and quoted texts.
const VOCABULARY: &[(&str, &[&str])] = &[
    ("limit", &["rate", "over", "until", "burst", "packets", "bytes", "kbytes", "mbytes", "name"]),
    ("quota", &["name", "over", "until", "used", "bytes", "kbytes", "mbytes"]),
    (
        "log",
        &[
            "prefix",
            "level",
            "group",
            "snaplen",
            "queue-threshold",
            "queue_threshold",
            "flags",
            "all",
            "skuid",
            "ether",
            "emerg",
            "alert",
            "crit",
            "err",
            "warn",
            "notice",
            "info",
            "debug",
            "audit",
        ],
    ),
    ("queue", &["num", "to", "flags", "bypass", "fanout"]),
    ("synproxy", &["mss", "wscale", "timestamp", "sack-perm", "name"]),
    ("tproxy", &["to"]),
    ("dup", &["to", "device"]),
    ("fwd", &["to", "device"]),
    ("flow", &["add", "offload"]),
    ("last", &["used", "never"]),
    ("ct helper", &["set"]),
    ("ct timeout", &["set"]),
    ("ct expectation", &["set"]),
    ("ct count", &["over"]),
    ("meter", &["size"]),
    ("secmark", &["name"]),
    ("tunnel", &["name"]),
];

/// Reads one of these statements, if one stands here.
pub(super) fn statement(tokens: &mut Cursor<'_, '_>) -> Option<Statement> {
    let first = tokens.peek_word()?;
    let (keyword, vocabulary) =
        VOCABULARY.iter().find(|(keyword, _)| match keyword.split_once(' ') {
            Some((one, two)) => {
                first == one
                    && tokens.word_at(1) == Some(two)
                    && (two == "count" || tokens.word_at(2) == Some("set"))
            }
            None => first == *keyword,
        })?;
    tokens.skip(keyword.split(' ').count());
    let start = *tokens;
    let mut previous = "";
    while let Some(token) = tokens.peek() {
        let word = token.text;
        let taken = match token.kind {
            Kind::Quoted => true,
            Kind::Comma => tokens.peek_at(1).is_some_and(|next| next.kind == Kind::Word),
            Kind::Open => *keyword == "meter",
            Kind::Word => {
                vocabulary.contains(&word)
                    || word.starts_with(|c: char| c.is_ascii_digit())
                    || (word.starts_with([':', '@', '['])
                        && matches!(*keyword, "tproxy" | "flow" | "dup" | "fwd" | "meter"))
                    || (matches!(word, "ip" | "ip6")
                        && matches!(*keyword, "tproxy" | "fwd" | "dup")
                        && !super::key::is_ahead(tokens))
                    || (*keyword == "log" && is_log_flag(previous, word))
                    || (matches!(*keyword, "meter" | "synproxy") && previous.is_empty())
                    || (previous == "name" || previous == "device" || previous == "set")
                    || word.contains('/') && *keyword == "limit"
            }
            Kind::Comment
            | Kind::Close
            | Kind::ParenOpen
            | Kind::ParenClose
            | Kind::Semicolon
            | Kind::Newline => false,
        };
        if !taken {
            break;
        }
        tokens.take();
        if token.kind == Kind::Open {
            tokens.braced();
        }
        // Targets that are computed: `queue flags bypass to numgen inc mod 4`, `dup to ip saddr map { … }`.
        if word == "to" && super::key::is_ahead(tokens) {
            expr::expr(tokens, Context::keys())?;
        }
        previous = word;
    }
    let words = cursor::text(tokens.since(&start));
    if *keyword == "queue" {
        return Some(Statement::Verdict(Verdict::Queue(words)));
    }
    let words = match *keyword {
        "limit" => without_default_burst(&words),
        _ => words,
    };
    Some(Statement::Other { keyword: (*keyword).into(), words })
}

/// `flags tcp sequence,options`, `flags ip options`.
fn is_log_flag(previous: &str, word: &str) -> bool {
    match word {
        "tcp" | "ip" => matches!(previous, "flags" | ","),
        "sequence" => previous == "tcp",
        "options" => matches!(previous, "tcp" | "ip" | ","),
        _ => false,
    }
}

/// Five packets are the burst that nft leaves out when it prints (`limit_stmt_print()`), in most versions.
fn without_default_burst(words: &str) -> Box<str> {
    words.strip_suffix(" burst 5 packets").unwrap_or(words).into()
}
