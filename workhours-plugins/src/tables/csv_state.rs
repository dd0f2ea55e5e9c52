//! A checkpoint's state of a table: its delimiter, its names, and the evidence of its first rows.
//!
//! Tables begun by versions that didn't read the first rows have only the first two; they are continued by names alone.

use crate::tables::columns::Seen;

/// The stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) delimiter: u8,
    pub(crate) padded: bool,
    /// The first rows weren't read, and won't be.
    pub(crate) by_names: bool,
    pub(crate) names: Vec<String>,
    /// For each column, once there was a row.
    pub(crate) seen: Option<Vec<Seen>>,
}

/// In the place of a name's length: the rest was found in the first rows.
const BEHIND_NAMES: u32 = u32::MAX;
const SETTLED: u8 = 1;
const PADDED: u8 = 2;

impl Kept {
    /// From the bytes of a checkpoint.
    pub(crate) fn read(state: &[u8]) -> Option<Self> {
        let (delimiter, mut rest) = state.split_first()?;
        let mut kept =
            Self { delimiter: *delimiter, padded: false, by_names: true, names: Vec::new(), seen: None };
        while let Some((len, after)) = rest.split_first_chunk::<4>() {
            let len = u32::from_le_bytes(*len);
            if len == BEHIND_NAMES {
                let (flags, columns) = after.split_first()?;
                (kept.by_names, kept.padded) = (false, flags & PADDED != 0);
                let (pairs, _) = columns.as_chunks::<2>();
                let seen = pairs.iter().map(|bits| Seen(u16::from_le_bytes(*bits))).collect();
                kept.seen = (flags & SETTLED != 0).then_some(seen);
                break;
            }
            let (name, after) = after.split_at_checked(len as usize)?;
            kept.names.push(String::from_utf8_lossy(name).into_owned());
            rest = after;
        }
        Some(kept)
    }

    /// The bytes of a checkpoint.
    pub(crate) fn written(&self) -> Vec<u8> {
        let mut state = vec![self.delimiter];
        for name in &self.names {
            state.extend((name.len() as u32).to_le_bytes());
            state.extend(name.as_bytes());
        }
        if !self.by_names {
            let settled = if self.seen.is_some() { SETTLED } else { 0 };
            state.extend(BEHIND_NAMES.to_le_bytes());
            state.push(settled | if self.padded { PADDED } else { 0 });
            state.extend(self.seen.iter().flatten().flat_map(|seen| seen.0.to_le_bytes()));
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn come_back() {
        let names = vec!["date".to_owned(), String::new()];
        let kept = Kept {
            delimiter: b';',
            padded: true,
            by_names: false,
            names,
            seen: Some(vec![Seen(5), Seen(700)]),
        };
        let none = Kept { seen: None, padded: false, ..kept.clone() };
        let old = Kept { by_names: true, ..none.clone() };
        for kept in [kept, none, old] {
            assert_eq!(Kept::read(&kept.written()), Some(kept));
        }
        assert_eq!(Kept::read(b",\x05\0\0\0abc"), None);
    }
}
