//! Which columns of a table are its date, end and duration, by their names and contents.
//!
//! Only for tables without options. Other fields are found by name alone (`mapping`).

use crate::tables::columns::Seen;
use crate::toolkit::attr_names::{plain, snake_case};
use crate::toolkit::durations;
use crate::toolkit::roles::Role;

/// The table: for each column its name and the evidence in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guesses<'a> {
    pub(crate) names: &'a [String],
    pub(crate) seen: &'a [Seen],
}

/// Names of the clock that belongs to a day, the best first.
const CLOCKS: &str = "time starttime start from begin begintime clockin timein in uhrzeit zeit startzeit beginn von heure \
heuredébut heurededébut début hora horainicio horadeinicio inicio início ora oradiinizio inizio tijd begintijd starttijd \
van czas godzina od čas tid starttid kl klo aika saat время начало час время начала 時刻 開始 時間 时间 시간";
/// Names of the clock at the end.
const END_CLOCKS: &str = "endtime stoptime to end until till stop bis ende endzeit clockout fin heurefin heuredefin horafin \
horadefin hasta fim até fine oradifine tot eind eindtijd do konec slut slutt sluttid loppu bitiş конец окончание кінець \
終了 结束时间 종료";
const ZONES: &str =
    "timezone tz zone timezonename zeitzone utcoffset fuseauhoraire zonahoraria fusoorario tijdzone";
/// Columns that hold days on which nothing happened yet, or not this.
const OTHER_DAYS: &str =
    "birth geburt naissance nacimiento nascita due deadline expir valid ablauf fällig échéance scadenza";
const DURATIONS: &str = "duration dauer durée duree duración duracion durata duração duracao duur varighed varighet \
varaktighet kesto süre trajanje trvání длительность продолжительность тривалість elapsed elapsedtime timespent spent worked \
timeworked workedtime tracked timetracked arbeitszeit";
const HOURS: &str = "hours stunden heures horas ore uren timer timmar tunnit godziny hodiny saatler часы години std hrs \
workedhours billablehours";

fn rank(words: &str, name: &str) -> Option<usize> {
    words.split_whitespace().position(|w| w == name)
}

