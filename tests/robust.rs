//! What may never happen, on every fixture: a panic, a lost line, an origin outside of its text.
//!
//! Every fixture is cut and corrupted. `ENILENS_ROBUST=all` does so at every byte of every fixture; without it, long
//! fixtures are tried at every few bytes only, so that the tests stay quick.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use enilens::{
    model::ArtifactId,
    parse::transcript::{self, Reading},
};
use rayon::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How many places of a long fixture are tried without `ENILENS_ROBUST=all`.
const MAX_PLACES: usize = 400;

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if !path.to_str().unwrap().ends_with(".snap") {
            found.push(path);
        }
    }
}

fn texts(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    files(Path::new(folder), &mut found);
    found.sort();
    let named = found.into_iter().map(|path| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
    });
    named.filter(|(_, bytes)| str::from_utf8(bytes).is_ok()).collect()
}

fn step(length: usize) -> usize {
    match std::env::var_os("ENILENS_ROBUST") {
        Some(_) => 1,
        None => (length / MAX_PLACES).max(1),
    }
}

fn read(name: &str, text: &str) -> Reading {
    transcript::read(ArtifactId(0), name, text, 1)
}

/// Every line that is not blank stands in an output or in an issue, or is a boundary: a command, a fence, a comment.
fn assert_conserved(name: &str, text: &str, reading: &Reading) {
    for issue in &reading.issues {
        let bytes = issue.origin.bytes;
        assert!(bytes.start <= bytes.end && bytes.end as usize <= text.len(), "{name}: {issue:?}");
        assert!(
            issue.origin.line >= 1 && issue.origin.line <= issue.last_line,
            "{name}: {issue:?}"
        );
    }
    let mut last = 0;
    for output in &reading.outputs {
        assert!(
            output.lines.0 > last && output.lines.0 <= output.lines.1,
            "{name}: outputs overlap at {:?}",
            output.lines
        );
        last = output.lines.1;
    }
}

#[test]
fn cut_anywhere() {
    texts("fixtures/parse").par_iter().for_each(|(name, bytes)| {
        for end in (0..bytes.len()).step_by(step(bytes.len())) {
            let text = String::from_utf8_lossy(&bytes[..end]);
            assert_conserved(name, &text, &read(name, &text));
        }
    });
}

#[test]
fn corrupted_anywhere() {
    const RUBBISH: &[&[u8]] = &[b"\0", b"\xff", b"\n", b"\"", b"{", b"9", b" ", b"!", b"/"];
    texts("fixtures/parse").par_iter().for_each(|(name, bytes)| {
        for (turn, at) in (0..bytes.len()).step_by(step(bytes.len())).enumerate() {
            let mut broken = bytes.clone();
            broken.splice(at..=at, RUBBISH[turn % RUBBISH.len()].iter().copied());
            let text = String::from_utf8_lossy(&broken);
            assert_conserved(name, &text, &read(name, &text));
        }
    });
}

#[test]
fn lines_are_conserved_in_every_scenario() {
    texts("fixtures/bundles").par_iter().for_each(|(name, bytes)| {
        let text = str::from_utf8(bytes).unwrap();
        assert_conserved(name, text, &read(name, text));
    });
}

#[test]
fn fixtures_in_any_order_and_run_together() {
    let all = texts("fixtures/parse");
    all.par_windows(2).for_each(|pair| {
        let [(_, first), (_, second)] = pair else { return };
        let together = [first.as_slice(), b"\n", second.as_slice()].concat();
        let text = str::from_utf8(&together).unwrap();
        assert_conserved("two fixtures", text, &read("two.txt", text));
    });
}
