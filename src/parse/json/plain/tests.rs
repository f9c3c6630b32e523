//! The quick reader agrees with serde_json, or leaves the document to it.

use super::*;
use proptest::prelude::*;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

#[derive(Debug, Deserialize, PartialEq)]
struct Outer<'a> {
    #[serde(borrow)]
    a: Option<Cow<'a, str>>,
    b: Option<BTreeMap<String, i32>>,
    c: Option<Vec<u8>>,
    d: Option<bool>,
}

/// Returns what `serde_json` takes from the start of a text.
fn strictly<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = stream.next()?.ok()?;
    Some((value, stream.byte_offset()))
}

/// Whatever this reader takes, `serde_json` takes in the same way.
fn agrees(text: &str) {
    if let Some((value, length)) = take::<Value>(text) {
        assert_eq!(Some((value, length)), strictly(text), "{text}");
    }
    if let Some((_, length)) = take::<IgnoredAny>(text) {
        let strict = strictly::<IgnoredAny>(text).map(|(_, length)| length);
        assert_eq!(Some(length), strict, "{text}");
    }
    if let Some((raw, length)) = take::<&RawValue>(text) {
        let strict = strictly::<&RawValue>(text).map(|(raw, length)| (raw.get(), length));
        assert_eq!(Some((raw.get(), length)), strict, "{text}");
    }
    if let Some(outer) = take::<Outer<'_>>(text) {
        assert_eq!(Some(outer), strictly(text), "{text}");
    }
}

#[test]
fn takes_what_is_plain() {
    let text = "{\n    \"x\": {\"y\": [1, -2, {}], \"z\\u00e9\": \"\\\"\"},\n    \"a\": \"b\\n\",\n    \"d\": true, \
                \"c\": [ ]\n} and more";
    let (outer, length) = take::<Outer<'_>>(text).unwrap();
    assert_eq!(&text[length..], " and more");
    assert_eq!(outer.a.as_deref(), Some("b\n"));
    assert_eq!((outer.c, outer.d), (Some(Vec::new()), Some(true)));
    let (raw, _) = take::<&RawValue>("[1 , 2 ] x").unwrap();
    assert_eq!(raw.get(), "[1 , 2 ]");
    agrees(text);
}

#[test]
fn leaves_the_rest_to_the_strict_reader() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    for text in [
        "",
        "1",
        "{\"a\": 1.5}",
        "{\"a\" 1}",
        "[1,]",
        "[01]",
        "[-0]",
        "[1 2]",
        "{\"a\":}",
        "[\"\\x\"]",
        "[\"\n\"]",
        "[12345678901234567890]",
        "[\u{b}1]",
        "{,}",
        "[",
        &deep,
    ] {
        assert!(take::<Value>(text).is_none(), "{text}");
        agrees(text);
    }
}

proptest! {
    #[test]
    fn agrees_with_the_strict_reader(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"", "\\", "\\u00e9", "1", "-", "0",
                ".5", "true", "null", "\n        ", "\n                         ", " ", "\t", "é", "\u{1}", "{\"a\": ",
                "\"d\": false", "[1, 2", "\"c\": [3]", "\"b\": {\"x\": 1}", "a long text without any quote",
            ]),
            0..24,
        ),
        opening in prop::sample::select(vec!["{", "[", "\"", "{\"a\":", ""]),
    ) {
        agrees(&format!("{opening}{}", words.concat()));
    }
}
