//! Holds `enilens explain --flows` against the kernel: kept cases by their dumps, and random nodes as root.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures and runs the program")]

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

type Outcome = Result<(), Box<dyn Error>>;

/// What the nodes are built with, by its command and its package in Debian.
const TOOLS: &[(&str, &str)] = &[
    ("python3", "python3"),
    ("ip", "iproute2"),
    ("iptables-legacy", "iptables"),
    ("iptables-nft", "iptables"),
    ("nft", "nftables"),
    ("ipset", "ipset"),
    ("conntrack", "conntrack"),
    ("unshare", "util-linux"),
    ("sysctl", "procps"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel")
}

/// Runs one of the scripts.
fn python(script: &str, args: &[&str]) -> io::Result<Output> {
    Command::new("python3")
        .arg(folder().join(script))
        .args(args)
        .args(["--binary", env!("CARGO_BIN_EXE_enilens")])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
}

fn is_installed(tool: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(tool).exists())
}

/// Returns why nodes cannot be built here.
fn missing() -> Vec<String> {
    let is_root = fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .filter_map(|line| line.strip_prefix("Uid:"))
            .any(|ids| ids.split_whitespace().nth(1) == Some("0"))
    });
    let mut needs = Vec::new();
    if !is_root {
        needs.push("root".into());
    }
    if !Path::new("/dev/net/tun").exists() {
        needs.push("/dev/net/tun".into());
    }
    needs.extend(
        TOOLS
            .iter()
            .filter(|(tool, _)| !is_installed(tool))
            .map(|(tool, package)| format!("{tool} (Debian: {package})")),
    );
    needs
}

/// Says that a test is skipped, past the harness, which keeps what a passing test prints. With
/// `ENILENS_KERNEL=require` a skip is a failure.
fn skip(needs: &[String]) -> Outcome {
    let text = format!("skipped: needs {}", needs.join(" and "));
    if env::var("ENILENS_KERNEL").as_deref() == Ok("require") {
        return Err(text.into());
    }
    writeln!(io::stderr(), "\n{text}")?;
    Ok(())
}

/// Every kept case: dumps, flows, and what the kernel did with them. Needs neither root nor tools, only Python.
#[test]
fn kept_cases_end_as_the_kernel_did() -> Outcome {
    if !is_installed("python3") {
        return skip(&["python3 (Debian: python3)".into()]);
    }
    let output = python("cases.py", &[])?;
    assert!(output.status.success(), "{}", text(&output));
    Ok(())
}

/// The nodes that are tried where nobody asks for others, so that the gate says the same each time it runs.
const SEED: &str = "20261121";

/// Generated nodes, about 2,000 flows. `ENILENS_KERNEL_SEED` takes a printed seed, or `random` for nodes that nobody has
/// tried yet; `ENILENS_KERNEL=require` makes a skip a failure.
#[test]
fn random_flows_end_as_in_the_kernel() -> Outcome {
    let needs = missing();
    if !needs.is_empty() {
        return skip(&needs);
    }
    let seed = env::var("ENILENS_KERNEL_SEED").unwrap_or_else(|_| SEED.to_owned());
    let mut args = vec!["--quick"];
    if seed != "random" {
        args.extend(["--seed", &seed]);
    }
    let output = python("differ.py", &args)?;
    io::stderr().write_all(&output.stdout)?;
    assert!(output.status.success(), "{}", text(&output));
    Ok(())
}

fn text(output: &Output) -> String {
    let of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", of(&output.stdout), of(&output.stderr))
}
