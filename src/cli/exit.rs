//! How the program ends.

use std::process::ExitCode;

/// The exit codes, the same for every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: answered, and nothing at or above `--fail-on`.
    Answered,
    /// 1: findings at or above `--fail-on`, or an expectation that is not met.
    Findings,
    /// 2: the tool could not do its job: wrong usage, unreadable input, or with `--strict` input that was not fully
    /// understood.
    Failed,
}

impl Exit {
    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Answered => 0,
            Self::Findings => 1,
            Self::Failed => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
