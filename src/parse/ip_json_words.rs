//! The members of one object of `ip -j`, taken one by one; what is left is kept as words.

use super::IssueKind;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::str::FromStr;

/// The members that were not taken yet.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Takes a member whose presence says everything (`"not":null`, `"router":null`, `"secondary":true`).
    pub(super) fn flag(&mut self, name: &str) -> bool {
        let is_flag = matches!(self.0.get(name), Some(Value::Null | Value::Bool(true)));
        is_flag && self.0.remove(name).is_some()
    }

    /// Takes a member as the word that the text form prints.
    pub(super) fn word(&mut self, name: &str) -> Option<String> {
        self.take(name).map(|value| word(&value))
    }

    /// Takes a member that must be a `T` if it is there.
    pub(super) fn parse<T: FromStr>(
        &mut self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, IssueKind> {
        let Some(word) = self.word(name) else { return Ok(None) };
        word.parse().map(Some).map_err(|_| IssueKind::malformed(expected, &word))
    }

    /// Takes a member that is an object.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        match self.0.get(name) {
            Some(Value::Object(_)) => {}
            Some(_) | None => return None,
        }
        match self.take(name) {
            Some(Value::Object(members)) => Some(Self(members)),
            Some(_) | None => None,
        }
    }

    /// Takes a member that is a list of objects.
    pub(super) fn objects(&mut self, name: &str) -> Option<Vec<Self>> {
        let list = match self.0.get(name)? {
            Value::Array(list) => list,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => {
                return None;
            }
        };
        let objects = list.iter().map(|item| item.as_object().cloned().map(Self)).collect();
        self.0.remove(name);
        objects
    }

    /// Takes a member that is a list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<Box<str>>> {
        match self.take(name)? {
            Value::Array(list) => Some(list.iter().map(|item| word(item).into()).collect()),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => Some(vec![word(&other).into()]),
        }
    }

    /// Returns everything that was not taken: names and values.
    pub(super) fn rest(self) -> Vec<Box<str>> {
        let mut words = Vec::new();
        for (name, value) in self.0 {
            words.push(name.into());
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !is_empty {
                words.push(word(&value).into());
            }
        }
        words
    }
}

/// Returns a value as a word: a text without its quotes, everything else as it stands in the document.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
