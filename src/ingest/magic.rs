//! What a file is, told from its first bytes.

use crate::parse::capture;

/// How much of a file is looked at.
pub(super) const HEAD_BYTES: u64 = 64 << 10;

/// What the head of a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zstd,
    Tar,
    Capture,
    /// Not text; what it is.
    Binary(&'static str),
    /// UTF-16, as PowerShell writes redirected output.
    Utf16 {
        big_endian: bool,
    },
    /// A JSON document, not lines of JSON.
    Document,
    Text,
}

/// Files that are not text, by their first bytes.
const MAGICS: &[(&[u8], &str)] = &[
    (b"\x7fELF", "a program or library (ELF)"),
    (b"PK\x03\x04", "a zip archive, which is not read: unpack it and give the folder"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xfd7zXZ\0", "an xz archive, which is not read: unpack it with `xz -d`"),
    (b"BZh", "a bzip2 archive, which is not read: unpack it with `bzip2 -d`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read: unpack it and give the folder"),
    (b"Rar!\x1a\x07", "a rar archive, which is not read: unpack it and give the folder"),
    (b"\x04\x22\x4d\x18", "an lz4 file, which is not read: unpack it with `lz4 -d`"),
    (b"\x1f\x9d", "a compress file, which is not read: unpack it with `uncompress`"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG); text in it is not read"),
    (b"\xff\xd8\xff", "a picture (JPEG); text in it is not read"),
    (b"GIF8", "a picture (GIF); text in it is not read"),
    (b"%PDF-", "a PDF document, which is not read"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"LPKSHHRH", "a systemd journal, which is not read: print it with `journalctl --file`"),
    (b"PAR1", "a Parquet file"),
    (b"\x00asm", "a WebAssembly module"),
    (b"!<arch>\n", "an ar archive"),
    (b"\xff\xfe\0\0", "UTF-32 text, which is not read: convert it with `iconv`"),
    (b"\0\0\xfe\xff", "UTF-32 text, which is not read: convert it with `iconv`"),
    (b"\0\x05\x16\x07", "macOS folder metadata"),
    (b"\0\0\0\x01Bud1", "macOS folder metadata"),
];

/// Returns what a file is. `head` is the whole file, or its first [`HEAD_BYTES`].
pub(super) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"\x1f\x8b\x08") {
        return Kind::Gzip;
    }
    // A skippable frame may stand before the first frame (RFC 8878, section 3.1.2).
    if head.starts_with(b"\x28\xb5\x2f\xfd") || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
    {
        return Kind::Zstd;
    }
    match capture::recognise(head) {
        Some(capture::Recognised::Readable) => return Kind::Capture,
        Some(capture::Recognised::NotRead(what)) => return Kind::Binary(what),
        None => {}
    }
    if is_tar(head) {
        return Kind::Tar;
    }
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Kind::Binary(what);
    }
    if let Some(big_endian) = utf16(head) {
        return Kind::Utf16 { big_endian };
    }
    if head.len() as u64 == HEAD_BYTES && head.iter().all(|b| *b == 0) {
        return Kind::Binary(
            "zero bytes to begin with, and not read: cut them off with `tr -d '\\0'`",
        );
    }
    if is_binary(head) {
        return Kind::Binary("not text");
    }
    if is_document(head) { Kind::Document } else { Kind::Text }
}

/// The checksum of the first header decides; archives from before POSIX have no other mark (`tar(5)`).
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<512>() else { return false };
    let (before, rest) = header.split_at(148);
    let (field, after) = rest.split_at(8);
    let sum: u32 = before.iter().chain(after).map(|b| u32::from(*b)).sum::<u32>() + 8 * 32;
    let digits = String::from_utf8_lossy(field);
    let digits = digits.trim_matches(|c: char| c == '\0' || c == ' ');
    u32::from_str_radix(digits, 8).is_ok_and(|written| written == sum)
}

