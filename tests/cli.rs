//! The program as a user meets it: exit codes, streams, messages.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use std::process::{Command, Output, Stdio};

fn enilens(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enilens"));
    command.env_clear().args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_is_an_answer_and_a_missing_path_is_not() {
    let (code, out, err) = said(&enilens(&["topology", "--help"]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("Examples:"));
    let (code, out, err) = said(&enilens(&["topology"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("<PATH>"), "{err}");
}

#[test]
fn a_misspelt_verb_is_corrected() {
    let (code, _, err) = said(&enilens(&["topolgy", "x"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("'topology'"), "{err}");
    let (code, _, err) = said(&enilens(&["man", "topolgy"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `topology`?"), "{err}");
}

#[test]
fn an_unreadable_path_is_an_error_with_its_place() {
    let (code, out, err) = said(&enilens(&["topology", "no/such/file"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.starts_with("error: "), "{err}");
    assert!(!err.contains('\u{1b}'), "no colour outside of a terminal: {err}");
}

#[test]
fn colour_is_a_matter_of_the_flag() {
    let (_, _, err) = said(&enilens(&["topology", "no/such/file", "--color", "always"]));
    assert!(err.contains('\u{1b}'), "{err}");
    let (_, _, err) = said(&enilens(&["topology", "no/such/file", "--color", "never"]));
    assert!(!err.contains('\u{1b}'), "{err}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enilens"));
    let mut child = command
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}
