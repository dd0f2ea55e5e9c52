//! How sums are packed: numbers as LEB128, seven bits a byte, the lowest first; those that may be negative as zigzag.
//! Values known from the day or from the sum before are left out, so a minute takes about ten bytes.
//!
//! [`DaySum`] and [`MinuteSum`] describe their meaning.

use super::read::{DaySum, MinuteSum, Whose};
use super::{DAY_US, MINUTE_US, QUARTER_US};
use std::sync::Arc;
use workhours_base::Text;
use workhours_event::InputId;

/// Changes whenever what follows does.
const VERSION: u8 = 2;

/// Quarters of an hour that are listed one by one; more of them are stored as a bit for each.
const FEW: u32 = 11;

/// Packs the minutes of a day: those of one user after those of another, each in order.
pub(super) fn minutes(day: i64, sums: &[MinuteSum]) -> Vec<u8> {
    let mut out = vec![VERSION];
    for of_one in sums.chunk_by(|a, b| a.who == b.who) {
        whose(&mut out, &of_one[0].who);
        number(&mut out, of_one.len() as u128);
        let mut last = day * (DAY_US / MINUTE_US);
        for sum in of_one {
            number(&mut out, (sum.minute - last) as u128);
            number(&mut out, sum.n as u128);
            number(&mut out, sum.timed as u128);
            if sum.timed > 0 {
                number(&mut out, (sum.first_us - sum.minute * MINUTE_US) as u128);
                number(&mut out, (sum.last_us - sum.first_us) as u128);
                number(&mut out, (sum.end_us - sum.last_us) as u128);
            }
            last = sum.minute;
        }
    }
    out
}

/// The minutes of a day and an input; `None` if they weren't packed by this function. Other bytes may return nonsense.
pub(super) fn read_minutes(day: i64, input_id: InputId, packed: &[u8]) -> Option<Vec<MinuteSum>> {
    let mut from = Reading(packed.strip_prefix(&[VERSION])?);
    let mut sums = Vec::new();
    while !from.0.is_empty() {
        let who = Arc::new(read_whose(&mut from)?);
        let mut minute = day * (DAY_US / MINUTE_US);
        for _ in 0..from.number()? {
            minute = minute.wrapping_add(from.number()?);
            let (n, timed) = (from.number()?, from.number()?);
            let mut sum = MinuteSum { minute, input_id, who: who.clone(), n, timed, ..MinuteSum::default() };
            if timed > 0 {
                sum.first_us = minute.wrapping_mul(MINUTE_US).wrapping_add(from.number()?);
                sum.last_us = sum.first_us.wrapping_add(from.number()?);
                sum.end_us = sum.last_us.wrapping_add(from.number()?);
            }
            sums.push(sum);
        }
    }
    Some(sums)
}

const HAS_USER: u8 = 1;
const IS_OFF: u8 = 2;
const HAS_DECLINED: u8 = 4;

fn whose(out: &mut Vec<u8>, who: &Whose) {
    let bit = |set: bool, bit: u8| if set { bit } else { 0 };
    out.push(
        bit(who.user.is_some(), HAS_USER)
            | bit(who.is_off, IS_OFF)
            | bit(who.declined_by.is_some(), HAS_DECLINED),
    );
    for text in [who.user.as_deref(), who.declined_by.as_deref()].into_iter().flatten() {
        number(out, text.len() as u128);
        out.extend_from_slice(text.as_bytes());
    }
}

fn read_whose(from: &mut Reading<'_>) -> Option<Whose> {
    let bits = from.bytes(1)?[0];
    let mut text = |bit: u8| -> Option<Option<String>> {
        if bits & bit == 0 {
            return Some(None);
        }
        let length = usize::try_from(from.number()?).ok()?;
        std::str::from_utf8(from.bytes(length)?).ok().map(|text| Some(text.to_owned()))
    };
    let (user, declined_by) = (text(HAS_USER)?.map(Text::from), text(HAS_DECLINED)?);
    Some(Whose { user, is_off: bits & IS_OFF != 0, declined_by })
}

/// Packs the values of a day; undated ones, of no day, have no times.
pub(super) fn values<'v>(
    day: Option<i64>,
    sums: impl Iterator<Item = (&'v str, i64, i64, i64, u128)>,
) -> Vec<u8> {
    let mut out = vec![VERSION];
    for (value, n, first_us, last_us, quarters) in sums {
        number(&mut out, value.len() as u128);
        out.extend_from_slice(value.as_bytes());
        number(&mut out, n as u128);
        let Some(day) = day else { continue };
        number(&mut out, (first_us - day * DAY_US) as u128);
        if n > 1 {
            number(&mut out, (last_us - first_us) as u128);
            let few = quarters.count_ones() <= FEW;
            out.push(if few { quarters.count_ones() as u8 } else { 0xff });
            if few {
                out.extend((0..96u8).filter(|quarter| quarters >> quarter & 1 == 1));
            } else {
                out.extend_from_slice(&quarters.to_le_bytes()[..12]);
            }
        }
    }
    out
}

