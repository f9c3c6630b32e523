//! Opens layer after layer of a given file, down to what is no archive. Nothing is ever written to the disk, so names
//! such as `../x` are only names.

use super::{
    hint::NodeHint,
    limits::Limits,
    magic::{self, HEAD_BYTES, Kind},
    meter::{Counted, HeaderGuard, Layer, Meter},
    text::Utf16,
};
use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{self, Read},
    ops::ControlFlow,
};
use tar::EntryType;

/// The longest path that is shown of a member.
const MAX_PATH_CHARS: usize = 1024;

/// Where a file lies: how it is shown, and what it lies in.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) display: String,
    /// The file's own name.
    pub(super) name: String,
    /// The node that the user tied it to.
    pub(super) named: Option<Box<str>>,
    /// The name of what was given: a folder, an archive, or the file itself.
    pub(super) root: Option<Box<str>>,
    /// The folder that a given file is in.
    pub(super) parent: Option<Box<str>>,
    /// Folders and archives between what was given and the file.
    pub(super) between: Vec<String>,
    pub(super) layers: u32,
}

impl Way {
    pub(super) fn hint(&self) -> NodeHint {
        let root = if self.is_given() { self.parent.as_deref() } else { self.root.as_deref() };
        NodeHint::new(self.named.as_deref(), root, &self.between, &self.name)
    }

    /// Whether this is the file that was given, not one inside of it.
    fn is_given(&self) -> bool {
        self.parent.is_some() && !self.display.contains('!')
    }

    fn one_layer_in(&self) -> Self {
        Self { layers: self.layers.saturating_add(1), ..self.clone() }
    }

    /// Returns the way to a member of this archive.
    fn member(&self, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let (name, folders) =
            parts.split_last().map_or(("", &[][..]), |(name, rest)| (*name, rest));
        let mut between = self.between.clone();
        // The archive that was given is the root of its members; one inside it is a folder.
        if !self.is_given() {
            between.push(self.name.clone());
        }
        between.extend(folders.iter().map(|part| (*part).to_owned()));
        let display = format!("{}!{}", self.display, parts.join("/"));
        Self { display, name: name.to_owned(), between, ..self.one_layer_in() }
    }
}

/// A file that is no archive, ready to be read.
pub(super) struct Leaf<'r> {
    /// Counted from 0 in one given file, always in the same order.
    pub(super) ordinal: u64,
    pub(super) way: &'r Way,
    pub(super) kind: Kind,
    /// The first bytes, which `rest` goes on from.
    pub(super) head: Vec<u8>,
    pub(super) rest: &'r mut dyn Read,
    /// How long it should be, where that is known before.
    pub(super) size: Option<u64>,
    pub(super) meter: &'r Meter,
}

/// Takes what is found.
pub(super) trait Visit {
    /// Takes a file; what it leaves unread is skipped.
    fn leaf(&mut self, leaf: Leaf<'_>) -> ControlFlow<()>;
    /// Takes note of something that is not read.
    fn problem(&mut self, way: &Way, message: String);
}

/// Opens one given file.
pub(super) fn unfold(
    reader: &mut dyn Read,
    way: &Way,
    size: Option<u64>,
    limits: Limits,
    visit: &mut dyn Visit,
) {
    let meter = Meter::new(limits);
    let mut unfold = Unfold { meter: &meter, visit, n_leaves: 0 };
    // A break means that the visitor has what it came for.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) = unfold.open(reader, way, size);
}

struct Unfold<'a> {
    meter: &'a Meter,
    visit: &'a mut dyn Visit,
    n_leaves: u64,
}

