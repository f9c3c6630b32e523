//! Words, quotes, braces and comments of nft's language, each with the line that it stands on.

use crate::parse::Line;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A quoted text, without its quotes.
    Quoted,
    /// A `#` comment, without the `#`.
    Comment,
    Open,
    Close,
    ParenOpen,
    ParenClose,
    Comma,
    Semicolon,
    Newline,
}

/// One token of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// The index of the line in the section.
    pub(super) line: usize,
}

impl Token<'_> {
    /// Returns whether this is an unquoted word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// Cuts lines into tokens. A quoted text that does not end is cut at the end of its line.
pub(super) fn tokens<'a>(lines: &'a [Line<'a>]) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let mut rest: &'a str = line.text.trim();
        while let Some((kind, text, after)) = next(rest) {
            tokens.push(Token { kind, text, line: index });
            rest = after;
        }
        tokens.push(Token { kind: Kind::Newline, text: "", line: index });
    }
    tokens
}

/// Returns the first token of a text and what follows it.
fn next(text: &str) -> Option<(Kind, &str, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    let single = match first {
        '{' => Some(Kind::Open),
        '}' => Some(Kind::Close),
        '(' => Some(Kind::ParenOpen),
        ')' => Some(Kind::ParenClose),
        ',' => Some(Kind::Comma),
        ';' => Some(Kind::Semicolon),
        _ => None,
    };
    if let Some(kind) = single {
        let (token, after) = text.split_at_checked(1)?;
        return Some((kind, token, after));
    }
    match first {
        '"' => {
            let inner = text.strip_prefix('"')?;
            let (quoted, after) = inner.split_once('"').unwrap_or((inner, ""));
            Some((Kind::Quoted, quoted, after))
        }
        '#' => Some((Kind::Comment, text.strip_prefix('#')?.trim(), "")),
        _ => {
            let (word, after) = text.split_at_checked(word_len(text))?;
            Some((Kind::Word, word, after))
        }
    }
}

/// Commas belong to raw payloads (`@th,16,16`) and to nothing else; `fin|syn` is three words.
fn word_len(text: &str) -> usize {
    if text.starts_with('|') {
        return 1;
    }
    let raw = ["@th,", "@nh,", "@ll,", "@ih,"].iter().any(|start| text.starts_with(start));
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '{' | '}' | '(' | ')' | ';' | '"' | '|')
            || (c == ',' && !raw)
    };
    text.find(ends).unwrap_or(text.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::line::lines;

    #[test]
    fn keeps_quotes_and_comments_apart() {
        let lines = lines("a { \"x # y\", b} # handle 3\n@th,16,16 \"cut");
        let found: Vec<_> = tokens(&lines).iter().map(|t| (t.kind, t.text.to_owned())).collect();
        let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            ["a", "{", "x # y", ",", "b", "}", "handle 3", "", "@th,16,16", "cut", ""]
        );
        assert_eq!(found[2].0, Kind::Quoted);
        assert_eq!(found[6].0, Kind::Comment);
    }
}
