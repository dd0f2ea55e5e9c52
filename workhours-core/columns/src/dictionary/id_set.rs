//! A set of ids of a dictionary, a bit for each.

/// A set of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet {
    words: Vec<u64>,
    least: u32,
    greatest: u32,
    len: u32,
}

impl IdSet {
    /// An empty one, with room for ids below this number.
    pub fn new(ids: u32) -> Self {
        Self { words: vec![0; (ids as usize).div_ceil(64)], least: u32::MAX, greatest: 0, len: 0 }
    }

    /// Adds an id.
    pub fn insert(&mut self, id: u32) {
        let word = id as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let bit = 1 << (id % 64);
        self.len += u32::from(self.words[word] & bit == 0);
        self.words[word] |= bit;
        (self.least, self.greatest) = (self.least.min(id), self.greatest.max(id));
    }

    /// Whether an id is in it. The reserved ids are in none.
    #[inline]
    pub fn contains(&self, id: u32) -> bool {
        self.words.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// How many ids are in it.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All ids in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(n, word)| {
            let bits = (0..64).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| n as u32 * 64 + bit)
        })
    }

    /// Whether an id between these two may be in it.
    pub(crate) fn may_meet(&self, least: u32, greatest: u32) -> bool {
        self.len > 0 && least <= self.greatest && greatest >= self.least
    }
}

impl FromIterator<u32> for IdSet {
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut set = Self::new(0);
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_it_or_not() {
        let set: IdSet = [5, 64, 5, 1000].into_iter().collect();
        assert_eq!((set.len(), set.iter().collect::<Vec<_>>()), (3, vec![5, 64, 1000]));
        assert!(set.contains(64) && !set.contains(63) && !set.contains(u32::MAX));
        assert!(
            set.may_meet(900, 2000) && set.may_meet(0, 5) && !set.may_meet(1001, 1002) && !set.may_meet(0, 4)
        );
        assert!(IdSet::new(10).is_empty() && !IdSet::new(10).may_meet(0, u32::MAX));
    }
}
