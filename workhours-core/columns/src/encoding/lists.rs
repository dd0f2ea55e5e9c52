//! The rows of a segment that have several texts, and their ids.
//!
//! A chunk is: how many rows, how many ids (`u32` each), the bits of a row, of a count and of an id (`u8` each), a zero;
//! then the packed rows in order, the packed counts, and the packed ids.

use super::{Bytes, bits};

/// Rows with several texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    /// Their rows in the segment, in order.
    pub(crate) rows: Vec<u32>,
    /// Where the ids of each end.
    pub(crate) ends: Vec<u32>,
    /// All ids.
    pub(crate) ids: Vec<u32>,
}

impl Lists {
    /// Adds the ids of a row behind all others.
    pub(crate) fn push(&mut self, row: u32, ids: &[u32]) {
        self.rows.push(row);
        self.ids.extend_from_slice(ids);
        self.ends.push(self.ids.len() as u32);
    }

    /// The ids of the `n`th of the rows.
    pub(crate) fn nth(&self, n: usize) -> &[u32] {
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        &self.ids[start..self.ends[n] as usize]
    }

    /// The ids of a row; none if it isn't one of them.
    pub(crate) fn of(&self, row: u32) -> &[u32] {
        self.rows.binary_search(&row).map_or(&[], |n| self.nth(n))
    }

    /// Encodes them; `None` if there are none.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.rows.is_empty() {
            return None;
        }
        let mut start = 0;
        let counts: Vec<u32> =
            self.ends.iter().map(|end| end - std::mem::replace(&mut start, *end)).collect();
        let parts = [&self.rows, &counts, &self.ids];
        let widths = parts.map(|part| bits::width(part.iter().fold(0, |all, n| all | n)));
        let mut out = Vec::new();
        out.extend_from_slice(&(self.rows.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.ids.len() as u32).to_le_bytes());
        out.extend(widths.map(|width| width as u8));
        out.push(0);
        for (part, width) in parts.into_iter().zip(widths) {
            bits::pack(part.iter().copied(), width, &mut out);
        }
        Some(out)
    }

    /// Decodes them. `None` if it isn't such a chunk.
    pub(crate) fn decode(chunk: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(chunk);
        let (rows, ids) = (bytes.u32()? as usize, bytes.u32()? as usize);
        let widths = [bytes.u8()?, bytes.u8()?, bytes.u8()?].map(u32::from);
        bytes.u8()?;
        let mut part = |n: usize, width: u32| {
            let packed = bytes.take(bits::packed_len(n, width))?;
            let mut out = vec![0; n];
            bits::unpack(packed, width, &mut out)?;
            Some(out)
        };
        let (rows, mut ends, ids) = (part(rows, widths[0])?, part(rows, widths[1])?, part(ids, widths[2])?);
        let mut end = 0_u32;
        for count in &mut ends {
            end = end.checked_add(*count)?;
            *count = end;
        }
        (end as usize == ids.len() && rows.is_sorted()).then_some(Self { rows, ends, ids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back() {
        assert_eq!(Lists::default().encode(), None);
        let mut lists = Lists::default();
        lists.push(0, &[9, 1]);
        lists.push(700, &[3, 2, 1 << 30]);
        lists.push(65_535, &[5, 6]);
        let bytes = lists.encode().unwrap();
        assert_eq!(Lists::decode(&bytes).unwrap(), lists);
        assert_eq!((lists.of(700), lists.of(1), lists.of(0)), (&[3, 2, 1 << 30][..], &[][..], &[9, 1][..]));
        for end in 0..bytes.len() {
            assert_eq!(Lists::decode(&bytes[..end]), None, "{end}");
        }
    }
}
