//! Reads plain JSON many bytes at a time.
//!
//! Answers of a fleet are mostly indentation and members that nobody wants. This reader passes over both eight bytes and
//! more at a step. It takes only what `serde_json` takes, and hands on the same values; wherever it is in doubt (a
//! fraction, a nesting beyond [`MAX_DEPTH`], an error of any kind) it gives up, and `serde_json` reads the text from its
//! start and says what is wrong. Grammar: RFC 8259.

use serde::de::{
    self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
    value::{BorrowedStrDeserializer, MapDeserializer},
};
use std::fmt;

/// How deep a value may nest; `serde_json` goes to 128.
const MAX_DEPTH: u32 = 100;

/// The name by which `serde_json::value::RawValue` asks for a value's text. Should it change, `serde_json` reads alone.
const RAW: &str = "$serde_json::private::RawValue";

/// Takes one object, array or text from the start of a text, and returns it with its length. `None` says nothing but
/// that `serde_json` has to read it.
pub(super) fn take<'a, T: de::Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader).ok()?;
    Some((value, reader.at))
}

/// This reader gives up. What is wrong `serde_json` says.
#[derive(Debug)]
struct Doubt;

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not plain JSON")
    }
}

impl std::error::Error for Doubt {}

impl de::Error for Doubt {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// A text of the document: where it stands between its quotes, and whether it has escapes.
struct Quoted {
    start: usize,
    end: usize,
    has_escapes: bool,
}

impl<'a> Reader<'a> {
    fn byte(&self) -> Result<u8, Doubt> {
        self.text.as_bytes().get(self.at).copied().ok_or(Doubt)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over white space, and returns the byte behind it.
    #[inline]
    fn next(&mut self) -> Result<u8, Doubt> {
        /// Sixteen blanks.
        const BLANKS: u128 = u128::from_ne_bytes([b' '; 16]);
        loop {
            let byte = self.byte()?;
            if byte > b' ' {
                return Ok(byte);
            }
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Err(Doubt);
            }
            self.at += 1;
            // A line's indentation is a run of blanks.
            while let Some(chunk) = self.rest().first_chunk::<16>() {
                let other = u128::from_le_bytes(*chunk) ^ BLANKS;
                if other != 0 {
                    self.at += other.trailing_zeros() as usize / 8;
                    break;
                }
                self.at += 16;
            }
        }
    }

    /// Passes over white space and one byte, which must be this one.
    fn expect(&mut self, byte: u8) -> Result<(), Doubt> {
        if self.next()? != byte {
            return Err(Doubt);
        }
        self.at += 1;
        Ok(())
    }

