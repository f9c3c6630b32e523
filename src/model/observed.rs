//! Whether the snapshot can speak about a thing at all.

/// "There is no such rule" and "nobody ran `ip rule`" must never look alike: the first is evidence, the second is
/// silence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Observed<T> {
    Seen(T),
    #[default]
    NotCollected,
}

impl<T> Observed<T> {
    /// Returns the value for reading, with `None` for what was not collected.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            Self::NotCollected => None,
        }
    }

    /// Returns whether somebody looked.
    pub fn is_seen(&self) -> bool {
        matches!(self, Self::Seen(_))
    }
}

impl<T: Default> Observed<T> {
    /// Returns the value for writing; from here on it counts as collected.
    pub fn seen_mut(&mut self) -> &mut T {
        if let Self::NotCollected = self {
            *self = Self::Seen(T::default());
        }
        match self {
            Self::Seen(value) => value,
            Self::NotCollected => unreachable!("it was set to `Seen` above"),
        }
    }
}
