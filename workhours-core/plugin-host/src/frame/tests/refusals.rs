//! Invalid frames and items, and their errors.

use super::*;

fn refusal(payload: &[u8]) -> String {
    validate(payload).unwrap_err().to_string()
}

/// An event with these bytes for its two times, and these from its raw bytes on.
fn event(times: &[u8], then: &[u8]) -> Vec<u8> {
    [&[ITEM_EVENT, 0, 0, 0][..], times, then].concat()
}

/// A time of this zone and precision, and no other.
fn time(zone: u8, precision: u8, secs: i64, nanos: u32, offset: i16) -> Vec<u8> {
    let mut bytes = vec![zone, precision];
    bytes.extend(secs.to_le_bytes());
    bytes.extend(nanos.to_le_bytes());
    if zone == 2 {
        bytes.extend(offset.to_le_bytes());
    }
    bytes.push(0);
    bytes
}

#[test]
fn items_that_are_none() {
    assert_eq!(refusal(&[99]), "item 1: an item of the unknown kind 99");
    assert_eq!(refusal(&[ITEM_IGNORED, 3, ITEM_IGNORED]), "item 2: a frame that ends too early");
    let long = [&[ITEM_IGNORED][..], &[0xff; 10]].concat();
    assert_eq!(refusal(&long), "item 1: a number of more than 64 bits");
    let most = [&[ITEM_IGNORED][..], &[0xff; 9], &[1]].concat();
    assert_eq!(validate(&most).unwrap().ignored, u64::MAX);
    assert_eq!(
        refusal(&[ITEM_EVENT, 0x80, 0x80, 0x04]),
        "item 1: an event with flags that are not a source's"
    );
    assert_eq!(refusal(&[ITEM_REJECT, 0, 0, 0, 0, 0, 0]), "item 1: a reject of an unknown kind");
    assert_eq!(refusal(&[ITEM_REJECT, 7, 0, 0, 0, 0, 0]), "item 1: a reject of an unknown kind");
    assert_eq!(refusal(&[ITEM_REJECT, 1, 2, 0, 0, 0, 0]), "item 1: a reject of an unknown kind");
    assert_eq!(refusal(&[ITEM_REJECT, 1, 0, 0, 0, 0, 1, 0xff]), "item 1: a reason that is not UTF-8");
    let far = [&[ITEM_REJECT, 1, 0][..], &[0xff; 9], &[1, 0, 1, b'x', 0]].concat();
    assert_eq!(refusal(&far), "item 1: a record beyond any input");
}

#[test]
fn events_that_are_none() {
    let none: &[u8] = &[0, 0];
    // No raw bytes, kind, key, ten texts, series with its revision, tags and attributes.
    assert_eq!(validate(&event(none, &[0; 24])).unwrap().events, 1);
    assert_eq!(refusal(&event(none, &[0, 1, 0xff])), "item 1: a kind that is not UTF-8");
    // Raw bytes, a kind, and a key that claims to be part of the raw bytes.
    let inside =
        |len: u8, at: u8| event(none, &[&[2, b'a', b'b', 0, len << 1 | 1, at][..], &[0; 21]].concat());
    assert_eq!(validate(&inside(2, 0)).unwrap().events, 1);
    assert_eq!(validate(&inside(1, 1)).unwrap().events, 1);
    let nowhere = "item 1: a field that is said to stand in its record, and does not";
    assert_eq!(refusal(&inside(2, 1)), nowhere);
    assert_eq!(refusal(&inside(0, 3)), nowhere);
    let many = [&[0; 22][..], &[0x91, 0x4e]].concat();
    assert_eq!(refusal(&event(none, &many)), "item 1: a list of 10001 tags; 10000 are allowed");
    let attr = |bytes: &[u8]| event(none, &[&[0; 23][..], &[1], bytes].concat());
    assert_eq!(validate(&attr(&[1, b'k', 4, 1])).unwrap().events, 1);
    assert_eq!(refusal(&attr(&[1, 0xff])), "item 1: an attribute's key that is not UTF-8");
    assert_eq!(refusal(&attr(&[1, b'k', 4, 2])), "item 1: an attribute that is neither yes nor no");
    assert_eq!(refusal(&attr(&[1, b'k', 5])), "item 1: an attribute of an unknown kind");
}

