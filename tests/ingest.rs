//! Files, folders and archives as strangers send them: what is read of each, and what is said of the rest.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use enilens::{
    ingest::{Content, Input, InputPlace, Limits, Member, read, saved::Document, snapshot},
    model::{Snapshot, snapshot::Output},
};
use proptest::prelude::*;
use std::{fs, io::Write, path::PathBuf};

const RULES: &str = "0:\tfrom all lookup local\n";

/// Limits small enough to be reached by a test.
const SMALL: Limits = Limits {
    unfolded_bytes: 4 << 20,
    text_bytes: 1 << 20,
    held_bytes: 3 << 20,
    document_bytes: 1 << 16,
    sparse_bytes: 1 << 12,
    members: 50,
    layers: 4,
    ratio: 100,
    ratio_from_bytes: 1 << 18,
    header_bytes: 1 << 16,
};

fn piped(bytes: &[u8], limits: &Limits) -> Vec<Member> {
    let input = Input { named: None, place: InputPlace::Stdin };
    read(&[input], limits, &mut &*bytes)
}

/// One line for each member: what it is, then what was wrong.
fn account(members: &[Member]) -> Vec<String> {
    let mut lines = Vec::new();
    for member in members {
        let what = match &member.content {
            Content::Text(text) => format!("text of {}", text.len()),
            Content::Document(_) => "document".to_owned(),
            Content::Capture(capture, _) => format!("capture of {}", capture.n_packets),
            Content::Binary(what) => (*what).to_owned(),
            Content::Unread => "unread".to_owned(),
        };
        lines.push(format!("{}: {what}", member.path));
        lines.extend(member.problems.iter().map(|p| format!("  {}: {}", p.line, p.message)));
    }
    lines
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn header(size: u64, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header
}

/// A header with a name that the builder would refuse, such as `../x`.
fn named(name: &str, size: u64, kind: tar::EntryType) -> tar::Header {
    let mut header = header(size, kind);
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    header
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = header(bytes.len() as u64, tar::EntryType::Regular);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

fn pcap() -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    file.extend([0; 8]);
    file.extend([96, 0, 0, 0, 1, 0, 0, 0]);
    file.extend([0; 16]);
    file
}

#[test]
fn opens_archives_inside_archives_and_what_rotation_left() {
    let inner = gzip(&tar_of(&[("./networking/iprule.txt", RULES.as_bytes())]));
    let outer = tar_of(&[
        ("a/eks_i-0123456789abcdef0_2026-11-21_0900-UTC_0.7.9.tar.gz", &inner),
        ("var_log/ipamd-2026-11-20.log.gz", &gzip(b"{\"level\":\"info\"}\n")),
        ("eth0.pcap.zst", &zstd::encode_all(&*pcap(), 1).unwrap()),
        ("empty.txt", b""),
        ("ps.bin", b"\x7fELF\x02\x01"),
    ]);
    let members = piped(&gzip(&outer), &Limits::default());
    assert_eq!(
        account(&members),
        [
            "-!a/eks_i-0123456789abcdef0_2026-11-21_0900-UTC_0.7.9.tar.gz!networking/iprule.txt: text of 25",
            "-!var_log/ipamd-2026-11-20.log.gz: text of 17",
            "-!eth0.pcap.zst: capture of 1",
            "-!empty.txt: text of 0",
            "-!ps.bin: a program or library (ELF)",
        ]
    );
    assert_eq!(members[0].hint.instance_id.as_deref(), Some("i-0123456789abcdef0"));
    let folder = "eks_i-0123456789abcdef0_2026-11-21_0900-UTC_0.7.9";
    assert_eq!(members[0].hint.folder.as_deref(), Some(folder));
    assert_eq!(members[1].hint.folder, None);
    let Content::Capture(_, reopen) = &members[2].content else { panic!() };
    let mut again = Vec::new();
    reopen.open(|reader| reader.read_to_end(&mut again).unwrap()).unwrap();
    assert_eq!(again, pcap());
}

#[test]
fn a_bomb_costs_a_message() {
    let bomb = gzip(&vec![b'a'; 3 << 20]);
    let members = piped(&bomb, &SMALL);
    let account = account(&members);
    assert_eq!(account[0], "-: unread");
    assert!(account[1].contains("unfold to more than"), "{account:?}");

    let inside = tar_of(&[("bomb.gz", &bomb), ("iprule.txt", RULES.as_bytes())]);
    let members = piped(&inside, &SMALL);
    assert!(matches!(members[0].content, Content::Unread));

    let mut nested = RULES.as_bytes().to_vec();
    for _ in 0..6 {
        nested = gzip(&nested);
    }
    let members = piped(&nested, &SMALL);
    assert_eq!(
        self::account(&members)[1],
        "  1: an archive inside 4 others is not opened; unpack it and give the folder"
    );
}

#[test]
fn names_links_and_devices_of_an_archive_do_no_harm() {
    let mut bytes = Vec::new();
    for (name, kind) in [
        ("../../etc/passwd", tar::EntryType::Regular),
        ("/etc/shadow", tar::EntryType::Regular),
        ("link", tar::EntryType::Symlink),
        ("hard", tar::EntryType::Link),
        ("sda", tar::EntryType::Block),
        ("tty", tar::EntryType::Char),
        ("pipe", tar::EntryType::Fifo),
    ] {
        bytes.extend(named(name, 0, kind).as_bytes());
    }
    bytes.extend(tar_of(&[("iprule.txt", RULES.as_bytes())]));
    assert_eq!(
        account(&piped(&bytes, &SMALL)),
        [
            "-!../../etc/passwd: text of 0",
            "-!etc/shadow: text of 0",
            "-!iprule.txt: text of 25",
            "-: unread",
            "  1: 2 members are not read, each a device; the first is `sda`",
            "-: unread",
            "  1: 2 members are not read, each a link; the first is `link`",
            "-: unread",
            "  1: 1 named pipe is not read: `pipe`",
            "-: unread",
            "  1: 2 of the members have paths that lead out of the archive, such as `../../etc/passwd`; they are read, \
             and nothing is written",
        ]
    );
}

#[test]
fn members_before_a_cut_are_read() {
    let long = RULES.repeat(200);
    let whole = tar_of(&[("a.txt", RULES.as_bytes()), ("b.txt", long.as_bytes())]);
    let cut = &whole[..512 * 3 + 100];
    let account_of_cut = account(&piped(cut, &SMALL));
    assert_eq!(
        account_of_cut[..3],
        [
            "-!a.txt: text of 25",
            "-!b.txt: text of 100",
            "  1: the file ends early, after 100 bytes of 4.8 KiB",
        ]
    );
    assert!(account_of_cut[4].starts_with("  1: the archive is cut or damaged after `b.txt`"));
    let packed = gzip(&whole);
    for at in 20..packed.len() {
        let members = piped(&packed[..at], &SMALL);
        assert!(
            members.iter().any(|member| !member.problems.is_empty()),
            "cut at {at}: {:?}",
            account(&members)
        );
    }
}

#[test]
fn a_million_members_and_endless_headers_cost_a_message() {
    let mut many = Vec::new();
    for _ in 0..60 {
        many.extend(named("x", 0, tar::EntryType::Regular).as_bytes());
    }
    let members = piped(&many, &SMALL);
    assert_eq!(members.len(), 51);
    assert!(account(&members)[51].contains("more than 50 members"));

    let mut long_name =
        named("././@LongLink", 1 << 20, tar::EntryType::GNULongName).as_bytes().to_vec();
    long_name.extend(vec![b'a'; 1 << 20]);
    long_name.extend(named("x", 0, tar::EntryType::Regular).as_bytes());
    assert!(account(&piped(&long_name, &SMALL))[1].contains("the header of a member is too long"));

    let huge = named("x", u64::MAX >> 4, tar::EntryType::Regular).as_bytes().to_vec();
    let members = piped(&huge, &SMALL);
    assert!(account(&members)[1].contains("a text of more than 1 MiB is not read"));
}

#[test]
fn long_texts_are_refused_and_long_documents_handed_over() {
    let line = vec![b'x'; 2 << 20];
    let members = piped(&gzip(&[&[b'y'; 3][..], &line[..1 << 17]].concat()), &SMALL);
    assert!(matches!(members[0].content, Content::Text(_)));
    let members = piped(
        &tar_of(&[("huge.txt", &line), ("iprule.txt", RULES.as_bytes())]),
        &Limits { held_bytes: 10, ..SMALL },
    );
    assert_eq!(members.len(), 2);
    assert!(members.iter().all(|member| matches!(member.content, Content::Unread)));

    let mut document = b"{\"Reservations\": [".to_vec();
    document.extend(vec![b' '; 1 << 17]);
    document.extend(b"]}");
    for bytes in [document.clone(), tar_of(&[("a", b"x"), ("instances.json", &document)])] {
        let members = piped(&bytes, &SMALL);
        let Content::Document(reopen) = &members.last().unwrap().content else { panic!() };
        let mut again = Vec::new();
        reopen.open(|reader| reader.read_to_end(&mut again).unwrap()).unwrap();
        assert_eq!(again, document);
    }
}

#[test]
fn text_in_utf16_and_with_strange_bytes_keeps_its_lines() {
    let wide: Vec<u8> =
        "\u{feff}0:\tfrom all lookup local\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let members = piped(&wide, &SMALL);
    let Content::Text(text) = &members[0].content else { panic!() };
    assert_eq!(&**text, "0:\tfrom all lookup local\r\n");
    let strange = piped(b"one line of text\nand another \xff\0\n", &SMALL);
    assert_eq!(
        account(&strange),
        [
            "-: text of 32",
            "  2: 1 byte is not UTF-8 and read as U+001A each, the first on this line",
            "  2: 1 NUL byte is read as blanks, the first on this line",
        ]
    );
}

#[test]
fn folders_are_read_in_order_and_links_out_of_them_are_named() {
    let root = folder("walk");
    fs::create_dir_all(root.join("node-b/networking")).unwrap();
    fs::create_dir(root.join("node-a")).unwrap();
    fs::write(root.join("node-b/networking/iprule.txt"), RULES).unwrap();
    fs::write(root.join("node-a/iprule.txt"), RULES).unwrap();
    fs::write(root.join("pods.json"), "{\"items\": []}").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::{fs::symlink, net::UnixListener};
        symlink("/etc", root.join("out")).unwrap();
        symlink("nowhere", root.join("nothing")).unwrap();
        symlink("..", root.join("node-a/up")).unwrap();
        let _socket = UnixListener::bind(root.join("node-a/ipamd.sock")).unwrap();
    }
    let input = Input::parse(root.as_os_str()).unwrap();
    let members = read(&[input], &Limits::default(), &mut std::io::empty());
    let shown: Vec<_> =
        account(&members).iter().map(|line| line.replace(root.to_str().unwrap(), "R")).collect();
    let unix = [
        "R/node-a/ipamd.sock: unread",
        "  1: a pipe, socket or device, which is not read",
        "R/node-a/iprule.txt: text of 25",
        "R/node-b/networking/iprule.txt: text of 25",
        "R/nothing: unread",
        "  1: a link to nothing that is there",
        "R/out: unread",
        "  1: a link out of the folder is not followed; to read it, give `/etc` as well",
        "R/pods.json: text of 13",
    ];
    assert_eq!(shown, unix);
    let folders: Vec<_> = members.iter().map(|m| m.hint.folder.as_deref().unwrap_or("-")).collect();
    assert_eq!(folders, ["node-a", "node-a", "node-b", "-", "-", "-"]);
    assert_eq!(members[0].hint.root.as_deref(), Some("walk"));
}

