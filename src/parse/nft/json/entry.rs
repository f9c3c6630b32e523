//! Entries of the document: tables, chains, rules, sets, elements, objects.

use super::{
    super::{
        header,
        reader::{new_chain, new_set, new_table},
    },
    expr::{self, Place},
    object, only,
    statement::{self, Comment},
    text, texts,
};
use crate::{
    model::{
        Origin,
        netfilter::{
            Counters,
            nft::{
                BaseChain, MapValue, NftElement, NftFamily, NftRule, NftRuleset, NftSet, NftTable,
            },
            nft_kind::ValueKind,
        },
    },
    parse::IssueKind,
};
use serde_json::Value;

/// Adds one entry to the ruleset.
pub(super) fn add(
    ruleset: &mut NftRuleset,
    entry: &Value,
    origin: Origin,
) -> Result<(), IssueKind> {
    let not_known = || IssueKind::unexpected("an nft ruleset", &entry.to_string());
    let (kind, value) = only(entry).ok_or_else(not_known)?;
    if kind == "metainfo" {
        return Ok(());
    }
    // `nft -j monitor` and scripts wrap entries into `{"add": {…}}`.
    if matches!(kind, "add" | "create" | "insert") {
        return add(ruleset, value, origin);
    }
    let family = text(value, "family").and_then(NftFamily::of_word);
    let name = text(value, "name").map(Into::into);
    let handle = value.get("handle").and_then(Value::as_u64);
    if kind == "table" {
        let mut table = new_table(family, name, origin, handle);
        table.comment = text(value, "comment").map(Into::into);
        table.flags = texts(value.get("flags"));
        ruleset.tables.push(table);
        return Ok(());
    }
    let table = table_of(ruleset, family, text(value, "table"), origin);
    match kind {
        "chain" => {
            let mut chain = new_chain(name.as_deref(), origin, handle);
            chain.base = base(value);
            chain.comment = text(value, "comment").map(Into::into);
            chain.flags = texts(value.get("flags"));
            table.chains.push(chain);
        }
        "rule" => add_rule(table, value, origin, handle)?,
        "set" | "map" | "meter" => table.sets.push(set(kind, value, name, origin, handle)),
        "element" => add_elements(table, value, origin),
        _ => table.objects.push(object::object(kind, value, origin)),
    }
    Ok(())
}

/// Returns the table of an entry; an entry may stand alone, as in `nft -j list chain`.
fn table_of<'r>(
    ruleset: &'r mut NftRuleset,
    family: Option<NftFamily>,
    name: Option<&str>,
    origin: Origin,
) -> &'r mut NftTable {
    let is_it = |table: &NftTable| table.family == family && table.name.as_deref() == name;
    let at = ruleset.tables.iter().rposition(is_it).unwrap_or_else(|| {
        ruleset.tables.push(new_table(family, name.map(Into::into), origin, None));
        ruleset.tables.len() - 1
    });
    match ruleset.tables.get_mut(at) {
        Some(table) => table,
        None => unreachable!("the table was found or added above"),
    }
}

fn base(value: &Value) -> Option<BaseChain> {
    let hook = header::hook(text(value, "hook")?)?;
    let priority = value.get("prio").and_then(Value::as_i64);
    Some(BaseChain {
        kind: text(value, "type")?.into(),
        hook,
        priority: priority.and_then(|priority| i32::try_from(priority).ok()),
        policy: text(value, "policy").and_then(header::policy),
        devices: texts(value.get("dev")),
    })
}

fn add_rule(
    table: &mut NftTable,
    value: &Value,
    origin: Origin,
    handle: Option<u64>,
) -> Result<(), IssueKind> {
    let missing = |expected| IssueKind::Missing { expected };
    let chain = text(value, "chain").ok_or(missing("a rule's chain"))?;
    let exprs = value.get("expr").and_then(Value::as_array);
    let exprs = exprs.ok_or(missing("a rule's expressions"))?;
    let mut comment = text(value, "comment").map(Into::into);
    let mut statements = Vec::with_capacity(exprs.len());
    for expr in exprs {
        match statement::statement(expr, table.family) {
            Comment::Is(text) => comment = Some(text),
            Comment::No(statement) => statements.push(statement),
        }
    }
    let at = table.chains.iter().position(|known| known.name.as_deref() == Some(chain));
    let at = at.unwrap_or_else(|| {
        table.chains.push(new_chain(Some(chain), origin, None));
        table.chains.len() - 1
    });
    if let Some(chain) = table.chains.get_mut(at) {
        let (line, bytes) = (origin.line, origin.bytes);
        chain.rules.push(NftRule { line, bytes, handle, comment, statements });
    }
    Ok(())
}

