//! Text for a person, on a terminal or in a pipe.

mod ingest;
mod owner;
mod parts;
mod plan;
mod topology;

pub use ingest::ingest;
pub use owner::{holder_text, owner};
pub use plan::plan;
pub use topology::topology;

/// How text is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The terminal's width in columns; `None` where the text goes into a file or a pipe, one row a line.
    pub width: Option<u16>,
    pub detail: Detail,
}

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    #[default]
    Normal,
    /// Every line, and the places that show it.
    Full,
}
