//! Answers become bytes. Renderers print and never judge; text of the input is escaped here, in one place.

mod place;
mod plural;
mod sanitize;
mod style;
mod table;

pub mod json;
pub mod text;

pub use place::place;
pub use plural::{count, plural};
pub use sanitize::{sanitize, sanitize_json};
pub use style::{Role, paint};
