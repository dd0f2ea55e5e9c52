//! Writing a file of rows.

use super::{FileEntry, LISTS, MAGIC, VALUES};
use crate::column::{Code, DATE, FIRST_NUMBER, ID, absent};
use crate::encoding::lists::Lists;
use crate::encoding::{ids, numbers};
use crate::rows::{Ids, Rows};
use crate::{SEGMENT, UNDATED};

/// The bytes of a file with these rows, and what is known about it.
pub(crate) fn encode(number: u32, rows: &Rows) -> (Vec<u8>, FileEntry) {
    let order = rows.order();
    let mut file = Encoder { out: Vec::new(), directory: Vec::new(), chunks: 0 };
    for (code, ids) in (0..).zip(&rows.texts).filter(|(_, ids)| !ids.is_empty()) {
        file.texts(code, ids, &order);
    }
    file.numbers(DATE, &rows.dates, &order);
    file.numbers(ID, &rows.ids, &order);
    for (code, all) in (FIRST_NUMBER..).zip(&rows.numbers) {
        file.numbers(code, all, &order);
    }
    let segments: Vec<&[u32]> = order.chunks(SEGMENT).collect();
    let mut directory = (segments.len() as u32).to_le_bytes().to_vec();
    for segment in &segments {
        let dated = segment.partition_point(|row| rows.dates[*row as usize] != UNDATED);
        let date = |n: Option<usize>| n.map_or(0, |n| rows.dates[segment[n] as usize]);
        directory.extend_from_slice(&(segment.len() as u32).to_le_bytes());
        directory.extend_from_slice(&((segment.len() - dated) as u32).to_le_bytes());
        directory.extend_from_slice(&date((dated > 0).then_some(0)).to_le_bytes());
        directory.extend_from_slice(&date(dated.checked_sub(1)).to_le_bytes());
    }
    directory.extend_from_slice(&file.chunks.to_le_bytes());
    directory.append(&mut file.directory);
    let mut foot = (directory.len() as u32).to_le_bytes().to_vec();
    foot.extend_from_slice(&crc32fast::hash(&directory).to_le_bytes());
    foot.extend_from_slice(MAGIC);
    let mut out = file.out;
    out.append(&mut directory);
    out.extend_from_slice(&foot);
    let date = |row: Option<&u32>| row.map_or(UNDATED, |row| rows.dates[*row as usize]);
    let entry = FileEntry {
        number,
        rows: order.len() as u32,
        segments: segments.len() as u32,
        dates: (date(order.first()), date(order.last())),
        bytes: out.len() as u64,
        checksum: crc32fast::hash(&foot),
    };
    (out, entry)
}

struct Encoder {
    out: Vec<u8>,
    directory: Vec<u8>,
    chunks: u32,
}

impl Encoder {
    fn texts(&mut self, code: Code, ids: &Ids, order: &[u32]) {
        let all = ids.filled(order.len());
        let mut values = Vec::with_capacity(SEGMENT);
        for (n, segment) in order.chunks(SEGMENT).enumerate() {
            values.clear();
            values.extend(segment.iter().map(|row| all[*row as usize]));
            self.chunk(code, VALUES, n, ids::encode(&values));
        }
        if ids.lists.rows.is_empty() {
            return;
        }
        for (n, segment) in order.chunks(SEGMENT).enumerate() {
            let mut lists = Lists::default();
            for (row, old) in segment.iter().enumerate() {
                match ids.lists.of(*old) {
                    [] => {}
                    several => lists.push(row as u32, several),
                }
            }
            self.chunk(code, LISTS, n, lists.encode());
        }
    }

    fn numbers(&mut self, code: Code, all: &[i64], order: &[u32]) {
        let mut values = Vec::with_capacity(SEGMENT);
        for (n, segment) in order.chunks(SEGMENT).enumerate() {
            values.clear();
            values.extend(segment.iter().map(|row| all[*row as usize]));
            self.chunk(code, VALUES, n, numbers::encode(&values, absent(code)));
        }
    }

    fn chunk(&mut self, code: Code, kind: u8, segment: usize, bytes: Option<Vec<u8>>) {
        let Some(mut bytes) = bytes else { return };
        self.directory.extend_from_slice(&code.to_le_bytes());
        self.directory.extend_from_slice(&[kind, segment as u8]);
        self.directory.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.directory.extend_from_slice(&(self.out.len() as u64).to_le_bytes());
        self.directory.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        self.out.append(&mut bytes);
        self.chunks += 1;
    }
}
