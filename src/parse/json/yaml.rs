//! YAML documents (`-o yaml`, `--output yaml`), split as text so that each item is converted on its own.
//!
//! The tools print block style with items at one indentation (`- apiVersion: v1` below `items:`). Lines tell where an
//! item starts and ends; each item becomes JSON and is read by the parsers of JSON documents. A bad item costs only
//! itself, and no conversion is larger than one item.

use super::{
    super::{Found, IssueKind},
    Alone, Context, Document, ItemPlace, ItemStep, Items, Outcome, Reads, Shape, Summary,
    documents::choose,
    item::byte_range,
    mend::read_mending,
};
use crate::model::{Origin, Place};
use serde_json::Value;

/// The largest piece that is converted at once, and the most nodes it may have; serde-saphyr's own limits are lower.
const MAX_PIECE: usize = 16 << 20;
const MAX_NODES: usize = 4_000_000;

/// A line of the document.
#[derive(Clone, Copy)]
struct Row<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Row<'t> {
    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    fn is_blank(&self) -> bool {
        let text = self.text.trim();
        text.is_empty() || text.starts_with('#')
    }

    /// Returns the key of `key:` or `key: value`, with the value.
    fn member(&self) -> Option<(&'t str, &'t str)> {
        let text = self.text.trim_end();
        let (key, value) = text.split_once(':')?;
        let is_key = !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b));
        let is_value = value.is_empty() || value.starts_with(' ');
        (is_key && is_value).then(|| (key, value.trim()))
    }
}

/// Returns whether a YAML document of a known kind may start at the text's first line.
fn may_start(text: &str, context: &Context<'_>) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let row = Row { text: first, start: 0 };
    if first.trim_end() == "---" {
        let next = text.lines().skip(1).find(|line| !Row { text: line, start: 0 }.is_blank());
        return next.is_some_and(|line| line != "---" && may_start(line, context));
    }
    let asked = || {
        context.command.is_some_and(|command| {
            matches!(command.option(&["-o", "--output"]), Some("yaml" | "=yaml"))
        })
    };
    let is_list = |key: &str| {
        super::DOCUMENTS.iter().any(|parser| match parser.reads {
            Reads::Items(items) => items.lists.contains(&key) && key != "items",
            Reads::Whole(_) => false,
        })
    };
    match first.strip_prefix("- ") {
        Some(item) => Row { text: item, start: 0 }.member().is_some() && asked(),
        None => row.member().is_some_and(|(key, value)| {
            matches!((key, value), ("apiVersion", version) if !version.is_empty())
                || (is_list(key) && (value.is_empty() || value == "[]"))
                || (matches!(key, "kind" | "items" | "metadata") && asked())
        }),
    }
}

/// Reads the YAML document that starts at the text's first line.
pub(super) fn read_at(text: &str, context: &Context<'_>, found: &mut Found) -> Option<Outcome> {
    if !may_start(text, context) {
        return None;
    }
    let rows = rows(text);
    let last = rows.last()?;
    let consumed = last.start + last.text.len();
    let lines = (context.line, context.line.saturating_add(n_rows(rows.len() - 1)));
    let document = Yaml { text, rows: &rows, context };
    let parser = document.read(found);
    Some(Outcome { parser, consumed: consumed as u64, lines })
}

fn n_rows(n_rows: usize) -> u32 {
    u32::try_from(n_rows).unwrap_or(u32::MAX)
}

/// Returns the lines that belong to the document at the start of a text.
fn rows(text: &str) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut start = 0;
    let mut n_kept = 0;
    for line in text.split_inclusive('\n') {
        let row = Row { text: line.trim_end_matches(['\n', '\r']), start };
        start += line.len();
        let is_marker = row.text.trim_end() == "---";
        let is_inside = row.indent() > 0
            || row.text.starts_with("- ")
            || row.text == "-"
            || row.member().is_some();
        if is_marker && rows.iter().any(|row| !row.is_blank() && row.text.trim_end() != "---") {
            break;
        }
        if !is_marker && !row.is_blank() && !is_inside {
            break;
        }
        rows.push(row);
        if !row.is_blank() {
            n_kept = rows.len();
        }
    }
    // Blank lines and remarks at the end belong to what follows.
    rows.truncate(n_kept);
    rows
}

/// A document and its lines.
struct Yaml<'t, 'c> {
    text: &'t str,
    rows: &'t [Row<'t>],
    context: &'c Context<'c>,
}

