//! `enilens ingest`.

use super::{json, layout, read, strictly};
use crate::{
    analysis::intake::intake,
    cli::{
        Error, ErrorKind, Exit,
        args::{Common, Format, IngestArgs},
        input,
    },
    model::Snapshot,
    report::{json::v1, sanitize, text},
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

pub(super) fn run(args: &IngestArgs, common: &Common, out: &mut dyn Write) -> Result<Exit, Error> {
    let snapshot = read(&args.input, common)?;
    if let Some(path) = &args.output {
        save(path, &snapshot, common)?;
    }
    let intake = intake(&snapshot);
    match args.input.format {
        Format::Json => json(out, &v1::Ingest::of(&snapshot, &intake))?,
        Format::Text => text::ingest(out, &snapshot, &intake, &layout(common))?,
    }
    out.flush()?;
    strictly(&args.input, &snapshot)?;
    Ok(Exit::Answered)
}

fn save(path: &Path, snapshot: &Snapshot, common: &Common) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Output, format!("the snapshot cannot be written: {error}"))
            .at(path.display().to_string())
    };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let left_out = input::save(snapshot, &mut file).map_err(failed)?;
    file.flush().map_err(failed)?;
    for line in left_out.iter().filter(|_| !common.quiet) {
        // A note that cannot be shown does not make the file less true.
        drop(writeln!(std::io::stderr(), "note: {}", sanitize(line)));
    }
    Ok(())
}
