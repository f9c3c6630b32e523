//! Tables of `kubectl get …`, also `-o wide`, `-A`, `--show-labels` and `-o custom-columns` with name and address.
//!
//! The header tells the columns. Cells are taken word by word, because pasted tables have lost their alignment; the
//! few cells that hold blanks are known (`1 (2d ago)`, `Amazon Linux 2023`, `10.0.0.1:53 + 2 more...`).

use super::{
    super::{Found, IssueKind, Line, Parser, Section},
    kind_of_command, kind_of_resource, row,
};
use crate::model::{Fact, Sourced, fact::KubeFact};

pub(in crate::parse) static PARSER: Parser = Parser {
    id: "kubectl-table",
    command: "kubectl get pods -A -o wide",
    paths: &["pods.txt", "nodes.txt", "pods-wide.txt", "nodes-wide.txt", "services.txt"],
    prints: |command| {
        let output = command.option(&["-o", "--output"]).unwrap_or_default();
        let is_text = ["", "wide", "=wide"].contains(&output) || output.contains("custom-columns");
        super::is_get(command) && is_text
    },
    begins: |line| Table::of_header(line).is_some() || line.trim_start().starts_with(NOTHING),
    continues: |line| row_kind(line).is_some(),
    parse,
};

const NOTHING: &str = "No resources found";

/// One kind of table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) kind: &'static str,
    pub(super) columns: Vec<Box<str>>,
}

