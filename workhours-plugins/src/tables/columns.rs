//! What the first rows of a table show about its columns: which contain days, moments, times of day, durations, zones.
//!
//! Not about names; `guesses` combines both. The result is kept in checkpoints, so that the rest of a table is read
//! like its beginning.

use crate::toolkit::durations;
use crate::toolkit::moments::{Dates, Hint, Moment, serial};
use crate::toolkit::spelled::{self, Spelled};
use crate::toolkit::written::{self, Order};
use crate::toolkit::zone_names;
use workhours_plugin_api::{Precision, Zone};

/// The type of most cells of a column; a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(pub(crate) u16);

impl Seen {
    /// There was a cell that is not empty.
    pub(crate) const FILLED: Self = Self(1);
    /// Dates without a time of day.
    pub(crate) const DAYS: Self = Self(1 << 1);
    /// Dates with one.
    pub(crate) const MOMENTS: Self = Self(1 << 2);
    /// Times of day alone.
    pub(crate) const CLOCKS: Self = Self(1 << 3);
    /// All numbers could be days of a spreadsheet.
    pub(crate) const SERIALS: Self = Self(1 << 4);
    /// Durations with a unit.
    pub(crate) const LASTING: Self = Self(1 << 5);
    /// Nearly all are, not only most.
    pub(crate) const NEARLY_ALL: Self = Self(1 << 6);
    pub(crate) const DAY_FIRST: Self = Self(1 << 7);
    pub(crate) const MONTH_FIRST: Self = Self(1 << 8);
    /// The dates are written, not counted.
    pub(crate) const SPELLED: Self = Self(1 << 9);
    /// They name an offset.
    pub(crate) const ZONED: Self = Self(1 << 10);
    /// Names or offsets of zones.
    pub(crate) const ZONES: Self = Self(1 << 11);
    /// Plain numbers, also with a decimal comma.
    pub(crate) const NUMBERS: Self = Self(1 << 12);

    pub(crate) fn has(self, bits: Self) -> bool {
        self.0 & bits.0 != 0
    }

    fn with(self, bits: Self, is_so: bool) -> Self {
        if is_so { Self(self.0 | bits.0) } else { self }
    }

    /// What the reader learns about its dates.
    pub(crate) fn hint(self, serial: bool) -> Hint {
        let order = match (self.has(Self::DAY_FIRST), self.has(Self::MONTH_FIRST)) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        };
        Hint { order, serial: serial && self.has(Self::SERIALS) }
    }
}

/// Counts of one column.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    filled: usize,
    days: usize,
    moments: usize,
    clocks: usize,
    serials: usize,
    lasting: usize,
    spelled: usize,
    zoned: usize,
    zones: usize,
    numbers: usize,
    day_first: bool,
    month_first: bool,
}

/// The columns of a table while its first rows are read.
#[derive(Debug)]
pub(crate) struct Columns {
    counts: Vec<Counts>,
    dates: Dates,
    rows: usize,
}

impl Columns {
    pub(crate) fn new(width: usize) -> Self {
        Self { counts: vec![Counts::default(); width], dates: Dates::guessed(), rows: 0 }
    }

    /// Whether there was a row.
    pub(crate) fn is_any(&self) -> bool {
        self.rows > 0
    }

    pub(crate) fn row<'a>(&mut self, cells: impl Iterator<Item = &'a [u8]>) {
        const LONGEST: usize = 80;
        self.rows += 1;
        for (counts, cell) in self.counts.iter_mut().zip(cells) {
            let cell = cell.trim_ascii();
            if cell.is_empty() || cell.len() > LONGEST {
                counts.filled += usize::from(!cell.is_empty());
                continue;
            }
            let date = self.dates.read(cell, Hint::default());
            // Values for no date, or for nothing, are no evidence for a column.
            if date == Moment::Absent {
                continue;
            }
            counts.filled += 1;
            counts.add(cell, date);
        }
    }

    /// The evidence for each column.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen: Vec<Seen> = self.counts.iter().map(Counts::seen).collect();
        // Columns of one table are written alike.
        let orders = Seen::DAY_FIRST.0 | Seen::MONTH_FIRST.0;
        let all = seen.iter().fold(0, |all, s| all | s.0 & orders);
        if all != orders {
            seen.iter_mut().filter(|s| s.has(Seen::SPELLED)).for_each(|s| s.0 |= all);
        }
        seen
    }
}

