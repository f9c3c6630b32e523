//! Walks over small documents, in windows of several sizes.

use super::*;
use crate::model::{ArtifactId, Fact, fact::KubeFact};
use serde::Deserialize;

#[derive(Deserialize)]
struct Thing<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    n: Option<u32>,
}

fn items() -> Items {
    Items {
        lists: &["things"],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Thing<'_>>(found, |thing, placed, found| {
                let name = thing.name.map(Text::boxed).unwrap_or_default();
                let kind = format!("{:?}", thing.n).into();
                let origin = placed.origin(found);
                found.fact(Fact::Kube(KubeFact::Other { kind, name, origin }));
            })
        },
        end: |summary, found| {
            for (name, n_items) in &summary.lists {
                let kind = format!("{name}:{n_items}").into();
                found.fact(Fact::Kube(KubeFact::Empty { kind, origin: summary.origin }));
            }
        },
    }
}

fn context() -> Context<'static> {
    Context { artifact: ArtifactId(0), path: "", command: None, line: 1, offset: 0 }
}

fn lines(found: &Found) -> Vec<String> {
    let path = |origin: &Origin| match origin.place {
        Place::Json(id) => found.paths[id.0 as usize].to_string(),
        Place::Line | Place::Packet(_) => String::new(),
    };
    let facts = found.facts.iter().filter_map(|fact| {
        let Fact::Kube(fact) = fact else { return None };
        if let KubeFact::Other { kind, name, origin } = fact {
            return Some(format!("{} {} {name} {kind}", origin.line, path(origin)));
        }
        let KubeFact::Empty { kind, .. } = fact else { return None };
        Some(kind.to_string())
    });
    let issues = found
        .issues
        .iter()
        .map(|issue| format!("! {} {} {}", issue.origin.line, path(&issue.origin), issue.message));
    facts.chain(issues).collect()
}

/// Reads a document in windows that grow by so many bytes.
fn read_in(text: &str, size: usize) -> (Vec<String>, usize) {
    let (context, mut found) = (context(), Found::default());
    let mut walk = Walk::new(items(), &Shape::of(text), &context, (0, 1));
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + size).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let window =
            Window { text: &text[start..end], base: start as u64, last: end == text.len() };
        match walk.step(window, &mut found) {
            Step::More(consumed) => start += consumed,
            Step::Done(consumed) => {
                start += consumed;
                break;
            }
        }
    }
    walk.end(start as u64, &mut found);
    (lines(&found), start)
}

fn read(text: &str) -> Vec<String> {
    let (whole, end) = read_in(text, text.len().max(1));
    for size in [1, 7, 64] {
        assert_eq!(read_in(text, size), (whole.clone(), end), "windows of {size}: {text}");
    }
    whole
}

#[test]
fn items_have_lines_and_paths() {
    let text = "{\n\"kind\": \"T\", \"x\": [1, {}],\n\"things\": [\n{\"name\": \"a\"},\n\n {\"name\": \"b\",\n\"n\": 1}],\n\"y\": 17} tail";
    assert_eq!(read(text), ["4 things[0] a None", "6 things[1] b Some(1)", "things:2"]);
    assert_eq!(read_in(text, 9).1, text.len() - " tail".len());
    assert_eq!(
        read("[[{\"n\": 1}], [{\"n\": 2}]]"),
        ["1 [0][0]  Some(1)", "1 [1][0]  Some(2)", ":4"]
    );
    assert_eq!(read("{\"name\": \"alone\"}"), ["1  alone None"]);
    assert_eq!(read("{\"things\": []}"), ["things:0"]);
    assert_eq!(
        read("{\"status_code\": 200, \"data\": {\"things\": [{\"name\": \"a\"}]}}"),
        ["1 things[0] a None", "things:1"]
    );
}

#[test]
fn a_bad_item_costs_only_itself() {
    assert_eq!(
        read("{\"things\": [{\"name\": \"a\", \"n\": \"x\"}, {\"name\": \"b\"}, 7]}"),
        [
            "1 things[0] a None",
            "1 things[1] b None",
            "things:3",
            "! 1 things[0].n invalid type: string \"x\", expected u32",
            "! 1  expected an object, found `7`",
        ]
    );
    assert_eq!(
        read("{\"things\": [\n{\"name\": \"a\",\n  ...\n},\n  ...\n{\"name\": \"b\"}\n]}"),
        [
            "2 things[0] a None",
            "6 things[1] b None",
            "things:2",
            "! 3  something was left out here: `...`",
            "! 5  left out or remarked between items: `...`",
        ]
    );
}

#[test]
fn a_cut_document_yields_its_whole_items() {
    let text = "{\"things\": [\n{\"name\": \"a\"},\n{\"name\": \"b\",\n\"n\": 12";
    for end in text.len() - 5..=text.len() {
        assert_eq!(
            read(&text[..end]),
            [
                "2 things[0] a None",
                "! 3 things[1] the document ends inside of this item, which is not used",
            ]
        );
    }
    let text = "{\"things\": [\n{\"name\": \"a\"},\n\n[root@h ~]# ls\n";
    let (lines, end) = read_in(text, text.len());
    assert_eq!(lines.last().unwrap(), "! 2  the document ends here without its end");
    assert_eq!(&text[end..], "\n\n[root@h ~]# ls\n");
}