/// A type is a name, a list of names, or in newer versions an expression (`{"typeof": …}`).
fn types(value: Option<&Value>) -> Vec<Box<str>> {
    match value {
        Some(Value::String(names)) => names.split(" . ").map(Into::into).collect(),
        Some(Value::Array(parts)) => parts.iter().flat_map(|part| types(Some(part))).collect(),
        Some(Value::Object(members)) => {
            let inner = members.get("typeof").or_else(|| members.get("concat"));
            match inner {
                Some(inner) => types(Some(inner)),
                None => {
                    let whole = Value::Object(members.clone());
                    let place = Place::default();
                    vec![expr::expr(&whole, place).to_string().into()]
                }
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => Vec::new(),
    }
}

fn set(
    kind: &str,
    value: &Value,
    name: Option<Box<str>>,
    origin: Origin,
    handle: Option<u64>,
) -> NftSet {
    let mut set = new_set(name.as_deref(), origin, handle);
    set.key_type = types(value.get("type"));
    set.value_type = (kind == "map").then(|| types(value.get("map")));
    set.flags = texts(value.get("flags"));
    set.comment = text(value, "comment").map(Into::into);
    set.timeout_ms = seconds(value, "timeout");
    for key in ["policy", "size"] {
        match value.get(key) {
            Some(Value::String(word)) => set.rest.push(format!("{key} {word}").into()),
            Some(Value::Number(number)) => set.rest.push(format!("{key} {number}").into()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {}
        }
    }
    if let Some(interval) = seconds(value, "gc-interval") {
        set.rest.push(format!("gc-interval {}", expr::time(interval)).into());
    }
    if value.get("auto-merge").and_then(Value::as_bool) == Some(true) {
        set.rest.push("auto-merge".into());
    }
    for stated in value.get("stmt").and_then(Value::as_array).into_iter().flatten() {
        if let Comment::No(statement) = statement::statement(stated, None) {
            set.rest.push(statement.to_string().into());
        }
    }
    header::settle_flags(&mut set);
    let elements = elements(&set, value.get("elem"), origin);
    set.elements = elements;
    set
}

/// Returns a time that is given in seconds, in milliseconds.
pub(super) fn seconds(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()?.checked_mul(1000)
}

fn add_elements(table: &mut NftTable, value: &Value, origin: Origin) {
    let name = text(value, "name");
    let at = table.sets.iter().position(|set| set.name.as_deref() == name);
    let at = at.unwrap_or_else(|| {
        table.sets.push(new_set(name, origin, None));
        table.sets.len() - 1
    });
    if let Some(set) = table.sets.get_mut(at) {
        let more = elements(set, value.get("elem"), origin);
        set.elements.extend(more);
    }
}

fn elements(set: &NftSet, value: Option<&Value>, origin: Origin) -> Vec<NftElement> {
    let kinds = |types: &[Box<str>]| -> Vec<ValueKind> {
        types.iter().map(|name| ValueKind::of_type(name)).collect()
    };
    let key_kinds = kinds(&set.key_type);
    let value_kinds = kinds(set.value_type.as_deref().unwrap_or_default());
    let one = |value: &Value| element(value, &key_kinds, &value_kinds, origin.line);
    match value {
        Some(Value::Array(many)) => many.iter().map(one).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(single) => vec![one(single)],
    }
}

/// An element is a key, or `[key, value]`; a key with options is `{"elem": {"val": key, …}}`.
fn element(
    value: &Value,
    key_kinds: &[ValueKind],
    value_kinds: &[ValueKind],
    line: u32,
) -> NftElement {
    let (key, mapped) = match value.as_array().map(Vec::as_slice) {
        Some([key, value]) => (key, Some(value)),
        Some(_) | None => (value, None),
    };
    let (key, options) = match key.get("elem") {
        Some(options) => (options.get("val").unwrap_or(options), Some(options)),
        None => (key, None),
    };
    let mut element = NftElement {
        line,
        key: expr::expr(key, Place { kinds: key_kinds, depth: 0 }),
        value: mapped.map(|value| map_value(value, value_kinds)),
        timeout_ms: None,
        expires_ms: None,
        comment: None,
        counters: None,
        rest: "".into(),
    };
    if let Some(options) = options {
        element.timeout_ms = seconds(options, "timeout");
        element.expires_ms = seconds(options, "expires");
        element.comment = text(options, "comment").map(Into::into);
        element.counters = options.get("counter").and_then(counters);
        let rest: Vec<String> = ["limit", "quota", "last", "ct count"]
            .into_iter()
            .filter_map(|key| {
                let wrapped = serde_json::json!({ key: options.get(key)? });
                match statement::statement(&wrapped, None) {
                    Comment::No(statement) => Some(statement.to_string()),
                    Comment::Is(_) => None,
                }
            })
            .collect();
        element.rest = rest.join(" ").into();
    }
    element
}

/// Reads a map's value: a verdict or a constant.
pub(super) fn map_value(value: &Value, kinds: &[ValueKind]) -> MapValue {
    match statement::verdict(value) {
        Some(verdict) => MapValue::Verdict(verdict),
        None => MapValue::Value(expr::expr(value, Place { kinds, depth: 0 })),
    }
}

/// Reads `{"packets": 1, "bytes": 2}`.
pub(super) fn counters(value: &Value) -> Option<Counters> {
    let number = |key: &str| value.get(key)?.as_u64();
    Some(Counters { packets: number("packets")?, bytes: number("bytes")?, rounded: false })
}
