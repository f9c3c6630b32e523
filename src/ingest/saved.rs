//! `snapshot.json`: what `ingest --output` keeps, and what every verb takes as a PATH.
//!
//! It holds the text of every recognised output with the path and the line it came from, and nothing else of the
//! input. Facts are not stored: every parser runs again when it is read, so a later version understands more of it, and
//! origins stay true. Captures and documents that were too large to hold are named in `left_out`; they can be handed
//! over beside the file. So are objects of kind `Secret`, which nothing here needs.

use super::{
    collect::Taken,
    hint::NodeHint,
    member::{Content, Given, Member, Problem},
    text,
};
use crate::{
    model::{Artifact, Scope, Snapshot, snapshot::Output},
    net::{NetnsInode, Pid},
};
use serde::{
    Deserialize, Deserializer as _, Serialize,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt, io::Read};

/// The contract that the file follows.
pub const SCHEMA: &str = "enilens.snapshot/1";

/// Ids of readings that recognised a text without understanding anything in it.
const NOT_KEPT: &[&str] = &[crate::parse::layout::ID, "json", "yaml"];

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document<'a> {
    pub schema: &'static str,
    pub excerpts: Vec<Excerpt<'a>>,
    pub left_out: Vec<LeftOut<'a>>,
}

/// One recognised output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt<'a> {
    /// The path of the file that it stood in.
    pub path: Cow<'a, str>,
    /// Its first line in that file.
    pub first_line: u32,
    /// The id of the parser that read it.
    pub parser: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Cow<'a, str>>,
    /// The node that it was given to; absent for what is true of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Cow<'a, str>>,
    #[serde(default)]
    pub scope: ScopeView,
    pub text: Cow<'a, str>,
}

/// Something of the input that the file does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut<'a> {
    pub path: Cow<'a, str>,
    pub reason: &'static str,
}

/// A [`Scope`] as the file spells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeView {
    #[default]
    Host,
    Pid(u32),
    UnknownPid(Box<str>),
    Named(Box<str>),
    Inode(u64),
    Pod {
        namespace: Option<Box<str>>,
        name: Box<str>,
    },
}

impl From<&Scope> for ScopeView {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Host => Self::Host,
            Scope::Pid(pid) => Self::Pid(pid.0),
            Scope::UnknownPid(variable) => Self::UnknownPid(variable.clone()),
            Scope::Named(name) => Self::Named(name.clone()),
            Scope::Inode(inode) => Self::Inode(inode.0),
            Scope::Pod { namespace, name } => {
                Self::Pod { namespace: namespace.clone(), name: name.clone() }
            }
        }
    }
}

impl From<ScopeView> for Scope {
    fn from(scope: ScopeView) -> Self {
        match scope {
            ScopeView::Host => Self::Host,
            ScopeView::Pid(pid) => Self::Pid(Pid(pid)),
            ScopeView::UnknownPid(variable) => Self::UnknownPid(variable),
            ScopeView::Named(name) => Self::Named(name),
            ScopeView::Inode(inode) => Self::Inode(NetnsInode(inode)),
            ScopeView::Pod { namespace, name } => Self::Pod { namespace, name },
        }
    }
}

impl<'a> Document<'a> {
    /// Returns what is kept of a snapshot.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let mut document = Self { schema: SCHEMA, excerpts: Vec::new(), left_out: Vec::new() };
        let mut outputs = snapshot.outputs.iter().peekable();
        for artifact in &snapshot.artifacts {
            let mut lines = None;
            while let Some(output) = outputs.next_if(|output| output.artifact == artifact.id) {
                if NOT_KEPT.contains(&output.parser) {
                    continue;
                }
                let lines = lines.get_or_insert_with(|| Lines::of(artifact));
                match lines.excerpt(output) {
                    Ok(excerpt) => document.excerpts.push(excerpt),
                    Err(reason) => {
                        let path = Cow::Borrowed(artifact.path.as_str());
                        document.left_out.push(LeftOut { path, reason });
                    }
                }
            }
        }
        document.left_out.dedup();
        document
    }
}

/// The text of an artifact, cut at lines.
struct Lines<'a> {
    artifact: &'a Artifact,
    /// Where each line starts.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(artifact: &'a Artifact) -> Self {
        let text = artifact.text.as_deref().unwrap_or_default();
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end.saturating_add(1));
        Self { artifact, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// Returns an output with its text, or why it is left out.
    fn excerpt(&self, output: &'a Output) -> Result<Excerpt<'a>, &'static str> {
        const NOT_HELD: &str =
            "a capture, or a document too large to hold: hand it over beside this file";
        let text = self.artifact.text.as_deref().ok_or(NOT_HELD)?;
        let (first, last) = output.lines;
        let index = |line: u32| {
            usize::try_from(line.saturating_sub(self.artifact.first_line)).unwrap_or(usize::MAX)
        };
        let start = self.starts.get(index(first)).copied().unwrap_or(text.len());
        let end = self.starts.get(index(last).saturating_add(1)).copied().unwrap_or(text.len());
        let text = text.get(start..end).unwrap_or_default();
        if ["\"kind\": \"Secret\"", "\"kind\":\"Secret\"", "kind: Secret"]
            .iter()
            .any(|kind| memchr::memmem::find(text.as_bytes(), kind.as_bytes()).is_some())
        {
            return Err("it holds objects of kind Secret");
        }
        Ok(Excerpt {
            path: Cow::Borrowed(&self.artifact.path),
            first_line: first,
            parser: Cow::Borrowed(output.parser),
            command: output.command.as_deref().map(Cow::Borrowed),
            node: output.node.as_deref().map(Cow::Borrowed),
            scope: ScopeView::from(&output.scope),
            text: Cow::Borrowed(text),
        })
    }
}

