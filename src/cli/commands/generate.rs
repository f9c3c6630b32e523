//! `enilens completions` and `enilens man`.

use crate::cli::{Error, ErrorKind, Exit, args::Arguments, suggest::nearest};
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::{self, Write};

/// Writes the completions of a shell.
pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> Result<Exit, Error> {
    // clap_complete panics where it cannot write, so it writes into memory.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "enilens", &mut text);
    out.write_all(&text)?;
    Ok(Exit::Answered)
}

/// Writes the manual page of the program or of a verb.
pub(super) fn man(verb: Option<&str>, out: &mut dyn Write) -> Result<Exit, Error> {
    let Some(verb) = verb else {
        man_page(Arguments::command(), out)?;
        return Ok(Exit::Answered);
    };
    let mut command = Arguments::command();
    command.build();
    let Some(found) = command.find_subcommand(verb) else {
        let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let error =
            Error::new(ErrorKind::Usage, format!("no verb `{verb}`")).expected(names.join(", "));
        return Err(match nearest(verb, names).first() {
            Some(name) => error.help(format!("did you mean `{name}`?")),
            None => error,
        });
    };
    man_page(found.clone(), out)?;
    Ok(Exit::Answered)
}

/// Writes a manual page.
fn man_page(command: clap::Command, out: &mut dyn Write) -> io::Result<()> {
    let source = concat!("enilens ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command).source(source).render(out)
}
