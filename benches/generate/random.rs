//! SplitMix64, so that ids look random and are the same in every run.

/// The generator; its state is public knowledge.
pub(crate) struct Random(u64);

impl Random {
    /// Starts a sequence of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns `digits` hexadecimal digits, at most 16.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        format!("{:016x}", self.next()).chars().take(digits).collect()
    }

    /// Returns 16 characters of the base32 alphabet, as in a KUBE-SVC chain.
    pub(crate) fn base32(&mut self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (high, low) = (self.next(), self.next());
        let bits = u128::from(high) << 64 | u128::from(low);
        (0..16)
            .filter_map(|position| {
                let digit = usize::try_from(bits >> (5 * position) & 31).ok()?;
                ALPHABET.get(digit).map(|byte| char::from(*byte))
            })
            .collect()
    }
}
