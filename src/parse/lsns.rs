//! `lsns`: one line per namespace, in columns that `-o` chooses.
//!
//! `TYPE`, `NPROCS`, `PID` and so on are told apart by their order and their shape, because pasted listings lose the
//! blanks that align them. The columns are those of util-linux (`sys-utils/lsns.c`, `infos[]`).

use super::{Found, IssueKind, Parser, Section, command::Simple};
use crate::{
    model::{
        Fact, Sourced,
        netns::{NetnsEntry, NsKind, NsidColumn},
    },
    net::{NetnsInode, Nsid, Pid},
};

pub(super) static PARSER: Parser = Parser {
    id: "lsns",
    command: "lsns -t net",
    paths: &["lsns.txt", "lsns-net.txt", "networking/lsns.txt"],
    prints: |command| command.program() == "lsns" && !prints_json(command),
    begins,
    continues,
    parse,
};

fn prints_json(command: &Simple) -> bool {
    command.args().any(|arg| {
        arg == "--json" || arg.strip_prefix('-').is_some_and(|short| short.starts_with('J'))
    })
}

/// One column of the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Ns,
    Type,
    Path,
    NProcs,
    Pid,
    Ppid,
    Command,
    Uid,
    User,
    NetnsId,
    Nsfs,
    Pns,
    Ons,
}

/// What `lsns` prints without `-o`; `NETNSID` and `NSFS` only for `-t net`.
const NET_COLUMNS: &[Column] = &[
    Column::Ns,
    Column::Type,
    Column::NProcs,
    Column::Pid,
    Column::User,
    Column::NetnsId,
    Column::Nsfs,
    Column::Command,
];
const PLAIN_COLUMNS: &[Column] =
    &[Column::Ns, Column::Type, Column::NProcs, Column::Pid, Column::User, Column::Command];

