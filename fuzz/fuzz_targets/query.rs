//! A question as users may type it: any text.
//!
//! `cargo +nightly fuzz run query`. Beyond not panicking: limits hold, an error is within the text, a valid query can
//! be evaluated, and highlighting returns the text in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workhours_core::event::StoredEvent;
use workhours_core::index::Highlights;
use workhours_core::query::{Expr, Field, Lookup, MAX_BYTES, MAX_CLAUSES, MAX_DEPTH, parse};
use workhours_core::search::Filter;
use workhours_core::zones::Zones;

/// A moment, so that words such as `yesterday` mean the same at every run.
const NOW_US: i64 = 1_773_500_000_000_000;

fuzz_target!(|text: &str| {
    if let Ok(filter) = text.parse::<Filter>() {
        assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter);
    }
    let zones = Zones::plain(chrono_tz::Europe::Berlin);
    let expr = match parse(text, NOW_US, &zones) {
        Ok(expr) => expr,
        Err(e) => {
            let at = e.position().unwrap();
            assert!((1..=text.chars().count() + 1).contains(&at), "{at}");
            return;
        }
    };
    assert!(text.len() <= MAX_BYTES);
    let (depth, clauses) = measured(&expr);
    // A parenthesis may be a level of each of the three kinds there are.
    assert!(depth <= 3 * (MAX_DEPTH + 2) && clauses <= MAX_CLAUSES, "{depth}, {clauses}");
    let event =
        StoredEvent { title: Some(text.into()), text: Some("git push".into()), ..StoredEvent::default() };
    expr.matches(&event, &Lookup::default().context_of("/a", ""));
    let _ = (expr.time_bounds(), expr.exactly(&Field::Source));
    let pieces: String =
        Highlights::of(&expr).segments(&Field::Title, text).iter().map(|(piece, _)| *piece).collect();
    assert_eq!(pieces, text);
});

/// How deep a tree is, and how many terms it has.
fn measured(expr: &Expr) -> (usize, usize) {
    let all = |parts: &[Expr]| {
        let all: Vec<_> = parts.iter().map(measured).collect();
        let deepest = all.iter().map(|(depth, _)| *depth).max().unwrap_or(0);
        (deepest + 1, all.iter().map(|(_, clauses)| clauses).sum())
    };
    match expr {
        Expr::And(parts) | Expr::Or(parts) => all(parts),
        Expr::Not(part) => all(std::slice::from_ref(part)),
        Expr::Term { .. } => (1, 1),
    }
}