/// The values of a day and an input; `None` when they were not packed by this.
pub(super) fn read_values(day: Option<i64>, input_id: InputId, packed: &[u8]) -> Option<Vec<DaySum>> {
    let mut from = Reading(packed.strip_prefix(&[VERSION])?);
    let mut sums = Vec::new();
    while !from.0.is_empty() {
        let length = usize::try_from(from.number()?).ok()?;
        let value = std::str::from_utf8(from.bytes(length)?).ok()?.to_owned();
        let n = from.number()?;
        let mut sum = DaySum { day, input_id, value, n, first_us: 0, last_us: 0, quarters: 0 };
        if let Some(day) = day {
            let within = from.number()?;
            sum.first_us = (day * DAY_US).wrapping_add(within);
            sum.last_us = sum.first_us;
            sum.quarters = 1 << (within / QUARTER_US).clamp(0, 95);
            if n > 1 {
                sum.last_us = sum.last_us.wrapping_add(from.number()?);
                sum.quarters = match from.bytes(1)?[0] {
                    0xff => from.bytes(12)?.iter().rev().fold(0, |all, byte| all << 8 | u128::from(*byte)),
                    few => from.bytes(few.into())?.iter().fold(0, |all, quarter| all | 1 << (quarter & 127)),
                };
            }
        }
        sums.push(sum);
    }
    Some(sums)
}

/// Appends a number that is not negative; one that is would be a mistake of ours and comes back as another.
fn number(out: &mut Vec<u8>, n: u128) {
    let mut n = n as u64;
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

struct Reading<'p>(&'p [u8]);

impl<'p> Reading<'p> {
    fn number(&mut self) -> Option<i64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n as i64);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'p [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INPUT: InputId = InputId::new(7);

    proptest! {
        #[test]
        fn minutes_come_back(day in -9_000_000..9_000_000i64, given in prop::collection::btree_map(
            0..1440i64, (1..9_999i64, 0..3i64, 0..MINUTE_US, 0..MINUTE_US, 0..50_000_000_000i64), 0..40)) {
            let sums: Vec<MinuteSum> = given.into_iter().map(|(minute, (n, timed, a, b, lasts))| {
                let minute = day * 1440 + minute;
                let (first, last) = (minute * MINUTE_US + a.min(b), minute * MINUTE_US + a.max(b));
                let sum = MinuteSum { minute, input_id: INPUT, n, timed, ..MinuteSum::default() };
                if timed == 0 { sum } else { MinuteSum { first_us: first, last_us: last, end_us: last + lasts, ..sum } }
            }).collect();
            prop_assert_eq!(read_minutes(day, INPUT, &minutes(day, &sums)), Some(sums));
        }

        #[test]
        fn values_come_back(day in prop::option::of(-9_000_000..9_000_000i64), given in prop::collection::vec(
            (".{0,9}", 1..300i64, 0..DAY_US, 0..DAY_US, any::<u128>(), 0..100u32), 0..40)) {
            let sums: Vec<DaySum> = given.into_iter().map(|(value, n, a, b, bits, sparse)| {
                let within = |us: i64| 1u128 << (us / QUARTER_US);
                let mut sum = DaySum { day, input_id: INPUT, value, n, first_us: 0, last_us: 0, quarters: 0 };
                if let Some(day) = day {
                    let (a, b) = if n == 1 { (a, a) } else { (a.min(b), a.max(b)) };
                    (sum.first_us, sum.last_us) = (day * DAY_US + a, day * DAY_US + b);
                    let others = if n == 1 { 0 } else { bits & (u128::MAX >> sparse) & ((1 << 96) - 1) };
                    sum.quarters = within(a) | within(b) | others;
                }
                sum
            }).collect();
            let rows = sums.iter().map(|s| (s.value.as_str(), s.n, s.first_us, s.last_us, s.quarters));
            prop_assert_eq!(read_values(day, INPUT, &values(day, rows)), Some(sums));
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let mut bytes = bytes;
            bytes.insert(0, VERSION);
            let _ = (read_minutes(3, INPUT, &bytes), read_values(Some(3), INPUT, &bytes), read_values(None, INPUT, &bytes[1..]));
        }
    }
}
