//! Three-valued logic with chances.

/// Whether a packet meets a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Matched {
    Yes,
    No,
    /// With this probability, by a random number of the kernel.
    Chance(f64),
    /// The dumps do not tell.
    Unknown,
}

impl Matched {
    /// All conditions of a rule must hold: one `No` decides, whatever is unknown beside it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Chance(a), Self::Chance(b)) => Self::Chance(a * b),
            (Self::Chance(a), Self::Yes) | (Self::Yes, Self::Chance(a)) => Self::Chance(a),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// `!` in front of a condition.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Chance(p) => Self::Chance(1.0 - p),
            Self::Unknown => Self::Unknown,
        }
    }

    /// Negates where the condition carries a `!`.
    #[must_use]
    pub fn negated_if(self, negated: bool) -> Self {
        if negated { self.negated() } else { self }
    }
}

impl From<bool> for Matched {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl From<Option<bool>> for Matched {
    /// `None` is what the dumps do not tell.
    fn from(holds: Option<bool>) -> Self {
        holds.map_or(Self::Unknown, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Matched::{self, Chance, No, Unknown, Yes};

    #[test]
    fn one_no_decides_and_unknown_never_becomes_an_answer() {
        let table = [
            (Yes, Yes, Yes),
            (Yes, No, No),
            (Yes, Unknown, Unknown),
            (No, Unknown, No),
            (Unknown, Unknown, Unknown),
            (Chance(0.5), Chance(0.5), Chance(0.25)),
            (Chance(0.5), Unknown, Unknown),
            (Chance(0.5), No, No),
        ];
        for (a, b, expected) in table {
            assert_eq!((a.and(b), b.and(a)), (expected, expected), "{a:?} and {b:?}");
        }
        for (a, expected) in
            [(Yes, No), (No, Yes), (Unknown, Unknown), (Chance(0.25), Chance(0.75))]
        {
            assert_eq!(a.negated(), expected);
        }
        assert_eq!(Matched::from(None), Unknown);
    }
}
