//! A login record of glibc in its four layouts.
//!
//! | | 384 bytes | 400 bytes |
//! |---|---|---|
//! | type, pid, line, id, user, host, exit | 0, 4, 8, 40, 44, 76, 332 | the same |
//! | session | 336, 32 bits | 336, 64 bits |
//! | seconds, microseconds | 340, 344, 32 bits | 344, 352, 64 bits |
//! | address | 348 | 360 |
//!
//! Not a reader: what a record means is for [`log_wtmp`](crate::system_logs::log_wtmp) to say.

use std::net::{Ipv4Addr, Ipv6Addr};
use workhours_plugin_api::{EventTime, Precision, RowFlags};

/// How records are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    wide: bool,
    big_endian: bool,
}

/// In order of how common they are.
const LAYOUTS: [Layout; 4] = [
    Layout { wide: false, big_endian: false },
    Layout { wide: true, big_endian: false },
    Layout { wide: true, big_endian: true },
    Layout { wide: false, big_endian: true },
];

impl Layout {
    /// The layout in which most of the first records make sense; `None` if in none of them one does.
    pub(crate) fn detect(bytes: &[u8]) -> Option<Self> {
        // A machine whose clock wasn't set counts from 1970, and a cleared slot may keep its time. Both look alike in
        // several layouts, so they count only if there is nothing better.
        const YEAR_1980: i64 = 315_532_800;
        [(YEAR_1980, 1), (1, 1), (1, 0)].into_iter().find_map(|(from, kind)| {
            let share = |layout: &Self| {
                let records = bytes.chunks_exact(layout.size());
                let of = records.len().max(1);
                records.filter(|raw| layout.read(raw).makes_sense(from, kind)).count() * 1_000 / of
            };
            let shares = LAYOUTS.map(|layout| (share(&layout), layout));
            let best = shares.iter().map(|s| s.0).max().filter(|best| *best > 0)?;
            shares.into_iter().find(|s| s.0 == best).map(|s| s.1)
        })
    }

    pub(crate) const fn size(self) -> usize {
        if self.wide { 400 } else { 384 }
    }

    /// As kept in a checkpoint.
    pub(crate) const fn state(self) -> [u8; 2] {
        [if self.wide { b'w' } else { b'n' }, if self.big_endian { b'b' } else { b'l' }]
    }

    pub(crate) fn from_state(state: &[u8]) -> Option<Self> {
        LAYOUTS.into_iter().find(|l| l.state() == state)
    }

    /// The record of `size` bytes; bytes beyond the end read as 0.
    pub(crate) fn read(self, raw: &[u8]) -> Record<'_> {
        let long = |narrow: usize, wide: usize| match self.wide {
            true => self.number::<8>(raw, wide) as i64,
            false => self.number::<4>(raw, narrow) as u32 as i32 as i64,
        };
        let secs = long(340, 344);
        let mut address = [0; 16];
        let at = if self.wide { 360 } else { 348 };
        for (to, from) in address.iter_mut().zip(raw.get(at..).unwrap_or_default()) {
            *to = *from;
        }
        Record {
            kind: self.number::<2>(raw, 0) as u16,
            pid: self.number::<4>(raw, 4) as u32 as i32,
            line: text(raw, 8, 32),
            id: text(raw, 40, 4),
            user: text(raw, 44, 32),
            host: text(raw, 76, 256),
            termination: self.number::<2>(raw, 332) as u16 as i16,
            exit: self.number::<2>(raw, 334) as u16 as i16,
            session: long(336, 336),
            secs: if self.wide { secs } else { secs & 0xffff_ffff },
            micros: long(344, 352),
            address,
        }
    }

    fn number<const N: usize>(self, raw: &[u8], at: usize) -> u64 {
        let bytes = raw.get(at..at + N).unwrap_or_default().iter();
        let add = |n: u64, b: &u8| n << 8 | u64::from(*b);
        if self.big_endian { bytes.fold(0, add) } else { bytes.rev().fold(0, add) }
    }
}

/// Up to the first NUL.
fn text(raw: &[u8], at: usize, len: usize) -> &[u8] {
    let field = raw.get(at..at + len).unwrap_or_default();
    field.split(|b| *b == 0).next().unwrap_or_default()
}

/// The values of a record.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u16,
    pub(crate) pid: i32,
    pub(crate) line: &'a [u8],
    pub(crate) id: &'a [u8],
    pub(crate) user: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) termination: i16,
    pub(crate) exit: i16,
    pub(crate) session: i64,
    secs: i64,
    micros: i64,
    address: [u8; 16],
}

impl Record<'_> {
    /// Whether a machine could have written this since `from`, with a type from `kind` up.
    fn makes_sense(&self, from: i64, kind: u16) -> bool {
        const YEAR_2100: i64 = 4_102_444_800;
        let printable = |text: &[u8]| !text.iter().any(|b| b.is_ascii_control());
        (kind..=9).contains(&self.kind)
            && (0..1_000_000).contains(&self.micros)
            && (from..YEAR_2100).contains(&self.secs)
            && i32::try_from(self.session).is_ok()
            && [self.line, self.user, self.host].into_iter().all(printable)
    }

    pub(crate) fn time(&self) -> (EventTime, RowFlags) {
        let whole = EventTime { precision: Precision::Microsecond, ..EventTime::from_unix(self.secs) };
        match u32::try_from(self.micros) {
            Ok(micros @ 0..1_000_000) => (EventTime { nanos: micros * 1_000, ..whole }, RowFlags::NONE),
            _ => (EventTime::from_unix(self.secs), RowFlags::BAD_NUMBER),
        }
    }

    /// The address as people write it, empty if there is none.
    pub(crate) fn address(&self) -> String {
        let [a, b, c, d, rest @ ..] = self.address;
        match (self.address == [0; 16], rest == [0; 12]) {
            (true, _) => String::new(),
            (_, true) => Ipv4Addr::new(a, b, c, d).to_string(),
            _ => Ipv6Addr::from(self.address).to_string(),
        }
    }

    /// All values in one spelling, whatever the layout.
    pub(crate) fn key(&self) -> Vec<u8> {
        let Self { kind, pid, termination, exit, session, secs, micros, .. } = self;
        let numbers = format!("{kind} {pid} {termination} {exit} {session} {secs} {micros}");
        let mut key = numbers.into_bytes();
        for text in [self.line, self.id, self.user, self.host, self.address().as_bytes()] {
            // No text holds a NUL.
            key.push(0);
            key.extend_from_slice(text);
        }
        key
    }
}
