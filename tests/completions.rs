//! `completions/` holds what the program prints. `UPDATE_COMPLETIONS=1 cargo test --test completions` writes it anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use std::{fs, path::Path, process::Command};

/// The files, and the arguments that print each.
const FILES: &[(&str, &[&str])] = &[
    ("enilens.bash", &["completions", "bash"]),
    ("_enilens", &["completions", "zsh"]),
    ("enilens.fish", &["completions", "fish"]),
    ("enilens.elv", &["completions", "elvish"]),
    ("_enilens.ps1", &["completions", "powershell"]),
    ("enilens.1", &["man"]),
    ("enilens-ingest.1", &["man", "ingest"]),
    ("enilens-topology.1", &["man", "topology"]),
    ("enilens-plan.1", &["man", "plan"]),
    ("enilens-completions.1", &["man", "completions"]),
    ("enilens-man.1", &["man", "man"]),
];

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_enilens")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn files_are_what_the_program_prints() {
    let update = std::env::var_os("UPDATE_COMPLETIONS").is_some();
    for (name, arguments) in FILES {
        let path = Path::new("completions").join(name);
        let expected = printed(arguments);
        if update {
            fs::write(&path, expected).unwrap();
            continue;
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == expected,
            "{} is not what `enilens {}` prints: run UPDATE_COMPLETIONS=1 cargo test --test completions",
            path.display(),
            arguments.join(" ")
        );
    }
}

#[test]
fn every_verb_has_a_manual_page() {
    let help = printed(&["--help"]);
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for verb in verbs.map_while(|line| line.split_whitespace().next()) {
        let page = format!("enilens-{verb}.1");
        assert!(verb == "help" || FILES.iter().any(|(name, _)| *name == page), "{page}");
    }
}

#[test]
fn nothing_else_lies_there() {
    for entry in fs::read_dir("completions").unwrap() {
        let name = entry.unwrap().file_name();
        assert!(FILES.iter().any(|(known, _)| name.to_str() == Some(*known)), "{name:?}");
    }
}