impl Column {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "NS" => Self::Ns,
            "TYPE" => Self::Type,
            "PATH" => Self::Path,
            "NPROCS" => Self::NProcs,
            "PID" => Self::Pid,
            "PPID" => Self::Ppid,
            "COMMAND" => Self::Command,
            "UID" => Self::Uid,
            "USER" => Self::User,
            "NETNSID" => Self::NetnsId,
            "NSFS" => Self::Nsfs,
            "PNS" => Self::Pns,
            "ONS" => Self::Ons,
            _ => return None,
        })
    }

    /// Returns whether a word can stand in the column.
    fn fits(self, word: &str) -> bool {
        match self {
            Self::Ns
            | Self::NProcs
            | Self::Pid
            | Self::Ppid
            | Self::Uid
            | Self::Pns
            | Self::Ons => is_number(word),
            Self::Type => NsKind::from_name(word).is_some(),
            Self::NetnsId => word == "unassigned" || is_number(word),
            // A binding of a namespace is a path that a process's arguments do not look like.
            Self::Nsfs => {
                ["/run/", "/var/run/", "/proc/", "/tmp/"].iter().any(|dir| word.starts_with(dir))
            }
            Self::Path => word.starts_with("/proc/"),
            Self::Command | Self::User => true,
        }
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.len() <= 20 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the columns of a header line. One name alone is no header: a word in capitals may stand anywhere.
fn header(line: &str) -> Option<Vec<Column>> {
    let columns: Option<Vec<_>> = line.split_ascii_whitespace().map(Column::from_name).collect();
    columns.filter(|columns| columns.len() > 1)
}

/// The lines that `--tree` and the process tree of `COMMAND` draw.
fn without_tree(text: &str) -> &str {
    let drawn = |c: char| matches!(c, '├' | '└' | '─' | '│' | ' ');
    let text = text.trim_start_matches(drawn);
    text.strip_prefix("|-").or_else(|| text.strip_prefix("`-")).unwrap_or(text)
}

/// A header, or `4026531840 net` with a number after it.
fn begins(line: &str) -> bool {
    if let Some(columns) = header(line) {
        return columns.contains(&Column::Ns)
            || columns.contains(&Column::Pid) && columns.contains(&Column::Command);
    }
    is_row(line)
}

/// Returns whether the line is a row of the default columns.
fn is_row(line: &str) -> bool {
    let mut words = without_tree(line.trim()).split_ascii_whitespace();
    // The kernel numbers namespaces from `PROC_DYNAMIC_FIRST`, 0xF0000000 (`fs/proc/generic.c`).
    words.next().is_some_and(|ns| is_number(ns) && ns.len() == 10 && ns.starts_with("40"))
        && words.next().is_some_and(|kind| NsKind::from_name(kind).is_some())
        && words.next().is_some_and(is_number)
}

fn continues(line: &str) -> bool {
    let text = without_tree(line.trim());
    let mut words = text.split_ascii_whitespace();
    let Some(first) = words.next() else { return false };
    is_number(first)
        || first == "unassigned"
        || (first.starts_with('/') && words.next().is_none())
        || header(line).is_some()
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let mut columns = section.command.and_then(asked_columns);
    let mut entries: Vec<Sourced<NetnsEntry>> = Vec::new();
    for line in section.text_lines() {
        if let Some(names) = header(&line.text) {
            columns = Some(names);
            continue;
        }
        // A second binding of the namespace above stands alone on its line.
        let text = without_tree(line.text.trim());
        if let Some(last) = entries.last_mut()
            && Column::Nsfs.fits(text)
            && !text.contains(' ')
            && columns.as_ref().is_none_or(|columns| columns.contains(&Column::Nsfs))
        {
            last.value.nsfs.push(text.into());
            continue;
        }
        let columns = columns.as_deref().unwrap_or_else(|| guessed_columns(text));
        match row(text, columns) {
            Ok(entry) => entries.push(Sourced::new(entry, line.origin(section.artifact))),
            Err(kind) => found.issue(section, line, &kind),
        }
    }
    // `lsns INODE` lists the processes of one namespace, which says nothing of others.
    if columns.as_deref() == Some(&[Column::Pid, Column::Ppid, Column::User, Column::Command]) {
        let n_lines = u32::try_from(section.lines.len()).unwrap_or(u32::MAX);
        let what = "processes of one namespace";
        found.fact(Fact::Known { what, origin: section.origin(), n_lines });
        return;
    }
    found.fact(Fact::Netns(section.dump(entries)));
}

/// Returns the columns that `-o` asked for. `-o +COLUMN` adds to the default.
fn asked_columns(command: &Simple) -> Option<Vec<Column>> {
    let list = command.option(&["-o", "--output"])?;
    let (mut columns, list) = match list.strip_prefix('+') {
        Some(more) if command.option(&["-t", "--type"]) == Some("net") => {
            (NET_COLUMNS.to_vec(), more)
        }
        Some(more) => (PLAIN_COLUMNS.to_vec(), more),
        None => (Vec::new(), list),
    };
    for name in list.split(',') {
        columns.push(Column::from_name(&name.to_ascii_uppercase())?);
    }
    Some(columns)
}

/// Returns the columns of a row without header: those of `-t net` have a `NETNSID`.
fn guessed_columns(text: &str) -> &'static [Column] {
    let mut words = without_tree(text).split_ascii_whitespace().skip(5);
    match words.next() {
        Some(word) if Column::NetnsId.fits(word) => NET_COLUMNS,
        Some(_) | None => PLAIN_COLUMNS,
    }
}

fn row(text: &str, columns: &[Column]) -> Result<NetnsEntry, IssueKind> {
    let mut entry = NetnsEntry::default();
    let mut rest = without_tree(text.trim());
    let at = columns.iter().position(|column| *column == Column::Command).unwrap_or(columns.len());
    for column in columns.get(..at).unwrap_or_default() {
        let (word, tail) = first_word(rest);
        if takes(*column, word, &entry) {
            set(&mut entry, *column, word)?;
            rest = tail;
        }
    }
    // A command has blanks of its own, so the cells behind it are taken from the end of the line.
    for column in columns.get(at + 1..).unwrap_or_default().iter().rev() {
        let (tail, word) = last_word(rest);
        if takes(*column, word, &entry) {
            set(&mut entry, *column, word)?;
            rest = tail;
        }
    }
    let command = without_tree(rest.trim());
    if at < columns.len() {
        entry.command = (!command.is_empty()).then(|| unescaped(command));
    } else if !command.is_empty() {
        return Err(IssueKind::unexpected("lsns", command));
    }
    if entry == NetnsEntry::default() {
        return Err(IssueKind::Missing { expected: "a row of the columns above" });
    }
    Ok(entry)
}

