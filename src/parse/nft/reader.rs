//! The blocks of a ruleset: what is open, what a line adds to it, and how a cut or mixed text is survived.

use super::{
    cursor::{self, Cursor},
    element::{self, Kinds},
    header,
    lexer::{self, Kind, Token},
    recognize, rule,
};
use crate::{
    model::{
        ByteRange, Origin, Partial, Sourced,
        netfilter::nft::{NftChain, NftFamily, NftObject, NftRule, NftRuleset, NftSet, NftTable},
    },
    parse::{Found, IssueKind, Line, Section},
};

/// What the next line belongs to, inside the last table.
#[derive(Debug)]
pub(super) enum Block {
    /// The table itself, or nothing at all.
    None,
    Chain(NftChain),
    Set(NftSet, Kinds),
    Object(NftObject),
}

/// The state of a reading.
#[derive(Debug)]
pub(super) struct Reader<'s, 'f> {
    pub(super) section: &'s Section<'s>,
    pub(super) found: &'f mut Found,
    pub(super) tables: Vec<NftTable>,
    notes: Vec<Sourced<Box<str>>>,
    /// Whether the last table's brace is open.
    pub(super) in_table: bool,
    pub(super) block: Block,
    partial: Option<Partial>,
}

/// Reads the whole section.
pub(super) fn read(section: &Section<'_>, found: &mut Found) -> NftRuleset {
    let tokens = lexer::tokens(section.lines);
    let mut reader = Reader {
        section,
        found,
        tables: Vec::new(),
        notes: Vec::new(),
        in_table: false,
        block: Block::None,
        partial: None,
    };
    let mut at = 0;
    let mut item = Vec::new();
    while at < tokens.len() {
        at = next_item(&tokens, at, &mut item);
        reader.item(&item);
    }
    if reader.in_table || !matches!(reader.block, Block::None) {
        reader.partial = reader.partial.or(Some(Partial::Cut));
    }
    reader.close_block();
    NftRuleset {
        origin: section.origin(),
        command: section.command.map(|command| command.text.clone()),
        partial: reader.partial,
        tables: reader.tables,
        notes: reader.notes,
    }
}

/// Collects the tokens of the next line, statement or brace, and returns where the one after it starts.
///
/// A line goes on where braces are open and a comma or the brace itself ends it: nft wraps elements so.
fn next_item<'a>(tokens: &[Token<'a>], mut at: usize, item: &mut Vec<Token<'a>>) -> usize {
    item.clear();
    let mut depth = 0_u32;
    while let Some(token) = tokens.get(at) {
        let last = item.last().map(|token| token.kind);
        match token.kind {
            Kind::Newline | Kind::Semicolon if depth == 0 => return at + 1,
            Kind::Newline => {
                let closes = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Close);
                let goes_on =
                    matches!(last, Some(Kind::Comma | Kind::Open | Kind::Semicolon) | None);
                if !goes_on && !closes {
                    return at + 1;
                }
                at += 1;
                continue;
            }
            // A brace that nothing opened in this item closes a block.
            Kind::Close if depth == 0 => {
                if !item.is_empty() {
                    return at;
                }
                item.push(*token);
                return at + 1;
            }
            Kind::Close => depth -= 1,
            Kind::Open if opens_block(item) => {
                item.push(*token);
                at += 1;
                // The comment after a block's brace belongs to its head.
                if let Some(comment) = tokens.get(at).filter(|next| next.kind == Kind::Comment) {
                    item.push(*comment);
                    at += 1;
                }
                return at;
            }
            Kind::Open => depth += 1,
            Kind::Word
            | Kind::Quoted
            | Kind::Comment
            | Kind::ParenOpen
            | Kind::ParenClose
            | Kind::Comma
            | Kind::Semicolon => {}
        }
        item.push(*token);
        at += 1;
    }
    at
}

