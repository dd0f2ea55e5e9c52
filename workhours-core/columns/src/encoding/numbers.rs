//! Numbers of 64 bits: a header for each block, then its packed numbers.
//!
//! A header is 32 bytes: the least and the greatest number, the number to start from (`i64` each), where the block's
//! bytes begin in the chunk (`u32`), how many rows have one (`u16`), the bits of a packed number, and the form (`u8`
//! each). If some rows have none, presence bits come first. In the form `DISTANCE` a packed number is the distance from
//! the start. In the form `STEP` it is the difference from the number before, in zigzag order (0, -1, 1, -2, …). The
//! shorter form is used: steps for dates and positions in a file, distances for most else.

use super::{Bytes, bits, presence};
use crate::BLOCK;

/// The bytes of a header.
const HEADER: usize = 32;
const DISTANCE: u8 = 0;
const STEP: u8 = 1;

/// What is known about a block without decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) least: i64,
    pub(crate) greatest: i64,
    start: i64,
    at: u32,
    pub(crate) present: u16,
    width: u8,
    form: u8,
}

/// Encodes the numbers of a segment, `absent` standing for none; `None` if no row has one.
pub(crate) fn encode(numbers: &[i64], absent: i64) -> Option<Vec<u8>> {
    if numbers.iter().all(|number| *number == absent) {
        return None;
    }
    let blocks = numbers.chunks(BLOCK);
    let (mut headers, mut body) = (Vec::with_capacity(blocks.len() * HEADER), Vec::new());
    let base = blocks.len() * HEADER;
    for block in blocks {
        let header = encode_block(block, absent, base + body.len(), &mut body);
        for number in [header.least, header.greatest, header.start] {
            headers.extend_from_slice(&number.to_le_bytes());
        }
        headers.extend_from_slice(&header.at.to_le_bytes());
        headers.extend_from_slice(&header.present.to_le_bytes());
        headers.extend_from_slice(&[header.width, header.form]);
    }
    headers.append(&mut body);
    Some(headers)
}

fn encode_block(block: &[i64], absent: i64, at: usize, out: &mut Vec<u8>) -> Header {
    let some: Vec<i64> = block.iter().copied().filter(|number| *number != absent).collect();
    let mut header = Header {
        least: 0,
        greatest: 0,
        start: 0,
        at: at as u32,
        present: some.len() as u16,
        width: 0,
        form: DISTANCE,
    };
    let (Some(least), Some(greatest)) = (some.iter().min(), some.iter().max()) else { return header };
    (header.least, header.greatest) = (*least, *greatest);
    let distance = |number: &i64| number.wrapping_sub(*least) as u64;
    let distances = bits::wide_width(distance(greatest));
    let mut before = some[0];
    let steps: Vec<u64> = some
        .iter()
        .map(|number| zigzag(number.wrapping_sub(std::mem::replace(&mut before, *number))))
        .collect();
    let step = bits::wide_width(steps.iter().fold(0, |all, step| all | step));
    if some.len() < block.len() {
        presence::write(block.iter().map(|number| *number != absent), out);
    }
    if step < distances {
        (header.start, header.width, header.form) = (some[0], step as u8, STEP);
        bits::pack_wide(&steps, step, out);
    } else {
        (header.start, header.width) = (*least, distances as u8);
        bits::pack_wide(&some.iter().map(distance).collect::<Vec<_>>(), distances, out);
    }
    header
}

/// The header of a block.
pub(crate) fn header(chunk: &[u8], block: usize) -> Option<Header> {
    let mut bytes = Bytes(chunk.get(block * HEADER..)?);
    Some(Header {
        least: bytes.i64()?,
        greatest: bytes.i64()?,
        start: bytes.i64()?,
        at: bytes.u32()?,
        present: bytes.u16()?,
        width: bytes.u8()?,
        form: bytes.u8()?,
    })
}

/// Decodes a block with as many rows as there is room for. `None` if it isn't one.
pub(crate) fn decode(chunk: &[u8], block: usize, absent: i64, out: &mut [i64]) -> Option<()> {
    let header = header(chunk, block)?;
    let mut bytes = chunk.get(header.at as usize..)?;
    let present = usize::from(header.present);
    if present == 0 {
        out.fill(absent);
        return Some(());
    }
    let (mut part, mut packed, mut some) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
    let packed = packed.get_mut(..present)?;
    let mut spread = None;
    if present < out.len() {
        let (bits, rest) = bytes.split_at_checked(presence::len(out.len()))?;
        (spread, bytes) = (Some(bits), rest);
    }
    bits::unpack_wide(bytes, u32::from(header.width), &mut part, packed)?;
    let numbers = match spread {
        Some(_) => &mut some[..present],
        None => out.get_mut(..present)?,
    };
    match header.form {
        DISTANCE => {
            for (number, distance) in numbers.iter_mut().zip(&*packed) {
                *number = header.start.wrapping_add(*distance as i64);
            }
        }
        STEP => {
            let mut at = header.start;
            for (number, step) in numbers.iter_mut().zip(&*packed) {
                at = at.wrapping_add(unzigzag(*step));
                *number = at;
            }
        }
        _ => return None,
    }
    match spread {
        Some(bits) => presence::spread(bits, &some[..present], absent, out),
        None => Some(()),
    }
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(numbers: &[i64]) -> Vec<i64> {
        let Some(chunk) = encode(numbers, i64::MAX) else { return vec![i64::MAX; numbers.len()] };
        let mut out = vec![7; numbers.len()];
        for (n, block) in out.chunks_mut(BLOCK).enumerate() {
            decode(&chunk, n, i64::MAX, block).unwrap();
        }
        out
    }

    proptest! {
        #[test]
        fn numbers_come_back(
            numbers in prop::collection::vec((any::<i64>(), 0_u32..100), 1..6000),
            absent in 0_u32..=100,
            shift in 0_u32..64,
            sorted in any::<bool>(),
        ) {
            let mut numbers: Vec<i64> = numbers
                .into_iter()
                .map(|(number, n)| if n < absent { i64::MAX } else { number >> shift })
                .collect();
            if sorted {
                numbers.sort_unstable();
            }
            prop_assert_eq!(back(&numbers), numbers);
        }
    }

    #[test]
    fn extremes_and_what_says_little() {
        let numbers = [i64::MIN, i64::MAX - 1, 0, -1, i64::MAX, 1];
        assert_eq!(back(&numbers), numbers);
        assert_eq!(encode(&[i64::MAX; 9], i64::MAX), None);
        assert_eq!(encode(&[5; 9000], i64::MAX).unwrap().len(), 3 * HEADER);
        // Positions of lines in a file.
        let lines: Vec<i64> = (0..4096).map(|n| (1 << 40) + n * 90 + n % 7).collect();
        assert!(encode(&lines, i64::MAX).unwrap().len() < 4096 + HEADER + 1);
    }
}
