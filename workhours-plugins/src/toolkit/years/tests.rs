//! Years from the order of months.

use super::*;

/// 2023-03-01T00:00:00Z
const EARLIER: i64 = 1_677_628_800;

/// 2024-03-01T00:00:10Z
const REFERENCE: i64 = 1_709_251_210;

fn on(month: u32, day: u32) -> Yearless {
    Yearless { month, day, clock: [12, 0, 0], nanos: 0, precision: Precision::Second }
}

fn years(days: &[(u32, u32)]) -> Vec<i64> {
    let dates: Vec<_> = days.iter().map(|(m, d)| on(*m, *d)).collect();
    let mut years = Years::planned(REFERENCE, Rule::Settles, dates.iter().copied().map(Day::Yearless));
    dates.iter().map(|d| 1970 + years.place(d).unwrap().0.secs.div_euclid(31_556_952)).collect()
}

#[test]
fn within_a_year() {
    assert_eq!(years(&[(2, 28), (3, 1)]), [2024, 2024]);
    assert_eq!(years(&[(3, 3)]), [2023]);
    assert_eq!(years(&[(12, 31), (1, 2), (12, 31), (1, 2)]), [2023, 2024, 2023, 2024]);
    assert_eq!(years(&[(2, 3), (1, 30), (2, 3)]), [2024; 3], "one month back is disorder");
    assert_eq!(years(&[(1, 22), (12, 18)]), [2024, 2024], "35 days back are none");
}

#[test]
fn passes_by_the_reference() {
    assert_eq!(years(&[(12, 20), (2, 20), (6, 1), (11, 30)]), [2023, 2024, 2024, 2024]);
    let mut first = Years::planned(REFERENCE, Rule::Settles, [Day::Yearless(on(2, 20))].into_iter());
    first.place(&on(2, 20)).unwrap();
    let mut later = Years::resumed(REFERENCE, &first.state());
    for (date, year) in [((6, 1), 2024), ((1, 3), 2025), ((12, 30), 2024), ((1, 3), 2025), ((2, 1), 2025)] {
        let (time, flags) = later.place(&on(date.0, date.1)).unwrap();
        assert_eq!(time.secs, civil::seconds(year, date.0, date.1, 12, 0, 0).unwrap());
        assert_eq!(flags, RowFlags::INFERRED_YEAR);
    }
}

#[test]
fn more_than_a_year_is_counted_back() {
    assert_eq!(
        years(&[(1, 22), (12, 18), (3, 23), (12, 30), (11, 18), (2, 6), (11, 18)]),
        [2021, 2021, 2022, 2022, 2022, 2023, 2023]
    );
    assert_eq!(years(&[(2, 20), (7, 1), (2, 10), (7, 1), (2, 28)]), [2022, 2022, 2023, 2023, 2024]);
    assert_eq!(
        years(&[(1, 20), (2, 29), (7, 1), (2, 1)]),
        [2020, 2020, 2020, 2021],
        "a leap day settles the others"
    );
    assert_eq!(years(&[(3, 2), (7, 1), (2, 29)]), [2023, 2023, 2024], "a day more than a year");
}

#[test]
fn a_written_year_decides() {
    let days = [Day::Yearless(on(12, 30)), Day::Full(2019, 1, 3)];
    let mut years = Years::planned(REFERENCE, Rule::Settles, days.into_iter());
    assert_eq!(years.place(&on(12, 30)).unwrap().0.secs, civil::seconds(2018, 12, 30, 12, 0, 0).unwrap());
    years.saw(2019, 1, 3);
    assert_eq!(years.place(&on(1, 4)).unwrap().0.secs, civil::seconds(2019, 1, 4, 12, 0, 0).unwrap());
}

#[test]
fn leap_days() {
    let mut years = Years::planned(EARLIER, Rule::Settles, [Day::Yearless(on(2, 28))].into_iter());
    let mut secs = |m, d| years.place(&on(m, d)).map(|s| s.0.secs);
    assert_eq!(secs(2, 28), civil::seconds(2023, 2, 28, 12, 0, 0));
    assert_eq!(secs(2, 29), civil::seconds(2020, 2, 29, 12, 0, 0));
    assert_eq!(secs(3, 1), civil::seconds(2020, 3, 1, 12, 0, 0));
    assert_eq!(secs(2, 30), None);
    assert_eq!(self::years(&[(2, 28), (2, 29), (3, 1)]), [2024; 3]);
    let early = [on(2, 6), on(2, 29)];
    let mut years = Years::planned(EARLIER, Rule::Settles, early.into_iter().map(Day::Yearless));
    let mut secs = |d| years.place(&d).map(|s| s.0.secs);
    assert_eq!(early.map(&mut secs), early.map(|d| d.in_year(2020)), "their neighbours go with them");
    let twice = [(2, 28), (2, 29), (12, 3), (1, 3), (2, 29)];
    assert_eq!(self::years(&twice), [2020, 2020, 2020, 2021, 2024], "the first settles, another goes on");
}

#[test]
fn files_read_once_keep_their_years() {
    let dates = [on(2, 28), on(2, 29), on(3, 5)];
    let mut years = Years::planned(EARLIER, Rule::Alone, dates.into_iter().map(Day::Yearless));
    for _ in 0..2 {
        let mut read = |d| 1970 + years.place(&d).unwrap().0.secs.div_euclid(31_556_952);
        assert_eq!(dates.map(&mut read), [2023, 2020, 2023]);
        years = Years::resumed(EARLIER, &years.state());
        assert_eq!(years.rule, Rule::Alone);
    }
}
