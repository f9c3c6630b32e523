//! Questions asked of a [`crate::model::Snapshot`]. Pure: the same snapshot gives the same answer.

pub mod datapath;
