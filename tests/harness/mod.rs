//! What the tests of the parsers share.

pub(crate) mod words;
