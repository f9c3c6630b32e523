//! Facts in the syntax of the command that printed them, one line an entry.

mod ipset;
mod ipvs;
mod nft;
mod nft_expr;

use crate::model::netfilter::{nft::Expr, nft_kind::ValueKind};

/// Returns milliseconds as nft prints times: `1h30m`.
pub fn nft_time(milliseconds: u64) -> impl std::fmt::Display {
    nft::time(milliseconds)
}

/// Returns an expression as nft prints it where values of a kind stand.
pub fn nft_value(expr: &Expr, kind: ValueKind) -> String {
    nft_expr::valued(expr, &[kind]).to_string()
}