impl Yaml<'_, '_> {
    fn read(&self, found: &mut Found) -> Option<&'static str> {
        let shape = self.shape();
        let Some(parser) = choose(&shape, self.context) else {
            let message = "no parser knows this YAML document";
            found.issue_at(self.origin(0, self.rows.len()), &IssueKind::Other(message.into()));
            return None;
        };
        match parser.reads {
            Reads::Items(items) => self.items(items, &shape, found),
            Reads::Whole(read) => {
                if let Some(json) = self.convert(0, self.rows.len(), found) {
                    let origin = self.origin(0, self.rows.len());
                    let document = Document {
                        text: &json,
                        artifact: self.context.artifact,
                        path: self.context.path,
                        command: self.context.command,
                        line: origin.line,
                        start: origin.bytes.start.into(),
                        length: origin.bytes.end.saturating_sub(origin.bytes.start).into(),
                        converted: true,
                        cut: false,
                    };
                    read(&document, found);
                }
            }
        }
        Some(parser.id)
    }

    /// Looks at the names of the document: its top level and the first item of its first list.
    fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        let mut in_list = false;
        let mut item_indent = None;
        for (index, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.is_blank()) {
            let starts_item = row.text.trim_start().starts_with("- ");
            if let (0, false, Some((key, value))) = (row.indent(), starts_item, row.member()) {
                shape.keys.push(key.into());
                if !value.is_empty() {
                    shape.texts.push((key.into(), unquoted(value).into()));
                }
                in_list = value.is_empty() && self.is_list(index);
                continue;
            }
            shape.is_array |= starts_item && row.indent() == 0 && shape.keys.is_empty();
            let indent = row.indent();
            if !(in_list || shape.is_array) {
                continue;
            }
            if starts_item && item_indent.is_none() {
                item_indent = Some(indent);
            } else if starts_item && item_indent == Some(indent) {
                break;
            }
            let inner = Row { text: row.text.trim_start().trim_start_matches("- "), start: 0 };
            let is_member = item_indent.is_some_and(|start| {
                (starts_item && indent == start) || (!starts_item && indent == start + 2)
            });
            if let (true, Some((key, value))) = (is_member, inner.member()) {
                shape.item_keys.push(key.into());
                shape.item_texts.push((key.into(), unquoted(value).into()));
            }
        }
        shape
    }

    /// Returns whether the line after a key starts a list.
    fn is_list(&self, index: usize) -> bool {
        let next = self.rows.iter().skip(index + 1).find(|row| !row.is_blank());
        next.is_some_and(|row| row.text.trim_start().starts_with('-'))
    }

    fn items(&self, items: Items, shape: &Shape, found: &mut Found) {
        let has_list = shape.is_array || items.lists.iter().any(|list| shape.has(list));
        let texts: Vec<_> =
            shape.texts.iter().filter(|(_, value)| value.len() < 4096).cloned().collect();
        let mut lists = Vec::new();
        if !has_list && items.alone == Alone::Item {
            self.item(items, 0, self.rows.len(), "", ItemStep::Document, &texts, found);
        }
        let mut index = 0;
        while let Some(row) = self.rows.get(index) {
            let name = match row.member() {
                Some((key, _)) => items.lists.iter().find(|list| **list == key).copied(),
                None if shape.is_array && row.text.starts_with('-') => Some(""),
                None => None,
            };
            index += usize::from(name != Some(""));
            let Some(name) = name.filter(|_| has_list) else { continue };
            let end = self.end_of_list(index, name.is_empty());
            let starts = self.starts_of_items(index, end);
            lists.push((name, starts.len()));
            for (nth, start) in starts.iter().enumerate() {
                let stop = starts.get(nth + 1).copied().unwrap_or(end);
                self.item(items, *start, stop, name, ItemStep::Index(nth), &texts, found);
            }
            index = end.max(index + usize::from(name.is_empty()));
        }
        let origin = self.origin(0, self.rows.len());
        let summary = Summary { context: self.context, origin, lists, texts, cut: false };
        (items.end)(&summary, found);
    }

    /// Returns the first line after the list whose items start at or after a line.
    fn end_of_list(&self, start: usize, is_document: bool) -> usize {
        let rest = self.rows.iter().enumerate().skip(start);
        let end = rest.filter(|(_, row)| !row.is_blank()).find(|(_, row)| {
            row.indent() == 0
                && !row.text.starts_with('-')
                && !(is_document && row.member().is_none())
        });
        end.map_or(self.rows.len(), |(end, _)| end)
    }

    /// Returns the lines that start an item: those that have a dash at the first one's indentation.
    fn starts_of_items(&self, start: usize, end: usize) -> Vec<usize> {
        let rows = self.rows.iter().enumerate().take(end).skip(start);
        let dashed = rows.filter(|(_, row)| {
            let text = row.text.trim_start();
            text.starts_with("- ") || text == "-"
        });
        let dashed: Vec<_> = dashed.map(|(index, row)| (index, row.indent())).collect();
        let Some((_, indent)) = dashed.first().copied() else { return Vec::new() };
        dashed.into_iter().filter(|(_, other)| *other == indent).map(|(index, _)| index).collect()
    }

    /// Converts one item and hands it to its parser.
    #[expect(clippy::too_many_arguments, reason = "an item is its lines and its place")]
    fn item(
        &self,
        items: Items,
        start: usize,
        end: usize,
        list: &str,
        step: ItemStep<'_>,
        texts: &[(Box<str>, Box<str>)],
        found: &mut Found,
    ) {
        let Some(json) = self.convert(start, end, found) else { return };
        let json = json.as_str();
        // An item of a list was converted with its dash, as a list of one.
        let inner = match step {
            ItemStep::Document => json,
            ItemStep::Index(_) | ItemStep::Key(_) => {
                json.strip_prefix('[').and_then(|json| json.strip_suffix(']')).unwrap_or(json)
            }
        };
        let origin = self.origin(start, end);
        let place = ItemPlace {
            artifact: self.context.artifact,
            artifact_path: self.context.path,
            command: self.context.command,
            line: origin.line,
            start: origin.bytes.start.into(),
            end: Some(origin.bytes.end.into()),
            list,
            step,
            texts,
        };
        read_mending(items.item, inner, place, origin.bytes.end.into(), found);
    }

    /// Converts lines to JSON; what is no YAML becomes an issue.
    fn convert(&self, start: usize, end: usize, found: &mut Found) -> Option<String> {
        let piece = self.piece(start, end);
        let message = if piece.len() > MAX_PIECE {
            "the item is too large".to_owned()
        } else {
            let options = serde_saphyr::options! {
                budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_total_scalar_bytes: MAX_PIECE },
            };
            match serde_saphyr::from_str_with_options::<Value>(piece, options) {
                Ok(value) => return Some(value.to_string()),
                Err(error) => error.to_string(),
            }
        };
        let message = message.lines().next().unwrap_or_default().to_owned();
        let kind = IssueKind::Other(format!("no YAML that can be read: {message}").into());
        found.issue_at(self.origin(start, end), &kind);
        None
    }

    /// Returns the text of lines.
    fn piece(&self, start: usize, end: usize) -> &str {
        let from = self.rows.get(start).map_or(0, |row| row.start);
        let last = self.rows.get(start..end).and_then(|rows| rows.last());
        let to = last.map_or(from, |row| row.start + row.text.len());
        self.text.get(from..to).unwrap_or_default()
    }

    fn origin(&self, start: usize, end: usize) -> Origin {
        let from = self.rows.get(start).map_or(0, |row| row.start);
        let base = self.context.offset + from as u64;
        let bytes = byte_range(base, base + self.piece(start, end).len() as u64);
        let line = self.context.line.saturating_add(n_rows(start));
        Origin { artifact: self.context.artifact, line, bytes, place: Place::Line }
    }
}