/// Whether the words before a brace head a block that is read line by line.
fn opens_block(item: &[Token<'_>]) -> bool {
    let word = |at: usize| item.get(at).filter(|token| token.kind != Kind::Comma).map(|t| t.text);
    match (word(0), item.len()) {
        (Some("table"), 3) => word(1).and_then(NftFamily::of_word).is_some(),
        (Some("table"), 2) => true,
        (Some("chain" | "set" | "map" | "flowtable"), 2) => true,
        (Some("counter" | "quota" | "limit" | "meter" | "secmark" | "synproxy" | "tunnel"), 2) => {
            true
        }
        (Some("ct"), 3) => matches!(word(1), Some("helper" | "timeout" | "expectation")),
        (_, _) => false,
    }
}

impl Reader<'_, '_> {
    fn item(&mut self, item: &[Token<'_>]) {
        let comment = item.iter().find(|token| token.kind == Kind::Comment);
        let mut handle = None;
        if let Some(comment) = comment {
            handle = comment.text.strip_prefix("handle ").and_then(|text| text.trim().parse().ok());
            if handle.is_none() {
                self.note(comment);
            }
        }
        let tokens: Vec<Token<'_>>;
        let words = if comment.is_some() {
            tokens = item.iter().filter(|t| t.kind != Kind::Comment).copied().collect();
            &tokens
        } else {
            item
        };
        let Some(first) = words.first() else { return };
        match (first.kind, words.last().map(|last| last.kind)) {
            (Kind::Close, _) => self.close(),
            (_, Some(Kind::Open)) if words.split_last().is_some_and(|(_, w)| opens_block(w)) => {
                self.open(words, handle);
            }
            (_, _) => self.line(words, handle),
        }
    }

    fn note(&mut self, comment: &Token<'_>) {
        let text = format!("# {}", comment.text).into();
        let origin = self.origin(comment);
        self.notes.push(Sourced::new(text, origin));
    }

    fn open(&mut self, words: &[Token<'_>], handle: Option<u64>) {
        let mut tokens = Cursor::new(words);
        let origin = words.first().map_or(self.section.origin(), |first| self.origin(first));
        match tokens.word() {
            Some("table") => {
                self.close_block();
                self.open_table(&mut tokens, origin, handle);
            }
            Some("chain") => {
                self.close_block();
                self.block = Block::Chain(new_chain(tokens.name(), origin, handle));
            }
            Some("set" | "map" | "meter") => {
                self.close_block();
                self.block = Block::Set(new_set(tokens.name(), origin, handle), Kinds::default());
            }
            Some(kind) => {
                self.close_block();
                let (kind, name) = match (kind, tokens.name()) {
                    ("ct", Some(what)) => (format!("ct {what}").into(), tokens.name()),
                    (_, name) => (kind.into(), name),
                };
                let name = name.unwrap_or_default().into();
                let object = NftObject { origin, kind, name, handle, words: "".into() };
                self.block = Block::Object(object);
            }
            None => self.lost(words),
        }
    }

    fn open_table(&mut self, tokens: &mut Cursor<'_, '_>, origin: Origin, handle: Option<u64>) {
        // `table NAME` is of the family `ip`.
        let family = match tokens.peek_at(1).map(|token| token.kind) {
            Some(Kind::Open) | None => Some(NftFamily::Ip),
            Some(_) => tokens.word().and_then(NftFamily::of_word),
        };
        let name = tokens.name().map(Into::into);
        self.tables.push(new_table(family, name, origin, handle));
        self.in_table = true;
    }

    fn close(&mut self) {
        if matches!(self.block, Block::None) {
            self.in_table = false;
        } else {
            self.close_block();
        }
    }

    /// Hands the open block to its table.
    pub(super) fn close_block(&mut self) {
        let block = std::mem::replace(&mut self.block, Block::None);
        let origin = match &block {
            Block::None => return,
            Block::Chain(chain) => chain.origin,
            Block::Set(set, _) => set.origin,
            Block::Object(object) => object.origin,
        };
        let table = self.table(origin);
        match block {
            Block::None => {}
            Block::Chain(chain) => table.chains.push(chain),
            Block::Set(mut set, _) => {
                header::settle_flags(&mut set);
                table.sets.push(set);
            }
            Block::Object(object) => table.objects.push(object),
        }
    }

    /// Returns the open table; where the text starts inside one, a table without a name.
    fn table(&mut self, origin: Origin) -> &mut NftTable {
        if !self.in_table {
            let is_open_end = self
                .tables
                .last()
                .is_some_and(|table| table.name.is_none() && table.family.is_none());
            if !is_open_end {
                self.tables.push(new_table(None, None, origin, None));
            }
            self.partial = self.partial.or(Some(Partial::Cut));
        }
        if self.tables.is_empty() {
            self.tables.push(new_table(None, None, origin, None));
        }
        let last = self.tables.len() - 1;
        match self.tables.get_mut(last) {
            Some(table) => table,
            None => unreachable!("a table was added above where there was none"),
        }
    }

    pub(super) fn family(&self) -> Option<NftFamily> {
        self.in_table.then(|| self.tables.last()?.family)?
    }

    /// A line that opens and closes no block.
    fn line(&mut self, words: &[Token<'_>], handle: Option<u64>) {
        if words.iter().all(|token| matches!(token.text, "..." | "…" | "[...]")) {
            self.partial = Some(Partial::Gaps);
            self.lost(words);
            return;
        }
        let family = self.family();
        match &mut self.block {
            Block::Chain(chain) => {
                if !header::chain(words, family, chain) {
                    self.rule(words, handle);
                }
            }
            Block::Set(set, kinds) => {
                let elements = header::set(words, set, kinds);
                if let Some(elements) = elements {
                    self.elements(elements);
                }
            }
            Block::Object(object) => {
                let separator = if object.words.is_empty() { "" } else { "; " };
                object.words = format!("{}{separator}{}", object.words, cursor::text(words)).into();
            }
            Block::None if self.in_table => self.table_line(words, handle),
            Block::None => self.stray(words, handle),
        }
    }

    fn elements(&mut self, tokens: &[Token<'_>]) {
        let Block::Set(set, kinds) = &mut self.block else { return };
        let mut lost = Vec::new();
        let lines = self.section.lines;
        set.elements.extend(element::elements(tokens, kinds, lines, |tokens| lost.push(tokens)));
        lost.into_iter().for_each(|tokens| self.lost(tokens));
    }

    fn table_line(&mut self, words: &[Token<'_>], handle: Option<u64>) {
        let mut tokens = Cursor::new(words);
        let Some(table) = self.tables.last_mut() else { return };
        match tokens.word() {
            Some("flags") => table.flags.extend(header::flags(&mut tokens)),
            Some("comment") => table.comment = tokens.name().map(Into::into),
            Some(_) | None => {
                self.stray(words, handle);
                return;
            }
        }
        if !tokens.is_done() {
            self.lost(tokens.rest());
        }
    }

    /// A line outside of any block: a command, `table ip nat` of `nft list tables`, or a text that starts inside a
    /// chain or a set.
    fn stray(&mut self, words: &[Token<'_>], handle: Option<u64>) {
        let mut tokens = Cursor::new(words);
        let first = tokens.peek_word().unwrap_or_default();
        let origin = words.first().map_or(self.section.origin(), |first| self.origin(first));
        let second = tokens.word_at(1);
        match first {
            "table" if words.len() == 3 => {
                tokens.take();
                self.open_table(&mut tokens, origin, handle);
                self.in_table = false;
            }
            "add" | "create" | "insert" if second.is_some_and(|word| !word.starts_with('@')) => {
                self.command(words);
            }
            // Commands that take away from what other commands made, and variables of scripts.
            "delete" | "destroy" | "flush" | "replace" | "reset" | "rename" | "define"
            | "include"
                if second.is_some_and(|word| !word.starts_with('@')) =>
            {
                self.lost(words);
            }
            "elements" | "typeof" | "auto-merge" | "size" => {
                self.block = Block::Set(new_set(None, origin, None), Kinds::default());
                self.line(words, handle);
            }
            "type" if tokens.word_at(2) != Some("hook") => {
                self.block = Block::Set(new_set(None, origin, None), Kinds::default());
                self.line(words, handle);
            }
            _ if recognize::continues(&cursor::text(words)) && first != "table" => {
                self.block = Block::Chain(new_chain(None, origin, None));
                self.line(words, handle);
            }
            _ => self.lost(words),
        }
    }

    pub(super) fn rule(&mut self, words: &[Token<'_>], handle: Option<u64>) {
        let rule = self.new_rule(words, handle);
        if let Block::Chain(chain) = &mut self.block {
            chain.rules.push(rule);
        }
    }

    /// Reads the words of a rule.
    pub(super) fn new_rule(&self, words: &[Token<'_>], handle: Option<u64>) -> NftRule {
        let text = rule::rule(words, self.family());
        let (line, bytes) = self.place(words);
        NftRule { line, bytes, handle, comment: text.comment, statements: text.statements }
    }

    fn place(&self, words: &[Token<'_>]) -> (u32, ByteRange) {
        let line_of = |token: Option<&Token<'_>>| self.section.lines.get(token?.line);
        let (first, last) = (line_of(words.first()), line_of(words.last()));
        let start = first.map_or(0, |line| line.bytes.start);
        let end = last.map_or(start, |line| line.bytes.end);
        (first.map_or(0, |line| line.number), ByteRange { start, end })
    }

    /// Records words that are not understood, one issue for each of their lines.
    pub(super) fn lost(&mut self, words: &[Token<'_>]) {
        let mut rest = words;
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|token| token.line == first.line).count();
            let (here, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            if let Some(line) = self.section.lines.get(first.line) {
                let kind = IssueKind::unexpected("an nft ruleset", &cursor::text(here));
                self.found.issue(self.section, line, &kind);
            }
            rest = after;
        }
    }

    pub(super) fn origin(&self, token: &Token<'_>) -> Origin {
        let line: Option<&Line<'_>> = self.section.lines.get(token.line);
        line.map_or(self.section.origin(), |line| line.origin(self.section.artifact))
    }
}

/// Returns a table without content.
pub(super) fn new_table(
    family: Option<NftFamily>,
    name: Option<Box<str>>,
    origin: Origin,
    handle: Option<u64>,
) -> NftTable {
    NftTable {
        origin,
        family,
        name,
        handle,
        comment: None,
        flags: Vec::new(),
        chains: Vec::new(),
        sets: Vec::new(),
        objects: Vec::new(),
    }
}

/// Returns a chain without rules.
pub(super) fn new_chain(name: Option<&str>, origin: Origin, handle: Option<u64>) -> NftChain {
    NftChain {
        origin,
        name: name.map(Into::into),
        handle,
        base: None,
        comment: None,
        flags: Vec::new(),
        rules: Vec::new(),
        listed: true,
    }
}

/// Returns a set without elements.
pub(super) fn new_set(name: Option<&str>, origin: Origin, handle: Option<u64>) -> NftSet {
    NftSet {
        origin,
        name: name.map(Into::into),
        handle,
        key_type: Vec::new(),
        value_type: None,
        flags: Vec::new(),
        comment: None,
        timeout_ms: None,
        rest: Vec::new(),
        elements: Vec::new(),
        listed: true,
    }
}