#[test]
fn a_file_knows_its_folder_and_a_name_may_be_tied_to_it() {
    let root = folder("tied");
    fs::create_dir(root.join("node-a")).unwrap();
    let file = root.join("node-a/iprule.txt");
    fs::write(&file, RULES).unwrap();
    let bundle = root.join("bundle.tgz");
    fs::write(&bundle, gzip(&tar_of(&[("networking/iprule.txt", RULES.as_bytes())]))).unwrap();
    let tied = format!("node-x={}", file.display());
    let inputs: Vec<_> = [file.as_os_str(), tied.as_ref(), bundle.as_os_str()]
        .map(|argument| Input::parse(argument).unwrap())
        .into();
    let members = read(&inputs, &Limits::default(), &mut std::io::empty());
    assert_eq!(members[0].hint.root.as_deref(), Some("node-a"));
    assert_eq!(members[1].hint.named.as_deref(), Some("node-x"));
    assert_eq!(members[2].hint.root.as_deref(), Some("bundle"));
    assert_eq!(members[2].hint.folder, None);
    fs::remove_file(&file).unwrap();
    let members = read(&inputs, &Limits::default(), &mut std::io::empty());
    assert_eq!(&*members[0].problems[0].message, "cannot be read: no such file or directory");
    assert!(matches!(members[2].content, Content::Text(_)));
}

