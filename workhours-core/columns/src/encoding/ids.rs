//! Ids of texts: a header for each block, then its packed ids.
//!
//! A header is 16 bytes: where the block's bytes begin in the chunk, its least and its greatest id (`u32` each), how
//! many rows have one (`u16`), the bits of an id, and the form (`u8` each). In the form `FILLED` each row has a packed
//! number: 0 for none, otherwise the distance from one less than the least id. In the form `SPREAD` presence bits come
//! first, then the distances from the least id of the rows that have one. The shorter form is used.

use super::{Bytes, bits, presence};
use crate::{ABSENT, BLOCK};

/// The bytes of a header.
const HEADER: usize = 16;
/// All rows have an id.
const ALL: u8 = 0;
const FILLED: u8 = 1;
const SPREAD: u8 = 2;

/// What is known about a block without decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    at: u32,
    pub(crate) least: u32,
    pub(crate) greatest: u32,
    pub(crate) present: u16,
    width: u8,
    form: u8,
}

/// Encodes the ids of a segment; `None` if no row has one.
pub(crate) fn encode(ids: &[u32]) -> Option<Vec<u8>> {
    if ids.iter().all(|id| *id == ABSENT) {
        return None;
    }
    let blocks = ids.chunks(BLOCK);
    let (mut headers, mut body) = (Vec::with_capacity(blocks.len() * HEADER), Vec::new());
    let base = blocks.len() * HEADER;
    for block in blocks {
        let header = encode_block(block, base + body.len(), &mut body);
        headers.extend_from_slice(&header.at.to_le_bytes());
        headers.extend_from_slice(&header.least.to_le_bytes());
        headers.extend_from_slice(&header.greatest.to_le_bytes());
        headers.extend_from_slice(&header.present.to_le_bytes());
        headers.extend_from_slice(&[header.width, header.form]);
    }
    headers.append(&mut body);
    Some(headers)
}

fn encode_block(block: &[u32], at: usize, out: &mut Vec<u8>) -> Header {
    let (mut least, mut greatest, mut present) = (u32::MAX, 0, 0);
    for id in block.iter().filter(|id| **id != ABSENT) {
        (least, greatest, present) = (least.min(*id), greatest.max(*id), present + 1);
    }
    let mut header =
        Header { at: at as u32, least: 0, greatest: 0, present: present as u16, width: 0, form: ALL };
    if present == 0 {
        return header;
    }
    (header.least, header.greatest) = (least, greatest);
    let width = bits::width(greatest - least);
    if present == block.len() {
        header.width = width as u8;
        bits::pack(block.iter().map(|id| id - least), width, out);
        return header;
    }
    let filled = bits::width(greatest - least + 1);
    let spread_len = presence::len(block.len()) + bits::packed_len(present, width);
    if bits::packed_len(block.len(), filled) <= spread_len {
        (header.width, header.form) = (filled as u8, FILLED);
        let code = |id: &u32| if *id == ABSENT { 0 } else { id - least + 1 };
        bits::pack(block.iter().map(code), filled, out);
    } else {
        (header.width, header.form) = (width as u8, SPREAD);
        presence::write(block.iter().map(|id| *id != ABSENT), out);
        let some: Vec<u32> = block.iter().filter(|id| **id != ABSENT).map(|id| id - least).collect();
        bits::pack(some.into_iter(), width, out);
    }
    header
}

/// The header of a block.
pub(crate) fn header(chunk: &[u8], block: usize) -> Option<Header> {
    let mut bytes = Bytes(chunk.get(block * HEADER..)?);
    Some(Header {
        at: bytes.u32()?,
        least: bytes.u32()?,
        greatest: bytes.u32()?,
        present: bytes.u16()?,
        width: bytes.u8()?,
        form: bytes.u8()?,
    })
}

/// Decodes a block with as many rows as there is room for. `None` if it isn't one.
pub(crate) fn decode(chunk: &[u8], block: usize, out: &mut [u32]) -> Option<()> {
    let header = header(chunk, block)?;
    if header.present == 0 {
        out.fill(ABSENT);
        return Some(());
    }
    let bytes = chunk.get(header.at as usize..)?;
    let (width, least) = (u32::from(header.width), header.least);
    match header.form {
        ALL if width == 0 => out.fill(least),
        ALL => {
            bits::unpack(bytes, width, out)?;
            out.iter_mut().for_each(|id| *id = id.wrapping_add(least));
        }
        FILLED => {
            bits::unpack(bytes, width, out)?;
            let before = least.wrapping_sub(1);
            out.iter_mut().for_each(|id| *id = if *id == 0 { ABSENT } else { id.wrapping_add(before) });
        }
        SPREAD => {
            let (present, packed) = bytes.split_at_checked(presence::len(out.len()))?;
            let mut some = [0; BLOCK];
            let some = some.get_mut(..usize::from(header.present))?;
            bits::unpack(packed, width, some)?;
            some.iter_mut().for_each(|id| *id = id.wrapping_add(least));
            presence::spread(present, some, ABSENT, out)?;
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(ids: &[u32]) -> Vec<u32> {
        let Some(chunk) = encode(ids) else { return vec![ABSENT; ids.len()] };
        let mut out = vec![7; ids.len()];
        for (n, block) in out.chunks_mut(BLOCK).enumerate() {
            decode(&chunk, n, block).unwrap();
        }
        out
    }

    proptest! {
        #[test]
        fn ids_come_back(
            ids in prop::collection::vec((0_u32..100_000, 0_u32..100), 1..10_000),
            absent in 0_u32..=100,
            high in any::<bool>(),
        ) {
            let high = if high { u32::MAX - 100_001 } else { 0 };
            let ids: Vec<u32> =
                ids.into_iter().map(|(id, n)| if n < absent { ABSENT } else { id + high }).collect();
            prop_assert_eq!(back(&ids), ids);
        }
    }

    #[test]
    fn what_says_little_is_short() {
        assert_eq!(encode(&[ABSENT; 9000]), None);
        assert_eq!(encode(&[17; 9000]).unwrap().len(), 3 * HEADER);
        let rare: Vec<u32> = (0..4096).map(|n| if n % 100 == 0 { 1 << 20 | n } else { ABSENT }).collect();
        assert!(encode(&rare).unwrap().len() < 700);
        assert_eq!(back(&rare), rare);
    }

    #[test]
    fn bytes_that_are_no_block_are_an_error() {
        let chunk = encode(&(0..5000).collect::<Vec<u32>>()).unwrap();
        let mut out = [0; BLOCK];
        for end in [0, 10, 40, 2000] {
            assert!(decode(&chunk[..end], 0, &mut out).is_none());
        }
        assert!(decode(&chunk, 0, &mut [0; 2 * BLOCK + 1]).is_none());
    }
}
