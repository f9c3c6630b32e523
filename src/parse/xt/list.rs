//! The lines of `iptables -L`, with and without `-v`, `-n`, `-x` and `--line-numbers`.
//!
//! ```text
//! Chain NAME (policy POLICY [PACKETS packets, BYTES bytes]) | (N references)
//! [num] [pkts bytes] target prot opt [in out] source destination
//! rules
//! ```

use super::{
    super::{Found, IssueKind, Section},
    Frame, TABLES, backend_of,
    builder::{Builder, RuleLine},
    columns::{self, Columns, Layout},
    cursor::Cursor,
    emit, is_builtin, issue,
    logical::{self, Logical},
    matches, origin,
    spec::{self, Rule},
    table_of,
    target::{self, Jump},
    value,
};
use crate::{
    model::{
        ByteRange,
        netfilter::{
            Counters, Policy,
            xt::{RuleText, XtForm},
            xt_match::{CommentText, MatchKind, Side},
            xt_target::Target,
        },
    },
    net::Protocol,
};

/// How many ends of a comment are tried for one rule: a comment may hold `*/`.
const MAX_TRIES: u8 = 32;

/// Returns whether a line alone shows the start of an `iptables -L`.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim_ascii();
    line.starts_with("Chain ") && chain_line(line).is_some()
}

/// Returns whether a line may stand inside an `iptables -L`.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim_ascii();
    columns::is_rule(line)
        || begins(line)
        || columns::layout(line).is_some()
        || is_tail(line)
        || is_note(line)
        || table_line(line).is_some()
}

/// `Table: nat`, which the init script of Red Hat prints above each table.
fn table_line(line: &str) -> Option<&str> {
    line.strip_prefix("Table: ").map(str::trim_ascii).filter(|name| TABLES.contains(name))
}

/// Lines of iptables itself and of the log collector around the rules.
fn is_note(line: &str) -> bool {
    line.starts_with("# Warning: ")
        || line.starts_with("# Table `")
        || line.starts_with("Total Number of Rules:")
        || (line.len() >= 3 && line.bytes().all(|byte| byte == b'='))
}

/// Returns whether a line is the tail of a rule that somebody moved to a line of its own.
fn is_tail(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let word = if first == "!" { words.next().unwrap_or_default() } else { first };
    let next = words.next();
    match word {
        "/*" | "[goto]" | "ctstate" | "reject-with" | "match-set" | "limit:" | "recent:"
        | "random-fully" | "icmptype" => true,
        "ADDRTYPE" | "mark" | "connmark" => next == Some("match"),
        "statistic" => next == Some("mode"),
        "multiport" => next.is_some_and(|next| next.ends_with("ports")),
        "tcp" | "udp" => {
            next.is_some_and(|next| next.starts_with("dpt") || next.starts_with("spt"))
        }
        "MARK" | "CONNMARK" => {
            matches!(next, Some("set" | "or" | "and" | "xor" | "xset" | "save" | "restore"))
        }
        "state" => next.is_some_and(|next| value::states(next).is_some()),
        _ => word.strip_prefix("to:").is_some_and(|to| !to.is_empty()),
    }
}

/// What the line above a chain says.
struct Heading<'a> {
    name: &'a str,
    policy: Option<Policy>,
    counters: Option<Counters>,
    references: Option<u32>,
}