/// Returns whether the word is the column's cell. Cells may be blank, and a namespace without processes has no `PID`.
fn takes(column: Column, word: &str, entry: &NetnsEntry) -> bool {
    let of_process = matches!(column, Column::Pid | Column::Ppid);
    !word.is_empty() && column.fits(word) && !(of_process && entry.n_procs == Some(0))
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn last_word(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    text.rsplit_once(char::is_whitespace).unwrap_or(("", text))
}

fn set(entry: &mut NetnsEntry, column: Column, word: &str) -> Result<(), IssueKind> {
    let malformed = |expected| IssueKind::malformed(expected, word);
    let number = || word.parse::<u32>().map_err(|_| malformed("a number below 2^32"));
    match column {
        Column::Ns => {
            let inode = word.parse().map_err(|_| malformed("an inode number"))?;
            entry.inode = Some(NetnsInode(inode));
        }
        Column::Type => entry.kind = NsKind::from_name(word),
        Column::NProcs => entry.n_procs = Some(number()?),
        Column::Pid => entry.pid = Some(Pid(number()?)),
        Column::User => entry.user = Some(word.into()),
        Column::NetnsId if word == "unassigned" => entry.nsid = NsidColumn::Unassigned,
        Column::NetnsId => entry.nsid = NsidColumn::Assigned(Nsid(number()?)),
        // `--nowrap` joins several bindings with commas.
        Column::Nsfs => entry.nsfs.extend(word.split(',').map(Into::into)),
        Column::Path => entry.rest.push(format!("PATH={word}").into()),
        Column::Ppid => entry.rest.push(format!("PPID={word}").into()),
        Column::Uid => entry.rest.push(format!("UID={word}").into()),
        Column::Pns => entry.rest.push(format!("PNS={word}").into()),
        Column::Ons => entry.rest.push(format!("ONS={word}").into()),
        Column::Command => entry.command = Some(unescaped(word)),
    }
    Ok(())
}

/// `lsns --raw` prints blanks inside a cell as `\x20`.
fn unescaped(text: &str) -> Box<str> {
    text.replace("\\x20", " ").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let (found, _) = crate::parse::testing::parse(&PARSER, None, text);
        crate::parse::testing::shown(&found)
    }

    #[test]
    fn reads_rows_whose_blanks_were_lost() {
        let text = "NS TYPE NPROCS PID USER NETNSID NSFS COMMAND\n\
            4026531840 net 119 1 root unassigned /usr/lib/systemd/systemd --switched-root\n\
            4026532210 net 2 3977 65535 0 /run/netns/cni-0a1b /pause\n\
            4026532211 net 0 root /run/netns/empty\n\
            /run/docker/netns/empty\n";
        assert_eq!(
            rows(text),
            [
                "2: 4026531840 net 119 1 root unassigned /usr/lib/systemd/systemd --switched-root",
                "3: 4026532210 net 2 3977 65535 0 /run/netns/cni-0a1b /pause",
                "4: 4026532211 net 0 root /run/netns/empty /run/docker/netns/empty",
            ]
        );
    }

    #[test]
    fn reads_columns_behind_the_command() {
        let text = "    PID COMMAND   UID    NETNSID NSFS\n\
            14536 sleep 600   0          0 /run/netns/t1\n\
            14539 sleep 300   0 unassigned \n";
        assert_eq!(
            rows(text),
            ["2: 14536 0 /run/netns/t1 sleep 600 UID=0", "3: 14539 unassigned sleep 300 UID=0"]
        );
    }

    #[test]
    fn prose_begins_no_listing() {
        for prose in ["NS records", "4026531840", "4026531840 network", "PID 12", "net", ""] {
            assert!(!begins(prose), "{prose}");
        }
        assert!(begins("4026531840 net     119     1 root  unassigned"));
        assert!(begins("├─4026532177 net        1 14536 root          0 /run/netns/t1 sleep 600"));
    }
}
