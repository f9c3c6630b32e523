//! Facts in the syntax of the command that printed them.

mod xt;
mod xt_match;
mod xt_target;