impl Excerpt<'_> {
    pub(super) fn into_member(self) -> Member {
        let (text, problems) = text::normalise(Taken::from(self.text.into_owned().into_bytes()));
        Member {
            path: self.path.into_owned(),
            hint: NodeHint { named: self.node.as_deref().map(Into::into), ..NodeHint::default() },
            content: Content::Text(text.into()),
            first_line: self.first_line.max(1),
            given: Some(Given {
                parser: self.parser.into(),
                command: self.command.map(Into::into),
                node: self.node.map(Into::into),
                scope: self.scope.into(),
            }),
            problems,
        }
    }
}

/// What is read of a saved snapshot, whole or cut.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) excerpts: Vec<Excerpt<'static>>,
    pub(super) problems: Vec<Problem>,
}

/// Returns whether a document is a saved snapshot.
pub(super) fn is_saved(head: &[u8]) -> bool {
    let head = head.get(..head.len().min(256)).unwrap_or_default();
    memchr::memmem::find(head, b"\"schema\"").is_some()
        && memchr::memmem::find(head, b"\"enilens.snapshot/").is_some()
}

/// Reads a saved snapshot as far as it goes.
pub(super) fn read(reader: &mut dyn Read) -> Saved {
    let mut saved = Saved::default();
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::new(reader));
    let read = json.deserialize_map(DocumentVisitor(&mut saved)).and_then(|()| json.end());
    if let Err(error) = read {
        let n_read = saved.excerpts.len();
        let message =
            format!("the saved snapshot is cut or damaged after {n_read} outputs: {error}");
        saved.problems.push(Problem::unreadable(message));
    }
    saved
}

struct DocumentVisitor<'s>(&'s mut Saved);

impl<'de> Visitor<'de> for DocumentVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a saved snapshot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "schema" => {
                    let schema: String = map.next_value()?;
                    if schema != SCHEMA {
                        let message = format!("saved as `{schema}`, read as `{SCHEMA}`");
                        self.0.problems.push(Problem::unreadable(message));
                    }
                }
                "excerpts" => map.next_value_seed(Excerpts(&mut self.0.excerpts))?,
                // `left_out` is for people; later versions may add more.
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Excerpts<'s>(&'s mut Vec<Excerpt<'static>>);

impl<'de> DeserializeSeed<'de> for Excerpts<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Excerpts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of outputs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(excerpt) = list.next_element::<Excerpt<'static>>()? {
            self.0.push(excerpt);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArtifactId;
    use proptest::prelude::*;

    fn snapshot() -> Snapshot {
        let text = "prose\n$ ip rule\n0: from all lookup local\n32766: from all lookup main";
        let artifact = |id, text: Option<&str>| Artifact {
            id: ArtifactId(id),
            path: format!("dir/{id}.txt"),
            text: text.map(Into::into),
            first_line: 1,
            paths: Vec::new(),
        };
        let output = |id, lines, parser| Output {
            artifact: ArtifactId(id),
            parser,
            command: Some("ip rule".into()),
            lines,
            n_facts: 1,
            node: Some("node-a".into()),
            scope: Scope::Pod { namespace: None, name: "web".into() },
        };
        Snapshot {
            artifacts: vec![
                artifact(0, Some(text)),
                artifact(1, None),
                artifact(2, Some("{\"kind\": \"Secret\"}")),
            ],
            outputs: vec![
                output(0, (3, 4), "ip-rule"),
                output(1, (1, 1), "ec2-enis"),
                output(2, (1, 1), "kube-list"),
            ],
            ..Snapshot::default()
        }
    }

    #[test]
    fn an_output_comes_back_with_its_place() {
        let snapshot = snapshot();
        let document = Document::of(&snapshot);
        assert_eq!(document.left_out.len(), 2);
        let json = serde_json::to_vec(&document).unwrap();
        assert!(is_saved(&json));
        let saved = read(&mut json.as_slice());
        assert!(saved.problems.is_empty());
        assert_eq!(saved.excerpts, document.excerpts);
        let member = saved.excerpts.into_iter().next().unwrap().into_member();
        assert_eq!(member.path, "dir/0.txt");
        assert_eq!(member.first_line, 3);
        let Content::Text(text) = member.content else { panic!() };
        assert_eq!(&*text, "0: from all lookup local\n32766: from all lookup main");
        let given = member.given.unwrap();
        assert_eq!(given.scope, Scope::Pod { namespace: None, name: "web".into() });
        assert_eq!((&*given.parser, given.node.as_deref()), ("ip-rule", Some("node-a")));
    }

    #[test]
    fn a_cut_file_gives_what_stands_before_the_cut() {
        let snapshot = snapshot();
        let json = serde_json::to_string(&Document::of(&snapshot)).unwrap();
        let cut = json.find("\"left_out\"").unwrap();
        let saved = read(&mut &json.as_bytes()[..cut]);
        assert_eq!(saved.excerpts.len(), 1);
        assert!(saved.problems[0].message.contains("cut or damaged after 1 outputs"));
    }

    #[test]
    fn another_version_says_so() {
        let saved = read(&mut &b"{\"schema\":\"enilens.snapshot/9\",\"new\":[1,{}]}"[..]);
        assert_eq!(
            &*saved.problems[0].message,
            "saved as `enilens.snapshot/9`, read as `enilens.snapshot/1`"
        );
    }

    proptest! {
        #[test]
        fn survives_any_bytes(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [b"{\"schema\":\"enilens.snapshot/1\",\"excerpts\":[".to_vec(), tail].concat();
            prop_assert!(!read(&mut bytes.as_slice()).problems.is_empty());
        }
    }
}
