//! Fields that many answers share: words with a type of their own, times, tags.

use crate::{
    net::{IpNet, MacAddr},
    parse::json::Text,
};
use jiff::{Timestamp, civil};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt, marker::PhantomData, net::IpAddr, str::FromStr};

/// A word that is written as a text. An empty text is no word, as EC2 prints fields without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<T>(pub(super) Option<T>);

/// A type that is written as one word.
pub(super) trait IsWord: Sized {
    /// What an error says was expected.
    const EXPECTED: &'static str;

    fn from_word(word: &str) -> Option<Self>;
}

impl IsWord for MacAddr {
    const EXPECTED: &'static str = "an Ethernet address";

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl IsWord for IpAddr {
    const EXPECTED: &'static str = "an IP address";

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl IsWord for IpNet {
    const EXPECTED: &'static str = "a CIDR";

    fn from_word(word: &str) -> Option<Self> {
        Self::from_str(word).ok()
    }
}

impl<'de, T: IsWord> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor<T>(PhantomData<T>);

        impl<T: IsWord> de::Visitor<'_> for WordVisitor<T> {
            type Value = Word<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word<T>, E> {
                if text.is_empty() {
                    return Ok(Word(None));
                }
                match T::from_word(text) {
                    Some(word) => Ok(Word(Some(word))),
                    None => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}

/// Returns the word of an optional field.
pub(super) fn word<T>(field: Option<Word<T>>) -> Option<T> {
    field.and_then(|word| word.0)
}

/// A point in time: RFC 3339 with `T` or a blank, seconds since 1970, or a recording's object of class `datetime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

/// A `datetime` of Python as placebo records it; such objects are in UTC.
#[derive(Deserialize)]
struct PythonDatetime {
    year: i16,
    month: i8,
    day: i8,
    hour: Option<i8>,
    minute: Option<i8>,
    second: Option<i8>,
    microsecond: Option<i32>,
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

struct TimeVisitor;

impl<'de> de::Visitor<'de> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a point in time")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        text.parse().map(Time).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
        Timestamp::from_second(seconds).map(Time).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
        self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates; the range is checked after"
    )]
    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
        let micros = (seconds * 1e6).round() as i64;
        Timestamp::from_microsecond(micros).map(Time).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Time, A::Error> {
        let time = PythonDatetime::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let nanos = time.microsecond.unwrap_or(0).checked_mul(1000);
        let civil = civil::DateTime::new(
            time.year,
            time.month,
            time.day,
            time.hour.unwrap_or(0),
            time.minute.unwrap_or(0),
            time.second.unwrap_or(0),
            nanos.unwrap_or(i32::MAX),
        );
        let zoned = civil.and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC));
        zoned.map(|zoned| Time(zoned.timestamp())).map_err(de::Error::custom)
    }
}

/// Returns the time of an optional field.
pub(super) fn time(field: Option<Time>) -> Option<Timestamp> {
    field.map(|time| time.0)
}

/// Returns the text of an optional field for keeping.
pub(super) fn boxed(field: Option<Text<'_>>) -> Option<Box<str>> {
    field.map(Text::boxed)
}

/// One element of `Tags` or `TagSet`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

/// Returns tags by their keys.
pub(super) fn tags(tags: Option<Vec<Tag<'_>>>) -> BTreeMap<Box<str>, Box<str>> {
    let pairs = tags
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((tag.key?.boxed(), tag.value.map(Text::boxed).unwrap_or_default())));
    pairs.collect()
}

/// An element of a list that names a security group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group<'a> {
    #[serde(borrow)]
    pub(super) group_id: Option<Text<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_in_every_spelling() {
        let expected: Timestamp = "2023-08-18T07:27:41Z".parse().unwrap();
        for text in [
            "\"2023-08-18T07:27:41+00:00\"",
            "\"2023-08-18T07:27:41.000Z\"",
            "\"2023-08-18 09:27:41+02:00\"",
            "1692343661",
            "1692343661.0",
            r#"{"__class__": "datetime", "year": 2023, "month": 8, "day": 18, "hour": 7, "minute": 27, "second": 41,
                "microsecond": 0}"#,
        ] {
            assert_eq!(serde_json::from_str::<Time>(text).unwrap().0, expected, "{text}");
        }
        for bad in ["\"yesterday\"", "1e300", "{\"year\": 1}", "true", "\"2023-08-18T07:27:41\""] {
            assert!(serde_json::from_str::<Time>(bad).is_err(), "{bad}");
        }
    }
}
