//! Which rows of a block have a value, a bit for each, and values spread out to their rows.

/// The bytes of the bits of this many rows.
pub(crate) fn len(rows: usize) -> usize {
    rows.div_ceil(64) * 8
}

/// Writes the bits.
pub(crate) fn write(present: impl Iterator<Item = bool>, out: &mut Vec<u8>) {
    let (mut bits, mut n) = (0_u64, 0);
    for is in present {
        bits |= u64::from(is) << n;
        n += 1;
        if n == 64 {
            out.extend_from_slice(&bits.to_le_bytes());
            (bits, n) = (0, 0);
        }
    }
    if n > 0 {
        out.extend_from_slice(&bits.to_le_bytes());
    }
}

/// Puts the values of the present rows where they belong, and `absent` elsewhere.
pub(crate) fn spread<T: Copy>(bits: &[u8], values: &[T], absent: T, out: &mut [T]) -> Option<()> {
    out.fill(absent);
    let mut values = values.iter();
    for (bytes, out) in bits.as_chunks::<8>().0.iter().zip(out.chunks_mut(64)) {
        let mut word = u64::from_le_bytes(*bytes);
        if word == u64::MAX && out.len() == 64 {
            out.copy_from_slice(values.as_slice().get(..64)?);
            values = values.as_slice()[64..].iter();
            continue;
        }
        while word != 0 {
            *out.get_mut(word.trailing_zeros() as usize)? = *values.next()?;
            word &= word - 1;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_back_to_their_rows() {
        let rows: Vec<Option<u32>> = (0..150).map(|n| (n < 64 || n % 3 == 0).then_some(n)).collect();
        let mut bits = Vec::new();
        write(rows.iter().map(Option::is_some), &mut bits);
        assert_eq!(bits.len(), len(rows.len()));
        let values: Vec<u32> = rows.iter().copied().flatten().collect();
        let mut out = vec![0; rows.len()];
        spread(&bits, &values, u32::MAX, &mut out).unwrap();
        assert_eq!(out, rows.iter().map(|row| row.unwrap_or(u32::MAX)).collect::<Vec<_>>());
        assert!(spread(&bits, &values[1..], u32::MAX, &mut out).is_none());
    }
}
