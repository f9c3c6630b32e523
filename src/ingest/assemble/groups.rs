//! Groups of outputs by the node that a transcript, a folder or the user names, and their union.

use super::{
    SourceLabel,
    evidence::{Evidence, Key},
};
use crate::model::{ArtifactId, Origin};
use std::collections::{BTreeMap, BTreeSet};

/// The index of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupId(usize);

/// What a group was made for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Given(Box<str>),
    Folder {
        way: Box<str>,
        name: Box<str>,
        root: Box<str>,
        instance_id: Option<Box<str>>,
    },
    /// A machine named inside a transcript.
    Machine(Box<str>),
    /// The files of one node in a folder that holds those of several.
    Part {
        way: Box<str>,
        /// The folder's name.
        folder: Box<str>,
        /// What the names of its files have in common and no other's have.
        word: Option<Box<str>>,
        /// The name of its first file.
        file: Box<str>,
        /// Its first output, which tells two parts of one file apart.
        record: usize,
    },
    /// What is left of a folder that holds the files of several nodes.
    Rest {
        way: Box<str>,
        folder: Box<str>,
    },
    /// A name that means something only inside its file: a variable, a masked address.
    Local(ArtifactId, Box<str>),
}

/// `43.xxx.xxx.xxx`, or the same with the number of its banner.
fn is_masked(machine: &str) -> bool {
    let mut parts = machine.split(['.', '#']);
    parts.any(|part| !part.is_empty() && part.bytes().all(|b| matches!(b, b'x' | b'X' | b'*')))
}

/// All groups, with a union-find over them.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_label: BTreeMap<Label, GroupId>,
    labels: Vec<Label>,
    parents: Vec<usize>,
    /// The machines named inside the files of each folder: where it is one, the folder is that machine's.
    machines_of: BTreeMap<Label, BTreeSet<GroupId>>,
}

impl Groups {
    /// Returns the group of an output.
    pub(super) fn of(
        &mut self,
        source: &SourceLabel,
        machine: Option<&str>,
        artifact: ArtifactId,
    ) -> GroupId {
        let folder = match source {
            SourceLabel::Given(name) => return self.group(Label::Given(name.clone())),
            SourceLabel::Folder { way, name, root, instance_id } => Label::Folder {
                way: way.clone(),
                name: name.clone(),
                root: root.clone(),
                instance_id: instance_id.clone(),
            },
        };
        let Some(machine) = machine else { return self.group(folder) };
        let group = self.group(match machine.starts_with('$') || is_masked(machine) {
            true => Label::Local(artifact, machine.into()),
            false => Label::Machine(machine.into()),
        });
        self.machines_of.entry(folder).or_default().insert(group);
        group
    }

    /// Returns the group of a label.
    pub(super) fn group(&mut self, label: Label) -> GroupId {
        let next = GroupId(self.labels.len());
        let id = *self.by_label.entry(label.clone()).or_insert(next);
        if id == next {
            self.labels.push(label);
            self.parents.push(next.0);
        }
        id
    }

    /// Returns the label of a group.
    pub(super) fn label(&self, group: GroupId) -> Option<&Label> {
        self.labels.get(group.0)
    }

    /// Returns the group that stands for a united one.
    pub(super) fn root(&self, group: GroupId) -> GroupId {
        let mut at = group.0;
        while let Some(parent) = self.parents.get(at).copied().filter(|parent| *parent != at) {
            at = parent;
        }
        GroupId(at)
    }

    fn join(&mut self, a: GroupId, b: GroupId) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parents.get_mut(b.0.max(a.0)) {
            *parent = a.0.min(b.0);
        }
    }

    /// Unites groups that show the same identity, directly or through objects of the cluster that tie two keys.
    pub(super) fn unite(&mut self, evidence: &[(GroupId, Key, Origin)], ties: &[Evidence]) {
        let mut tied: BTreeMap<&Key, &Key> = BTreeMap::new();
        for tie in ties {
            for key in &tie.keys {
                tied.entry(key).or_insert(&tie.main);
            }
        }
        let mut holders: BTreeMap<&Key, GroupId> = BTreeMap::new();
        for (group, key, _) in evidence {
            let main = tied.get(key).copied().unwrap_or(key);
            match holders.get(main) {
                Some(holder) => self.join(*holder, *group),
                None => drop(holders.insert(main, *group)),
            }
        }
        let folders: Vec<_> = self
            .machines_of
            .iter()
            .map(|(folder, machines)| (folder.clone(), machines.clone()))
            .collect();
        for (folder, machines) in folders {
            let roots: BTreeSet<_> = machines.iter().map(|machine| self.root(*machine)).collect();
            if let (Some(folder), Some(only), 1) =
                (self.by_label.get(&folder).copied(), roots.first().copied(), roots.len())
            {
                self.join(folder, only);
            }
        }
    }

    /// Returns the label of a united group that says most: what the user gave, else a machine, else a folder.
    pub(super) fn best_label(&self, root: GroupId) -> Option<&Label> {
        let members = (0..self.labels.len()).map(GroupId).filter(|group| self.root(*group) == root);
        let rank = |label: &&Label| match label {
            Label::Given(_) => 0,
            Label::Machine(_) => 1,
            Label::Folder { .. } => 2,
            Label::Part { .. } => 3,
            Label::Local(..) => 4,
            Label::Rest { .. } => 5,
        };
        members.filter_map(|group| self.label(group)).min_by_key(rank)
    }
}
