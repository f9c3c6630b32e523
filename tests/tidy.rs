//! Rules of the code base that the compiler does not know: who may import whom, how long a file may be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each room of the house and the rooms that it may look into (`ARCHITECTURE.md`, invariant 1).
const LAYERS: &[(&str, &[&str])] = &[
    ("net", &[]),
    ("model", &["net"]),
    ("parse", &["net", "model"]),
    ("cni", &["net", "model"]),
    ("ingest", &["net", "model", "parse", "cni"]),
    ("analysis", &["net", "model", "cni"]),
    ("report", &["net", "model", "cni", "analysis"]),
    ("cli", &["net", "model", "parse", "cni", "ingest", "analysis", "report"]),
];

/// The hard limit on the length of a file; 250 is the aim.
const MAX_LINES: usize = 600;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found);
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn imports_point_back_along_the_flow_of_data() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        let room = path
            .components()
            .nth(1)
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == room) else {
            assert!(
                matches!(room.as_str(), "lib" | "main"),
                "{}: a room that LAYERS does not know",
                path.display()
            );
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (other, _) in
                LAYERS.iter().filter(|(other, _)| *other != room && !allowed.contains(other))
            {
                if line.contains(&format!("crate::{other}::"))
                    || line.trim_start().starts_with(&format!("{other}::{{"))
                {
                    wrong.push(format!(
                        "{}:{}: `{room}` may not look into `{other}`",
                        path.display(),
                        number + 1
                    ));
                }
            }
            if line.contains("super::super::super") {
                wrong.push(format!("{}:{}: start at `crate::`", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{}: the first line is not `//!`", path.display()));
        }
        let n_lines = text.lines().count();
        if n_lines > MAX_LINES {
            wrong.push(format!("{}: {n_lines} lines, at most {MAX_LINES}", path.display()));
        }
        if text.lines().any(|line| line.ends_with([' ', '\t'])) {
            wrong.push(format!("{}: white space at the end of a line", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tree_names_no_machine_of_its_authors() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        for place in ["/wo\u{72}k/", "../sha\u{72}ed"] {
            if text.contains(place) {
                wrong.push(format!("{}: names `{place}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
