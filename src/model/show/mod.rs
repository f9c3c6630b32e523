//! Facts in the syntax of the command that printed them, one line each.
//!
//! Every word of the input comes back; the order is the one that the command itself uses.

mod capture;
mod conntrack;
mod ec2;
mod fact;
mod ipamd;
mod ipset;
mod ipvs;
mod kube;
mod link;
mod log;
mod metrics;
mod neighbour;
mod netns;
mod nft;
mod nft_expr;
mod route;
mod rule;
mod sysctl;
mod xt;
mod xt_match;
mod xt_target;

use crate::model::netfilter::{nft::Expr, nft_kind::ValueKind};
use std::fmt;

/// Returns milliseconds as nft prints times: `1h30m`.
pub fn nft_time(milliseconds: u64) -> impl fmt::Display {
    nft::time(milliseconds)
}

/// Returns an expression as nft prints it where values of a kind stand.
pub fn nft_value(expr: &Expr, kind: ValueKind) -> String {
    nft_expr::valued(expr, &[kind]).to_string()
}

/// Writes words with a blank before each.
fn words<'a>(
    f: &mut fmt::Formatter<'_>,
    words: impl IntoIterator<Item = &'a Box<str>>,
) -> fmt::Result {
    words.into_iter().try_for_each(|word| write!(f, " {word}"))
}

/// Writes a name and its value, if there is one.
fn pair(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {name} {value}"))
}
