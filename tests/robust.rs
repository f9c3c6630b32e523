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
    parse::{
        PARSERS, line,
        transcript::{self, Output, Reading},
    },
};
use rayon::prelude::*;
use std::{
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
};

/// How many places of a long fixture are tried without `ENILENS_ROBUST=all`.
const MAX_PLACES: usize = 100;

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

/// Every line that is not blank stands in an output, in an issue, or among the lines that print nothing: commands, fences,
/// banners, comments. Outputs do not overlap, and every place lies inside the text.
fn conserved(text: &str, reading: &Reading) -> Result<(), String> {
    let lines = line::lines(text);
    let mut accounted = vec![false; lines.len() + 1];
    let mut account = |what: &dyn Debug, first: u32, last: u32| {
        let range = accounted.get_mut(first as usize..=last as usize).filter(|_| first >= 1);
        let range = range.ok_or_else(|| format!("{what:?} is not in {} lines", lines.len()))?;
        range.fill(true);
        Ok::<(), String>(())
    };
    for issue in &reading.issues {
        let bytes = issue.origin.bytes;
        if bytes.start > bytes.end || bytes.end as usize > text.len() {
            return Err(format!("{issue:?} is not in {} bytes", text.len()));
        }
        account(issue, issue.origin.line, issue.last_line)?;
    }
    for (first, last) in &reading.boundaries {
        account(&"a boundary", *first, *last)?;
    }
    let is_document = |output: &Output| !PARSERS.iter().any(|parser| parser.id == output.parser);
    let mut before: Option<&Output> = None;
    for output in &reading.outputs {
        let (first, last) = output.lines;
        account(&output.parser, first, last)?;
        if let Some(before) = before {
            // A document without a line end behind it shares its last line with what follows.
            let shared = u32::from(!is_document(before));
            if before.lines.1 + shared > first {
                return Err(format!("{} {:?} overlaps {first}", before.parser, before.lines));
            }
        }
        for fact in &output.facts {
            let lines = fact.lines(text);
            if let Some(fact) = lines.iter().find(|(line, _)| *line < first || last < *line) {
                return Err(format!("{} {first}-{last} has {fact:?}", output.parser));
            }
        }
        before = Some(output);
    }
    let lost = |line: &&line::Line<'_>| !line.is_blank() && !accounted[line.number as usize];
    match lines.iter().find(lost) {
        Some(line) => Err(format!("line {} is lost: {}", line.number, line.text)),
        None => Ok(()),
    }
}

/// Reads changed forms of many texts, and tells the first problem of each.
fn assert_conserved(texts: &[(String, Vec<u8>)], changed: impl Fn(&[u8], usize) -> Vec<u8> + Sync) {
    let problems: Vec<String> = texts
        .par_iter()
        .filter_map(|(name, bytes)| {
            let places = (0..bytes.len().max(1)).step_by(step(bytes.len()));
            places.into_iter().find_map(|at| {
                let changed = changed(bytes, at);
                let text = String::from_utf8_lossy(&changed);
                let problem = conserved(&text, &read(name, &text)).err()?;
                Some(format!("{name} at byte {at}: {problem}"))
            })
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn cut_anywhere() {
    assert_conserved(&texts("fixtures/parse"), |bytes, end| bytes[..end].to_vec());
}

#[test]
fn corrupted_anywhere() {
    const RUBBISH: &[&[u8]] = &[b"\0", b"\xff", b"\n", b"\"", b"{", b"9", b" ", b"!", b"/"];
    assert_conserved(&texts("fixtures/parse"), |bytes, at| {
        let mut broken = bytes.to_vec();
        broken.splice(at..=at, RUBBISH[at % RUBBISH.len()].iter().copied());
        broken
    });
}

#[test]
fn lines_are_conserved_in_every_scenario() {
    let problems: Vec<String> = texts("fixtures/bundles")
        .par_iter()
        .filter_map(|(name, bytes)| {
            let text = str::from_utf8(bytes).unwrap();
            conserved(text, &read(name, text)).err().map(|problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn fixtures_in_any_order_and_run_together() {
    let all = texts("fixtures/parse");
    let problems: Vec<String> = all
        .par_windows(2)
        .filter_map(|pair| {
            let [(first_name, first), (second_name, second)] = pair else { return None };
            let together = [first.as_slice(), b"\n", second.as_slice()].concat();
            let text = str::from_utf8(&together).unwrap();
            let problem = conserved(text, &read("two.txt", text)).err()?;
            Some(format!("{first_name}, {second_name}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
