//! Lines that end an output without being one: fences, banners, rules, comments.

/// What a line is, when it belongs to no output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary<'a> {
    /// ```` ``` ````, `~~~`, `<pre>` and the like.
    Fence,
    /// A line of dashes or equal signs.
    Rule,
    /// `>> node 192.168.3.137 <<`: what follows was printed by this machine.
    Node(&'a str),
    /// `## …`: another part of a document begins.
    Heading,
    /// `# …`, `// …`.
    Comment,
}

/// Returns what kind of boundary a line is.
pub(super) fn boundary(line: &str) -> Option<Boundary<'_>> {
    let line = line.trim();
    if [
        "```",
        "~~~",
        "<pre",
        "</pre",
        "<details",
        "</details",
        "<summary",
        "</summary",
        "<code",
        "</code",
    ]
    .iter()
    .any(|fence| line.starts_with(fence))
    {
        return Some(Boundary::Fence);
    }
    let is_rule = |mark: char| line.chars().count() >= 4 && line.chars().all(|c| c == mark);
    if ['-', '=', '*', '_', '─', '━'].into_iter().any(is_rule) {
        return Some(Boundary::Rule);
    }
    if let Some(node) = node_banner(line) {
        return Some(Boundary::Node(node));
    }
    if line.starts_with("##") {
        return Some(Boundary::Heading);
    }
    (line.starts_with("# ") || line == "#" || line.starts_with("//")).then_some(Boundary::Comment)
}

/// `>> node X <<`, `=== X ===`, `----- ip-10-0-0-1 -----`, `# node: X`.
fn node_banner(line: &str) -> Option<&str> {
    let decoration =
        |c: char| matches!(c, '>' | '<' | '=' | '*' | '#' | '-' | '[' | ']' | '+' | '~');
    let inner = line.trim_matches(|c: char| decoration(c) || c == ' ');
    let decorated = line.len() - line.trim_start_matches(decoration).len() >= 2;
    let mut words = inner.split_ascii_whitespace();
    let first = words.next()?;
    let labelled = ["node", "host", "worker", "instance", "server", "nodename"]
        .iter()
        .any(|word| first.trim_end_matches(':').eq_ignore_ascii_case(word));
    let name = if labelled { words.next()? } else { first };
    let name = name.trim_matches([':', '(', ')', ',']);
    let alone = words.next().is_none();
    let both_sides = line.ends_with(decoration);
    let accepted =
        alone && decorated && (labelled || both_sides) && (labelled || is_machine_name(name));
    (accepted && !name.is_empty()).then_some(name)
}

/// Returns whether a word names a machine by itself: an address, also a masked one, `ip-10-0-0-1…`, `i-0123456789abcdef0`.
pub(super) fn is_machine_name(word: &str) -> bool {
    let masked = |part: &str| {
        part.parse::<u8>().is_ok()
            || (!part.is_empty() && part.bytes().all(|b| matches!(b, b'x' | b'X' | b'*')))
    };
    let address = word.split('.').count() == 4 && word.split('.').all(masked);
    let numbers = word.strip_prefix("ip-").and_then(|rest| rest.split('.').next());
    let private_dns = numbers
        .is_some_and(|numbers| numbers.split('-').count() == 4 && numbers.split('-').all(masked));
    let instance = word
        .strip_prefix("i-")
        .is_some_and(|id| matches!(id.len(), 8 | 17) && id.bytes().all(|b| b.is_ascii_hexdigit()));
    address || private_dns || instance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_boundaries_apart() {
        for (line, expected) in [
            ("```bash", Boundary::Fence),
            ("----------------", Boundary::Rule),
            (">> node 192.168.3.137 <<", Boundary::Node("192.168.3.137")),
            (">> node 43.xxx.xxx.xxx <<", Boundary::Node("43.xxx.xxx.xxx")),
            ("=== ip-10-0-0-1.ec2.internal ===", Boundary::Node("ip-10-0-0-1.ec2.internal")),
            ("# after ping to pod IP, add more record", Boundary::Comment),
        ] {
            assert_eq!(boundary(line), Some(expected), "{line}");
        }
        for line in [
            "default via 10.0.0.1 dev eth0",
            "-A INPUT -j DROP",
            "--- 192.168.2.10 ping statistics ---",
            "*nat",
            ":INPUT ACCEPT [0:0]",
            "-P INPUT ACCEPT",
        ] {
            assert_eq!(boundary(line), None, "{line}");
        }
    }
}
