//! What names of folders and archives tell of the node that a file is from.

/// Names that a file's way gives its node. None is certain; the file's own content may know better.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeHint {
    /// The user said so: `NAME=PATH`.
    pub named: Option<Box<str>>,
    /// The instance id in the name of a folder, an archive or the file.
    pub instance_id: Option<Box<str>>,
    /// The innermost folder or archive that can be a node's: `node-a` of `nodes/node-a/networking/iprule.txt`.
    /// `None` for a file that stands directly in what was given.
    pub folder: Option<Box<str>>,
    /// The folders and archives down to `folder`, which tell two of the same name apart.
    pub folder_way: Box<str>,
    /// The name of what was given itself, without its ending; for a file, of the folder that it is in.
    pub root: Option<Box<str>>,
}

/// Folders inside the bundles of one node (`eks-log-collector.sh`, `aws-cni-support.sh`), which never name a node.
const INNER_FOLDERS: &[&str] = &[
    "aws-routed-eni",
    "cni",
    "config.json.d",
    "containerd",
    "docker",
    "etc",
    "gpu",
    "ipamd",
    "kernel",
    "kubelet",
    "log",
    "modinfo",
    "networking",
    "nodeadm",
    "sandbox-image",
    "soci-snapshotter",
    "storage",
    "sysctls",
    "system",
    "systemd-network",
    "throttles",
    "tmp",
    "var",
    "var_log",
];

/// Folders that sort the outputs of one node, or of all, by topic. They name no node, but one may be inside of them.
const TOPICS: &[&str] = &[
    "aws",
    "capture",
    "captures",
    "cluster",
    "conntrack",
    "dump",
    "dumps",
    "ec2",
    "ip",
    "ip6tables",
    "iproute",
    "ipset",
    "iptables",
    "json",
    "k8s",
    "kubectl",
    "kubernetes",
    "logs",
    "lsns",
    "netfilter",
    "netns",
    "nft",
    "nftables",
    "output",
    "outputs",
    "pcap",
    "pcaps",
    "raw",
    "sysctl",
    "tcpdump",
];

impl NodeHint {
    /// Returns the hint of a file from the name that the user gave, what was given, and the folders and archives
    /// between that and the file, outermost first.
    pub fn new(named: Option<&str>, root: Option<&str>, between: &[String], file: &str) -> Self {
        let root = root.map(without_ending).filter(|name| is_name(name));
        let outer = between.iter().position(|folder| INNER_FOLDERS.contains(&folder.as_str()));
        let outer = between.get(..outer.unwrap_or(between.len())).unwrap_or_default();
        let is_topic = |name: &String| TOPICS.contains(&name.to_ascii_lowercase().as_str());
        let n_named =
            outer.iter().rposition(|name| !is_topic(name)).map_or(0, |at| at.saturating_add(1));
        let outer = outer.get(..n_named).unwrap_or_default();
        let folder = outer.last().map(|folder| without_ending(folder));
        let names = [file].into_iter().chain(between.iter().rev().map(String::as_str)).chain(root);
        Self {
            named: named.map(Into::into),
            instance_id: names.into_iter().find_map(instance_id).map(Into::into),
            folder: folder.map(Into::into),
            folder_way: outer.join("/").into(),
            root: root.map(Into::into),
        }
    }
}

/// `.` and `..` and nothing name nothing.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().any(|b| b != b'.')
}

/// Returns an archive's name without what tells its format.
fn without_ending(name: &str) -> &str {
    const ENDINGS: &[&str] = &[".gz", ".zst", ".tgz", ".tzst", ".tar"];
    let mut name = name;
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
        name = shorter;
    }
    name
}

/// Returns the instance id in a name, such as that of `eks_i-0123456789abcdef0_2026-11-21_0900-UTC_0.7.9.tar.gz`.
fn instance_id(name: &str) -> Option<&str> {
    name.match_indices("i-").find_map(|(start, _)| {
        let before = name.get(..start)?;
        let digits = name.get(start.checked_add(2)?..)?;
        let n_digits = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
        let ends = !digits.get(n_digits..)?.starts_with(|c: char| c.is_ascii_alphanumeric());
        let starts = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        // Ids were eight digits long until 2016.
        let whole = starts && ends && matches!(n_digits, 8 | 17);
        whole.then(|| name.get(start..start.checked_add(2)?.checked_add(n_digits)?))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hint(root: &str, between: &[&str], file: &str) -> NodeHint {
        let between: Vec<_> = between.iter().map(|name| (*name).to_owned()).collect();
        NodeHint::new(None, Some(root), &between, file)
    }

    #[test]
    fn an_instance_id_is_found_in_any_name_of_the_way() {
        let bundle = "eks_i-0123456789abcdef0_2026-11-21_0900-UTC_0.7.9.tar.gz";
        let id = |hint: NodeHint| hint.instance_id.map(String::from);
        let expected = Some("i-0123456789abcdef0".to_owned());
        assert_eq!(id(hint(bundle, &["networking"], "iprule.txt")), expected);
        assert_eq!(id(hint("all", &["eni-01234567"], "a.txt")), None);
        assert_eq!(id(hint("all", &["node-i-01234567"], "a.txt")), Some("i-01234567".to_owned()));
        assert_eq!(id(hint("i-0123456789abcdef01", &[], "eni-0123456789abcdef0")), None);
        assert_eq!(id(hint("eks__2026-11-21_0900-UTC_0.7.9.tar.gz", &[], "x")), None);
    }

    #[test]
    fn the_folder_is_the_innermost_that_is_not_inside_a_bundle() {
        let folder = |hint: NodeHint| hint.folder.map(String::from);
        assert_eq!(
            folder(hint("nodes", &["node-a", "networking"], "x")).as_deref(),
            Some("node-a")
        );
        assert_eq!(folder(hint("nodes", &["eu", "b.tar.gz", "cni"], "x")).as_deref(), Some("b"));
        assert_eq!(folder(hint("node-a", &["networking"], "x")), None);
        assert_eq!(folder(hint("nodes", &["node-a", "iptables"], "x")).as_deref(), Some("node-a"));
        assert_eq!(folder(hint("nodes", &["iptables", "node-a"], "x")).as_deref(), Some("node-a"));
        assert_eq!(folder(hint("node-a", &["EC2"], "x")), None);
        assert_eq!(hint("node-a.tgz", &[], "x").root.as_deref(), Some("node-a"));
        assert_eq!(hint(".", &[], "x").root, None);
    }

    proptest! {
        #[test]
        fn any_names_are_looked_at_without_harm(names in proptest::collection::vec("[i0-9a-fé./-]{0,24}", 0..5)) {
            let file = names.first().cloned().unwrap_or_default();
            let hint = NodeHint::new(None, Some(&file), &names, &file);
            prop_assert!(hint.instance_id.is_none_or(|id| id.starts_with("i-")));
        }
    }
}
