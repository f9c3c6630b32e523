//! Counters, quotas, limits, helpers, flowtables and other objects of a table, as the words of their text form.

use super::{statement, text, texts};
use crate::model::{Origin, netfilter::nft::NftObject};
use serde_json::Value;

/// Reads an object of a table.
pub(super) fn object(kind: &str, value: &Value, origin: Origin) -> NftObject {
    let words = match kind {
        "counter" => counter(value),
        "quota" => quota(value),
        "limit" => Some(statement::limit(value)),
        "ct helper" => helper(value),
        "flowtable" => flowtable(value),
        _ => None,
    };
    NftObject {
        origin,
        kind: kind.into(),
        name: text(value, "name").unwrap_or_default().into(),
        handle: value.get("handle").and_then(Value::as_u64),
        words: words.unwrap_or_else(|| rest(value)).into(),
    }
}

fn counter(value: &Value) -> Option<String> {
    let number = |key: &str| value.get(key)?.as_u64();
    Some(format!("packets {} bytes {}", number("packets")?, number("bytes")?))
}

/// The text counts in the largest unit that divides the number (`data_unit_parse()`, `src/datatype.c`).
fn quota(value: &Value) -> Option<String> {
    let in_units = |bytes: u64| match bytes {
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} mbytes", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} kbytes", bytes >> 10),
        _ => format!("{bytes} bytes"),
    };
    let over = value.get("inv").and_then(Value::as_bool) == Some(true);
    let mut words = in_units(value.get("bytes")?.as_u64()?);
    if over {
        words.insert_str(0, "over ");
    }
    if let Some(used) = value.get("used").and_then(Value::as_u64).filter(|used| *used > 0) {
        words.push_str(&format!(" used {}", in_units(used)));
    }
    Some(words)
}

fn helper(value: &Value) -> Option<String> {
    let mut words =
        format!("type \"{}\" protocol {}", text(value, "type")?, text(value, "protocol")?);
    if let Some(l3proto) = text(value, "l3proto") {
        words.push_str(&format!("; l3proto {l3proto}"));
    }
    Some(words)
}

fn flowtable(value: &Value) -> Option<String> {
    let priority = match value.get("prio")?.as_i64()? {
        0 => "filter".to_owned(),
        other => other.to_string(),
    };
    let mut words = format!("hook {} priority {priority}", text(value, "hook")?);
    let devices = texts(value.get("dev"));
    if !devices.is_empty() {
        words.push_str(&format!("; devices = {{ {} }}", devices.join(", ")));
    }
    Some(words)
}

/// What is not an address of the object itself.
fn rest(value: &Value) -> String {
    let own = ["family", "table", "name", "handle"];
    let members = value.as_object().into_iter().flatten();
    let words = members.filter(|(key, _)| !own.contains(&key.as_str())).map(|(key, value)| {
        match value.as_str() {
            Some(text) => format!("{key} {text}"),
            None => format!("{key} {value}"),
        }
    });
    words.collect::<Vec<_>>().join("; ")
}