/// `Chain NAME (policy ACCEPT 12 packets, 3456 bytes)`, `Chain NAME (2 references)`.
fn chain_line(line: &str) -> Option<Heading<'_>> {
    let (name, facts) = line.strip_prefix("Chain ")?.trim_ascii().split_once(" (")?;
    let name = name.trim_ascii();
    if name.is_empty() || name.contains(' ') {
        return None;
    }
    let facts = facts.strip_suffix(')')?;
    let mut heading = Heading { name, policy: None, counters: None, references: None };
    let mut words = facts.split_ascii_whitespace();
    match words.next()? {
        "policy" => {
            heading.policy = match words.next()? {
                "ACCEPT" => Some(Policy::Accept),
                "DROP" => Some(Policy::Drop),
                _ => return None,
            };
            if let Some(packets) = words.next() {
                let (packets, cut) = value::counter(packets)?;
                let is_packets = words.next()?.starts_with("packet");
                let (bytes, cut_bytes) = value::counter(words.next()?)?;
                let is_bytes = words.next()?.starts_with("byte");
                if !is_packets || !is_bytes {
                    return None;
                }
                heading.counters = Some(Counters { packets, bytes, rounded: cut || cut_bytes });
            }
        }
        count => {
            heading.references = Some(value::decimal(count)?);
            if !words.next()?.starts_with("reference") {
                return None;
            }
        }
    }
    words.next().is_none().then_some(heading)
}

/// Reads an `iptables -L`.
pub(super) fn parse(section: &Section<'_>, found: &mut Found) {
    let joined = logical::joined(section.lines, columns::is_rule, is_tail);
    let mut reader = Reader {
        section,
        found,
        told: table_of(section),
        open: None,
        chain: None,
        layout: None,
        has_names: false,
        notes: Vec::new(),
    };
    for line in logical::logical(section.lines, &joined) {
        reader.line(&line);
    }
    reader.close();
    for (number, note) in std::mem::take(&mut reader.notes) {
        let kind = IssueKind::unexpected("iptables -L without a chain", &note);
        let mut origin = section.origin();
        origin.line = number;
        reader.found.issue_at(origin, &kind);
    }
}

struct Reader<'a, 's, 'f> {
    section: &'s Section<'s>,
    found: &'f mut Found,
    /// The table that the command or the path tells.
    told: Option<Box<str>>,
    open: Option<(Builder<'a>, Frame, Vec<&'a str>)>,
    /// The chain whose rules follow.
    chain: Option<&'a str>,
    layout: Option<Layout>,
    /// Whether `anywhere` or `any` was printed, which `-n` does not.
    has_names: bool,
    notes: Vec<(u32, Box<str>)>,
}

impl<'a> Reader<'a, '_, '_> {
    fn line(&mut self, line: &Logical<'a>) {
        let text = line.text;
        if let Some(heading) = chain_line(text) {
            self.heading(line, &heading);
        } else if let Some(layout) = columns::layout(text) {
            self.layout = Some(layout);
        } else if is_note(text) {
            let note = (line.number, text.trim_start_matches('#').trim_ascii().into());
            match &mut self.open {
                Some((_, frame, _)) => frame.notes.push(note),
                None => self.notes.push(note),
            }
        } else if let Some(name) = table_line(text) {
            self.close();
            self.told = Some(name.into());
        } else if !self.rule(line) {
            let kind = IssueKind::unexpected("iptables -L", text);
            issue(self.section, self.found, line, &kind);
        }
    }

    fn heading(&mut self, line: &Logical<'a>, heading: &Heading<'a>) {
        let name = heading.name;
        if self.open.as_ref().is_some_and(|(builder, _, seen)| {
            builder.is_listed(name) || (self.told.is_none() && starts_table(seen, name))
        }) {
            self.close();
        }
        let place = origin(self.section, line);
        let frame = |notes| Frame {
            origin: place,
            name: self.told.clone(),
            family: None,
            backend: backend_of(self.section),
            form: XtForm::List { numeric: true, verbose: true },
            partial: None,
            notes,
        };
        if self.open.is_none() {
            self.has_names = false;
            self.open =
                Some((Builder::default(), frame(std::mem::take(&mut self.notes)), Vec::new()));
        }
        if let Some((builder, _, seen)) = &mut self.open {
            builder.declare(name, place, heading.policy, heading.counters, heading.references);
            seen.push(name);
        }
        self.chain = Some(name);
    }