    /// Takes the text whose opening quote is next.
    #[inline]
    fn quoted(&mut self) -> Result<Quoted, Doubt> {
        self.at += 1;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            while let Some(chunk) = self.rest().first_chunk::<8>() {
                let special = special(u64::from_le_bytes(*chunk));
                if special != 0 {
                    self.at += special.trailing_zeros() as usize / 8;
                    break;
                }
                self.at += 8;
            }
            match self.byte()? {
                b'"' => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(Quoted { start, end, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                0..0x20 => return Err(Doubt),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Doubt> {
        self.at += 1;
        let byte = self.byte()?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let digits = self.rest().first_chunk::<4>().ok_or(Doubt)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(()).ok_or(Doubt)
            }
            _ => Err(Doubt),
        }
    }

    /// Passes over a number, `true`, `false` or `null`, of which this is the first byte.
    fn scalar(&mut self, first: u8) -> Result<(), Doubt> {
        let word: &[u8] = match first {
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            _ => return self.number(),
        };
        if !self.rest().starts_with(word) {
            return Err(Doubt);
        }
        self.at += word.len();
        Ok(())
    }

    /// Passes over a whole number; fractions and exponents are left to `serde_json`.
    fn number(&mut self) -> Result<(), Doubt> {
        let rest = self.rest();
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        let n_digits = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_fraction = matches!(digits.get(n_digits), Some(b'.' | b'e' | b'E'));
        let has_zero = n_digits > 1 && digits.first() == Some(&b'0');
        // More digits may not fit into 64 bits.
        if n_digits == 0 || n_digits > 18 || is_fraction || has_zero {
            return Err(Doubt);
        }
        self.at += rest.len() - digits.len() + n_digits;
        Ok(())
    }

    /// Passes over any value, of which this is the first byte.
    fn skip(&mut self, first: u8) -> Result<(), Doubt> {
        // One bit for each open level, the last one the innermost: whether it is an object.
        let mut levels = 0_u128;
        let mut n_levels = 0_u32;
        let mut byte = first;
        loop {
            // A value starts here.
            match byte {
                b'"' => {
                    self.quoted()?;
                }
                b'{' | b'[' => {
                    self.at += 1;
                    let is_object = byte == b'{';
                    byte = self.next()?;
                    if byte == (if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        n_levels += 1;
                        levels = levels << 1 | u128::from(is_object);
                        if n_levels > MAX_DEPTH {
                            return Err(Doubt);
                        }
                        if is_object {
                            byte = self.key(byte)?;
                        }
                        continue;
                    }
                }
                _ => self.scalar(byte)?,
            }
            // It has ended, and levels may end with it.
            loop {
                if n_levels == 0 {
                    return Ok(());
                }
                let is_object = levels & 1 == 1;
                match self.next()? {
                    b',' => {
                        self.at += 1;
                        byte = self.next()?;
                        if is_object {
                            byte = self.key(byte)?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return Err(Doubt),
                }
                self.at += 1;
                levels >>= 1;
                n_levels -= 1;
            }
        }
    }

    /// Passes over a member's name and colon, and returns the first byte of its value.
    fn key(&mut self, first: u8) -> Result<u8, Doubt> {
        if first != b'"' {
            return Err(Doubt);
        }
        self.quoted()?;
        self.expect(b':')?;
        self.next()
    }

    /// Takes a number and hands it on.
    fn visit_number<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Doubt> {
        let start = self.at;
        self.number()?;
        let text = self.text.get(start..self.at).unwrap_or_default();
        if text.starts_with('-') {
            // `-0` is a fraction to `serde_json`.
            return visitor.visit_i64(text.parse().ok().filter(|n| *n != 0).ok_or(Doubt)?);
        }
        visitor.visit_u64(text.parse().map_err(|_| Doubt)?)
    }

    fn visit_text<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Doubt> {
        let Quoted { start, end, has_escapes } = self.quoted()?;
        if has_escapes {
            let quoted = self.text.get(start - 1..=end).ok_or(Doubt)?;
            let plain: String = serde_json::from_str(quoted).map_err(|_| Doubt)?;
            return visitor.visit_str(&plain);
        }
        visitor.visit_borrowed_str(self.text.get(start..end).ok_or(Doubt)?)
    }

    fn visit_bool<V: Visitor<'a>>(&mut self, first: u8, visitor: V) -> Result<V::Value, Doubt> {
        self.scalar(first)?;
        visitor.visit_bool(first == b't')
    }

    fn visit_map<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Doubt> {
        self.enter()?;
        let mut members = Members { reader: self, state: State::First };
        let value = visitor.visit_map(&mut members)?;
        let is_at_end = members.state == State::Ended || members.step(b'}')?.is_none();
        self.depth -= 1;
        is_at_end.then_some(value).ok_or(Doubt)
    }

    fn visit_seq<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Doubt> {
        self.enter()?;
        let mut members = Members { reader: self, state: State::First };
        let value = visitor.visit_seq(&mut members)?;
        let is_at_end = members.state == State::Ended || members.step(b']')?.is_none();
        self.depth -= 1;
        is_at_end.then_some(value).ok_or(Doubt)
    }

    fn enter(&mut self) -> Result<(), Doubt> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Doubt) } else { Ok(()) }
    }
}

/// Marks the first byte of eight that is a quote, a backslash or a control character: the lowest bit set is its high
/// bit. Bits above that one may be wrong (`haszero()` and `hasless()` of Bit Twiddling Hacks).
#[inline]
fn special(chunk: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let quote = zero(chunk ^ (ONES * b'"' as u64));
    let backslash = zero(chunk ^ (ONES * b'\\' as u64));
    let control = chunk.wrapping_sub(ONES * 0x20) & !chunk;
    (quote | backslash | control) & HIGH
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Further,
    Ended,
}

/// The members of an object, or the elements of an array.
struct Members<'r, 'a> {
    reader: &'r mut Reader<'a>,
    state: State,
}

impl Members<'_, '_> {
    /// Goes to the next member, and returns its first byte; `None` behind the closing bracket.
    fn step(&mut self, close: u8) -> Result<Option<u8>, Doubt> {
        let byte = self.reader.next()?;
        if byte == close {
            self.reader.at += 1;
            self.state = State::Ended;
            return Ok(None);
        }
        if self.state == State::First {
            self.state = State::Further;
            return Ok(Some(byte));
        }
        self.reader.expect(b',')?;
        let byte = self.reader.next()?;
        if byte == close { Err(Doubt) } else { Ok(Some(byte)) }
    }
}

impl<'a> MapAccess<'a> for &mut Members<'_, 'a> {
    type Error = Doubt;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Doubt> {
        match self.step(b'}')? {
            None => Ok(None),
            Some(b'"') => seed.deserialize(Key(self.reader)).map(Some),
            Some(_) => Err(Doubt),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Doubt> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'a> SeqAccess<'a> for &mut Members<'_, 'a> {
    type Error = Doubt;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Doubt> {
        match self.step(b']')? {
            None => Ok(None),
            Some(_) => seed.deserialize(&mut *self.reader).map(Some),
        }
    }
}

/// The name of a member. Names that are to be numbers are left to `serde_json`.
struct Key<'r, 'a>(&'r mut Reader<'a>);

impl<'a> Deserializer<'a> for Key<'_, 'a> {
    type Error = Doubt;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        self.0.visit_text(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Doubt> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'a>>
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// Reads a number for the kinds of numbers that a `T` may ask for.
macro_rules! numbers {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
            match self.next()? {
                b'-' | b'0'..=b'9' => self.visit_number(visitor),
                _ => Err(Doubt),
            }
        })*
    };
}

/// Reads a text for the kinds of texts that a `T` may ask for.
macro_rules! texts {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
            match self.next()? {
                b'"' => self.visit_text(visitor),
                _ => Err(Doubt),
            }
        })*
    };
}

