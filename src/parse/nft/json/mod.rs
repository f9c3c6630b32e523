//! `nft -j list ruleset`: the same model from JSON (`man libnftables-json`, `src/json.c` of nftables).
//!
//! Every entry becomes what its text form becomes, so that analyses do not see which of the two was collected.

mod entry;
mod expr;
mod object;
mod statement;

use crate::{
    model::{Fact, Origin, netfilter::nft::NftRuleset},
    parse::{
        Found, IssueKind,
        json::{Document, DocumentParser, Reads},
    },
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

pub(in crate::parse) static DOCUMENT: DocumentParser = DocumentParser {
    id: "nft-json",
    command: "nft -j list ruleset",
    paths: &["nft-ruleset.json", "nft.json", "nftables.json"],
    prints: |command| command.program() == "nft" && command.has_arg("list"),
    recognizes: |shape| shape.has("nftables"),
    reads: Reads::Whole(read),
};

/// The document, its entries untouched so that each has its place.
#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    nftables: Vec<&'a RawValue>,
}

fn read(document: &Document<'_>, found: &mut Found) {
    let Some(top) = document.read::<Top<'_>>(found) else { return };
    let mut ruleset = empty(document.origin());
    for (index, raw) in top.nftables.into_iter().enumerate() {
        let path = format!("nftables[{index}]");
        let origin = document.origin_of(raw.get(), "", found);
        match serde_json::from_str::<Value>(raw.get()) {
            Ok(value) => {
                if let Err(kind) = entry::add(&mut ruleset, &value, origin) {
                    let origin = document.origin_of(raw.get(), &path, found);
                    found.issue_at(origin, &kind);
                }
            }
            Err(error) => found.issue_at(origin, &IssueKind::Other(error.to_string().into())),
        }
    }
    ruleset.command = document.command.map(|command| command.text.clone());
    ruleset.partial = super::partial(document.cut, document.command, None);
    if let Some(command) = document.command {
        super::mark_unlisted(command, &mut ruleset);
    }
    found.fact(Fact::NftRuleset(ruleset));
}

/// Reads a document that is in memory as a value; all entries have the document's place.
pub fn from_json(value: &Value, origin: Origin, found: &mut Found) -> NftRuleset {
    let mut ruleset = empty(origin);
    for entry in value.get("nftables").and_then(Value::as_array).into_iter().flatten() {
        if let Err(kind) = entry::add(&mut ruleset, entry, origin) {
            found.issue_at(origin, &kind);
        }
    }
    ruleset
}

fn empty(origin: Origin) -> NftRuleset {
    NftRuleset { origin, command: None, partial: None, tables: Vec::new(), notes: Vec::new() }
}

/// Returns an object's only member: statements and expressions are objects of one.
fn only(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object()?;
    let mut members = object.iter();
    let (key, value) = members.next()?;
    members.next().is_none().then_some((key, value))
}

/// Returns a member that is a text.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

/// Returns a text, or the texts of a list, as nft prints one or several flags.
fn texts(value: Option<&Value>) -> Vec<Box<str>> {
    match value {
        Some(Value::String(one)) => vec![one.as_str().into()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(Into::into).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    }
}