#[test]
fn large_files_of_a_folder_are_reopened_where_they_lie() {
    let root = folder("reopen");
    let document = [b"[{\"x\": \"".to_vec(), vec![b'x'; 1 << 17], b"\"}]".to_vec()].concat();
    let packed = gzip(&tar_of(&[("deep/nis.json", &document), ("deep/eth0.pcap", &pcap())]));
    fs::write(root.join("bundle.tgz"), packed).unwrap();
    let input = Input::parse(root.as_os_str()).unwrap();
    let members = read(&[input], &Limits { ratio: 10_000, ..SMALL }, &mut std::io::empty());
    let Content::Document(reopen) = &members[0].content else { panic!("{:?}", account(&members)) };
    let mut again = Vec::new();
    reopen.open(|reader| reader.read_to_end(&mut again).unwrap()).unwrap();
    assert_eq!(again, document);
    assert_eq!(members[0].hint.folder.as_deref(), Some("deep"));
}

/// Everything that a snapshot says of its outputs, without the ids of artifacts.
fn outputs(snapshot: &Snapshot) -> Vec<String> {
    let show = |output: &Output| {
        let path = &snapshot.artifact(output.artifact).unwrap().path;
        let Output { parser, command, lines, n_facts, scope, .. } = output;
        format!("{path} {parser} {command:?} {lines:?} {n_facts} {scope:?}")
    };
    snapshot.outputs.iter().map(show).collect()
}