    fn rule(&mut self, line: &Logical<'a>) -> bool {
        let (Some(chain), Some((builder, _, _))) = (self.chain, &mut self.open) else {
            return false;
        };
        if !columns::is_rule(line.text) && self.layout.is_none() {
            return false;
        }
        let Some(columns) = columns::columns(line.text, self.layout) else { return false };
        self.has_names |= columns.source == "anywhere"
            || columns.destination == "anywhere"
            || columns.interfaces.is_some_and(|(i, o)| i == "any" || o == "any");
        let counters = columns.counters;
        let mut rule = Rule {
            words: columns.tail,
            builder,
            base: line.base,
            counters,
            target: Jump::Target(Target::None),
            is_open: false,
            column: columns.target,
        };
        conditions(&mut rule, &columns);
        tail(&mut rule, &mut MAX_TRIES.clone());
        let target = std::mem::replace(&mut rule.target, Jump::Target(Target::None));
        let text = line.is_changed.then(|| Box::new(RuleText(line.text.into())));
        let place = RuleLine { line: line.number, bytes: line.bytes, counters, text };
        builder.rule(chain, place, target);
        true
    }

    fn close(&mut self) {
        let Some((builder, mut frame, _)) = self.open.take() else { return };
        let verbose = self.layout.is_none_or(|layout| layout.interfaces);
        frame.form = XtForm::List { numeric: !self.has_names, verbose };
        self.chain = None;
        emit(self.section, self.found, builder, frame);
    }
}

/// Returns whether a chain's heading starts another table: a table lists its built-in chains first, PREROUTING before
/// all others and INPUT before all but that.
fn starts_table(seen: &[&str], name: &str) -> bool {
    let builtins = seen.iter().filter(|seen| is_builtin(seen)).count();
    match name {
        _ if !is_builtin(name) || builtins == 0 => false,
        "PREROUTING" => true,
        "INPUT" => seen.iter().any(|seen| matches!(*seen, "FORWARD" | "OUTPUT" | "POSTROUTING")),
        _ => builtins >= 2 && builtins < seen.len(),
    }
}

/// Adds the conditions of the columns, in the order of a save.
fn conditions(rule: &mut Rule<'_, '_>, columns: &Columns<'_>) {
    address(rule, Side::Source, columns.source);
    address(rule, Side::Destination, columns.destination);
    if let Some((in_interface, out_interface)) = columns.interfaces {
        interface(rule, "-i", in_interface);
        interface(rule, "-o", out_interface);
    }
    let (negated, name) = negation(columns.protocol);
    match value::protocol(name) {
        Some(None) if !negated => {}
        Some(protocol) => {
            let protocol = protocol.unwrap_or(Protocol(0));
            rule.builder.is_v6 |= protocol == Protocol::ICMPV6;
            rule.builder.push(negated, MatchKind::Protocol(protocol));
        }
        None => {
            let invert = if negated { "! " } else { "" };
            rule.builder.push(false, spec::words_of("", &format!("{invert}-p {name}")));
        }
    }
    match columns.options {
        "-f" => rule.builder.push(false, MatchKind::Fragment),
        "!f" => rule.builder.push(true, MatchKind::Fragment),
        _ => {}
    }
}

fn negation(text: &str) -> (bool, &str) {
    match text.strip_prefix('!') {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, text),
    }
}

fn address(rule: &mut Rule<'_, '_>, side: Side, text: &str) {
    let (negated, text) = negation(text);
    rule.builder.is_v6 |= text == "::/0";
    if !negated && matches!(text, "anywhere" | "0.0.0.0/0" | "::/0") {
        return;
    }
    rule.builder.push(negated, spec::addr_of(side, text));
}

fn interface(rule: &mut Rule<'_, '_>, option: &str, text: &str) {
    let (negated, name) = negation(text);
    let kind = match value::interface(name) {
        Some(None) => return,
        Some(Some(pattern)) if option == "-i" => MatchKind::InInterface(Box::new(pattern)),
        Some(Some(pattern)) => MatchKind::OutInterface(Box::new(pattern)),
        None => {
            let invert = if negated { "! " } else { "" };
            rule.builder.push(false, spec::words_of("", &format!("{invert}{option} {name}")));
            return;
        }
    };
    rule.builder.push(negated, kind);
}