/// Returns the byte order of UTF-16, by its mark or by where the zero bytes of western text stand.
fn utf16(head: &[u8]) -> Option<bool> {
    match head {
        [0xff, 0xfe, ..] => return Some(false),
        [0xfe, 0xff, ..] => return Some(true),
        _ => {}
    }
    let (pairs, _) = head.as_chunks::<2>();
    if pairs.len() < 8 {
        return None;
    }
    let high_zero = pairs.iter().filter(|pair| pair[0] == 0 && pair[1] != 0).count();
    let low_zero = pairs.iter().filter(|pair| pair[1] == 0 && pair[0] != 0).count();
    let most = pairs.len() - pairs.len() / 10;
    match (high_zero >= most, low_zero >= most) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) | (false, false) => None,
    }
}

/// Whether more than one byte in twenty is a control character that no terminal prints. Zero bytes before the text are
/// not counted, and a run of them counts once: log rotation by copying leaves such holes.
fn is_binary(head: &[u8]) -> bool {
    let start = head.iter().position(|b| *b != 0).unwrap_or(0);
    let text = head.get(start..).unwrap_or_default();
    let (mut controls, mut others, mut last) = (0_usize, 0_usize, b' ');
    for &byte in text {
        match byte {
            0 if last == 0 => {}
            0..=6 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f => controls += 1,
            _ => others += 1,
        }
        last = byte;
    }
    controls * 19 > others
}

/// Whether a text is one JSON document, and not lines that hold one each, as logs do.
fn is_document(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let Some((first, rest)) = head.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    match (first, next) {
        (b'{', Some(b'"' | b'}')) | (b'[', Some(b'{' | b'[' | b'"' | b']')) => {}
        _ => return false,
    }
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_record = |line: &[u8]| line.len() > 2 && line.starts_with(b"{") && line.ends_with(b"}");
    !(is_record(first) && second.starts_with(b"{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_documents_from_logs_and_prompts() {
        assert_eq!(kind(b" {\n  \"items\": []}"), Kind::Document);
        assert_eq!(kind(b"\xef\xbb\xbf[{\"ifname\":\"lo\"}]"), Kind::Document);
        assert_eq!(kind(b"{\"level\":\"info\"}\n{\"level\":\"debug\"}\n"), Kind::Text);
        assert_eq!(kind(b"[root@node ~]# ip rule\n"), Kind::Text);
        assert_eq!(kind(b""), Kind::Text);
    }

    #[test]
    fn tells_binary_from_text_in_any_encoding() {
        assert_eq!(kind(b"\x1b[36mlo\x1b[0m: <UP>\x08\r\n"), Kind::Text);
        assert_eq!(kind(b"\xb3\xeb\xb5\xe5 10.0.0.1\n"), Kind::Text);
        let hole = [vec![0; 5000], b"{\"level\":\"info\"}\n".to_vec()].concat();
        assert_eq!(kind(&hole), Kind::Text);
        assert_eq!(kind(b"\0\x01\x02abc\x03"), Kind::Binary("not text"));
        assert_eq!(kind(b"\xff\xfei\0p\0"), Kind::Utf16 { big_endian: false });
        let wide: Vec<u8> = "0: from all lookup local".bytes().flat_map(|b| [0, b]).collect();
        assert_eq!(kind(&wide), Kind::Utf16 { big_endian: true });
        assert!(matches!(kind(b"PK\x03\x04rest"), Kind::Binary(_)));
    }

    #[test]
    fn tells_archives() {
        assert_eq!(kind(b"\x1f\x8b\x08\0"), Kind::Gzip);
        assert_eq!(kind(b"\x28\xb5\x2f\xfd\0"), Kind::Zstd);
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_old();
        header.set_size(0);
        builder.append_data(&mut header, "iprule.txt", std::io::empty()).unwrap();
        assert_eq!(kind(&builder.into_inner().unwrap()), Kind::Tar);
    }
}
