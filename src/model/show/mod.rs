//! Facts in the syntax of the command that printed them, one line an entry.

mod ipset;
mod ipvs;
mod nft;
mod nft_expr;
