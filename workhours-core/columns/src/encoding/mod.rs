//! How the values of a column are written: ids of texts ([`ids`]), numbers ([`numbers`]), and the rows that have several
//! texts ([`lists`]). A chunk is what a column has in one segment. It is cut into blocks, and a block is decoded alone.
//!
//! Not which columns there are, and not where the chunks are in a file.

pub(crate) mod bits;
pub(crate) mod ids;
pub(crate) mod lists;
pub(crate) mod numbers;
pub(crate) mod presence;

/// Reads numbers from bytes, one after the other.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl<'b> Bytes<'b> {
    /// The next bytes.
    pub(crate) fn take(&mut self, n: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }
}
