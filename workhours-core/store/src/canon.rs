//! Rows as bytes that are the same whatever database they come from, and a sum over them.

use std::fmt;

/// How many rows, and a hash over all of them in order of their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// BLAKE3 over their values: each with its kind before it, texts and bytes with their length.
    pub hash: String,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows with sum {}", self.rows, self.hash)
    }
}

/// A sum being made.
#[derive(Default)]
pub(crate) struct Summing {
    rows: u64,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Summing {
    pub(crate) fn row(&mut self, feed: impl FnOnce(&mut Vec<u8>)) {
        self.buffer.clear();
        feed(&mut self.buffer);
        self.hasher.update(&self.buffer);
        self.rows += 1;
    }

    pub(crate) fn sum(self) -> Sum {
        Sum { rows: self.rows, hash: self.hasher.finalize().to_hex().chars().take(32).collect() }
    }
}

/// A value as bytes.
pub(crate) trait Canon {
    fn feed(&self, out: &mut Vec<u8>);
    /// How many bytes, roughly.
    fn size(&self) -> usize;
}

macro_rules! numbers {
    ($($number:ty),+) => { $(
        impl Canon for $number {
            fn feed(&self, out: &mut Vec<u8>) {
                out.push(b'n');
                out.extend_from_slice(&i64::from(*self).to_le_bytes());
            }

            fn size(&self) -> usize {
                9
            }
        }
    )+ };
}

numbers!(i16, i32, i64, bool);

impl Canon for Vec<u8> {
    fn feed(&self, out: &mut Vec<u8>) {
        out.push(b'b');
        out.extend_from_slice(&(self.len() as u64).to_le_bytes());
        out.extend_from_slice(self);
    }

    fn size(&self) -> usize {
        9 + self.len()
    }
}

impl Canon for String {
    fn feed(&self, out: &mut Vec<u8>) {
        out.push(b't');
        out.extend_from_slice(&(self.len() as u64).to_le_bytes());
        out.extend_from_slice(self.as_bytes());
    }

    fn size(&self) -> usize {
        9 + self.len()
    }
}

impl<T: Canon> Canon for Option<T> {
    fn feed(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.feed(out),
            None => out.push(b'-'),
        }
    }

    fn size(&self) -> usize {
        self.as_ref().map_or(1, Canon::size)
    }
}
