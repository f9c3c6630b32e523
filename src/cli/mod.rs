//! The command line: arguments, environment, streams, colour, exit codes. The only layer that knows the terminal and
//! the clock.

#![expect(
    clippy::disallowed_methods,
    reason = "this layer reads the environment and the clock, and writes the files that the user asks for"
)]

pub mod args;
mod commands;
mod error;
mod exit;
mod flow_line;
mod input;
mod progress;
mod suggest;

pub use error::{Error, ErrorKind};
pub use exit::Exit;

use anstream::{AutoStream, ColorChoice};
use args::{Arguments, ColorArg};
use clap::Parser as _;
use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
};

/// Runs the program with the arguments it was called with, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let choice = choice(arguments.common.color, std::env::var_os("NO_COLOR").is_some());
    let stdout = io::stdout();
    let mut out = io::BufWriter::new(AutoStream::new(stdout, choice));
    let answer = commands::run(&arguments, &mut out);
    let answer = answer.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    let error = match answer {
        Ok(exit) => return exit,
        Err(error) if error.is_broken_pipe() => return Exit::Answered,
        Err(error) => error,
    };
    let mut err = AutoStream::new(io::stderr(), choice);
    // Nothing is left to be said where standard error is closed, too.
    drop(error.write(&mut err));
    Exit::Failed
}

/// Prints what clap says: help and version are answers, the rest are usage errors.
fn usage(error: &clap::Error) -> Exit {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (false, Ok(())) => Exit::Answered,
        (false, Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Answered,
        (true, _) | (false, Err(_)) => Exit::Failed,
    }
}

/// Returns whether to colour: the flag, then NO_COLOR (any value but an empty one, no-color.org), then the stream.
fn choice(flag: ColorArg, no_color: bool) -> ColorChoice {
    match flag {
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Never => ColorChoice::Never,
        ColorArg::Auto if no_color => ColorChoice::Never,
        ColorArg::Auto => ColorChoice::Auto,
    }
}

/// Returns the width of the terminal that standard output is, or `None` where it is none. `COLUMNS` wins.
fn width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let columns = std::env::var_os("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)).or(Some(80))
}
