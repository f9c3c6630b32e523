//! The disk: files, folders, archives and standard input become artifacts, facts, and one snapshot. The only layer
//! that reads.

mod collect;
mod hint;
mod input;
mod limits;
mod magic;
mod member;
mod meter;
mod reopen;
pub mod saved;
mod snapshot;
mod source;
mod text;
mod unfold;
mod walk;

pub mod assemble;

pub use hint::NodeHint;
pub use input::{Input, InputError, InputPlace};
pub use limits::{Limits, Size};
pub use member::{Content, Given, Member, Problem};
pub use reopen::Reopen;
pub use snapshot::snapshot;
pub use source::read;
