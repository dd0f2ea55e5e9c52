//! Rules tested against the examples of RFC 5545, 3.8.5.3, and with clocks set forward and back.

use super::*;

const HORIZON: i64 = 2_000_000_000;

fn clock(name: &str) -> Clock<'static> {
    crate::calendar::names::clock_of(name.as_bytes()).unwrap()
}

fn counted(start: &str, rule: &str, clock: Clock<'_>) -> Counted {
    let start = moment(start.as_bytes()).unwrap();
    Recurrence::read(rule.as_bytes()).unwrap().count_out(start, clock, HORIZON).unwrap()
}

/// `19970902T090000` of each, on the clock's face.
fn shown(starts: &[Start]) -> Vec<String> {
    let text = |s: &Start| DateTime::from_timestamp(s.wall, 0).unwrap().format("%Y%m%dT%H%M%S").to_string();
    starts.iter().map(text).collect()
}

fn instants(start: &str, rule: &str, zone: &str) -> Vec<String> {
    let starts = counted(start, rule, clock(zone)).starts;
    let text = |s: &Start| DateTime::from_timestamp(s.utc.unwrap(), 0).unwrap().format("%dT%H%M").to_string();
    starts.iter().map(text).collect()
}

/// Start, rule, and the first ten: `0902` at the time of the start, `0902T1200` at another, `1998:` a new year.
#[rustfmt::skip]
const EXAMPLES: &[(&str, &str, &str)] = &[
        ("19970902T090000", "FREQ=DAILY;COUNT=10",
            "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"),
        ("19970902T090000", "FREQ=DAILY;UNTIL=19971224T000000Z",
            "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"),
        ("19970902T090000", "FREQ=DAILY;INTERVAL=2",
            "0902 0904 0906 0908 0910 0912 0914 0916 0918 0920"),
        ("19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "0902 0912 0922 1002 1012"),
        ("19970902T090000", "FREQ=WEEKLY;COUNT=10",
            "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"),
        ("19970902T090000", "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"),
        ("19970902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "0902 0916 0930 1014 1028 1111 1125 1209 1223 1998: 0106"),
        ("19970902T090000", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
        ("19970902T090000", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
            "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
        ("19970902T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            "0902 0904 0916 0918 0930 1002 1014 1016"),
        ("19970902T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            "0902 0915 1002 1015 1102 1115 1202 1215 1998: 0102 0115"),
        ("19970902T090000", "FREQ=MONTHLY;BYDAY=TU",
            "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"),
        ("19970902T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1999: 0102 0202 0302 2001: 0102 0202 0302 2003: 0102 0202 0302 2005: 0102"),
        ("19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1998: 0213 0313 1113 1999: 0813 2000: 1013 2001: 0413 0713 2002: 0913 1213 2003: 0613"),
        ("19970902T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "0904 1007 1106"),
        ("19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
            "0902T0900 0902T1200"),
        ("19970902T090000", "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
            "0902T0900 0902T0915 0902T0930 0902T0945 0902T1000 0902T1015"),
        ("19970902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
            "0902T0900 0902T1030 0902T1200 0902T1330"),
        ("19970902T090000", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
            "0902T0900 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040 0902T1100 0902T1120 0902T1140 0902T1200"),
        ("19970902T090000", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
            "0902T0900 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040 0902T1100 0902T1120 0902T1140 0902T1200"),
        ("19980101T090000", "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "0101 0102 0103 0104 0105 0106 0107 0108 0109 0110"),
        ("19980101T090000", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
            "0101 0102 0103 0104 0105 0106 0107 0108 0109 0110"),
        ("19970901T090000", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "0901 0903 0905 0915 0917 0919 0929 1001 1003 1013"),
        ("19970905T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "0905 1003 1107 1205 1998: 0102 0206 0306 0403 0501 0605"),
        ("19970905T090000", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
            "0905 1003 1107 1205"),
        ("19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "0907 0928 1102 1130 1998: 0104 0125 0301 0329 0503 0531"),
        ("19970922T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "0922 1020 1117 1222 1998: 0119 0216"),
        ("19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3",
            "0928 1029 1128 1229 1998: 0129 0226 0329 0428 0529 0628"),
        ("19970930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "0930 1001 1031 1101 1130 1201 1231 1998: 0101 0131 0201"),
        ("19970910T090000", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "0910 0911 0912 0913 0914 0915 1999: 0310 0311 0312 0313"),
        ("19970610T090000", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "0610 0710 1998: 0610 0710 1999: 0610 0710 2000: 0610 0710 2001: 0610 0710"),
        ("19970310T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "0310 1999: 0110 0210 0310 2001: 0110 0210 0310 2003: 0110 0210 0310"),
        ("19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "0101 0410 0719 2000: 0101 0409 0718 2003: 0101 0410 0719 2006: 0101"),
        ("19970519T090000", "FREQ=YEARLY;BYDAY=20MO",
            "0519 1998: 0518 1999: 0517 2000: 0515 2001: 0514 2002: 0520 2003: 0519 2004: 0517 2005: 0516 2006: 0515"),
        ("19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "0512 1998: 0511 1999: 0517 2000: 0515 2001: 0514 2002: 0513 2003: 0512 2004: 0510 2005: 0516 2006: 0515"),
        ("19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "0313 0320 0327 1998: 0305 0312 0319 0326 1999: 0304 0311 0318"),
        ("19970605T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "0605 0612 0619 0626 0703 0710 0717 0724 0731 0807"),
        ("19970913T090000", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "0913 1011 1108 1213 1998: 0110 0207 0307 0411 0509 0613"),
        ("19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1105 2000: 1107 2004: 1102 2008: 1104 2012: 1106 2016: 1108 2020: 1103 2024: 1105 2028: 1107 2032: 1102"),
        ("19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "0904 1007 1106"),
        ("19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "0929 1030 1127 1230 1998: 0129 0226 0330 0429 0528 0629"),
        ("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "0805 0810 0819 0824"),
        ("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "0805 0817 0819 0831"),
        ("20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "0115 0130 0215 0315 0330"),
];

#[test]
fn the_examples_of_the_rfc() {
    for (start, rule, expected) in EXAMPLES {
        let mut year = &start[..4];
        let mut wanted = Vec::new();
        for word in expected.split(' ') {
            match word.strip_suffix(':') {
                Some(next) => year = next,
                None if word.len() == 4 => wanted.push(format!("{year}{word}{}", &start[8..])),
                None => wanted.push(format!("{year}{word}00")),
            }
        }
        let got = counted(start, rule, clock("America/New_York"));
        let first: Vec<_> = got.starts.iter().copied().take(10).collect();
        assert_eq!(shown(&first), wanted, "{start} {rule}");
    }
}

#[test]
fn days_stay_on_the_clocks_face() {
    // 02:30 is skipped on the 29th of March, and comes twice on the 25th of October.
    let spring = instants("20260328T023000", "FREQ=DAILY;COUNT=3", "Europe/Berlin");
    assert_eq!(spring, ["28T0130", "29T0130", "30T0030"]);
    let autumn = instants("20261024T023000", "FREQ=DAILY;COUNT=3", "Europe/Berlin");
    assert_eq!(autumn, ["24T0030", "25T0030", "26T0130"]);
}

#[test]
fn hours_run_in_real_time() {
    let spring = instants("20260329T010000", "FREQ=HOURLY;COUNT=4", "Europe/Berlin");
    assert_eq!(spring, ["29T0000", "29T0100", "29T0200", "29T0300"]);
    let autumn = instants("20261025T010000", "FREQ=HOURLY;COUNT=4", "Europe/Berlin");
    assert_eq!(autumn, ["24T2300", "25T0000", "25T0100", "25T0200"]);
    // With parts: 02:15 and 02:45 come twice, and in the right order.
    let parts = instants("20261025T021500", "FREQ=HOURLY;BYMINUTE=15,45;COUNT=5", "Europe/Berlin");
    assert_eq!(parts, ["25T0015", "25T0045", "25T0115", "25T0145", "25T0215"]);
    let skipped = instants("20260329T011500", "FREQ=HOURLY;BYHOUR=1,2,3;COUNT=3", "Europe/Berlin");
    assert_eq!(skipped, ["29T0015", "29T0115", "29T2315"]);
    let every_other =
        instants("20260329T000000", "FREQ=HOURLY;INTERVAL=2;BYMINUTE=0,30;COUNT=4", "Asia/Kolkata");
    assert_eq!(every_other, ["28T1830", "28T1900", "28T2030", "28T2100"]);
}

#[test]
fn until_of_each_kind() {
    let n = |until: &str| {
        counted("20240304T090000", &format!("FREQ=DAILY;UNTIL={until}"), clock("Europe/Berlin"))
    };
    let n = |until: &str| n(until).starts.len();
    assert_eq!([n("20240306T080000Z"), n("20240306T075959Z")], [3, 2], "by the instant");
    assert_eq!([n("20240306T090000"), n("20240306T085959")], [3, 2], "by the clock");
    assert_eq!(n("20240306"), 2, "a date is its midnight");
    assert_eq!(n("20240301"), 0);
}

#[test]
fn ends_and_horizons() {
    let until = |rule: &str, horizon: &str| {
        let start = moment(b"20240304T090000Z").unwrap();
        let horizon = moment(horizon.as_bytes()).unwrap().wall;
        let rule = Recurrence::read(rule.as_bytes()).unwrap();
        let counted = rule.count_out(start, Clock::Fixed(0), horizon).unwrap();
        (counted.starts.len(), counted.cut)
    };
    assert_eq!(until("FREQ=DAILY", "20240310"), (6, false));
    assert_eq!(until("FREQ=DAILY", "20200101"), (1, false), "the first of all is always there");
    assert_eq!(until("FREQ=DAILY;COUNT=900", "20240310"), (900, false), "one that ends is counted out");
    assert_eq!(until("FREQ=DAILY;COUNT=2000", "20240310"), (1_000, false));
    assert_eq!(until("FREQ=SECONDLY", "20240310"), (MAX_INSTANCES, true));
    assert_eq!(until("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "20240310"), (0, false));
}

#[test]
fn what_is_not_understood() {
    for rule in
        ["", "COUNT=3", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;INTERVAL=0", "RSCALE=HEBREW;FREQ=YEARLY", "x"]
    {
        assert!(Recurrence::read(rule.as_bytes()).is_none(), "{rule}");
    }
    for rule in ["FREQ=SOMETIMES", "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=WEEKLY;BYDAY=XX"] {
        let rule = Recurrence::read(rule.as_bytes()).unwrap();
        assert!(rule.count_out(moment(b"20240304T090000Z").unwrap(), Clock::Fixed(0), HORIZON).is_none());
    }
    let lenient = counted("20240304T090000", "freq=weekly;BYDAY=1MO,+2TU;X-NOTE=1;;COUNT=2", Clock::Floating);
    assert_eq!(shown(&lenient.starts), ["20240304T090000", "20240305T090000"]);
    let day = counted("20240304", "FREQ=DAILY;BYHOUR=9,10;COUNT=2", Clock::Floating);
    assert_eq!(shown(&day.starts), ["20240304T000000", "20240305T000000"]);
}
