//! Paths of the user become members: folders are walked, archives opened, files read, in the same order every time.

use super::{
    collect::Collect,
    input::{Input, InputPlace, reason},
    limits::Limits,
    member::{Content, Member, Problem},
    reopen::Bytes,
    unfold::{Way, unfold},
    walk::{Found, walk},
};
use rayon::prelude::*;
use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

/// Reads everything that was given. `stdin` is read where an input is `-`.
///
/// Files are read in parallel; members come in the order of the inputs, of names inside a folder, and of members inside
/// an archive. What cannot be read is a member too, with a problem that says why.
pub fn read(inputs: &[Input], limits: &Limits, stdin: &mut dyn Read) -> Vec<Member> {
    let mut jobs = Vec::new();
    for input in inputs {
        let named = input.named.as_deref();
        match &input.place {
            InputPlace::Path(path) => {
                jobs.extend(walk(path, named, limits).into_iter().map(Job::File))
            }
            InputPlace::Stdin => jobs.push(hold("-", named, stdin, limits)),
        }
    }
    let held = AtomicU64::new(0);
    let members: Vec<_> = jobs.par_iter().map(|job| job.read(limits, &held)).collect();
    members.into_iter().flatten().collect()
}

enum Job {
    File(Found),
    /// Bytes that can be had only once.
    Held {
        way: Way,
        bytes: Arc<Vec<u8>>,
        problems: Vec<Problem>,
    },
}

/// Takes everything from a reader that cannot go back.
fn hold(display: &str, named: Option<&str>, reader: &mut dyn Read, limits: &Limits) -> Job {
    let mut bytes = Vec::new();
    let read = reader.take(limits.text_bytes).read_to_end(&mut bytes);
    let mut problems: Vec<_> =
        read.err().map(|error| Problem::unreadable(reason(&error))).into_iter().collect();
    let full = bytes.len() as u64 >= limits.text_bytes;
    if full && !matches!(reader.read(&mut [0]), Ok(0)) {
        let limit = super::limits::Size(limits.text_bytes);
        problems.push(Problem::unreadable(format!(
            "more than {limit} come from a pipe, and the rest is not read: write it to a file and give that"
        )));
    }
    let (display, named) = (display.to_owned(), named.map(Into::into));
    let way =
        Way { name: display.clone(), display, named, parent: Some("".into()), ..Way::default() };
    Job::Held { way, bytes: Arc::new(bytes), problems }
}

impl Job {
    fn read(&self, limits: &Limits, held: &AtomicU64) -> Vec<Member> {
        match self {
            Self::File(Found { way, refused: Some(refused), .. }) => vec![refusal(way, refused)],
            Self::File(Found { way, path, size, refused: None }) => match size {
                Some(size) => read_file(path, way, *size, limits, held),
                // A pipe, such as `<(kubectl get pods -o json)` of a shell.
                None => match open(path) {
                    Ok(mut file) => {
                        let job = hold(&way.display, way.named.as_deref(), &mut file, limits);
                        job.read(limits, held)
                    }
                    Err(message) => vec![refusal(way, &message)],
                },
            },
            Self::Held { way, bytes, problems } => {
                let origin = Bytes::Held(Arc::clone(bytes));
                let mut collect = Collect { origin: &origin, held, members: Vec::new() };
                let size = Some(bytes.len() as u64);
                unfold(&mut bytes.as_slice(), way, size, *limits, &mut collect);
                let mut members = collect.members;
                if let Some(last) = members.last_mut() {
                    last.problems.extend(problems.iter().cloned());
                }
                members
            }
        }
    }
}

fn read_file(path: &Path, way: &Way, size: u64, limits: &Limits, held: &AtomicU64) -> Vec<Member> {
    let mut file = match open(path) {
        Ok(file) => file,
        Err(message) => return vec![refusal(way, &message)],
    };
    let origin = Bytes::File(path.to_owned());
    let mut collect = Collect { origin: &origin, held, members: Vec::new() };
    unfold(&mut file, way, Some(size), *limits, &mut collect);
    collect.members
}

#[expect(clippy::disallowed_methods, reason = "this module reads the files that were given")]
fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("cannot be read: {}", reason(&error)))
}

fn refusal(way: &Way, message: &str) -> Member {
    Member {
        path: way.display.clone(),
        hint: way.hint(),
        content: Content::Unread,
        first_line: 1,
        given: None,
        problems: vec![Problem::unreadable(message)],
    }
}