#[test]
fn a_saved_snapshot_says_the_same_as_what_it_was_saved_from() {
    let root = folder("saved");
    fs::create_dir_all(root.join("node-a/networking")).unwrap();
    fs::create_dir_all(root.join("node-a/system")).unwrap();
    fs::write(root.join("node-a/networking/iprule.txt"), RULES.repeat(2)).unwrap();
    fs::write(root.join("node-a/system/ps.txt"), "PID\n1 secret-word\n").unwrap();
    let session =
        format!("prose about secret-word\n$ ip rule\n{RULES}$ nsenter -t 77 -n ip rule\n{RULES}");
    fs::write(root.join("node-a/session.txt"), session).unwrap();
    let read = |path: &std::path::Path| {
        let input = Input::parse(path.as_os_str()).unwrap();
        snapshot(&[input], &Limits::default(), &mut std::io::empty())
    };
    let first = read(&root);
    let json = serde_json::to_string(&Document::of(&first)).unwrap();
    assert!(!json.contains("secret-word"));
    fs::write(root.join("snapshot.json"), json).unwrap();
    let second = read(&root.join("snapshot.json"));
    let of_first: Vec<_> =
        outputs(&first).into_iter().filter(|line| !line.contains(" known ")).collect();
    assert_eq!(of_first.len(), 3);
    assert_eq!(outputs(&second), of_first);
    assert_eq!(second.nodes.len(), first.nodes.len());
    assert_eq!(second.nodes[0].name, first.nodes[0].name);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..2000), kind in 0..5_usize) {
        let wrapped = match kind {
            0 => bytes,
            1 => gzip(&bytes),
            2 => tar_of(&[("x", &bytes)]),
            3 => [b"\x1f\x8b\x08".to_vec(), bytes].concat(),
            _ => [b"\x28\xb5\x2f\xfd".to_vec(), bytes].concat(),
        };
        prop_assert!(!piped(&wrapped, &SMALL).is_empty());
    }

    #[test]
    fn a_corrupted_archive_is_read_without_harm(at in any::<usize>(), value in any::<u8>()) {
        let mut bytes = tar_of(&[("a.txt", RULES.as_bytes()), ("b.gz", &gzip(RULES.as_bytes())), ("c", &pcap())]);
        let at = at % bytes.len();
        bytes[at] = value;
        prop_assert!(!piped(&bytes, &SMALL).is_empty());
        let packed = gzip(&bytes);
        let mut broken = packed.clone();
        let at = at % packed.len();
        broken[at] ^= value;
        prop_assert!(!piped(&broken, &SMALL).is_empty());
    }
}