/// Returns a scalar without its quotes.
fn unquoted(value: &str) -> &str {
    value.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactId, Fact};

    fn read(text: &str) -> (Vec<String>, Vec<String>, usize) {
        let context =
            Context { artifact: ArtifactId(0), path: "", command: None, line: 1, offset: 0 };
        let mut found = Found::default();
        let outcome = read_at(text, &context, &mut found).unwrap();
        let facts = found.facts.iter().map(|fact| {
            if let Fact::Kube(fact) = fact {
                return fact.to_string();
            }
            let Fact::Ec2(fact) = fact else { return String::new() };
            fact.to_string()
        });
        let issues = found.issues.iter().map(|i| format!("{} {}", i.origin.line, i.message));
        let issues = issues.collect();
        (facts.collect(), issues, usize::try_from(outcome.consumed).unwrap())
    }

    #[test]
    fn reads_lists_item_by_item() {
        let text = "apiVersion: v1\nitems:\n- apiVersion: crd.k8s.amazonaws.com/v1alpha1\n  kind: ENIConfig\n  metadata:\n    name: a\n  spec:\n    subnet: subnet-1\n\
                    - kind: [broken\n- apiVersion: v1\n  kind: ENIConfig\n  metadata: {name: b}\nkind: List\nmetadata:\n  resourceVersion: \"\"\n[root@h ~]# ls\n";
        let (facts, issues, consumed) = read(text);
        assert_eq!(facts, ["eniconfig a subnet=subnet-1", "eniconfig b"]);
        assert!(issues.len() == 1 && issues[0].starts_with("9 no YAML"), "{issues:?}");
        assert_eq!(&text[consumed..], "\n[root@h ~]# ls\n");
    }

    #[test]
    fn reads_single_objects_and_answers_of_ec2() {
        let text = "---\napiVersion: v1\nkind: ENIConfig\nmetadata:\n  name: a\n---\nnext";
        let (facts, issues, consumed) = read(text);
        assert_eq!((facts, issues.len()), (vec!["eniconfig a".to_owned()], 0));
        assert_eq!(&text[consumed..], "\n---\nnext");
        let text = "Vpcs:\n- CidrBlock: 10.0.0.0/16\n  VpcId: vpc-1\n";
        assert_eq!(read(text).0, ["vpc-1 cidrs=10.0.0.0/16"]);
        assert_eq!(read("Vpcs: []\n").0, ["no Vpcs"]);
    }
}