impl Counts {
    fn add(&mut self, cell: &[u8], date: Moment) {
        let text = String::from_utf8_lossy(cell);
        let number = crate::toolkit::numbers::number(cell).is_some();
        let named = durations::named(cell).is_some();
        self.numbers += usize::from(!named && durations::nanos(cell, 1).is_some());
        match date {
            Moment::At(time, _) => {
                *if time.precision == Precision::Day { &mut self.days } else { &mut self.moments } += 1;
                self.zoned += usize::from(matches!(time.zone, Zone::Offset(_)));
                self.spelled += usize::from(!number);
                if let Some(order) = numbers_order(&text) {
                    *if order == Order::DayFirst { &mut self.day_first } else { &mut self.month_first } =
                        true;
                }
            }
            _ if spelled::read(cell, None) == Spelled::Ambiguous => {
                *if text.contains(':') { &mut self.moments } else { &mut self.days } += 1;
                self.spelled += 1;
            }
            _ => {}
        }
        self.serials += usize::from(serial(cell, false).is_some());
        if written::clock(&written::plain(&text), false)
            .is_some_and(|c| c.before.is_empty() && is_rest(c.after))
        {
            self.clocks += 1;
        }
        self.lasting += usize::from(!number && named);
        let zone = zone_names::zone(&text).is_some();
        self.zones += usize::from(zone || text.contains('/') && spelled::is_zone_name(&text));
    }

    fn seen(&self) -> Seen {
        let most = |n: usize| n * 2 > self.filled;
        let dates = self.days + self.moments;
        let nearly = dates.max(self.clocks).max(self.lasting).max(self.zones) * 10 >= self.filled * 9;
        Seen::default()
            .with(Seen::FILLED, self.filled > 0)
            .with(Seen::DAYS, most(dates) && self.days > self.moments)
            .with(Seen::MOMENTS, most(dates) && self.moments >= self.days)
            .with(Seen::CLOCKS, most(self.clocks) && !most(dates))
            .with(Seen::SERIALS, self.filled > 0 && self.serials == self.filled)
            .with(Seen::LASTING, most(self.lasting) && !most(dates))
            .with(Seen::NEARLY_ALL, self.filled > 0 && nearly)
            .with(Seen::DAY_FIRST, self.day_first)
            .with(Seen::MONTH_FIRST, self.month_first)
            .with(Seen::SPELLED, self.spelled > 0)
            .with(Seen::ZONED, self.zoned > 0)
            .with(Seen::ZONES, most(self.zones))
            .with(Seen::NUMBERS, most(self.numbers))
    }
}

/// The order that a day beyond 12 shows.
fn numbers_order(text: &str) -> Option<Order> {
    let date = text.split([' ', 'T']).next()?;
    if date.contains('/') || date.matches('-').count() == 2 { written::order(date) } else { None }
}

/// A fraction of a second may follow a clock.
fn is_rest(after: &str) -> bool {
    after.is_empty() || after.strip_prefix(['.', ',']).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cells: &[&str]) -> Seen {
        let mut columns = Columns::new(1);
        cells.iter().for_each(|cell| columns.row([cell.as_bytes()].into_iter()));
        columns.seen()[0]
    }

    #[test]
    fn by_content() {
        let dates = |s: Seen| (s.has(Seen::DAYS), s.has(Seen::MOMENTS), s.has(Seen::CLOCKS));
        assert_eq!(dates(seen(&["2024-03-15", "", "16.03.2024"])), (true, false, false));
        assert_eq!(dates(seen(&["2024-03-15 10:30", "1710495000"])), (false, true, false));
        assert_eq!(dates(seen(&["10:30", "11:00:05 PM", "--:--:--"])), (false, false, true));
        assert!(seen(&["01:30:00", "1h"]).has(Seen::LASTING));
        assert!(seen(&["45366", "45367.5"]).has(Seen::SERIALS) && !seen(&["45366", "12"]).has(Seen::SERIALS));
        assert_eq!(seen(&["03/04/2024", "25/04/2024"]).hint(false).order, Some(Order::DayFirst));
        assert_eq!(seen(&["03/04/2024", "04/25/2024"]).hint(false).order, Some(Order::MonthFirst));
        assert_eq!(seen(&["25/04/2024", "04/25/2024"]).hint(false).order, None);
        assert!(seen(&["UTC", "Europe/Berlin", "+01:00"]).has(Seen::ZONES));
        assert_eq!(seen(&["", "-"]), Seen::default());
    }
}
