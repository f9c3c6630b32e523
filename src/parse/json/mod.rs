//! JSON documents: found in any text, read item by item, with the place of everything that was read.
//!
//! One mechanism serves a text in memory, a piece of a transcript and a document too large to hold: [`walk`] takes one
//! item at a time from a window of the document, and [`documents`] moves the window. What a document is, its parser
//! tells from its [`Shape`]. A document that a person has shortened, commented or cut is read as far as it goes
//! ([`scan`]).

mod document;
pub mod documents;
mod item;
mod mend;
mod plain;
mod scan;
mod shape;
mod stream;
mod walk;
mod yaml;

pub use document::Document;
pub use documents::{Context, Outcome, may_start, read_at, read_stream};
pub use item::{Item, ItemPlace, ItemStep, Placed, Text};
pub use shape::Shape;
pub use walk::Summary;

use super::{Found, command::Simple, ec2, ip_json, ipamd, kube, parser::has_path};
pub(super) use item::take;

use std::fmt;

/// Every parser of JSON documents. Where two recognise a document, the one whose command or path fits reads it, else
/// the first.
pub static DOCUMENTS: &[&DocumentParser] = &[
    &ip_json::LINKS,
    &ip_json::ROUTES,
    &ip_json::RULES,
    &ip_json::NEIGHBOURS,
    &super::nft::json::DOCUMENT,
    &ipamd::DATASTORE,
    &ipamd::CHECKPOINT,
    &ipamd::PODS,
    &ipamd::SETTINGS,
    &ipamd::ENI_CONFIGS,
    &ipamd::ENDPOINTS,
    &ipamd::CONFLIST,
    &ipamd::RESULT,
    &ipamd::CONTAINERD,
    &ipamd::DOCKERD,
    &ipamd::IDENTITY_DOCUMENT,
    &ipamd::KUBELET,
    &ipamd::LSNS,
    &ipamd::LOG_RECORD,
    &ec2::address::PARSER,
    &ec2::nat_gateway::PARSER,
    &ec2::trunk::PARSER,
    &ec2::eni::PARSER,
    &ec2::instance::PARSER,
    &ec2::instance_type::PARSER,
    &ec2::subnet::RESERVATION_PARSER,
    &ec2::subnet::PARSER,
    &ec2::route_table::PARSER,
    &ec2::network_acl::PARSER,
    &ec2::security_group::RULE_PARSER,
    &ec2::security_group::PARSER,
    &ec2::vpc::PARSER,
    &ec2::load_balancing::GROUP_PARSER,
    &ec2::load_balancing::HEALTH_PARSER,
    &ec2::load_balancing::BALANCER_PARSER,
    &ec2::ipam::CIDR_PARSER,
    &ec2::ipam::ALLOCATION_PARSER,
    &ec2::ipam::POOL_PARSER,
    &ec2::ipam::SCOPE_PARSER,
    &ec2::ipam::IPAM_PARSER,
    &kube::PARSER,
    &kube::ENV_PARSER,
];

/// What the tool knows about one kind of JSON document.
pub struct DocumentParser {
    /// Stable id; also the name of its folder under `fixtures/parse/`.
    pub id: &'static str,
    /// The command that prints this, as a person would type it.
    pub command: &'static str,
    /// Where bundles keep it, as path suffixes. An entry that ends in `*` matches any continuation.
    pub paths: &'static [&'static str],
    /// Whether a command prints this.
    pub prints: fn(&Simple) -> bool,
    /// Whether the head of a document shows that it is one of these.
    pub recognizes: fn(&Shape) -> bool,
    pub reads: Reads,
}

/// How a document is taken in.
#[derive(Clone, Copy)]
pub enum Reads {
    /// The whole text at once. A document that ends early comes with its brackets closed and says so.
    Whole(fn(&Document<'_>, &mut Found)),
    /// One item after the other.
    Items(Items),
}

/// Reads one item from the start of [`Item::rest`] and returns its length; [`Item::read`] does both.
pub type ReadItem = fn(&Item<'_>, &mut Found) -> Result<usize, serde_json::Error>;

/// How the items of a document are found and read.
#[derive(Clone, Copy)]
pub struct Items {
    /// The names of the lists, as members of the document (`items`, `NetworkInterfaces`). A bare top-level array, also
    /// of arrays, is such a list without a name.
    pub lists: &'static [&'static str],
    /// What a document is that has none of the lists.
    pub alone: Alone,
    pub item: ReadItem,
    /// Called once at the end of the document; tells what follows from lists without items, or from pages.
    pub end: fn(&Summary<'_>, &mut Found),
}

/// What a document without any of the named lists is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// One item.
    Item,
    /// A map whose values are items.
    Members,
}

impl DocumentParser {
    /// Returns whether bundles keep this document under such a path.
    pub fn has_path(&self, path: &str) -> bool {
        has_path(self.paths, path)
    }
}

impl fmt::Debug for DocumentParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentParser").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Items(_) => "Items",
        })
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("lists", &self.lists).finish_non_exhaustive()
    }
}
