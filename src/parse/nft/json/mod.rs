//! `nft -j list ruleset`.
use crate::{model::{Origin, netfilter::nft::NftRuleset}, parse::Found};
pub fn from_json(_value: &serde_json::Value, origin: Origin, _found: &mut Found) -> NftRuleset {
    NftRuleset { origin, command: None, partial: None, tables: Vec::new(), notes: Vec::new() }
}
