//! Numbers with their nouns.

/// Returns the noun for a count: `1 pod`, `2 pods`.
pub fn plural(n: usize, noun: &str) -> String {
    let ending = match noun {
        _ if n == 1 => "",
        _ if noun.ends_with("ss") || noun.ends_with('x') => "es",
        _ => "s",
    };
    format!("{noun}{ending}")
}

/// Returns the count with its noun, thousands apart.
pub fn count(n: usize, noun: &str) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len().saturating_sub(at)).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", plural(n, noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(1, "address"), "1 address");
        assert_eq!(count(0, "address"), "0 addresses");
        assert_eq!(count(250_000, "pod"), "250,000 pods");
        assert_eq!(count(1_000, "prefix"), "1,000 prefixes");
    }
}
