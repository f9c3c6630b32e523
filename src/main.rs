//! Runs the command line and ends with its exit code.

use enilens::cli::{self, Error, ErrorKind, Input};
use std::process::ExitCode;

fn main() -> ExitCode {
    let input = Input {
        read: |_| Err(Error::new(ErrorKind::Input, "this build has no reader")),
        save: |_, _| Ok(()),
    };
    cli::run(std::env::args_os(), &input).into()
}