/// The columns that tell a table's kind, as they follow `NAME`.
const SIGNATURES: &[(&str, &[&str])] = &[
    ("Pod", &["READY", "STATUS", "RESTARTS", "AGE"]),
    ("Node", &["STATUS", "ROLES", "AGE", "VERSION"]),
    ("Node", &["STATUS", "AGE", "VERSION"]),
    ("Service", &["TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]),
    ("Service", &["CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]),
    ("EndpointSlice", &["ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"]),
    ("Endpoints", &["ENDPOINTS", "AGE"]),
    ("DaemonSet", &["DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE", "SELECTOR"]),
    ("CNINode", &["FEATURES"]),
    ("Pod", &["IP"]),
    ("Pod", &["PODIP"]),
    ("Pod", &["POD_IP"]),
    ("Pod", &["NODE", "IP"]),
    ("Pod", &["IP", "NODE"]),
];

/// Column names of two words.
const PAIRS: &[(&str, &str)] =
    &[("NOMINATED", "NODE"), ("READINESS", "GATES"), ("NODE", "SELECTOR")];

impl Table {
    /// Returns the table that a header line starts.
    fn of_header(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let names = words.strip_prefix(&["NAMESPACE"]).unwrap_or(&words);
        let rest = names.strip_prefix(&["NAME"])?;
        let signature = |columns: &[&str]| rest.starts_with(columns);
        let (kind, _) = SIGNATURES.iter().find(|(_, columns)| signature(columns))?;
        let is_header = words.iter().all(|word| !word.bytes().any(|b| b.is_ascii_lowercase()));
        is_header.then(|| Self { kind, columns: columns(&words) })
    }

    /// Returns the table of a line that only its command explains: `NAME AGE` of a custom resource, rows alone.
    fn of_command(kind: Option<&'static str>, line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let is_header = words.starts_with(&["NAME"]) || words.starts_with(&["NAMESPACE", "NAME"]);
        if is_header {
            return Some(Self { kind: kind?, columns: columns(&words) });
        }
        let is_pod = |words: &[&str]| words.get(1).is_some_and(|word| is_ready(word));
        let pod = "NAME READY STATUS RESTARTS AGE IP NODE";
        if is_pod(&words) {
            return Some(Self {
                kind: "Pod",
                columns: columns(&pod.split(' ').collect::<Vec<_>>()),
            });
        }
        let rest = words.get(1..).unwrap_or_default();
        let columns = columns(&["NAMESPACE"].into_iter().chain(pod.split(' ')).collect::<Vec<_>>());
        is_pod(rest).then_some(Self { kind: "Pod", columns })
    }
}

/// Joins the words of a header to the names of columns.
fn columns(words: &[&str]) -> Vec<Box<str>> {
    let mut columns: Vec<Box<str>> = Vec::new();
    for word in words {
        match columns.last_mut() {
            Some(last)
                if PAIRS.iter().any(|(first, second)| **last == **first && word == second) =>
            {
                *last = format!("{last} {word}").into();
            }
            _ => columns.push((*word).into()),
        }
    }
    columns
}

/// `1/2`.
fn is_ready(word: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    word.split_once('/').is_some_and(|(ready, all)| is_number(ready) && is_number(all))
}

/// `5m17s`, `62m`, `3d4h`, `<unknown>`.
fn is_age(word: &str) -> bool {
    let units = |c: char| matches!(c, 's' | 'm' | 'h' | 'd' | 'y');
    matches!(word, "<unknown>" | "<invalid>")
        || (word.ends_with(units)
            && word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || units(c)))
}

/// What a line inside of a table can be.
enum RowKind {
    Header,
    Row,
    Nothing,
}

fn row_kind(line: &str) -> Option<RowKind> {
    let line = line.trim();
    if line.starts_with(NOTHING) {
        return Some(RowKind::Nothing);
    }
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is_header = words.starts_with(&["NAME"]) || words.starts_with(&["NAMESPACE", "NAME"]);
    if is_header && words.iter().all(|word| !word.bytes().any(|b| b.is_ascii_lowercase())) {
        return Some(RowKind::Header);
    }
    let first = words.first()?;
    let is_name = first
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-./:_".contains(&b))
        && first.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let second = words.get(1).copied().unwrap_or_default();
    let has_address = second == "<none>" || second.parse::<std::net::IpAddr>().is_ok();
    let has_features = second.starts_with("[{") || second.starts_with("[map[");
    let has_age =
        words.iter().skip(1).any(|word| is_age(word)) || words.iter().any(|word| is_ready(word));
    (is_name && (has_age || (has_address && words.len() <= 3) || has_features))
        .then_some(RowKind::Row)
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let asked = section.command.and_then(kind_of_command);
    let namespace = section.command.and_then(|command| command.option(&["-n", "--namespace"]));
    let mut table: Option<Table> = None;
    for line in section.text_lines() {
        if let Some(new) = Table::of_header(&line.text) {
            // `NAME IP` of a command that asks for nodes or Services is one of theirs.
            let kind = asked.filter(|_| new.columns.len() <= 3).unwrap_or(new.kind);
            table = Some(Table { kind, ..new });
            continue;
        }
        if line.text.trim_start().starts_with(NOTHING) {
            nothing(section, line, asked, found);
            continue;
        }
        let is_new_header = matches!(row_kind(&line.text), Some(RowKind::Header));
        if table.is_none() || is_new_header {
            table = Table::of_command(asked, &line.text);
            if is_new_header && table.is_some() {
                continue;
            }
        }
        match &table {
            Some(table) => read_row(section, line, table, namespace, found),
            None => {
                found.issue(section, line, &IssueKind::unexpected("a table of kubectl", &line.text))
            }
        }
    }
}

fn nothing(section: &Section<'_>, line: &Line<'_>, asked: Option<&'static str>, found: &mut Found) {
    let origin = line.origin(section.artifact);
    match asked {
        Some(kind) => found.fact(Fact::Kube(KubeFact::Empty { kind: kind.into(), origin })),
        None => found.issue(
            section,
            line,
            &IssueKind::unexpected("a table of a known kind", &line.text),
        ),
    }
}

fn read_row(
    section: &Section<'_>,
    line: &Line<'_>,
    table: &Table,
    namespace: Option<&str>,
    found: &mut Found,
) {
    let mut cells = Cells { cells: cells(&line.text, &table.columns) };
    let name = cells.take("NAME").unwrap_or_default();
    // `kubectl get pods,services` names the kind in the name.
    let (kind, name) = match name.split_once('/') {
        Some((resource, name)) => {
            let resource = resource.split('.').next().unwrap_or_default();
            (kind_of_resource(resource).unwrap_or(table.kind), name)
        }
        None => (table.kind, &*name),
    };
    let namespace = cells.take("NAMESPACE").or(namespace.map(Into::into));
    let origin = line.origin(section.artifact);
    match row::fact(kind, namespace, name, cells, origin) {
        Ok((fact, kinds)) => {
            found.fact(Fact::Kube(fact));
            for kind in kinds {
                found.issue(section, line, &kind);
            }
        }
        Err(kind) => found.issue(section, line, &kind),
    }
}

/// The cells of a row by their columns.
pub(super) struct Cells {
    pub(super) cells: Vec<(Box<str>, Box<str>)>,
}

impl Cells {
    /// Takes a cell; `<none>` and its like are no value.
    pub(super) fn take(&mut self, column: &str) -> Option<Box<str>> {
        let at = self.cells.iter().position(|(known, _)| &**known == column)?;
        let (_, cell) = self.cells.remove(at);
        Some(cell).filter(|cell| !matches!(&**cell, "<none>" | "<unset>" | "<pending>" | "<nil>"))
    }
}

/// Assigns the words of a row to columns. Words beyond the last column have an empty one.
fn cells(line: &str, columns: &[Box<str>]) -> Vec<(Box<str>, Box<str>)> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let mut cells: Vec<(Box<str>, Box<str>)> = Vec::new();
    let mut at = 0;
    for (index, column) in columns.iter().enumerate() {
        let rest = words.get(at..).unwrap_or_default();
        let n_after = columns.len() - index - 1;
        let n_words = match &**column {
            "RESTARTS" => restarts(rest),
            "OS-IMAGE" => rest.len().saturating_sub(n_after).max(1),
            "ENDPOINTS" if rest.get(1) == Some(&"+") => 4,
            "FEATURES" => rest.len().saturating_sub(n_after).max(1),
            _ => 1,
        };
        let cell = rest.get(..n_words.min(rest.len())).unwrap_or_default();
        if cell.is_empty() {
            break;
        }
        at += cell.len();
        cells.push((column.clone(), cell.join(" ").into()));
    }
    let beyond = words.get(at..).unwrap_or_default();
    if !beyond.is_empty() {
        cells.push(("".into(), beyond.join(" ").into()));
    }
    cells
}

/// `3`, `3 (2d4h ago)`.
fn restarts(rest: &[&str]) -> usize {
    if rest.get(1).is_some_and(|word| word.starts_with('(')) {
        let end = rest.iter().position(|word| word.ends_with(')'));
        return end.map_or(1, |end| end + 1);
    }
    1
}

/// Returns a fact with its place.
pub(super) fn sourced<T>(value: T, origin: crate::model::Origin) -> Sourced<T> {
    Sourced::new(value, origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::ArtifactId,
        parse::{command, line},
    };

    fn read(command: &str, text: &str) -> (Vec<String>, Vec<String>) {
        let lines = line::lines(text);
        let command = command::commands(command).into_iter().next();
        let section = Section {
            artifact: ArtifactId(0),
            path: "",
            command: command.as_ref(),
            lines: &lines,
            cut: false,
        };
        let mut found = Found::default();
        parse(&section, &mut found);
        let facts = found.facts.iter().filter_map(|fact| {
            let Fact::Kube(fact) = fact else { return None };
            Some(fact.to_string())
        });
        let issues = found.issues.iter().map(|issue| issue.message.to_string());
        (facts.collect(), issues.collect())
    }

    #[test]
    fn reads_rows_that_lost_their_alignment() {
        let text = "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n\
                    web-1 1/1 Running 1 (2d ago) 62m 192.0.2.58 ip-192-0-2-7.internal <none> <none> <-- here\n";
        let (facts, issues) = read("kubectl get pod -n kube-system -owide", text);
        assert_eq!(
            facts,
            [
                "pod kube-system/web-1 ips=192.0.2.58 node=ip-192-0-2-7.internal phase=Running READY=1/1 \
              RESTARTS=\"1 (2d ago)\" AGE=62m NOMINATED NODE=<none> READINESS GATES=<none>"
            ]
        );
        assert_eq!(issues, ["not a line of a row of this table: `<-- here`"]);
    }

    #[test]
    fn reads_nodes_services_and_endpoints() {
        let nodes = "NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n\
                     n1     Ready    <none>   15d   v1.31.2   192.0.2.7     <none>        Amazon Linux 2023.6.20241031   6.1.112-124.190.amzn2023.x86_64   containerd://1.7.23\n";
        let (facts, issues) = read("kubectl get nodes -o wide", nodes);
        assert_eq!(issues, Vec::<String>::new());
        assert_eq!(
            facts,
            ["node n1 ips=192.0.2.7 unschedulable=false kernel=6.1.112-124.190.amzn2023.x86_64 \
              os=\"Amazon Linux 2023.6.20241031\" kubelet=v1.31.2 runtime=containerd://1.7.23 STATUS=Ready \
              ROLES=<none> AGE=15d"]
        );
        let services = "NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR\n\
                        default web LoadBalancer 10.100.0.9 a.elb.example.com 80:30080/TCP,443/TCP 3d4h app=web,tier=front\n";
        let (facts, issues) = read("k get svc -A -o wide", services);
        assert_eq!(issues, Vec::<String>::new());
        assert_eq!(
            facts,
            [
                "service default/web type=LoadBalancer ips=10.100.0.9 ingress=a.elb.example.com port=80/TCP \
              node-port=30080 port=443/TCP selector{app=web tier=front} AGE=3d4h"
            ]
        );
        let endpoints = "NAME ENDPOINTS AGE\nweb 192.0.2.58:80,192.0.2.59:80 + 2 more... 3d\n";
        let (facts, issues) = read("kubectl get ep", endpoints);
        assert_eq!(facts, ["endpoints web service=web port=80/TCP AGE=3d; 192.0.2.58; 192.0.2.59"]);
        assert_eq!(issues, ["not printed by kubectl: 2 more..."]);
    }

    #[test]
    fn prompts_and_prose_are_no_rows() {
        for line in [
            "[root@ip ~]# kubectl get pods",
            "$ k get pods",
            "# pods",
            "kubectl get pod -o wide",
            "the pod is 5m old, it says",
        ] {
            assert!(row_kind(line).is_none() || line.contains(','), "{line}");
        }
        let (facts, _) = read("kubectl get eniconfig", "NAME AGE\nap-northeast-2a 3d\n");
        assert_eq!(facts, ["eniconfig ap-northeast-2a"]);
        let (facts, _) = read("kubectl get pods", "No resources found in default namespace.\n");
        assert_eq!(facts, ["no Pod"]);
    }
}