impl Unfold<'_> {
    fn open(&mut self, reader: &mut dyn Read, way: &Way, size: Option<u64>) -> ControlFlow<()> {
        let mut head = Vec::new();
        let error = reader.take(HEAD_BYTES).read_to_end(&mut head).err();
        if let (Some(error), true) = (&error, head.is_empty()) {
            self.problem(way, error);
            return ControlFlow::Continue(());
        }
        let reader = &mut Rest { error, reader };
        let kind = magic::kind(&head);
        let is_layer = matches!(kind, Kind::Gzip | Kind::Zstd | Kind::Tar);
        if is_layer && way.layers >= self.meter.limits.layers {
            let message = format!(
                "an archive inside {} others is not opened; unpack it and give the folder",
                way.layers
            );
            self.visit.problem(way, message);
            return ControlFlow::Continue(());
        }
        match kind {
            Kind::Gzip | Kind::Zstd => {
                self.compressed(&mut head.as_slice().chain(reader), way, kind)
            }
            Kind::Tar => self.tar(&mut head.as_slice().chain(reader), way),
            Kind::Utf16 { big_endian } => {
                let mut converted = Utf16::new(head.as_slice().chain(reader), big_endian);
                self.converted(&mut converted, way)
            }
            Kind::Capture | Kind::Binary(_) | Kind::Document | Kind::Text => {
                self.leaf(head, reader, way, kind, size)
            }
        }
    }

    fn compressed(&mut self, packed: &mut dyn Read, way: &Way, kind: Kind) -> ControlFlow<()> {
        let count = Cell::new(0);
        let counted = Counted { inner: packed, count: &count };
        let decoder: Box<dyn Read + '_> = if kind == Kind::Zstd {
            match zstd::stream::read::Decoder::new(counted) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => {
                    self.problem(way, &error);
                    return ControlFlow::Continue(());
                }
            }
        } else {
            Box::new(flate2::read::MultiGzDecoder::new(counted))
        };
        let mut layer = Layer { decoder, meter: self.meter, packed: &count, unfolded: 0 };
        self.open(&mut layer, &way.one_layer_in(), None)
    }

    /// Text of another encoding; what it was converted from is no archive.
    fn converted(&mut self, reader: &mut dyn Read, way: &Way) -> ControlFlow<()> {
        let mut head = Vec::new();
        let error = reader.take(HEAD_BYTES).read_to_end(&mut head).err();
        let reader = &mut Rest { error, reader };
        let is_document = magic::kind(&head) == Kind::Document;
        let kind = if is_document { Kind::Document } else { Kind::Text };
        self.leaf(head, reader, way, kind, None)
    }

    fn leaf(
        &mut self,
        head: Vec<u8>,
        rest: &mut dyn Read,
        way: &Way,
        kind: Kind,
        size: Option<u64>,
    ) -> ControlFlow<()> {
        let ordinal = self.n_leaves;
        self.n_leaves = ordinal.saturating_add(1);
        self.visit.leaf(Leaf { ordinal, way, kind, head, rest, size, meter: self.meter })
    }

    fn tar(&mut self, reader: &mut dyn Read, way: &Way) -> ControlFlow<()> {
        let header = Cell::new(None);
        let mut archive = tar::Archive::new(HeaderGuard { inner: reader, left: &header });
        let mut passed = Passed::default();
        let mut flow = ControlFlow::Continue(());
        let mut damage = None;
        match archive.entries() {
            Ok(mut entries) => loop {
                header.set(Some(self.meter.limits.header_bytes));
                let next = entries.next();
                header.set(None);
                let entry = match next {
                    None => break,
                    Some(Err(error)) => {
                        damage = Some(error.to_string());
                        break;
                    }
                    Some(Ok(entry)) => entry,
                };
                flow = self.entry(entry, way, &mut passed);
                if flow.is_break() || self.meter.stopped().is_some() {
                    break;
                }
            },
            Err(error) => damage = Some(error.to_string()),
        }
        if flow.is_continue() && damage.is_none() && self.meter.stopped().is_none() {
            // What follows the last member is padding, but a checksum may stand behind it.
            let end = io::copy(&mut archive.into_inner().inner, &mut io::sink());
            damage = end.err().map(|error| error.to_string());
        }
        for message in passed.messages() {
            self.visit.problem(way, message);
        }
        if let Some(message) = self.meter.stopped() {
            if way.layers <= 1 {
                self.visit.problem(way, message);
            }
        } else if let Some(damage) = damage {
            let after = match passed.last {
                Some(last) => format!("after `{}`", shortened(&last)),
                None => "before its first member".to_owned(),
            };
            let message = format!(
                "the archive is cut or damaged {after}: {damage}; what stands before is read"
            );
            self.visit.problem(way, message);
        }
        flow
    }

    fn entry<R: Read>(
        &mut self,
        mut entry: tar::Entry<'_, R>,
        way: &Way,
        passed: &mut Passed,
    ) -> ControlFlow<()> {
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let size = entry.size();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            return ControlFlow::Continue(());
        }
        if self.meter.member().is_err() {
            return ControlFlow::Continue(());
        }
        if let Some(what) = not_read(kind, size, &self.meter.limits) {
            passed.over(what, &path);
            return ControlFlow::Continue(());
        }
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            passed.outside(&path);
        }
        let count = Cell::new(0);
        let mut counted = Counted { inner: &mut entry, count: &count };
        let flow = self.open(&mut counted, &way.member(&shortened(&path)), Some(size));
        if flow.is_continue() {
            // The next call to the archive says what is wrong, if reading fails here.
            let _ = io::copy(&mut counted, &mut io::sink());
        }
        passed.last = Some(path);
        flow
    }

    fn problem(&mut self, way: &Way, error: &io::Error) {
        let message = self.meter.stopped().unwrap_or_else(|| super::input::reason(error));
        self.visit.problem(way, message);
    }
}