impl Guesses<'_> {
    fn of(&self, column: usize) -> Seen {
        self.seen.get(column).copied().unwrap_or_default()
    }

    fn plain(&self, column: usize) -> String {
        self.names.get(column).map(|n| plain(n)).unwrap_or_default()
    }

    /// Columns with a name in `words`, the best first; of equals the first.
    fn named(&self, words: &[&str]) -> Vec<usize> {
        let at = |c: usize| words.iter().position(|w| *w == self.plain(c)).map(|rank| (rank, c));
        let mut found: Vec<_> = (0..self.names.len()).filter_map(at).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, c)| c).collect()
    }

    fn is_date(&self, column: usize) -> bool {
        let s = self.of(column);
        s.has(Seen::DAYS) || s.has(Seen::MOMENTS) || self.is_serial(column)
    }

    /// Whether numbers are days of a spreadsheet: where the name speaks of a time, they could be seconds of anything.
    pub(crate) fn is_serial(&self, column: usize) -> bool {
        let name = self.plain(column);
        self.of(column).has(Seen::SERIALS)
            && !["time", "ts", "timestamp", "id", "key"].contains(&name.as_str())
    }

    /// The column of the date, with those of its time and zone if they are separate.
    pub(crate) fn date(&self) -> Vec<usize> {
        let strong = self.named(Role::Date.guesses());
        let weak = self.named(Role::Date.weak_guesses());
        let sure = |c: &usize| self.is_date(*c) && self.of(*c).has(Seen::NEARLY_ALL);
        let sure_or_serial = |c: &usize| sure(c) || self.is_serial(*c);
        let usable =
            strong.iter().find(|c| self.is_date(**c)).or_else(|| weak.iter().find(|c| sure_or_serial(c)));
        // A named column that holds no date is still the date, unreadable, unless it holds a clock.
        let named = usable.or_else(|| strong.iter().find(|c| !self.of(**c).has(Seen::CLOCKS))).copied();
        let written = |c: &usize| sure(c) && self.of(*c).has(Seen::SPELLED) && !self.is_other_day(*c);
        let Some(date) = named.or_else(|| (0..self.names.len()).find(written)) else { return Vec::new() };
        let mut columns = vec![date];
        if self.of(date).has(Seen::DAYS) {
            match self.clock_of(date, CLOCKS) {
                Some(clock) => columns.push(clock),
                None => {
                    let begins =
                        |c: &&usize| self.plain(**c).starts_with("start") || self.plain(**c) == "begin";
                    let start = strong.iter().filter(begins).find(|c| self.of(**c).has(Seen::MOMENTS));
                    columns = vec![start.copied().unwrap_or(date)];
                }
            }
        }
        columns.extend(self.zone_of(&columns));
        columns
    }

    fn is_other_day(&self, column: usize) -> bool {
        let name = self.plain(column);
        OTHER_DAYS.split_whitespace().any(|word| name.contains(word))
    }

    /// The clock to a day: that of the same name (`Start date`, `Start time`), or one of the usual names.
    fn clock_of(&self, day: usize, words: &str) -> Option<usize> {
        const PARTS: [(&str, &str); 6] = [
            ("date", "time"),
            ("datum", "zeit"),
            ("datum", "uhrzeit"),
            ("fecha", "hora"),
            ("data", "ora"),
            ("data", "hora"),
        ];
        let name = self.plain(day);
        let clocks = || (0..self.names.len()).filter(|c| self.of(*c).has(Seen::CLOCKS));
        let twin = |c: &usize| {
            let clock = self.plain(*c);
            PARTS.iter().any(|(day, time)| name.contains(day) && clock == name.replacen(day, time, 1))
        };
        clocks().find(twin).or_else(|| {
            clocks().filter_map(|c| Some((rank(words, &self.plain(c))?, c))).min().map(|(_, c)| c)
        })
    }

    /// The zone of wall clocks that name none.
    fn zone_of(&self, date: &[usize]) -> Option<usize> {
        let zoned = date.iter().any(|c| self.of(*c).has(Seen::ZONED));
        let clock = date.len() > 1 || date.iter().any(|c| self.of(*c).has(Seen::MOMENTS));
        let written = date.iter().any(|c| self.of(*c).has(Seen::SPELLED));
        let named = |c: &usize| self.of(*c).has(Seen::ZONES) && rank(ZONES, &self.plain(*c)).is_some();
        if zoned || !clock || !written { None } else { (0..self.names.len()).find(named) }
    }

    /// The columns of the end, when `date` is where it began.
    pub(crate) fn end(&self, date: &[usize]) -> Vec<usize> {
        let words: Vec<&str> = Role::End.guesses().iter().chain(Role::End.weak_guesses()).copied().collect();
        let named: Vec<usize> = self.named(&words).into_iter().filter(|c| !date.contains(c)).collect();
        let has_clock = date.iter().any(|c| self.of(*c).has(Seen::MOMENTS) || self.of(*c).has(Seen::CLOCKS));
        for column in &named {
            let seen = self.of(*column);
            if seen.has(Seen::MOMENTS) {
                return vec![*column];
            }
            if seen.has(Seen::DAYS) {
                match self.clock_of(*column, END_CLOCKS).filter(|c| !date.contains(c)) {
                    Some(clock) => return vec![*column, clock],
                    None if !has_clock => return vec![*column],
                    None => {}
                }
            }
        }
        let clocks = (0..self.names.len()).filter(|c| !date.contains(c) && self.of(*c).has(Seen::CLOCKS));
        let clock = clocks.filter_map(|c| Some((rank(END_CLOCKS, &self.plain(c))?, c))).min();
        match clock {
            Some((_, clock)) if has_clock => vec![clock],
            // It has no contents yet.
            _ => {
                let empty = |c: &&usize| {
                    Role::End.guesses().contains(&self.plain(**c).as_str()) && self.of(**c) == Seen::default()
                };
                named.iter().find(empty).copied().into_iter().collect()
            }
        }
    }

    /// The column of the duration, and its unit if the name has one.
    pub(crate) fn duration(&self, taken: &[usize]) -> Option<(usize, Option<i128>)> {
        let free = (0..self.names.len()).filter(|c| !taken.contains(c));
        let found = free.filter_map(|column| {
            let seen = self.of(column);
            let unit = self.names.get(column).and_then(|name| unit_of(name))?;
            // A duration with a unit comes before a number.
            let speaks = seen.has(Seen::LASTING) && seen.has(Seen::NEARLY_ALL);
            let counts = unit.is_some() && seen.has(Seen::NUMBERS) && !self.is_date(column);
            (speaks || counts).then_some((!speaks, column, unit))
        });
        found.min_by_key(|(number, column, _)| (*number, *column)).map(|(_, column, unit)| (column, unit))
    }

    /// A user whose name is in two columns.
    pub(crate) fn user(&self) -> Vec<usize> {
        let column = |name: &str| (0..self.names.len()).find(|c| self.plain(*c) == name);
        match (column("firstname"), column("lastname")) {
            (Some(first), Some(last)) => vec![first, last],
            _ => Vec::new(),
        }
    }
}

