//! Questions: pure functions of a snapshot. They see no text and print nothing.

pub mod coverage;
pub mod datapath;
pub mod explain;
pub mod intake;
pub mod plan;
pub mod topology;
