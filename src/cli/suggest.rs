//! "Did you mean": the known names that are nearest to what was typed.

/// The largest number of changes that a suggestion may be away, and how many are shown.
const MAX_DISTANCE: usize = 4;
const MAX_SHOWN: usize = 3;

/// Returns the names nearest to a word, the nearest first: those that hold it, then those a few letters away.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, MAX_DISTANCE);
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let distance =
                if !word.is_empty() && name.contains(word) { 0 } else { distance(word, name) };
            (distance <= allowed).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(MAX_SHOWN).map(|(_, name)| name).collect()
}

/// Returns how many letters have to be put in, taken out or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        let mut next = vec![before];
        for (right, above) in b.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(left != *right);
            before = replaced.min(before + 1).min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }

    #[test]
    fn the_nearest_come_first() {
        let names = ["default/web-0", "default/web-1", "kube-system/coredns-1"];
        assert_eq!(nearest("default/wbe-0", names), ["default/web-0", "default/web-1"]);
        assert_eq!(nearest("coredns", names), ["kube-system/coredns-1"]);
        assert!(nearest("nothing-like-it", names).is_empty());
    }
}
