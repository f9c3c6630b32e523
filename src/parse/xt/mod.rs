//! `iptables-save`, `iptables -S` and `iptables -L`, of either family and either backend.
//!
//! The three outputs are three parsers that fill the same tables. What a rule's words mean is in `matches` and
//! `target`, for both spellings.

mod builder;
mod columns;
mod cursor;
mod icmp;
mod list;
mod logical;
mod matches;
mod names;
mod save;
mod services;
mod spec;
mod target;
mod value;

#[cfg(test)]
mod tests;

use super::{Found, IssueKind, Parser, Section, command::Simple};
use crate::{
    model::{
        Fact, Origin, Partial, Place,
        netfilter::{
            Backend, Hook,
            xt::{Chain, XtForm, XtTable},
        },
    },
    net::Family,
};
use builder::Builder;
use logical::Logical;

pub(super) static SAVE: Parser = Parser {
    id: "iptables-save",
    command: "iptables-save",
    paths: &[
        "iptables-save.txt",
        "ip6tables-save.txt",
        "iptables-save",
        "ip6tables-save",
        "iptables-save.out",
        "iptables_save.txt",
        "networking/iptables-save*",
        "networking/ip6tables-save*",
    ],
    prints: |command| program(command).is_some_and(|name| name.ends_with("-save")),
    begins: save::begins,
    continues: save::continues,
    parse: save::parse_save,
};

pub(super) static SPEC: Parser = Parser {
    id: "iptables-spec",
    command: "iptables -S",
    paths: &[],
    prints: |command| lists_with(command, 'S', "--list-rules"),
    begins: save::begins_spec,
    continues: save::continues_spec,
    parse: save::parse_spec,
};

pub(super) static LIST: Parser = Parser {
    id: "iptables-list",
    command: "iptables -nvL",
    paths: &[
        "networking/iptables.txt",
        "networking/iptables-filter.txt",
        "networking/iptables-nat.txt",
        "networking/iptables-mangle.txt",
        "networking/iptables-raw.txt",
        "networking/ip6tables.txt",
        "networking/ip6tables-filter.txt",
        "networking/ip6tables-nat.txt",
        "networking/ip6tables-mangle.txt",
        "networking/ip6tables-raw.txt",
    ],
    prints: |command| lists_with(command, 'L', "--list"),
    begins: list::begins,
    continues: list::continues,
    parse: list::parse,
};

/// Returns the program if it is one of iptables', under whichever name.
fn program(command: &Simple) -> Option<&str> {
    let mut name = command.program();
    // `xtables-nft-multi iptables-save`, `xtables-legacy-multi iptables -S`.
    if name.starts_with("xtables-") {
        name = command.args().next()?;
    }
    (name.starts_with("iptables") || name.starts_with("ip6tables")).then_some(name)
}

/// Returns whether iptables was asked to list, by a letter that may stand among others (`-nvL`) or a word.
fn lists_with(command: &Simple, letter: char, word: &str) -> bool {
    program(command).is_some_and(|name| !name.ends_with("-save") && !name.ends_with("-restore"))
        && list_option(command, letter, word).is_some()
}

/// Returns the index of the option among the arguments.
fn list_option(command: &Simple, letter: char, word: &str) -> Option<usize> {
    command.args().position(|arg| {
        let letters = arg.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        arg == word || letters.is_some_and(|letters| letters.contains(letter))
    })
}

/// Returns the chain that the command asks for: `-L KUBE-SERVICES`, `-nvL POSTROUTING`.
fn asked_chain(command: &Simple) -> Option<&str> {
    let at = list_option(command, 'L', "--list")
        .or_else(|| list_option(command, 'S', "--list-rules"))?;
    let after = command.args().nth(at + 1)?;
    let option = command.args().nth(at).unwrap_or_default();
    // An option's value may stand in between: `-nvLt nat`.
    (!after.starts_with('-') && !option.ends_with('t')).then_some(after)
}

/// The tables that iptables has.
const TABLES: [&str; 5] = ["filter", "nat", "mangle", "raw", "security"];