#[test]
fn times_that_cannot_be() {
    let (first, last) = (-62_135_596_800, 253_402_300_799);
    for time in [time(1, 0, first, 0, 0), time(2, 5, last, 999_999_999, -1439), time(3, 3, 0, 0, 0)] {
        assert_eq!(validate(&event(&time, &[0; 24])).unwrap().events, 1);
    }
    for (secs, time) in [
        (first - 1, time(1, 0, first - 1, 0, 0)),
        (last + 1, time(1, 0, last + 1, 0, 0)),
        (i64::MIN, time(3, 0, i64::MIN, 0, 0)),
        (5, time(1, 6, 5, 0, 0)),
        (5, time(1, 0, 5, 1_000_000_000, 0)),
        (5, time(2, 0, 5, 0, 1440)),
        (5, time(2, 0, 5, 0, i16::MIN)),
    ] {
        let said = format!("item 1: a time that cannot be ({secs} s)");
        assert_eq!(refusal(&event(&time, &[0; 24])), said);
    }
    assert_eq!(refusal(&event(&time(4, 0, 5, 0, 0), &[0; 24])), "item 1: a time of an unknown kind");
}

#[test]
fn claimed_lengths_are_only_claims() {
    let four_gib = [ITEM_CHECKPOINT, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(refusal(&four_gib), "item 1: a frame that ends too early");
    let all = [&[ITEM_CHECKPOINT, 0, 0][..], &[0xff; 9], &[1]].concat();
    assert_eq!(refusal(&all), "item 1: a frame that ends too early");
    let mut decoder = Decoder::new(40 << 20);
    decoder.push(&[BATCH, 0xff, 0xff, 0x7f, 0x02]);
    assert_eq!(decoder.next().unwrap(), None);
    assert!(decoder.held() < 1 << 10, "{}", decoder.held());
}

#[test]
fn where_a_record_ends_is_told() {
    // An offset without raw bytes is the number of a row.
    let row = [&[ITEM_EVENT, 0, 100, 0, 0, 0][..], &[0; 24]].concat();
    assert_eq!(validate(&row).unwrap().reach, 0);
    let line = [&[ITEM_EVENT, 0, 100, 0, 0, 0, 2, b'a', b'b'][..], &[0; 23]].concat();
    assert_eq!(validate(&line).unwrap().reach, 102);
    assert_eq!(validate(&[ITEM_CHECKPOINT, 103, 0, 0]).unwrap().reach, 103);
}

#[test]
fn frames_that_are_none() {
    let refusal = |bytes: &[u8]| {
        let mut decoder = Decoder::new(0);
        decoder.push(bytes);
        decoder.next().unwrap_err().to_string()
    };
    assert_eq!(refusal(&[BATCH, 0xff, 0xff, 0xff, 0x7f]), "a frame of 2147483647 bytes; 131072 are allowed");
    assert_eq!(refusal(&[0x20, 0, 0, 0, 0]), "a frame of the unknown kind 32");
    assert_eq!(refusal(&[CRASH, 1, 0, 0, 0, 9]), "a frame that ends too early");
    assert_eq!(refusal(&[END, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "a frame that is longer than its content");
    let status = [END, 9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 0, 0, 0];
    assert_eq!(refusal(&status), "a status that cannot be");
    let version = [HELLO, 7, 0, 0, 0, 0, 0, 0x80, 0x80, 0x04, 0, 0];
    assert_eq!(refusal(&version), "a version that cannot be");
}
