//! Walks over a document's outer levels and hands its items to their parser, one window of text after the other.

use super::{
    super::{Found, IssueKind, issue::excerpt},
    Alone, Context, Item, ItemPlace, Items, Shape, Text,
    item::{ItemStep, byte_range, n_lines, take},
    mend::read_mending,
    scan,
    scan::{Ending, Fault, Noise, Scan},
};
use crate::model::{Origin, Place};
use serde::de::IgnoredAny;

/// How deep bare arrays may nest around items.
const MAX_ARRAYS: usize = 8;

/// What a document held, told at its end.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    pub context: &'a Context<'a>,
    /// The place of the whole document.
    pub origin: Origin,
    /// Each list that was there, with its number of items; the name of a bare array is empty.
    pub lists: Vec<(&'static str, usize)>,
    /// Members of the document that are texts: `kind`, `NextToken`, and other short ones.
    pub texts: Vec<(Box<str>, Box<str>)>,
    /// Whether the document's end is missing.
    pub cut: bool,
}

impl Summary<'_> {
    /// Returns a member of the document that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| &**known == key).map(|(_, text)| &**text)
    }

    /// Returns whether a list was there without any item.
    pub fn is_empty(&self, list: &str) -> bool {
        !self.cut && self.lists.iter().any(|(name, n_items)| *name == list && *n_items == 0)
    }
}

/// Where a walk stands after a window of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More text is needed from this byte of the window on.
    More(usize),
    /// The document ends before this byte.
    Done(usize),
}

/// An outer level that is open.
enum Level {
    Object,
    List { name: &'static str, path: String, n_items: usize },
}

/// A walk over one document.
pub(super) struct Walk<'c> {
    items: Items,
    context: &'c Context<'c>,
    levels: Vec<Level>,
    lists: Vec<(&'static str, usize)>,
    texts: Vec<(Box<str>, Box<str>)>,
    is_alone: bool,
    is_wrapped: bool,
    cut: bool,
    /// The document's first byte and line.
    start: (u64, u32),
    /// The byte of the artifact up to which lines are counted, and the line there.
    counted: (u64, u32),
}

/// A window of the document.
#[derive(Clone, Copy)]
pub(super) struct Window<'t> {
    pub(super) text: &'t str,
    /// The window's first byte in the artifact.
    pub(super) base: u64,
    /// Whether nothing follows the window.
    pub(super) last: bool,
}

impl<'t> Window<'t> {
    fn from(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Returns the first place from here on that is not blank.
    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|b| b.is_ascii_whitespace()) {
            at += 1;
        }
        at
    }
}

impl<'c> Walk<'c> {
    pub(super) fn new(
        items: Items,
        shape: &Shape,
        context: &'c Context<'c>,
        start: (u64, u32),
    ) -> Self {
        let has_list = shape.is_array || items.lists.iter().any(|list| shape.has(list));
        Self {
            items,
            context,
            levels: Vec::new(),
            lists: Vec::new(),
            texts: Vec::new(),
            is_alone: !has_list,
            is_wrapped: shape.wrapped,
            cut: false,
            start,
            counted: start,
        }
    }

    /// Reads on in a window.
    pub(super) fn step(&mut self, window: Window<'_>, found: &mut Found) -> Step {
        let step = self.walk(window, found);
        if let Step::More(at) = step {
            // The text before this place is gone in the next window.
            self.line(window, at);
        }
        step
    }

