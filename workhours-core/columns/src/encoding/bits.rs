//! Numbers packed into as few bits as the largest of them needs, in groups of 32. Not which numbers these are: columns
//! subtract their least value first.

/// Numbers of a group.
const GROUP: usize = 32;

/// The bits a number needs.
pub(crate) fn width(value: u32) -> u32 {
    u32::BITS - value.leading_zeros()
}

/// The bits a long number needs.
pub(crate) fn wide_width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// The bytes of this many packed numbers.
pub(crate) fn packed_len(values: usize, width: u32) -> usize {
    values.div_ceil(GROUP) * 4 * width as usize
}

/// Packs numbers; the last group is filled up with zeros.
pub(crate) fn pack(values: impl ExactSizeIterator<Item = u32>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let end = out.len() + packed_len(values.len(), width);
    out.reserve(end - out.len());
    let (mut bits, mut n) = (0_u64, 0);
    for value in values {
        bits |= u64::from(value) << n;
        n += width;
        if n >= u32::BITS {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= u32::BITS;
            n -= u32::BITS;
        }
    }
    if n > 0 {
        out.extend_from_slice(&(bits as u32).to_le_bytes());
    }
    out.resize(end, 0);
}

/// The same for long numbers: the low 32 bits of all, then the others.
pub(crate) fn pack_wide(values: &[u64], width: u32, out: &mut Vec<u8>) {
    pack(values.iter().map(|value| *value as u32), width.min(u32::BITS), out);
    pack(values.iter().map(|value| (value >> u32::BITS) as u32), width.saturating_sub(u32::BITS), out);
}

/// Unpacks as many numbers as there is room for. `None` if there aren't as many bytes.
pub(crate) fn unpack(bytes: &[u8], width: u32, out: &mut [u32]) -> Option<()> {
    let bytes = bytes.get(..packed_len(out.len(), width))?;
    macro_rules! by_width {
        ($($w:literal)+) => {
            match width {
                0 => out.fill(0),
                $($w => groups::<$w>(bytes, out),)+
                _ => return None,
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    Some(())
}

/// Unpacks long numbers, with room for the parts of them. `None` if there aren't as many bytes.
pub(crate) fn unpack_wide(bytes: &[u8], width: u32, part: &mut [u32], out: &mut [u64]) -> Option<()> {
    let part = part.get_mut(..out.len())?;
    unpack(bytes, width.min(u32::BITS), part)?;
    for (out, low) in out.iter_mut().zip(&*part) {
        *out = u64::from(*low);
    }
    if width > u32::BITS {
        unpack(bytes.get(packed_len(out.len(), u32::BITS)..)?, width - u32::BITS, part)?;
        for (out, high) in out.iter_mut().zip(&*part) {
            *out |= u64::from(*high) << u32::BITS;
        }
    }
    Some(())
}

fn groups<const W: usize>(bytes: &[u8], out: &mut [u32]) {
    let groups = bytes.chunks_exact(4 * W);
    let mut full = out.chunks_exact_mut(GROUP);
    let mut last = groups.clone().skip(full.len());
    for (bytes, out) in groups.zip(&mut full) {
        out.copy_from_slice(&group::<W>(bytes));
    }
    if let Some(bytes) = last.next() {
        let rest = full.into_remainder();
        rest.copy_from_slice(&group::<W>(bytes)[..rest.len()]);
    }
}

/// With the width known to the compiler, all shifts are constants.
#[inline(always)]
fn group<const W: usize>(bytes: &[u8]) -> [u32; GROUP] {
    let mut words = [0_u32; W];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let mask = if W == 32 { u32::MAX } else { (1 << W) - 1 };
    std::array::from_fn(|i| {
        let (word, shift) = (i * W / 32, i * W % 32);
        let low = words[word] >> shift;
        let high = if shift + W > 32 { words[word + 1] << (32 - shift) } else { 0 };
        (low | high) & mask
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(values in prop::collection::vec(any::<u64>(), 0..200), width in 0_u32..65) {
            let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            let values: Vec<u64> = values.into_iter().map(|value| value & mask).collect();
            let mut bytes = Vec::new();
            pack_wide(&values, width, &mut bytes);
            let (mut part, mut out) = (vec![0; values.len()], vec![1; values.len()]);
            unpack_wide(&bytes, width, &mut part, &mut out).unwrap();
            prop_assert_eq!(&out, &values);
            if !bytes.is_empty() {
                bytes.pop();
                prop_assert!(unpack_wide(&bytes, width, &mut part, &mut out).is_none());
            }
        }
    }

    #[test]
    fn widths() {
        assert_eq!([0, 1, 2, 255, u32::MAX].map(width), [0, 1, 2, 8, 32]);
        assert_eq!([0, 1 << 40, u64::MAX].map(wide_width), [0, 41, 64]);
    }
}