/// Nanoseconds in the unit of a duration's name, if it has one; `None` if it isn't the name of a duration.
fn unit_of(name: &str) -> Option<Option<i128>> {
    let words = snake_case(name);
    let all = words.replace('_', "");
    if rank(HOURS, &all).is_some() {
        return Some(durations::unit("h"));
    }
    if rank(DURATIONS, &all).is_some() {
        return Some(None);
    }
    let (base, last) = words.rsplit_once('_')?;
    let base = base.replace('_', "");
    let unit = match last {
        "decimal" | "dezimal" => durations::unit("h"),
        last => durations::unit(last),
    };
    (unit.is_some() && (rank(DURATIONS, &base).is_some() || base == "time")).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(names: &[&str], seen: &[Seen]) -> (Vec<usize>, Vec<usize>, Option<usize>) {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let guesses = Guesses { names: &names, seen };
        let date = guesses.date();
        let end = guesses.end(&date);
        let taken = [date.clone(), end.clone()].concat();
        (date, end, guesses.duration(&taken).map(|(c, _)| c))
    }

    #[test]
    fn usual_exports() {
        let or = |bits: &[Seen]| Seen(bits.iter().fold(0, |all, b| all | b.0));
        let text = Seen::FILLED;
        let day = or(&[Seen::FILLED, Seen::DAYS, Seen::SPELLED, Seen::NEARLY_ALL]);
        let moment = or(&[Seen::FILLED, Seen::MOMENTS, Seen::SPELLED, Seen::NEARLY_ALL]);
        let clock = or(&[Seen::FILLED, Seen::CLOCKS, Seen::LASTING, Seen::NEARLY_ALL]);
        let number = or(&[Seen::FILLED, Seen::NUMBERS]);
        let zone = or(&[Seen::FILLED, Seen::ZONES, Seen::NEARLY_ALL]);
        for (names, seen, want) in [
            (
                &["User", "Start date", "Start time", "End date", "End time", "Duration"][..],
                &[text, day, clock, day, clock, clock][..],
                (vec![1, 2], vec![3, 4], Some(5)),
            ),
            (
                &["Date", "From", "To", "Duration"],
                &[day, clock, clock, clock],
                (vec![0, 1], vec![2], Some(3)),
            ),
            (&["Date", "Client", "Hours"], &[day, text, number], (vec![0], vec![], Some(2))),
            (
                &["Start Date", "Duration (h)", "Duration (decimal)"],
                &[day, clock, number],
                (vec![0], vec![], Some(1)),
            ),
            (&["date", "time", "timezone"], &[day, clock, zone], (vec![0, 1, 2], vec![], None)),
            (&["Datum", "Von", "Bis", "Dauer"], &[day, clock, clock, number], (vec![0, 1], vec![2], None)),
            (&["Wer", "Wann", "Was"], &[text, moment, text], (vec![1], vec![], None)),
            (&["name", "birthday"], &[text, day], (vec![], vec![], None)),
            (&["date", "start", "end"], &[day, moment, moment], (vec![1], vec![2], None)),
            (&["time", "elapsed_ms"], &[clock, number], (vec![], vec![], Some(1))),
        ] {
            assert_eq!(guess(names, seen), want, "{names:?}");
        }
    }
}
