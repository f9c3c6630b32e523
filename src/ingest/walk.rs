//! The files of a folder, in the order of their names.

#![expect(clippy::disallowed_methods, reason = "this module looks at the folders that were given")]

use super::{input::reason, limits::Limits, unfold::Way};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file that was found, or something that is not read and why.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) way: Way,
    /// `None` for a pipe or a device, whose length nobody knows.
    pub(super) size: Option<u64>,
    pub(super) refused: Option<String>,
}

/// Returns the file that was given, or all files of the folder that was given.
pub(super) fn walk(given: &Path, named: Option<&str>, limits: &Limits) -> Vec<Found> {
    let display = given.to_string_lossy().into_owned();
    let name = name_of(given);
    let parent = given.parent().map(name_of).unwrap_or_default();
    let way = Way { display, name: name.clone(), named: named.map(Into::into), ..Way::default() };
    let as_file =
        Way { root: Some(name.clone().into()), parent: Some(parent.into()), ..way.clone() };
    let metadata = match fs::metadata(given) {
        Ok(metadata) => metadata,
        Err(error) => {
            let refused = Some(format!("cannot be read: {}", reason(&error)));
            return vec![Found { path: given.to_owned(), way: as_file, size: None, refused }];
        }
    };
    if !metadata.is_dir() {
        // A user who names a pipe wants it read.
        let size = metadata.is_file().then_some(metadata.len());
        return vec![Found { path: given.to_owned(), way: as_file, size, refused: None }];
    }
    let root = Way { root: Some(name.into()), ..way };
    let mut walk = Walk { root: given.canonicalize().ok(), found: Vec::new(), pending: Vec::new() };
    walk.folder(given.to_owned(), root);
    while let Some((path, way)) = walk.pending.pop() {
        if walk.found.len() as u64 >= limits.members {
            let message = format!(
                "more than {} files: the rest is not read; give the interesting folders by themselves",
                limits.members
            );
            walk.refuse(path, way, message);
            break;
        }
        walk.entry(path, way);
    }
    walk.found
}

/// The name of a folder such as `..` is that of the folder it leads to.
fn name_of(path: &Path) -> String {
    let name = match path.file_name() {
        Some(name) => Some(name.to_owned()),
        None => path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_owned())),
    };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

struct Walk {
    /// The folder that was given, without links; `None` where it could not be found out.
    root: Option<PathBuf>,
    found: Vec<Found>,
    /// What is still to be looked at; the next one last.
    pending: Vec<(PathBuf, Way)>,
}

impl Walk {
    /// Queues what is in a folder.
    fn folder(&mut self, path: PathBuf, way: Way) {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("the folder cannot be read: {}", reason(&error));
                return self.refuse(path, way, message);
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => {
                    let message =
                        format!("the folder cannot be read to its end: {}", reason(&error));
                    self.refuse(path.clone(), way.clone(), message);
                    break;
                }
            }
        }
        names.sort_unstable();
        let is_given = self.pending.is_empty() && self.found.is_empty() && way.between.is_empty();
        for name in names.into_iter().rev() {
            let shown = name.to_string_lossy().into_owned();
            let slash = if way.display.ends_with('/') { "" } else { "/" };
            let display = format!("{}{slash}{shown}", way.display);
            let mut between = way.between.clone();
            if !is_given {
                between.push(way.name.clone());
            }
            self.pending
                .push((path.join(&name), Way { display, name: shown, between, ..way.clone() }));
        }
    }

    fn entry(&mut self, path: PathBuf, way: Way) {
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                return self.refuse(path, way, format!("cannot be read: {}", reason(&error)));
            }
        };
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.folder(path, way);
        } else if kind.is_file() {
            let size = Some(metadata.len());
            self.found.push(Found { path, way, size, refused: None });
        } else if kind.is_symlink() {
            self.link(path, way);
        } else {
            self.refuse(path, way, "a pipe, socket or device, which is not read".to_owned());
        }
    }

    /// A link to something inside the given folder is read under its own name; others are not followed.
    fn link(&mut self, path: PathBuf, way: Way) {
        match (path.canonicalize(), &self.root) {
            (Ok(target), Some(root)) if target.starts_with(root) => {}
            (Ok(target), _) => {
                let message = format!(
                    "a link out of the folder is not followed; to read it, give `{}` as well",
                    target.display()
                );
                self.refuse(path, way, message);
            }
            (Err(_), _) => self.refuse(path, way, "a link to nothing that is there".to_owned()),
        }
    }

    fn refuse(&mut self, path: PathBuf, way: Way, message: String) {
        self.found.push(Found { path, way, size: None, refused: Some(message) });
    }
}