impl<'a> Deserializer<'a> for &mut Reader<'a> {
    type Error = Doubt;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            b'"' => self.visit_text(visitor),
            b'{' => self.visit_map(visitor),
            b'[' => self.visit_seq(visitor),
            first @ (b't' | b'f') => self.visit_bool(first, visitor),
            b'n' => {
                self.scalar(b'n')?;
                visitor.visit_unit()
            }
            _ => self.visit_number(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    texts! {
        deserialize_str deserialize_string deserialize_identifier deserialize_char
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            first @ (b't' | b'f') => self.visit_bool(first, visitor),
            _ => Err(Doubt),
        }
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            b'n' => {
                self.scalar(b'n')?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            b'n' => {
                self.scalar(b'n')?;
                visitor.visit_unit()
            }
            _ => Err(Doubt),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Doubt> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Doubt> {
        if name != RAW {
            return visitor.visit_newtype_struct(self);
        }
        let first = self.next()?;
        let start = self.at;
        self.skip(first)?;
        let raw = self.text.get(start..self.at).ok_or(Doubt)?;
        let member = (RAW, BorrowedStrDeserializer::<Doubt>::new(raw));
        visitor.visit_map(MapDeserializer::new(std::iter::once(member)))
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            b'[' => self.visit_seq(visitor),
            _ => Err(Doubt),
        }
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Doubt> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Doubt> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        match self.next()? {
            b'{' => self.visit_map(visitor),
            _ => Err(Doubt),
        }
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Doubt> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Doubt> {
        Err(Doubt)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Doubt> {
        let first = self.next()?;
        self.skip(first)?;
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests;
