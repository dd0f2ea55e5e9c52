//! The order of a page, as the server sorts, and the positions at which pages end.

use super::counts::column;
use crate::index::order::{from_sortable, sortable};
use crate::index::{After, Order, PageAsk, Rank};
use serde_json::{Value, json};
use workhours_base::error::Result;
use workhours_query::Field;

/// Whether the server has the values of a field as a whole. Those of a key of `meta` are among others in one field.
pub(super) fn sorts_by(field: &Field) -> bool {
    *field == Field::Duration || column(field).is_some()
}

/// The sort of a page, and the place it begins after. Undated events come last, and events without a value.
///
/// # Errors
/// A usage error for a position of another order.
pub(super) fn order(ask: &PageAsk) -> Result<(Value, Option<Value>)> {
    let (direction, missing) = match ask.order {
        Order::Oldest | Order::By(_) => ("asc", i64::MAX),
        Order::Newest | Order::Relevance => ("desc", i64::MIN),
    };
    let mut sort =
        vec![json!({ "time": { "order": direction, "missing": "_last" } }), json!({ "id": direction })];
    let time = |after: &After| vec![json!(after.id.date().unwrap_or(missing)), json!(after.id.to_hex())];
    let mut place = ask.after.as_ref().map(time);
    match &ask.order {
        Order::Newest | Order::Oldest => {}
        Order::Relevance => {
            sort.insert(0, json!({ "_score": "desc" }));
            let score = ask.after.as_ref().and_then(After::score);
            place.iter_mut().for_each(|place| place.insert(0, json!(score)));
        }
        Order::By(by) => {
            let direction = if by.descending() { "desc" } else { "asc" };
            let is_number = *by.field() == Field::Duration;
            let column = if is_number { Some("duration") } else { column(by.field()) };
            sort.insert(0, json!({ column.unwrap_or_default(): { "order": direction, "missing": "_last" } }));
            let value = by.after(ask)?.and_then(|after| after.value);
            // In place of a number that is missing the server sorts by the last there is.
            let last = if by.descending() { i64::MIN } else { i64::MAX };
            let value = match (value, is_number) {
                (Some(text), true) => json!(from_sortable(&text)),
                (None, true) => json!(last),
                (value, false) => json!(value),
            };
            place.iter_mut().for_each(|place| place.insert(0, value.clone()));
        }
    }
    Ok((Value::Array(sort), place.map(Value::Array)))
}

/// The rank of a hit.
pub(super) fn rank(order: &Order, hit: &Value) -> Rank {
    match order {
        Order::Newest | Order::Oldest => Rank::Time,
        Order::Relevance => Rank::Score(hit["_score"].as_f64().unwrap_or(0.0) as f32),
        Order::By(by) => {
            let value = &hit["sort"][0];
            let last = if by.descending() { i64::MIN } else { i64::MAX };
            match value.as_i64() {
                Some(us) => Rank::Value(Some(us).filter(|us| *us != last).map(sortable)),
                None => Rank::Value(value.as_str().map(str::to_owned)),
            }
        }
    }
}
