//! Kernel settings as `sysctl` prints them.

use crate::model::sysctl::Sysctl;
use std::fmt;

impl fmt::Display for Sysctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)
    }
}
