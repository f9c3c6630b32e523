//! Reading tokens one by one, with bounded nesting.

use super::lexer::{Kind, Token};

/// How deep braces, parentheses and operators may nest. nft itself prints no more than three levels.
pub(super) const MAX_DEPTH: u8 = 12;

/// The tokens of one rule, element or header, without line ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    /// Returns the next token's text if it is an unquoted word.
    pub(super) fn peek_word(&self) -> Option<&'a str> {
        self.word_at(0)
    }

    pub(super) fn word_at(&self, ahead: usize) -> Option<&'a str> {
        self.peek_at(ahead).filter(|token| token.kind == Kind::Word).map(|token| token.text)
    }

    pub(super) fn peek_kind(&self) -> Option<Kind> {
        self.peek().map(|token| token.kind)
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Takes that many tokens.
    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Takes the next token if it is this unquoted word.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == Some(word);
        self.at += usize::from(found);
        found
    }

    /// Takes the next token if it is of this kind.
    pub(super) fn take_kind(&mut self, kind: Kind) -> bool {
        let found = self.peek_kind() == Some(kind);
        self.at += usize::from(found);
        found
    }

    /// Takes the next token if it is an unquoted word.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let word = self.peek_word()?;
        self.at += 1;
        Some(word)
    }

    /// Takes the next token if it is a word, in quotes or not.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let token = self.peek()?;
        matches!(token.kind, Kind::Word | Kind::Quoted).then(|| {
            self.at += 1;
            token.text
        })
    }

    /// Takes the next token if it is a number that fits.
    pub(super) fn number(&mut self) -> Option<u64> {
        let number = super::value::number(self.peek_word()?)?;
        self.at += 1;
        Some(number)
    }

    /// Takes tokens up to the brace that closes the one before, which is taken and not returned.
    pub(super) fn braced(&mut self) -> &'t [Token<'a>] {
        let start = self.at;
        let mut depth = 0_u32;
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth == 0 => {
                    let inner = self.tokens.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return inner;
                }
                Kind::Close => depth -= 1,
                Kind::Word
                | Kind::Quoted
                | Kind::Comment
                | Kind::ParenOpen
                | Kind::ParenClose
                | Kind::Comma
                | Kind::Semicolon
                | Kind::Newline => {}
            }
            self.at += 1;
        }
        self.tokens.get(start..).unwrap_or_default()
    }

    /// Returns everything that was not taken.
    pub(super) fn rest(&self) -> &'t [Token<'a>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// Returns what lies between an earlier state of this cursor and this one.
    pub(super) fn since(&self, earlier: &Self) -> &'t [Token<'a>] {
        self.tokens.get(earlier.at..self.at).unwrap_or_default()
    }
}

/// Returns tokens as text, with single blanks where nft prints them.
pub(super) fn text(tokens: &[Token<'_>]) -> Box<str> {
    let mut text = String::new();
    let mut glue = true;
    for token in tokens {
        let before = !matches!(token.kind, Kind::Comma | Kind::ParenClose | Kind::Semicolon);
        if before && !glue {
            text.push(' ');
        }
        match token.kind {
            Kind::Quoted => {
                text.push('"');
                text.push_str(token.text);
                text.push('"');
            }
            Kind::Comment => {
                text.push_str("# ");
                text.push_str(token.text);
            }
            Kind::Word
            | Kind::Open
            | Kind::Close
            | Kind::ParenOpen
            | Kind::ParenClose
            | Kind::Comma
            | Kind::Semicolon
            | Kind::Newline => text.push_str(token.text),
        }
        glue = matches!(token.kind, Kind::ParenOpen | Kind::Newline);
    }
    text.trim_end().into()
}
