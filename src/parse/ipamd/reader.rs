//! Members of a document one by one, each with its line: a member of the wrong kind costs only itself.

use crate::{
    model::Origin,
    parse::{
        Found, IssueKind,
        json::{Document, Text},
    },
};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{fmt, net::IpAddr};

/// A document, the places of its line ends, and where findings go.
pub(super) struct Reader<'d, 'f> {
    pub(super) document: Document<'d>,
    pub(super) found: &'f mut Found,
    line_ends: Vec<usize>,
}

/// The members of an object in their order, the values as text.
#[derive(Debug, Default)]
pub(super) struct Object<'d> {
    pub(super) members: Vec<(Text<'d>, &'d RawValue)>,
}

impl<'d> Object<'d> {
    /// Returns the text of a member; `null` is none.
    pub(super) fn get(&self, key: &str) -> Option<&'d str> {
        let (_, value) = self.members.iter().find(|(known, _)| **known == *key)?;
        Some(value.get()).filter(|text| *text != "null")
    }
}

impl<'de: 'd, 'd> Deserialize<'de> for Object<'d> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object { members })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'d, 'f> Reader<'d, 'f> {
    pub(super) fn new(document: &Document<'d>, found: &'f mut Found) -> Self {
        let line_ends = memchr::memchr_iter(b'\n', document.text.as_bytes()).collect();
        Self { document: *document, found, line_ends }
    }

    /// Returns the line of a piece of the document's text.
    pub(super) fn line(&self, piece: &str) -> u32 {
        let offset = (piece.as_ptr() as usize).wrapping_sub(self.document.text.as_ptr() as usize);
        let before = self.line_ends.partition_point(|end| *end < offset);
        self.document.line.saturating_add(u32::try_from(before).unwrap_or_default())
    }

    /// Returns the place of a piece of the document, under a path.
    pub(super) fn origin(&mut self, piece: &str, path: &str) -> Origin {
        let mut origin = self.document.origin();
        if !path.is_empty() {
            origin.place = crate::model::Place::Json(self.found.path(path));
        }
        // What is no piece of the document (a member that is missing) is shown by the whole.
        if let Some((_, bytes)) = self.document.bytes_of(piece).filter(|_| !piece.is_empty()) {
            origin.line = self.line(piece);
            origin.bytes = bytes;
        }
        origin
    }

    /// Records that a piece of the document was not understood.
    pub(super) fn issue(&mut self, piece: &str, path: &str, expected: &'static str) {
        let origin = self.origin(piece, path);
        self.found.issue_at(origin, &IssueKind::malformed(expected, piece));
    }

    /// Reads the document itself as an object.
    pub(super) fn top(&mut self) -> Option<Object<'d>> {
        self.document.read(self.found)
    }

    /// Reads a piece as a `T`.
    pub(super) fn value<T: Deserialize<'d>>(
        &mut self,
        piece: &'d str,
        path: &str,
        expected: &'static str,
    ) -> Option<T> {
        let value = serde_json::from_str(piece).ok();
        if value.is_none() {
            self.issue(piece, path, expected);
        }
        value
    }

    /// Reads a member as a `T`.
    pub(super) fn member<T: Deserialize<'d>>(
        &mut self,
        object: &Object<'d>,
        path: &str,
        key: &str,
        expected: &'static str,
    ) -> Option<T> {
        let piece = object.get(key)?;
        self.value(piece, &join(path, key), expected)
    }

    pub(super) fn object(
        &mut self,
        object: &Object<'d>,
        path: &str,
        key: &str,
    ) -> Option<Object<'d>> {
        self.member(object, path, key, "an object")
    }

    /// Reads a member that is a text; an empty one is none.
    pub(super) fn text(&mut self, object: &Object<'d>, path: &str, key: &str) -> Option<Box<str>> {
        let text: Text<'d> = self.member(object, path, key, "a text")?;
        (!text.is_empty()).then(|| text.boxed())
    }

    pub(super) fn bool(&mut self, object: &Object<'d>, path: &str, key: &str) -> Option<bool> {
        self.member(object, path, key, "`true` or `false`")
    }

    /// Reads a member that is a number, or a text that is one.
    pub(super) fn number<T: DeserializeOwned + std::str::FromStr>(
        &mut self,
        object: &Object<'d>,
        path: &str,
        key: &str,
    ) -> Option<T> {
        let piece = object.get(key)?;
        let bare = piece.trim_matches('"');
        let number = bare.parse().ok();
        if number.is_none() {
            self.issue(piece, &join(path, key), "a number");
        }
        number
    }

    /// Reads a member that is an address; an empty one is none.
    pub(super) fn ip(&mut self, object: &Object<'d>, path: &str, key: &str) -> Option<IpAddr> {
        let text = self.text(object, path, key)?;
        let ip = text.parse().ok();
        if ip.is_none()
            && let Some(piece) = object.get(key)
        {
            self.issue(piece, &join(path, key), "an address");
        }
        ip
    }

    /// Reads a member that is a time; Go's zero time means never.
    pub(super) fn time(&mut self, object: &Object<'d>, path: &str, key: &str) -> Option<Timestamp> {
        let text = self.text(object, path, key)?;
        match text.parse::<Timestamp>() {
            Ok(time) => (time > Timestamp::UNIX_EPOCH).then_some(time),
            Err(_) => {
                let piece = object.get(key)?;
                self.issue(piece, &join(path, key), "a time");
                None
            }
        }
    }
}

/// Returns the path of a member; keys with dots or slashes stand in brackets.
pub(super) fn join(path: &str, key: &str) -> String {
    let is_plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    match (path, is_plain) {
        ("", true) => key.to_owned(),
        (_, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[\"{key}\"]"),
    }
}
