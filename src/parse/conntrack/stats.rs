//! `conntrack -S`: counters of each CPU; `conntrack -C`: the number of entries.

use crate::{
    model::{Fact, Sourced, conntrack::CtStats},
    parse::{Found, IssueKind, Parser, Section, command::Simple},
};

pub(in crate::parse) static PARSER: Parser = Parser {
    id: "conntrack-stats",
    command: "conntrack -S",
    paths: &["conntrack-S.txt", "conntrack-stats.txt"],
    prints: |command| {
        command.program() == "conntrack" && (is_asked(command) || is_count(command))
            || command.program() == "cat" && command.has_arg("/proc/net/stat/nf_conntrack")
    },
    begins: |line| stats(line.trim()).is_ok(),
    continues: |line| {
        let line = line.trim();
        stats(line).is_ok() || line.parse::<u64>().is_ok() || is_table(line)
    },
    parse,
};

/// Returns whether the statistics were asked for, alone or as a letter among others.
pub(super) fn is_asked(command: &Simple) -> bool {
    command.has_arg("-S") || command.has_arg("--stats")
}

/// Returns whether the number of entries was asked for.
pub(super) fn is_count(command: &Simple) -> bool {
    command.has_arg("-C") || command.has_arg("--count")
}

/// A line of `/proc/net/stat/nf_conntrack`: the header, or hexadecimal numbers.
fn is_table(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match words.next() {
        Some("entries") => words.count() > 5,
        Some(word) => is_hex(word) && words.clone().count() > 5 && words.all(is_hex),
        None => false,
    }
}

fn is_hex(word: &str) -> bool {
    word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut entries = Vec::new();
    let mut names: Option<Vec<&str>> = None;
    for line in section.text_lines() {
        let text = line.text.trim();
        if text.starts_with("entries ") && is_table(text) {
            names = Some(text.split_ascii_whitespace().collect());
            continue;
        }
        let stats = match &names {
            Some(names) if is_table(text) => table_row(names, text, entries.len()),
            Some(_) | None if super::done(text).is_some() => continue,
            Some(_) | None => stats(text).or_else(|kind| match text.parse() {
                Ok(count) if section.command.is_some_and(is_count) => {
                    Ok(CtStats { cpu: None, counters: vec![("count".into(), count)] })
                }
                Ok(_) | Err(_) => Err(kind),
            }),
        };
        match stats {
            Ok(stats) => entries.push(Sourced::new(stats, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    found.fact(Fact::ConntrackStats(section.dump(entries)));
}

/// `cpu=0 found=0 invalid=…`; old kernels print `searched=` and more.
fn stats(line: &str) -> Result<CtStats, IssueKind> {
    let mut words = line.split_ascii_whitespace();
    let cpu = words.next().and_then(|word| word.strip_prefix("cpu="));
    let cpu = cpu.ok_or(IssueKind::Missing { expected: "`cpu=`" })?;
    let cpu = cpu.parse().map_err(|_| IssueKind::malformed("the number of a CPU", cpu))?;
    let counters: Result<Vec<_>, IssueKind> = words
        .map(|word| {
            let malformed = || IssueKind::malformed("`NAME=COUNT`", word);
            let (name, value) = word.split_once('=').ok_or_else(malformed)?;
            Ok((name.into(), value.parse().map_err(|_| malformed())?))
        })
        .collect();
    Ok(CtStats { cpu: Some(cpu), counters: counters? })
}

/// One line of the table, the lines in the order of the CPUs.
fn table_row(names: &[&str], line: &str, index: usize) -> Result<CtStats, IssueKind> {
    let mut counters = Vec::with_capacity(names.len());
    let mut words = line.split_ascii_whitespace();
    for name in names {
        let word =
            words.next().ok_or(IssueKind::Missing { expected: "a number for each column" })?;
        let value = u64::from_str_radix(word, 16);
        counters.push(((*name).into(), value.map_err(|_| IssueKind::malformed("a number", word))?));
    }
    Ok(CtStats { cpu: u32::try_from(index).ok(), counters })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::testing;

    #[test]
    fn reads_counters() {
        let (found, _) =
            testing::parse(&PARSER, None, "cpu=0   \tfound=3 insert_failed=2 \ncpu=1 x\n");
        assert_eq!(
            testing::shown(&found),
            ["1: cpu=0 found=3 insert_failed=2", "2! expected `NAME=COUNT`, found `x`"]
        );
        let (found, _) = testing::parse(&PARSER, Some("conntrack -C"), "131072\n");
        assert_eq!(testing::shown(&found), ["1: count=131072"]);
        let table = "entries  clashres found new invalid ignore delete\n\
            00000010  00000000 00000000 00000001 0000000a 00000000 00000000\n";
        let (found, _) = testing::parse(&PARSER, None, table);
        assert_eq!(
            testing::shown(&found),
            ["2: cpu=0 entries=16 clashres=0 found=0 new=1 invalid=10 ignore=0 delete=0"]
        );
    }
}