    fn walk(&mut self, window: Window<'_>, found: &mut Found) -> Step {
        let mut at = 0;
        if self.levels.is_empty() {
            if self.is_alone && self.items.alone == Alone::Item && !self.is_wrapped {
                return self.document(window, found);
            }
            self.open_top(window.byte(0));
            at = 1;
        }
        loop {
            at = window.skip_blanks(at);
            let next = match (self.levels.last(), window.byte(at)) {
                (None, _) => return Step::Done(at),
                (Some(_), None) if window.last => return self.ends_early(window, at, found),
                (Some(_), None) => return Step::More(at),
                (Some(_), Some(b',')) => Ok(at + 1),
                (Some(Level::Object), Some(b'}')) => Ok(self.close(at)),
                (Some(Level::List { .. }), Some(b']')) => Ok(self.close(at)),
                (Some(Level::Object), Some(b'"')) => self.member(window, at, found),
                (Some(Level::List { .. }), Some(byte)) => self.element(window, at, byte, found),
                (Some(Level::Object), Some(_)) => self.noise(window, at, found),
            };
            at = match next {
                Ok(next) => next,
                Err(step) => return step,
            };
            // A closed document is not followed into what stands behind it.
            if self.levels.is_empty() {
                return Step::Done(at);
            }
        }
    }

    /// Tells what the document held.
    pub(super) fn end(self, end: u64, found: &mut Found) {
        let bytes = byte_range(self.start.0, end);
        let origin = Origin {
            artifact: self.context.artifact,
            line: self.start.1,
            bytes,
            place: Place::Line,
        };
        let (context, lists, texts, cut) = (self.context, self.lists, self.texts, self.cut);
        (self.items.end)(&Summary { context, origin, lists, texts, cut }, found);
    }

    fn open_top(&mut self, byte: Option<u8>) {
        self.levels.push(match byte {
            Some(b'[') => Level::List { name: "", path: String::new(), n_items: 0 },
            Some(_) | None => Level::Object,
        });
    }

    fn close(&mut self, at: usize) -> usize {
        if let Some(Level::List { name, n_items, .. }) = self.levels.pop() {
            match self.lists.iter_mut().find(|(known, _)| *known == name) {
                Some((_, total)) => *total += n_items,
                None => self.lists.push((name, n_items)),
            }
        }
        at + 1
    }

