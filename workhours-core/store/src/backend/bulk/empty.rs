//! Which columns are NULL in all rows of a statement. SQLite takes as long to bind a NULL as to bind a number, and most
//! events have many.

/// A set of columns: a bit for each, in their order.
pub(crate) type Columns = u32;

/// How many sets of columns may be left empty together.
pub(crate) const EMPTY_SETS: usize = 4;

/// The sets of columns of these names, and empty ones behind them.
pub(super) const fn sets(all: &[&str], left_empty: &[&[&str]]) -> [Columns; EMPTY_SETS] {
    assert!(left_empty.len() < EMPTY_SETS, "the last set is the empty one");
    let mut sets = [0; EMPTY_SETS];
    let mut i = 0;
    while i < left_empty.len() {
        let mut j = 0;
        while j < left_empty[i].len() {
            sets[i] |= 1 << position(all, left_empty[i][j]);
            j += 1;
        }
        i += 1;
    }
    sets
}

const fn position(all: &[&str], name: &str) -> usize {
    let mut i = 0;
    while !is_same(all[i].as_bytes(), name.as_bytes()) {
        i += 1;
    }
    i
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// Whether a value is NULL.
pub(crate) trait IsNull {
    /// Whether it is.
    fn is_null(&self) -> bool {
        false
    }
}

impl<T> IsNull for Option<T> {
    fn is_null(&self) -> bool {
        self.is_none()
    }
}
impl IsNull for bool {}
impl IsNull for i16 {}
impl IsNull for i32 {}
impl IsNull for i64 {}
impl IsNull for f64 {}
impl IsNull for &str {}
impl IsNull for String {}
impl IsNull for Vec<u8> {}
impl IsNull for [u8; 16] {}
impl IsNull for &[u8] {}
