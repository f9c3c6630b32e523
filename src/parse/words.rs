//! Reading a line word by word.

use super::IssueKind;

/// The words of a line, with errors that say what was expected.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// Returns the words of a text, split at white space.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.trim() }
    }

    /// Returns the next word without taking it.
    pub fn peek(&self) -> Option<&'a str> {
        self.clone().next()
    }

    /// Takes the next word if it is this one.
    pub fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        if found {
            self.next();
        }
        found
    }

    /// Takes the next word, which must be there.
    pub fn expect(&mut self, expected: &'static str) -> Result<&'a str, IssueKind> {
        self.next().ok_or(IssueKind::Missing { expected })
    }

    /// Takes the next word, which must be a `T`.
    pub fn parse<T: std::str::FromStr>(&mut self, expected: &'static str) -> Result<T, IssueKind> {
        let word = self.expect(expected)?;
        word.parse().map_err(|_| IssueKind::malformed(expected, word))
    }

    /// Returns everything that was not taken.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (word, rest) =
            self.rest.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        Some(word)
    }
}