    /// Reads a member of an outer object.
    fn member(&mut self, window: Window<'_>, at: usize, found: &mut Found) -> Result<usize, Step> {
        let (key, length) = match take::<Text<'_>>(window.from(at)) {
            Ok(key) => key,
            Err(error) if error.is_eof() && !window.last => return Err(Step::More(at)),
            Err(_) => return Err(self.ends_early(window, at, found)),
        };
        let colon = window.skip_blanks(at + length);
        let value = window.skip_blanks(colon + 1);
        match (window.byte(colon), window.byte(value)) {
            (None, _) | (Some(b':'), None) if !window.last => return Err(Step::More(at)),
            (Some(b':'), Some(b'[')) => {
                if let Some(name) = self.items.lists.iter().find(|list| ***list == *key) {
                    let path = (*name).to_owned();
                    self.levels.push(Level::List { name, path, n_items: 0 });
                    return Ok(value + 1);
                }
            }
            (Some(b':'), Some(b'{')) => {
                if self.is_wrapped && &*key == "data" && self.levels.len() == 1 {
                    self.levels.push(Level::Object);
                    return Ok(value + 1);
                }
                if self.is_alone && self.items.alone == Alone::Members {
                    let next = self.item(window, value, ItemStep::Key(&key), found);
                    return next.map_err(|step| again(step, at));
                }
            }
            (Some(b':'), Some(b'"')) => self.keep_text(&key, window.from(value)),
            (Some(b':'), Some(_)) => {}
            (Some(_), _) | (None, _) => return Err(self.ends_early(window, at, found)),
        }
        self.skip_value(window, at, value, found)
    }

    /// Keeps a short text for the end of the document.
    fn keep_text(&mut self, key: &str, value: &str) {
        if let Ok((text, length)) = take::<Text<'_>>(value)
            && length <= 4096
            && self.texts.len() < 64
        {
            self.texts.push((key.into(), text.boxed()));
        }
    }

    /// Skips a value that no parser wants. `from` is where to start again if the window ends too early.
    fn skip_value(
        &mut self,
        window: Window<'_>,
        from: usize,
        at: usize,
        found: &mut Found,
    ) -> Result<usize, Step> {
        match take::<IgnoredAny>(window.from(at)) {
            Ok((_, length)) if at + length == window.text.len() && !window.last => {
                Err(Step::More(from))
            }
            Ok((_, length)) => Ok(at + length),
            Err(error) if error.is_eof() && !window.last => Err(Step::More(from)),
            Err(_) if matches!(window.byte(at), Some(b'{' | b'[')) => {
                let scan = scan::scan(window.from(at));
                match scan.ending {
                    Ending::Cut if !window.last => Err(Step::More(from)),
                    Ending::Whole => {
                        self.faults(window, at, &scan.faults, found);
                        Ok(at + scan.end)
                    }
                    Ending::Cut | Ending::Interrupted => {
                        Err(self.ends_early(window, at + scan.end, found))
                    }
                }
            }
            Err(_) => self.noise(window, at, found),
        }
    }

    /// Reads an element of a list.
    fn element(
        &mut self,
        window: Window<'_>,
        at: usize,
        byte: u8,
        found: &mut Found,
    ) -> Result<usize, Step> {
        let n_levels = self.levels.len();
        let Some(Level::List { name, path, n_items }) = self.levels.last_mut() else {
            return Ok(at + 1);
        };
        let index = *n_items;
        match byte {
            b'[' if scan::is_prompt(window.from(at)) => self.noise(window, at, found),
            b'[' if name.is_empty() && n_levels < MAX_ARRAYS => {
                let path = format!("{path}[{index}]");
                *n_items += 1;
                self.levels.push(Level::List { name: "", path, n_items: 0 });
                Ok(at + 1)
            }
            b'{' | b'[' | b'"' => {
                let next = self.item(window, at, ItemStep::Index(index), found)?;
                if let Some(Level::List { n_items, .. }) = self.levels.last_mut() {
                    *n_items += 1;
                }
                Ok(next)
            }
            _ => match take::<IgnoredAny>(window.from(at)) {
                Ok((_, length)) if at + length == window.text.len() && !window.last => {
                    Err(Step::More(at))
                }
                Err(error) if error.is_eof() && !window.last => Err(Step::More(at)),
                Ok((_, length)) => {
                    *n_items += 1;
                    let text = window.text.get(at..at + length).unwrap_or_default();
                    let kind = IssueKind::malformed("an object", text);
                    found.issue_at(self.origin(window, at, at + length), &kind);
                    Ok(at + length)
                }
                Err(_) => self.noise(window, at, found),
            },
        }
    }

    /// Takes a document that is one item itself.
    fn document(&mut self, window: Window<'_>, found: &mut Found) -> Step {
        match self.item(window, 0, ItemStep::Document, found) {
            Ok(end) => Step::Done(end),
            Err(step) => step,
        }
    }

    /// Reads one item; where it cannot be read as it is, what can be read of it.
    fn item(
        &mut self,
        window: Window<'_>,
        at: usize,
        step: ItemStep<'_>,
        found: &mut Found,
    ) -> Result<usize, Step> {
        let rest = window.from(at);
        let line = self.line(window, at);
        let list = match self.levels.last() {
            Some(Level::List { path, .. }) => path.as_str(),
            Some(Level::Object) | None => "",
        };
        let start = window.base + at as u64;
        let (artifact, command) = (self.context.artifact, self.context.command);
        let artifact_path = self.context.path;
        let place = ItemPlace {
            artifact,
            artifact_path,
            command,
            line,
            start,
            end: None,
            list,
            step,
            texts: &self.texts,
        };
        match (self.items.item)(&Item { rest, place }, found) {
            Ok(length) => return Ok(at + length),
            Err(error) if error.is_eof() && !window.last => return Err(Step::More(at)),
            Err(_) => {}
        }
        let scan = scan::scan(rest);
        match scan.ending {
            Ending::Cut if !window.last => Err(Step::More(at)),
            Ending::Whole => {
                let place = ItemPlace { end: Some(start + scan.end as u64), ..place };
                read_mending(self.items.item, &scan.mended, place, start + scan.end as u64, found);
                self.faults(window, at, &scan.faults, found);
                Ok(at + scan.end)
            }
            Ending::Cut | Ending::Interrupted => {
                let end = at + scan.end;
                self.cut = true;
                let origin = place.origin(window.base + end as u64, "", found);
                let message = "the document ends inside of this item, which is not used";
                found.issue_at(origin, &IssueKind::Other(message.into()));
                Err(Step::Done(end))
            }
        }
    }

    /// Records the places that a person has changed.
    fn faults(&mut self, window: Window<'_>, at: usize, faults: &[Fault], found: &mut Found) {
        for fault in faults {
            let place = at + fault.at;
            let line = window.from(place).split('\n').next().unwrap_or_default();
            let message = format!("{}: `{}`", fault.what, excerpt(line));
            let origin = self.origin(window, place, place + line.len());
            found.issue_at(origin, &IssueKind::Other(message.into()));
        }
    }

    /// Passes over something between items that is no JSON, or ends the document there.
    fn noise(&mut self, window: Window<'_>, at: usize, found: &mut Found) -> Result<usize, Step> {
        let rest = window.from(at);
        if !window.last && !rest.contains('\n') {
            return Err(Step::More(at));
        }
        let before = window.text.get(..at).unwrap_or_default();
        let starts_line = before.trim_end_matches([' ', '\t', '\r']).ends_with('\n');
        let length = match scan::noise(rest, starts_line) {
            Noise::Elision(length) | Noise::Remark(length) => length.max(1),
            Noise::Foreign => return Err(self.ends_early(window, at, found)),
        };
        let words = rest.get(..length).unwrap_or_default();
        let message = format!("left out or remarked between items: `{}`", excerpt(words));
        let origin = self.origin(window, at, at + length);
        found.issue_at(origin, &IssueKind::Other(message.into()));
        Ok(at + length)
    }

    /// Ends a document whose closing brackets are missing.
    fn ends_early(&mut self, window: Window<'_>, at: usize, found: &mut Found) -> Step {
        self.cut = true;
        let before = window.text.get(..at).unwrap_or_default();
        let end = before.trim_end().len();
        let origin = self.origin(window, end.saturating_sub(1), end);
        found.issue_at(origin, &IssueKind::Other("the document ends here without its end".into()));
        Step::Done(end.max(1).min(at.max(1)))
    }

    fn origin(&mut self, window: Window<'_>, at: usize, end: usize) -> Origin {
        let bytes = byte_range(window.base + at as u64, window.base + end as u64);
        let line = self.line(window, at);
        Origin { artifact: self.context.artifact, line, bytes, place: Place::Line }
    }

    /// Returns the line of a place of the window; cheap for places that come in order.
    fn line(&mut self, window: Window<'_>, at: usize) -> u32 {
        let local =
            usize::try_from(self.counted.0.saturating_sub(window.base)).unwrap_or(usize::MAX);
        if let Some(between) = window.text.get(local..at) {
            self.counted =
                (window.base + at as u64, self.counted.1.saturating_add(n_lines(between)));
            self.counted.1
        } else {
            let between = window.text.get(at..local).unwrap_or_default();
            self.counted.1.saturating_sub(n_lines(between))
        }
    }
}

/// Starts again at the member's name instead of its value.
fn again(step: Step, at: usize) -> Step {
    match step {
        Step::More(_) => Step::More(at),
        Step::Done(end) => Step::Done(end),
    }
}

/// Returns the mended text of a whole document and its length, `None` where more text is needed.
pub(super) fn whole<'t>(
    window: Window<'t>,
) -> Option<(std::borrow::Cow<'t, str>, usize, Option<Scan>)> {
    match take::<IgnoredAny>(window.text) {
        Ok((_, length)) => {
            Some((window.text.get(..length).unwrap_or_default().into(), length, None))
        }
        Err(error) if error.is_eof() && !window.last => None,
        Err(_) => {
            let mut scan = scan::scan(window.text);
            if scan.ending == Ending::Cut && !window.last {
                return None;
            }
            Some((std::mem::take(&mut scan.mended).into(), scan.end, Some(scan)))
        }
    }
}

#[cfg(test)]
mod tests;
