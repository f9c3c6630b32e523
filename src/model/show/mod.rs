//! Facts printed in the syntax of the command that they come from, one line per entry.

mod conntrack;
mod ipamd;
mod log;
mod metrics;
mod netns;
mod sysctl;
