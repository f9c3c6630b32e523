//! The disk: files, folders, archives and standard input become artifacts, facts, and one snapshot. The only layer
//! that reads.

pub mod assemble;
