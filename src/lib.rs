//! enilens: what the network of a Kubernetes node with the Amazon VPC CNI looks like, and what it does to a packet,
//! told from files.
//!
//! Read the modules in this order; each imports only what stands above it (`ARCHITECTURE.md`).

pub mod net;

pub mod model;

pub mod parse;

pub mod ingest;

pub mod cni;

pub mod analysis;

pub mod report;

pub mod cli;
