//! Text of the input on its way to a terminal: names come from strangers.

use std::borrow::Cow;

/// Returns the text with every character escaped that could move the cursor, hide itself or turn the line around:
/// control characters, bidirectional marks, zero-width characters, tags and the like.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Returns a JSON document with the same characters as `\u` escapes, which mean the same to every reader of JSON. Line
/// ends are the document's own: inside of strings they are escaped already.
pub fn sanitize_json(document: &str) -> Cow<'_, str> {
    let hidden = |c: char| c != '\n' && is_unsafe(c);
    if !document.chars().any(hidden) {
        return Cow::Borrowed(document);
    }
    let mut safe = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Returns whether a character has no visible form of its own (categories Cc, Cf, Zl and Zp of Unicode, private use,
/// and fillers that render as nothing).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays() {
        assert!(matches!(sanitize("kube-system/coredns-파드-ポッド"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_meaning() {
        let document = serde_json::to_string_pretty(&["a\u{202e}b\u{e0041}\n", "파드"]).unwrap();
        let safe = sanitize_json(&document);
        assert!(!safe.contains(['\u{202e}', '\u{e0041}']) && safe.contains("파드"), "{safe}");
        let back: Vec<String> = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, ["a\u{202e}b\u{e0041}\n", "파드"]);
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(sanitize("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(sanitize("a\u{202e}b\u{200b}c\u{feff}"), "a\\u{202e}b\\u{200b}c\\u{feff}");
        assert_eq!(sanitize("a\nb\rc\td\u{85}"), "a\\u{a}b\\u{d}c\\u{9}d\\u{85}");
        assert_eq!(sanitize("\u{e0041}"), "\\u{e0041}");
    }
}
