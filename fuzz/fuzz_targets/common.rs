//! What every target that reads a text asks for.

use enilens::{
    model::ArtifactId,
    parse::{line, transcript},
};

/// Reads a text as the file of a name, and asks that no line is lost and every place lies inside the text.
pub fn read(name: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let reading = transcript::read(ArtifactId(0), name, &text, 1);
    let lines = line::lines(&text);
    let mut accounted = vec![false; lines.len() + 1];
    for issue in &reading.issues {
        let bytes = issue.origin.bytes;
        assert!(bytes.start <= bytes.end && bytes.end as usize <= text.len(), "{issue:?}");
        accounted[issue.origin.line as usize..=issue.last_line as usize].fill(true);
    }
    for (first, last) in &reading.boundaries {
        accounted[*first as usize..=*last as usize].fill(true);
    }
    for output in &reading.outputs {
        let (first, last) = output.lines;
        accounted[first as usize..=last as usize].fill(true);
        for fact in &output.facts {
            for (line, shown) in fact.lines(&text) {
                assert!(
                    first <= line && line <= last,
                    "{} {first}-{last}: {line} {shown}",
                    output.parser
                );
            }
        }
    }
    for line in &lines {
        assert!(line.is_blank() || accounted[line.number as usize], "lost: {line:?}");
    }
}

/// Takes one of some names by the first byte of the data.
pub fn named<'a>(names: &[&'a str], data: &'a [u8]) -> Option<(&'a str, &'a [u8])> {
    let (first, rest) = data.split_first()?;
    Some((names.get(usize::from(*first) % names.len())?, rest))
}
