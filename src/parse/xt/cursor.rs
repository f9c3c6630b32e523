//! Words of one rule, with the quotes that `iptables-save` puts around texts.

use crate::model::netfilter::xt_match::unquoted;
use std::borrow::Cow;

/// The words of a rule, and where each stands in its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// One word. `text` is what stands between the quotes, with its backslashes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Where `text` starts and ends in the line.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quotes: Quotes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Closed,
    /// The line ends before the closing quote.
    Open,
}

impl Word<'_> {
    /// Returns the text without the backslashes of its quotes.
    pub(super) fn plain(&self) -> Cow<'_, str> {
        if self.quotes == Quotes::None { Cow::Borrowed(self.text) } else { unquoted(self.text) }
    }
}

impl<'a> Cursor<'a> {
    /// Starts before the first word.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Starts at a byte of the line.
    pub(super) fn at(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// Returns the whole line.
    pub(super) fn whole(&self) -> &'a str {
        self.text
    }

    /// Returns everything that was not taken, without white space around it.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default().trim_ascii()
    }

    /// Returns where the next word starts.
    pub(super) fn offset(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at + rest.iter().take_while(|byte| **byte <= b' ').count()
    }

    /// Returns whether a long option or a `!` comes next, without reading the word.
    pub(super) fn is_at_option(&self) -> bool {
        let rest = self.text.as_bytes().get(self.offset()..).unwrap_or_default();
        matches!(rest, [b'!', ..] | [b'-', b'-', ..])
    }

    /// Returns the text between two places, without white space around it.
    pub(super) fn between(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default().trim_ascii()
    }

    /// Takes everything.
    pub(super) fn finish(&mut self) -> &'a str {
        let rest = self.rest();
        self.at = self.text.len();
        rest
    }

    /// Returns the next word without taking it.
    pub(super) fn peek(&self) -> Option<Word<'a>> {
        self.clone().next()
    }

    /// Returns the text of the next word, or an empty one, without taking it.
    pub(super) fn peek_text(&self) -> &'a str {
        self.peek().map_or("", |word| word.text)
    }

    /// Takes the next word if it is this one.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let mut ahead = *self;
        let found = ahead.next().is_some_and(|next| next.text == word);
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes the next words if they are these.
    pub(super) fn take_words(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let found = words.iter().all(|word| ahead.take_word(word));
        if found {
            *self = ahead;
        }
        found
    }

    /// Returns the next word's text, or an empty one at the end.
    pub(super) fn text(&mut self) -> &'a str {
        self.next().map_or("", |word| word.text)
    }

    fn quoted(&mut self, quote: u8, open: usize) -> Word<'a> {
        let bytes = self.text.as_bytes();
        let start = open + 1;
        let mut at = start;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match memchr::memchr2(quote, b'\\', rest) {
                Some(found) if rest.get(found) == Some(&b'\\') => at += found + 2,
                Some(found) => {
                    let end = at + found;
                    self.at = end + 1;
                    return self.word(start, end, Quotes::Closed);
                }
                None => {
                    self.at = bytes.len();
                    return self.word(start, bytes.len(), Quotes::Open);
                }
            }
        }
    }

    fn word(&self, start: usize, end: usize, quotes: Quotes) -> Word<'a> {
        Word { text: self.text.get(start..end).unwrap_or_default(), start, end, quotes }
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while bytes.get(start).is_some_and(|byte| *byte <= b' ') {
            start += 1;
        }
        self.at = start;
        match bytes.get(start)? {
            quote @ (b'"' | b'\'') => Some(self.quoted(*quote, start)),
            _ => {
                let mut end = start;
                while bytes.get(end).is_some_and(|byte| *byte > b' ') {
                    end += 1;
                }
                self.at = end;
                Some(self.word(start, end, Quotes::None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_are_one_word() {
        let line = r#"-m comment --comment "a \"b\" c" -j X"#;
        let words: Vec<_> = Cursor::new(line).collect();
        assert_eq!(words[3].plain(), r#"a "b" c"#);
        assert_eq!(&line[words[3].start..words[3].end], r#"a \"b\" c"#);
        assert_eq!(words[5].text, "X");
        let open: Vec<_> = Cursor::new(r#"--comment "a b"#).collect();
        assert_eq!((open[1].text, open[1].quotes), ("a b", Quotes::Open));
    }
}
