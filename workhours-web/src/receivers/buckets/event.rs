//! An event of a bucket: a time, a duration and data. Heartbeats with the same data make it longer.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

/// The longest duration, in seconds: a hundred years.
const LONGEST_S: f64 = 3_155_760_000.0;

/// An event, or a heartbeat.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activity {
    pub(crate) start_us: i64,
    pub(crate) duration_us: i64,
    pub(crate) data: Map<String, Value>,
}

impl Activity {
    /// As clients send it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(value: &Value) -> Result<Self, String> {
        let Value::Object(object) = value else { return Err("an event is a JSON object".to_owned()) };
        let text = object.get("timestamp").and_then(Value::as_str).unwrap_or_default();
        let start_us = micros(text)
            .ok_or_else(|| format!("the timestamp {text:?} isn't a time with its offset from UTC"))?;
        let duration = match object.get("duration") {
            None | Some(Value::Null) => 0.0,
            Some(value) => value.as_f64().ok_or("the duration isn't a number of seconds")?,
        };
        if !(0.0..=LONGEST_S).contains(&duration) {
            return Err(format!("a duration of {duration} seconds isn't possible"));
        }
        let Some(Value::Object(data)) = object.get("data") else {
            return Err("the data isn't a JSON object".to_owned());
        };
        Ok(Self { start_us, duration_us: (duration * 1e6).round() as i64, data: data.clone() })
    }

    pub(crate) fn end_us(&self) -> i64 {
        self.start_us.saturating_add(self.duration_us)
    }

    /// With a heartbeat in it, if it belongs there: the same data, and at most `pulse_us` after its end.
    pub(crate) fn with(&self, beat: &Self, pulse_us: i64) -> Option<Self> {
        let reach = self.start_us..=self.end_us().saturating_add(pulse_us);
        let joins = self.data == beat.data && reach.contains(&beat.start_us);
        joins.then(|| Self {
            duration_us: self.duration_us.max(beat.end_us().saturating_sub(self.start_us)),
            ..self.clone()
        })
    }

    /// As clients want it.
    pub(crate) fn to_json(&self, bucket: &str) -> Value {
        json!({
            "id": self.id(bucket),
            "timestamp": iso(self.start_us),
            "duration": self.duration_us as f64 / 1e6,
            "data": self.data,
        })
    }

    /// A number for it that programs in JavaScript can hold.
    fn id(&self, bucket: &str) -> u64 {
        let key = json!([bucket, self.start_us, self.data]).to_string();
        let hash = blake3::hash(key.as_bytes());
        let bytes: [u8; 8] = std::array::from_fn(|n| hash.as_bytes()[n]);
        u64::from_be_bytes(bytes) >> 11
    }
}

/// As ActivityWatch writes times.
pub(crate) fn iso(us: i64) -> String {
    DateTime::from_timestamp_micros(us).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// A time with its offset, which may lack its colon.
pub(crate) fn micros(text: &str) -> Option<i64> {
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    Some(time.ok()?.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(start_s: i64, seconds: f64, app: &str) -> Activity {
        let data = Map::from_iter([("app".to_owned(), json!(app))]);
        Activity { start_us: start_s * 1_000_000, duration_us: (seconds * 1e6) as i64, data }
    }

    #[test]
    fn heartbeats_join_within_the_pulse_time() {
        let open = event(0, 5.0, "Code");
        let joined = |beat: &Activity| open.with(beat, 10_000_000);
        assert_eq!(joined(&event(15, 0.0, "Code")), Some(event(0, 15.0, "Code")), "at its end");
        let late = Activity { start_us: 15_000_001, ..event(0, 0.0, "Code") };
        assert_eq!(joined(&late), None, "a microsecond later");
        assert_eq!(joined(&event(3, 0.0, "Code")), Some(open.clone()), "inside");
        assert_eq!(joined(&event(3, 9.0, "Code")), Some(event(0, 12.0, "Code")));
        assert_eq!(joined(&event(6, 0.0, "Mail")), None);
        assert_eq!(joined(&event(-1, 3.0, "Code")), None, "before it");
    }

    #[test]
    fn times_as_clients_write_them() {
        for text in ["2026-03-08T20:00:00Z", "2026-03-08T21:00:00+01:00", "2026-03-08T21:00:00.000000+0100"] {
            assert_eq!(micros(text), Some(1_773_000_000_000_000), "{text}");
        }
        assert_eq!(iso(1_773_000_000_250_000), "2026-03-08T20:00:00.250000+00:00");
        for wrong in ["", "2026-03-08", "2026-03-08T20:00:00", "now"] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |value: Value| Activity::of(&value).unwrap_err();
        assert!(wrong(json!([])).contains("object"));
        assert!(wrong(json!({"timestamp": "x", "data": {}})).contains("timestamp"));
        let at = "2026-03-08T20:00:00Z";
        assert!(wrong(json!({"timestamp": at, "duration": -1, "data": {}})).contains("possible"));
        assert!(wrong(json!({"timestamp": at, "duration": "1", "data": {}})).contains("number"));
        assert!(wrong(json!({"timestamp": at, "duration": 1})).contains("data"));
    }
}