/// Reads the words after the columns. Returns whether all of them were understood.
fn tail(rule: &mut Rule<'_, '_>, tries: &mut u8) -> bool {
    let mut is_goto = false;
    let mut clean = true;
    loop {
        if rule.starts_target_options() {
            break;
        }
        let start = rule.words.offset();
        let Some(word) = rule.words.next() else { break };
        match word.text {
            "[goto]" => is_goto = true,
            "/*" => {
                clean &= comment(rule, word.end, tries);
                break;
            }
            text => {
                let negated = text == "!";
                let name = if negated { rule.words.text() } else { text };
                if !matches::listed(rule, negated, name) {
                    clean = false;
                    unmodelled(rule, start);
                }
            }
        }
    }
    // The words after a comment were read with it, the target among them.
    if rule.target == Jump::Target(Target::None) {
        rule.target = target::listed(&mut rule.words, rule.column);
    }
    if is_goto && !target::is_target(rule.column) {
        rule.target = Jump::Goto(rule.column);
    }
    clean
}

/// Keeps words that are not understood, up to a comment or to the options of the target.
fn unmodelled(rule: &mut Rule<'_, '_>, start: usize) {
    while rule.words.peek().is_some_and(|word| word.text != "/*") && !rule.starts_target_options() {
        rule.words.next();
    }
    let words = rule.words.between(start, rule.words.offset());
    rule.builder.push(false, spec::words_of("", words));
}

/// Reads a comment that starts before `open`, and what follows it. `-L` prints comments as they are, so that one may
/// hold the mark of its own end: it ends where everything after it is understood.
fn comment(rule: &mut Rule<'_, '_>, open: usize, tries: &mut u8) -> bool {
    let line = rule.words.whole();
    let rest = line.get(open..).unwrap_or_default();
    let ends: Vec<usize> = memchr::memmem::find_iter(rest.as_bytes(), " */")
        .map(|at| open + at)
        .filter(|at| line.as_bytes().get(at + 3).is_none_or(u8::is_ascii_whitespace))
        .take(usize::from(MAX_TRIES))
        .collect();
    let n_matches = rule.builder.matches.len();
    for end in &ends {
        if *tries == 0 {
            break;
        }
        *tries -= 1;
        if rest_after(rule, open + 1, *end, tries) {
            return true;
        }
        rule.builder.matches.truncate(n_matches);
        rule.target = Jump::Target(Target::None);
    }
    match ends.first() {
        // Nothing after it is understood: the first end is as good as another.
        Some(end) => rest_after(rule, open + 1, *end, &mut 0),
        None => {
            rule.words.finish();
            rule.builder.push(false, comment_of(rule.base, line, open + 1, line.len()));
            rule.builder.push(false, spec::words_of("comment", ""));
            false
        }
    }
}

/// Adds the comment between two places, and reads what follows it.
fn rest_after(rule: &mut Rule<'_, '_>, start: usize, end: usize, tries: &mut u8) -> bool {
    let line = rule.words.whole();
    rule.builder.push(false, comment_of(rule.base, line, start.min(end), end));
    rule.words = Cursor::at(line, end + 3);
    tail(rule, tries)
}

fn comment_of(base: Option<u32>, line: &str, start: usize, end: usize) -> MatchKind {
    let text = line.get(start..end).unwrap_or_default();
    let place = |base: u32| {
        let start = base.checked_add(u32::try_from(start).ok()?)?;
        let end = base.checked_add(u32::try_from(end).ok()?)?;
        Some(ByteRange { start, end })
    };
    // `-L` does not escape: a backslash is one.
    match base.and_then(place).filter(|_| !text.contains('\\')) {
        Some(bytes) => MatchKind::Comment(bytes),
        None => MatchKind::CommentText(Box::new(CommentText(text.into()))),
    }
}
