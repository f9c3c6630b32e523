//! The chains of a table by their names.
//!
//! A node of a large cluster has hundreds of thousands of chains, and their rules jump to them in no order. A map of
//! slices would look at three places of memory for each jump; here the name stands in the slot itself.

use crate::model::netfilter::xt::ChainId;
use rustc_hash::FxHashMap;

/// The longest name that stands in a slot. The kernel's limit is 28 bytes for the legacy backend
/// (`XT_EXTENSION_MAXNAMELEN`) and 31 for nft.
const MAX_LEN: usize = 28;

/// Ids of chains by names: a hash table with open addressing.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    n_used: usize,
    /// Names that fit into no slot.
    long: FxHashMap<&'a str, ChainId>,
}

/// A name filled up with NUL bytes, and its chain.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    name: Packed,
    /// The id and one more; 0 for a slot that is free.
    next_id: u32,
}

/// A name's bytes. Words of four keep a slot at half a line of a processor's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Packed([u32; MAX_LEN / 4]);

impl Packed {
    fn of(name: &str) -> Option<Self> {
        let mut bytes = [0; MAX_LEN];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        let mut packed = Self::default();
        for (slot, word) in packed.0.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *slot = u32::from_le_bytes(*word);
        }
        Some(packed)
    }

    /// Returns a number whose high bits are well mixed (as `rustc-hash` did it before version 2).
    fn hash(self) -> u64 {
        let (pairs, rest) = self.0.as_chunks::<2>();
        let words = pairs.iter().map(|[low, high]| u64::from(*high) << 32 | u64::from(*low));
        words.chain(rest.iter().copied().map(u64::from)).fold(0, |hash: u64, word| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
        })
    }
}

impl<'a> Names<'a> {
    /// Returns the id of a name.
    pub(super) fn get(&self, name: &str) -> Option<ChainId> {
        let Some(packed) = Packed::of(name) else { return self.long.get(name).copied() };
        let at = self.slot_of(packed)?;
        self.slots.get(at)?.next_id.checked_sub(1).map(ChainId)
    }

    /// Returns the id of a name, which becomes this one where the name is new.
    pub(super) fn get_or_insert(&mut self, name: &'a str, new: ChainId) -> ChainId {
        let Some(packed) = Packed::of(name) else { return *self.long.entry(name).or_insert(new) };
        if self.n_used * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot_of(packed).and_then(|at| self.slots.get_mut(at));
        let Some(slot) = slot else { return new };
        if slot.next_id == 0 {
            *slot = Slot { name: packed, next_id: new.0.saturating_add(1) };
            self.n_used += 1;
        }
        ChainId(slot.next_id - 1)
    }

    /// Returns the slot that holds a name, or the free one that it would take.
    fn slot_of(&self, name: Packed) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = first_slot(name, self.slots.len());
        // One slot at least is free.
        loop {
            let slot = self.slots.get(at)?;
            if slot.next_id == 0 || slot.name == name {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let n_slots = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); n_slots]);
        for slot in old.into_iter().filter(|slot| slot.next_id != 0) {
            let free = self.slot_of(slot.name).and_then(|at| self.slots.get_mut(at));
            if let Some(free) = free {
                *free = slot;
            }
        }
    }
}

/// Returns where a name would stand in so many slots, a power of two.
fn first_slot(name: Packed, n_slots: usize) -> usize {
    let shift = u64::BITS.saturating_sub(n_slots.trailing_zeros()).min(u64::BITS - 1);
    usize::try_from(name.hash() >> shift).unwrap_or(0) & n_slots.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_id() {
        let names: Vec<String> = (0..5_000)
            .map(|n| format!("KUBE-SEP-{:0width$}", n, width = n % 24))
            .chain(["A".into(), "AB".into(), String::new(), "x".repeat(28), "x".repeat(29)])
            .collect();
        let mut ids = Names::default();
        let mut known = FxHashMap::default();
        for (at, name) in names.iter().enumerate() {
            let new = ChainId(u32::try_from(at).unwrap());
            assert_eq!(ids.get(name), known.get(name).copied(), "{name}");
            let id = ids.get_or_insert(name, new);
            assert_eq!(id, *known.entry(name).or_insert(new), "{name}");
        }
        for name in &names {
            assert_eq!(ids.get(name), known.get(name).copied(), "{name}");
        }
        assert_eq!(ids.get("KUBE"), None);
        assert_eq!(size_of::<Slot>(), 32);
    }
}