/// Returns what a member is that holds no bytes to read.
fn not_read(kind: EntryType, size: u64, limits: &Limits) -> Option<&'static str> {
    if kind.is_gnu_sparse() && size > limits.sparse_bytes {
        Some("file with large holes")
    } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
        None
    } else if kind.is_hard_link() || kind.is_symlink() {
        Some("link")
    } else if kind.is_character_special() || kind.is_block_special() {
        Some("device")
    } else if kind.is_fifo() {
        Some("named pipe")
    } else {
        // Volume labels, parts of other archives, and types that no `tar` of a node writes.
        Some("entry that is no file")
    }
}

/// What follows the head of a file. An error that ended the head comes first: a decoder does not say it twice.
struct Rest<'r> {
    error: Option<io::Error>,
    reader: &'r mut dyn Read,
}

impl Read for Rest<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.error.take().map_or_else(|| self.reader.read(room), Err)
    }
}

/// What was passed over in one archive: how many of each kind, and the first.
#[derive(Default)]
struct Passed {
    kinds: BTreeMap<&'static str, (u64, String)>,
    outside: Option<(u64, String)>,
    last: Option<String>,
}

impl Passed {
    fn over(&mut self, kind: &'static str, path: &str) {
        let (count, _) = self.kinds.entry(kind).or_insert_with(|| (0, shortened(path)));
        *count = count.saturating_add(1);
    }

    fn outside(&mut self, path: &str) {
        let (count, _) = self.outside.get_or_insert_with(|| (0, shortened(path)));
        *count = count.saturating_add(1);
    }

    fn messages(&self) -> Vec<String> {
        let mut messages = Vec::new();
        for (kind, (count, first)) in &self.kinds {
            messages.push(match count {
                1 => format!("1 {kind} is not read: `{first}`"),
                _ => format!("{count} members are not read, each a {kind}; the first is `{first}`"),
            });
        }
        if let Some((count, first)) = &self.outside {
            messages.push(format!(
                "{count} of the members have paths that lead out of the archive, such as `{first}`; they are read, and \
                 nothing is written"
            ));
        }
        messages
    }
}

fn shortened(path: &str) -> String {
    match path.char_indices().nth(MAX_PATH_CHARS) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path.to_owned(),
    }
}
