//! A cheap look at the head of a document: the names that it uses.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How much of a document is looked at, in bytes.
const HEAD: usize = 64 << 10;

/// The names at the head of a document, as far as they were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether the document is an array.
    pub is_array: bool,
    /// Names of the document's members.
    pub keys: Vec<Box<str>>,
    /// Members of the document that are texts, with their values.
    pub texts: Vec<(Box<str>, Box<str>)>,
    /// The document's first member that is a list of objects.
    pub list: Option<Box<str>>,
    /// The names in the first object of that list, or of an array, also of arrays.
    pub item_keys: Vec<Box<str>>,
    /// Members of that object that are texts.
    pub item_texts: Vec<(Box<str>, Box<str>)>,
    /// The names in the first member that is an object.
    pub member_keys: Vec<Box<str>>,
    /// Whether the document stands inside `{"status_code": …, "data": …}`, as recordings of AWS answers do (placebo).
    pub wrapped: bool,
}

impl Shape {
    /// Looks at the head of a document, which may be cut or damaged.
    pub fn of(text: &str) -> Self {
        let mut end = text.len().min(HEAD);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut outer = Outer::default();
        let mut deserializer = serde_json::Deserializer::from_str(text.get(..end).unwrap_or(text));
        // The head usually ends in the middle of the document, which is the expected error here.
        let _ = Top(&mut outer).deserialize(&mut deserializer);
        let is_wrapper = |key: &str| matches!(key, "status_code" | "data" | "headers");
        match outer.data {
            Some(mut data) if outer.shape.keys.iter().all(|key| is_wrapper(key)) => {
                data.wrapped = true;
                *data
            }
            _ => outer.shape,
        }
    }

    /// Returns whether the document has a member of this name.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| &**known == key)
    }

    /// Returns whether the first item has members of all these names.
    pub fn item_has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.item_keys.iter().any(|known| &**known == *key))
    }

    /// Returns whether the first member that is an object has members of all these names.
    pub fn member_has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.member_keys.iter().any(|known| &**known == *key))
    }

    /// Returns a member of the document that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        find(&self.texts, key)
    }

    /// Returns a member of the first item that is a text.
    pub fn item_text(&self, key: &str) -> Option<&str> {
        find(&self.item_texts, key)
    }
}

fn find<'a>(texts: &'a [(Box<str>, Box<str>)], key: &str) -> Option<&'a str> {
    texts.iter().find(|(known, _)| &**known == key).map(|(_, text)| &**text)
}

#[derive(Default)]
struct Outer {
    shape: Shape,
    data: Option<Box<Shape>>,
}

/// The document itself.
struct Top<'s>(&'s mut Outer);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Box<str>>()? {
            self.0.shape.keys.push(key.clone());
            if &*key == "data" {
                let data = &mut **self.0.data.insert(Box::default());
                map.next_value_seed(Data(data))?;
            } else {
                map.next_value_seed(Member { shape: &mut self.0.shape, key })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.shape.is_array = true;
        while seq.next_element_seed(Element(&mut self.0.shape))?.is_some() {}
        Ok(())
    }
}

/// The content of a recording's `data`.
struct Data<'s>(&'s mut Shape);

impl<'de> DeserializeSeed<'de> for Data<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Data<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Box<str>>()? {
            self.0.keys.push(key.clone());
            map.next_value_seed(Member { shape: self.0, key })?;
        }
        Ok(())
    }
}

/// A member of the document.
struct Member<'s> {
    shape: &'s mut Shape,
    key: Box<str>,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Ignores the kinds of values that tell nothing.
macro_rules! ignore_scalars {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }

        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }

        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    };
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    ignore_scalars!();

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.shape.texts.push((self.key, text.into()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let wanted = self.shape.member_keys.is_empty();
        while let Some(key) = map.next_key::<Box<str>>()? {
            if wanted {
                self.shape.member_keys.push(key);
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.shape.list.is_none() {
            self.shape.list = Some(self.key);
            while seq.next_element_seed(Element(self.shape))?.is_some() {}
            if self.shape.item_keys.is_empty() {
                self.shape.list = None;
            }
            return Ok(());
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// An element of a list; only the first object is of interest.
struct Element<'s>(&'s mut Shape);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.item_keys.is_empty() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny).map(drop)
        }
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    ignore_scalars!();

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Box<str>>()? {
            self.0.item_keys.push(key.clone());
            map.next_value_seed(ItemMember { shape: self.0, key })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Element(self.0))?.is_some() {}
        Ok(())
    }
}

/// A member of the first item.
struct ItemMember<'s> {
    shape: &'s mut Shape,
    key: Box<str>,
}

impl<'de> DeserializeSeed<'de> for ItemMember<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemMember<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    ignore_scalars!();

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.shape.item_texts.push((self.key, text.into()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[Box<str>]) -> String {
        keys.join(" ")
    }

    #[test]
    fn sees_the_names_of_a_cut_document() {
        let shape = Shape::of(r#"{"apiVersion":"v1","items":[{"kind":"Pod","metadata":{"na"#);
        assert_eq!(keys(&shape.keys), "apiVersion items");
        assert_eq!((shape.text("apiVersion"), shape.item_text("kind")), (Some("v1"), Some("Pod")));
        assert!(shape.item_has(&["kind", "metadata"]) && !shape.item_has(&["kind", "spec"]));
    }

    #[test]
    fn looks_into_recordings_arrays_and_maps() {
        let shape = Shape::of(r#"{"status_code":200,"data":{"Vpcs":[{"VpcId":"vpc-1"}]}}"#);
        assert!(shape.wrapped && shape.has("Vpcs") && shape.item_has(&["VpcId"]));
        let shape = Shape::of(r#"[[], [{"InstanceId":"i-1"}]]"#);
        assert!(shape.is_array && shape.item_has(&["InstanceId"]));
        let shape = Shape::of(r#"{"t3.small":{"NetworkInfo":{"a":1}},"m5.large":{}}"#);
        assert!(shape.member_has(&["NetworkInfo"]));
        let config_map =
            Shape::of(r#"{"apiVersion":"v1","data":{"enable":"true"},"kind":"ConfigMap"}"#);
        assert_eq!(config_map.text("kind"), Some("ConfigMap"));
    }
}
