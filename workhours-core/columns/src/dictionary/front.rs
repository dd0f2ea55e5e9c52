//! The texts found lately, with their ids, so that frequent ones need neither a hash of BLAKE3 nor a block. A text has one
//! slot, where it replaces another. Slots hold the texts themselves: a look-up is one access to memory.

use crate::ABSENT;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Longer texts are not kept, bytes.
const LONGEST: usize = 123;
/// Slots in the beginning, and at most: 4 MiB.
const FEW: usize = 256;
const MOST: usize = 32_768;

#[derive(Clone, Copy)]
struct Slot {
    id: u32,
    len: u8,
    bytes: [u8; LONGEST],
}

const EMPTY: Slot = Slot { id: ABSENT, len: 0, bytes: [0; LONGEST] };

/// Texts with their ids.
#[derive(Default)]
pub(super) struct Front {
    slots: Vec<Slot>,
    /// Texts put in since it has this size.
    kept: usize,
}

impl Front {
    /// The id of a text, if it is here.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        let slot = self.slots.get(self.slot(text)?)?;
        let is = slot.id != ABSENT && slot.bytes.get(..usize::from(slot.len))? == text.as_bytes();
        is.then_some(slot.id)
    }

    /// Keeps a text.
    pub(super) fn keep(&mut self, text: &str, id: u32) {
        if self.kept >= self.slots.len() && self.slots.len() < MOST {
            let slots = (self.slots.len() * 4).clamp(FEW, MOST);
            self.slots = vec![EMPTY; slots];
            self.kept = 0;
        }
        let Some(n) = self.slot(text) else { return };
        let slot = &mut self.slots[n];
        (slot.id, slot.len) = (id, text.len() as u8);
        slot.bytes[..text.len()].copy_from_slice(text.as_bytes());
        self.kept += 1;
    }

    fn slot(&self, text: &str) -> Option<usize> {
        let fits = text.len() <= LONGEST && !self.slots.is_empty();
        // The number of slots is a power of two.
        fits.then(|| FxBuildHasher.hash_one(text) as usize & (self.slots.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_or_replaced() {
        let mut front = Front::default();
        assert_eq!(front.get("a"), None);
        for id in 0..100_000 {
            let text = format!("text {id}");
            front.keep(&text, id);
            assert_eq!(front.get(&text), Some(id));
            assert!(front.get("text 0").is_none_or(|id| id == 0));
        }
        assert_eq!(front.slots.len(), MOST);
        let long = "x".repeat(LONGEST);
        front.keep(&long, 7);
        front.keep(&format!("{long}x"), 8);
        assert_eq!((front.get(&long), front.get(&format!("{long}x"))), (Some(7), None));
        front.keep("", 9);
        assert_eq!((front.get(""), front.get("\0")), (Some(9), None));
    }
}
