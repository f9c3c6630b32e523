//! Origins as a person would look them up: `networking/iprule.txt:14`.

use super::sanitize;
use crate::model::{Origin, Place, Snapshot};

/// Returns a place as text: file and line, and the JSON path or the packet where there is one.
pub fn place(snapshot: &Snapshot, origin: &Origin) -> String {
    let artifact = snapshot.artifact(origin.artifact);
    let path = artifact.map_or("?", |artifact| artifact.path.as_str());
    let path = sanitize(path);
    match origin.place {
        Place::Line => format!("{path}:{}", origin.line),
        Place::Packet(number) => format!("{path}#{number}"),
        Place::Json(id) => match artifact.and_then(|artifact| artifact.json_path(id)) {
            Some(json_path) => format!("{path}:{} ({})", origin.line, sanitize(json_path)),
            None => format!("{path}:{}", origin.line),
        },
    }
}
