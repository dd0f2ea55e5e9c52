//! The names that dates on Google's pages are written with: months, halves of the day, zones.
//!
//! They come from CLDR, whose patterns these pages follow, in `takeout_words.tsv`. Not for other pages: other programs
//! use other names.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The table.
pub(crate) struct Words {
    months: HashMap<&'static str, u32>,
    /// Croatian names of months, which Polish or Czech use for other months.
    croatian: HashMap<&'static str, u32>,
    /// Months of the Persian calendar.
    persian: HashMap<&'static str, u32>,
    /// Whether it is after noon; the longest first.
    pub(crate) halves: Vec<(&'static str, bool)>,
    /// The text before or after an offset, and the minutes east of UTC that it means alone; the longest first.
    pub(crate) bases: Vec<(&'static str, i16)>,
    /// Minutes east of UTC for names of one word.
    pub(crate) zones: HashMap<&'static str, i16>,
}

/// The one table there is.
pub(crate) static WORDS: LazyLock<Words> = LazyLock::new(|| read(include_str!("words.tsv")));

fn read(table: &'static str) -> Words {
    let mut words = Words {
        months: HashMap::new(),
        croatian: HashMap::new(),
        persian: HashMap::new(),
        halves: Vec::new(),
        bases: Vec::new(),
        zones: HashMap::new(),
    };
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let mut cells = line.split('\t');
        let (Some(what), Some(number)) = (cells.next(), cells.next()) else { continue };
        let month = number.parse().unwrap_or(0);
        let months =
            |cells: std::str::Split<'static, char>| cells.map(|name| (name, month)).collect::<Vec<_>>();
        match what {
            "month" => words.months.extend(months(cells)),
            "croatian" => words.croatian.extend(months(cells)),
            "persian" => words.persian.extend(months(cells)),
            "am" | "pm" => words.halves.extend(cells.map(|name| (name, what == "pm"))),
            "zone" => words.bases.extend(cells.map(|name| (name, number.parse().unwrap_or(0)))),
            _ => words.zones.extend(cells.map(|name| (name, number.parse().unwrap_or(0)))),
        }
    }
    words.halves.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    words.bases.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    words
}

impl Words {
    /// 1 to 12 for the name of a month, in lower case. `croatian` selects Croatian instead of Polish, which uses the
    /// same words.
    pub(crate) fn month(&self, name: &str, croatian: bool) -> Option<u32> {
        let own = if croatian { self.croatian.get(name) } else { None };
        own.or_else(|| self.months.get(name)).copied()
    }

    /// 1 to 12 for the name of a month of the Persian calendar.
    pub(crate) fn persian(&self, name: &str) -> Option<u32> {
        self.persian.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("words.tsv").lines().filter(|l| !l.starts_with('#'));
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let known = ["month", "croatian", "persian", "am", "pm", "zone", "named"].contains(&cells[0]);
            assert!(known && cells[1].parse::<i16>().is_ok() && cells.len() > 2, "{line}");
            for name in &cells[2..] {
                assert_eq!((name.to_lowercase().as_str(), name.trim()), (*name, *name), "{line}");
            }
        }
        let words = &*WORDS;
        assert_eq!((words.month("lis", false), words.month("lis", true)), (Some(11), Some(10)));
        assert_eq!((words.persian("بهمن"), words.zones["hne"]), (Some(11), -300));
        assert!(words.halves.contains(&("م", true)) && words.bases.contains(&("гринуич", 0)));
    }
}
