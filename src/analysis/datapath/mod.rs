//! What the kernel of a node does with one packet: which rules see it, what they change, where it ends.
//!
//! `view` turns the dumps of one namespace into tables that can be asked; `fib` answers route lookups; `program` and
//! `hooks` put all tables of all backends into the kernel's order; `walk` takes a packet through them. Chance splits a
//! walk into ends with probabilities; what the dumps do not tell splits it into ends of which one is unknown.

mod describe;
mod fib;
mod hooks;
mod index;
mod matched;
mod nat;
mod outcome;
mod packet;
mod program;
mod sets;
mod source_check;
mod step;
mod tables;
mod view;
mod walk;
mod xt_eval;

pub use describe::Described;
pub use fib::{Fib, Lookup, RouteAnswer, RouteQuery, User};
pub use matched::Matched;
pub use outcome::{Fate, Outcome, Outcomes, Trace};
pub use packet::{Connection, Entry, Flow, FlowState, Packet, Tuple};
pub use program::ChainRef;
pub use step::{Did, Need, Point, RuleAt, Step};
pub use view::{AddressScope, Interface, InterfaceAddress, View};
pub use walk::{Datapath, Tracing};

#[cfg(test)]
mod tests;
