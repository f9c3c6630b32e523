//! `add table|chain|rule|set|map|element …`, as `nft -f` reads them.

use super::{
    cursor::Cursor,
    element::{self, Kinds},
    header,
    lexer::{Kind, Token},
    reader::{Block, Reader, new_chain, new_set, new_table},
};
use crate::model::{
    Origin,
    netfilter::{
        nft::{NftFamily, NftTable},
        nft_kind::ValueKind,
    },
};

impl Reader<'_, '_> {
    /// Reads one command; what it is not able to do becomes an issue.
    pub(super) fn command(&mut self, words: &[Token<'_>]) {
        if self.run(words).is_none() {
            self.lost(words);
        }
    }

    fn run(&mut self, words: &[Token<'_>]) -> Option<()> {
        let origin = self.origin(words.first()?);
        let mut tokens = Cursor::new(words);
        let verb = tokens.word()?;
        let object = tokens.word()?;
        let family = match tokens.peek_word().and_then(NftFamily::of_word) {
            Some(family) => {
                tokens.take();
                family
            }
            None => NftFamily::Ip,
        };
        let table_name = tokens.name()?;
        self.close_block();
        let table = self.table_index(family, table_name, origin);
        match object {
            "table" => {
                self.in_table = tokens.take_kind(Kind::Open);
                self.move_last(table);
            }
            "chain" => {
                self.move_last(table);
                self.in_table = true;
                let name = tokens.name();
                let mut chain = new_chain(name, origin, None);
                if tokens.take_kind(Kind::Open) {
                    let inner = tokens.braced();
                    for line in inner.split(|token| token.kind == Kind::Semicolon) {
                        if !line.is_empty() && !header::chain(line, Some(family), &mut chain) {
                            self.lost(line);
                        }
                    }
                }
                self.block = Block::Chain(chain);
                self.close_block();
                self.in_table = false;
            }
            "rule" => {
                let chain_name = tokens.name()?;
                tokens.peek_at(0)?;
                self.add_rule(table, chain_name, origin, verb, tokens.rest());
            }
            "set" | "map" => {
                let name = tokens.name();
                let mut set = new_set(name, origin, None);
                let mut members = None;
                let mut kinds = Kinds::default();
                if tokens.take_kind(Kind::Open) {
                    for line in tokens.braced().split(|token| token.kind == Kind::Semicolon) {
                        if !line.is_empty() {
                            members = header::set(line, &mut set, &mut kinds).or(members);
                        }
                    }
                }
                header::settle_flags(&mut set);
                self.tables.get_mut(table)?.sets.push(set);
                if let (Some(name), Some(members)) = (name, members) {
                    self.add_elements(table, name, origin, members);
                }
            }
            "element" => {
                let name = tokens.name()?;
                tokens.take_kind(Kind::Open).then_some(())?;
                self.add_elements(table, name, origin, tokens.braced());
            }
            _ => return None,
        }
        Some(())
    }

    fn add_rule(
        &mut self,
        table: usize,
        chain_name: &str,
        origin: Origin,
        verb: &str,
        words: &[Token<'_>],
    ) {
        // The family of the rule is that of its table, which `new_rule` reads from the last one.
        let table = self.move_last(table);
        self.in_table = true;
        let rule = self.new_rule(words, None);
        self.in_table = false;
        let Some(table) = self.tables.get_mut(table) else { return };
        let known = table.chains.iter().position(|c| c.name.as_deref() == Some(chain_name));
        let at = known.unwrap_or_else(|| {
            table.chains.push(new_chain(Some(chain_name), origin, None));
            table.chains.len() - 1
        });
        let Some(chain) = table.chains.get_mut(at) else { return };
        if verb == "insert" {
            chain.rules.insert(0, rule);
        } else {
            chain.rules.push(rule);
        }
    }

    fn add_elements(&mut self, table: usize, name: &str, origin: Origin, words: &[Token<'_>]) {
        let Some(table) = self.tables.get_mut(table) else { return };
        let known = table.sets.iter().position(|set| set.name.as_deref() == Some(name));
        let at = known.unwrap_or_else(|| {
            table.sets.push(new_set(Some(name), origin, None));
            table.sets.len() - 1
        });
        let Some(set) = table.sets.get_mut(at) else { return };
        let kinds = Kinds {
            key: set.key_type.iter().map(|name| ValueKind::of_type(name)).collect(),
            value: set.value_type.iter().flatten().map(|name| ValueKind::of_type(name)).collect(),
        };
        let mut lost = Vec::new();
        let lines = self.section.lines;
        set.elements.extend(element::elements(words, &kinds, lines, |tokens| lost.push(tokens)));
        lost.into_iter().for_each(|tokens| self.lost(tokens));
    }

    /// Returns the position of a table, which is made where no command named it before.
    fn table_index(&mut self, family: NftFamily, name: &str, origin: Origin) -> usize {
        let is_it =
            |table: &NftTable| table.family == Some(family) && table.name.as_deref() == Some(name);
        self.tables.iter().position(is_it).unwrap_or_else(|| {
            self.tables.push(new_table(Some(family), Some(name.into()), origin, None));
            self.tables.len() - 1
        })
    }

    /// Makes a table the last one, to which blocks and rules are added, and returns its position.
    fn move_last(&mut self, index: usize) -> usize {
        if index < self.tables.len() {
            let table = self.tables.remove(index);
            self.tables.push(table);
        }
        self.tables.len().saturating_sub(1)
    }
}
