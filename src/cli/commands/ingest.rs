//! `enilens ingest`.

use super::{json, layout, read, strictly};
use crate::{
    analysis::intake::intake,
    cli::{
        Error, ErrorKind, Exit, Input,
        args::{Common, Format, IngestArgs},
    },
    model::Snapshot,
    report::{json::v1, text},
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

pub(super) fn run(
    args: &IngestArgs,
    common: &Common,
    input: &Input,
    out: &mut dyn Write,
) -> Result<Exit, Error> {
    let snapshot = read(&args.input, common, input)?;
    if let Some(path) = &args.output {
        save(path, &snapshot, input)?;
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

fn save(path: &Path, snapshot: &Snapshot, input: &Input) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Output, format!("the snapshot cannot be written: {error}"))
            .at(path.display().to_string())
    };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    (input.save)(snapshot, &mut file).map_err(failed)?;
    file.flush().map_err(failed)
}
