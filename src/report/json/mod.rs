//! Machine formats: view types of their own, each with a schema version. The model does not know of them.

pub mod v1;
