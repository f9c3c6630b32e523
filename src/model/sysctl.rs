//! Kernel settings: `sysctl -a`, `/proc/sys/…`.

/// One setting. The key is dotted; a dot inside an interface name is printed as `/` by `sysctl` and kept so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    pub key: Box<str>,
    pub value: Box<str>,
}