/// Returns the table that the command was asked for, or that the path names. A command without `-t` means `filter`.
fn table_of(section: &Section<'_>) -> Option<Box<str>> {
    if let Some(command) = section.command.filter(|command| program(command).is_some()) {
        let asked = command.option(&["-t", "--table"]).or_else(|| {
            let mut args = command.args();
            args.find(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('t'))?;
            args.next()
        });
        return Some(asked.unwrap_or("filter").into());
    }
    let name = section.path.rsplit(['/', '!']).next().unwrap_or_default();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let named = words().find(|word| TABLES.contains(word));
    // The log collector keeps `iptables --list` without a table as `networking/iptables.txt`.
    let is_default = matches!(name, "iptables.txt" | "ip6tables.txt")
        && section.path.ends_with(&format!("networking/{name}"));
    named.or(is_default.then_some("filter")).map(Into::into)
}

/// Returns the backend that the program's name tells.
fn backend_of(section: &Section<'_>) -> Backend {
    let words = section.command.map(|command| command.argv.iter().take(2));
    let told = words.into_iter().flatten().find_map(|word| {
        let is = |part: &str| word.contains(part);
        (is("tables-nft") || is("nft-multi"))
            .then_some(Backend::Nft)
            .or_else(|| (is("tables-legacy") || is("legacy-multi")).then_some(Backend::Legacy))
    });
    told.unwrap_or(Backend::Unknown)
}

/// Everything about one table but its rules.
#[derive(Debug)]
struct Frame {
    origin: Origin,
    name: Option<Box<str>>,
    family: Option<Family>,
    backend: Backend,
    form: XtForm,
    partial: Option<Partial>,
    notes: Vec<(u32, Box<str>)>,
}

/// Keeps a table, if there is anything in it.
fn emit(section: &Section<'_>, found: &mut Found, builder: Builder<'_>, frame: Frame) {
    let told = if builder.is_v6 { Family::V6 } else { Family::V4 };
    let family = frame.family.or_else(|| section.family()).unwrap_or(told);
    let chains = builder.finish();
    let selected = match frame.form {
        XtForm::Save => false,
        XtForm::Spec | XtForm::List { .. } => {
            section.command.is_some_and(|command| asked_chain(command).is_some())
                || lacks_builtins(&chains, frame.name.as_deref())
        }
    };
    let partial = match (section.partial(), frame.partial) {
        (Some(Partial::Filtered), _) => Some(Partial::Filtered),
        (_, Some(own)) => Some(own),
        (_, None) if selected => Some(Partial::Selected),
        (told, None) => told,
    };
    found.fact(Fact::XtTable(XtTable {
        origin: frame.origin,
        command: section.command.map(|command| command.text.clone()),
        name: frame.name,
        family,
        backend: frame.backend,
        form: frame.form,
        chains,
        partial,
        notes: frame.notes,
    }));
}

/// Returns whether built-in chains are missing that a whole listing of any table has.
fn lacks_builtins(chains: &[Chain], table: Option<&str>) -> bool {
    let has = |name: &str| chains.iter().any(|chain| chain.listed && &*chain.name == name);
    if !has("OUTPUT") {
        return true;
    }
    match table {
        Some("raw") => !has("PREROUTING"),
        Some("filter" | "security") => !has("INPUT") || !has("FORWARD"),
        _ if has("PREROUTING") => !has("POSTROUTING"),
        _ => !has("INPUT") || !has("FORWARD"),
    }
}

/// Returns whether a chain is one of the five that hooks call.
fn is_builtin(chain: &str) -> bool {
    Hook::of_builtin(chain).is_some()
}

/// Returns the place of a line.
fn origin(section: &Section<'_>, line: &Logical<'_>) -> Origin {
    let (line, bytes) = (line.number, line.bytes);
    Origin { artifact: section.artifact, line, bytes, place: Place::Line }
}

/// Records a line that was not understood.
fn issue(section: &Section<'_>, found: &mut Found, line: &Logical<'_>, kind: &IssueKind) {
    found.issue_at(origin(section, line), kind);
}
