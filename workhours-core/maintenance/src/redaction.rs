//! `redact`: which stored secrets the current rules find, and hiding them.
//!
//! Rules hide secrets when a record is loaded, so earlier records stay as earlier rules left them. A survey counts what
//! the current rules find, without printing it. Applying them rewrites the texts; events keep their identities, and the
//! old texts are overwritten as in a purge. Copies in the filestore are the originals and stay as they are: `purge`
//! blanks those.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Row};
use workhours_event::StoredEvent;
use workhours_event::{Place, Redactor, Secret};
use workhours_filestore::Filestore;
use workhours_report::snapshots::{self, Snapshot};
use workhours_store::{EventFilter, EventTexts, Store};

/// The places where a rule finds secrets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The rule, as it is called in lists.
    pub rule: String,
    /// The secret's kind in marks.
    pub kind: String,
    /// The field: `text`, `meta.password`, `rejects.excerpt`.
    pub field: String,
}

/// How much of it there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Secrets.
    pub secrets: u64,
    /// The first event or reject that holds one, by its id.
    pub first: String,
}

/// The secrets that the current rules find in stored data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// By rule and field.
    pub spots: BTreeMap<Spot, Found>,
    /// Events that hold a secret.
    pub events: u64,
    /// Rejects that do.
    pub rejects: u64,
    /// Snapshots of reports that show one, by their names.
    pub snapshots: Vec<String>,
}

/// The counts of rewritten data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Events.
    pub events: u64,
    /// Rejects.
    pub rejects: u64,
    /// Snapshots of reports that were removed.
    pub snapshots: u64,
}

/// Looks through events, rejects and snapshots. Changes nothing.
///
/// # Errors
/// Errors of the database or a snapshot.
pub fn survey(store: &mut Store, fs: &Filestore, redactor: &Redactor) -> Result<Survey> {
    let mut survey = Survey::default();
    let mut events = store.events().reader(EventFilter::default());
    while let Some(e) = events.next_event()? {
        let mut any = false;
        in_event(&e, redactor, &mut |field, secrets| {
            any |= !secrets.is_empty();
            survey.add(field, &secrets, || e.id.to_hex());
        });
        survey.events += u64::from(any);
    }
    for reject in store.rejects().texts()? {
        let mut any = false;
        for (field, text) in [("rejects.reason", &reject.reason), ("rejects.excerpt", &reject.excerpt)] {
            let secrets = redactor.secrets(text);
            any |= !secrets.is_empty();
            survey.add(field, &secrets, || format!("{}:{}", reject.file_id, reject.file_offset));
        }
        survey.rejects += u64::from(any);
    }
    for snapshot in snapshots::all(fs)? {
        if shows_secrets(&snapshot, redactor)? {
            survey.snapshots.push(snapshot.name());
        }
    }
    Ok(survey)
}

impl Survey {
    fn add(&mut self, field: &str, secrets: &[Secret<'_>], id: impl Fn() -> String) {
        for secret in secrets {
            let spot =
                Spot { rule: secret.rule.to_owned(), kind: secret.kind.to_owned(), field: field.to_owned() };
            let found = self.spots.entry(spot).or_insert_with(|| Found { secrets: 0, first: id() });
            found.secrets += 1;
        }
    }
}

/// Returns each field of an event with the secrets in it.
fn in_event(e: &StoredEvent, redactor: &Redactor, give: &mut dyn FnMut(&str, Vec<Secret<'_>>)) {
    let fields = [
        ("url", &e.url),
        ("referrer", &e.referrer),
        ("agent", &e.agent),
        ("title", &e.title),
        ("text", &e.text),
        ("host", &e.host),
        ("peer", &e.peer),
    ];
    for (name, text) in fields {
        if let Some(text) = text {
            give(name, redactor.secrets(text));
        }
    }
    if let Some(user) = &e.user {
        give(Redactor::USER, redactor.secrets_in_field(Redactor::USER, user));
    }
    for (key, value) in attributes(e.meta.as_deref().unwrap_or_default()) {
        if let Some(text) = attribute_text(redactor, &key, &value) {
            give(&format!("meta.{key}"), redactor.secrets_in_field(&key, &text));
        }
    }
    for tag in &e.tags {
        give("tag", redactor.secrets(tag));
    }
}

/// The attributes of an event; nothing when there are none.
fn attributes(meta: &str) -> Map<String, Value> {
    serde_json::from_str(meta).unwrap_or_default()
}

/// The text to check of an attribute's value: a number only if its name may name a secret.
fn attribute_text(redactor: &Redactor, key: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() && redactor.is_secret_name(key) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a snapshot of a report shows a secret.
fn shows_secrets(snapshot: &Snapshot, redactor: &Redactor) -> Result<bool> {
    let mut table = snapshots::open(snapshot)?;
    while let Some(row) = table.rows.next_row()? {
        let (Row::Data(cells) | Row::Separator(cells)) = row;
        let hit = cells.iter().any(|cell| match cell {
            Cell::Text(text) | Cell::Json(text) => !redactor.secrets(text).is_empty(),
            Cell::List(texts) => texts.iter().any(|text| !redactor.secrets(text).is_empty()),
            _ => false,
        });
        if hit {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hides the secrets that the current rules find in stored data.
///
/// # Errors
/// Errors of the database or the filestore. Finished parts stay; the same call does the rest.
pub fn apply(store: &mut Store, fs: &Filestore, redactor: &Redactor) -> Result<Applied> {
    store.scrub().check_room()?;
    let clean = |text: &str| {
        let mut scratch = String::new();
        let clean = redactor.redact(text, &mut scratch);
        (clean != text).then(|| clean.to_owned())
    };
    let place = |place: Place| {
        let id = place.id;
        let clean = place.redacted(redactor);
        (clean.id != id).then_some(clean)
    };
    let renamed = store.redaction().rename(place, clean)?;
    let events = store.redaction().events(&renamed, |e| hide(e, redactor))?;
    let rejects = store.redaction().rejects(clean)?;
    store.redaction().drop_renamed(&renamed)?;
    let mut snapshots = 0;
    for snapshot in snapshots::all(fs)? {
        if shows_secrets(&snapshot, redactor)? {
            snapshots::delete(&snapshot)?;
            snapshots += 1;
        }
    }
    store.scrub().run()?;
    Ok(Applied { events, rejects, snapshots })
}

/// Hides the secrets in the texts of an event.
fn hide(e: &mut EventTexts, redactor: &Redactor) {
    let mut scratch = String::new();
    for text in [&mut e.url, &mut e.title, &mut e.text, &mut e.host, &mut e.peer].into_iter().flatten() {
        let clean = redactor.redact(text, &mut scratch);
        if clean != text {
            *text = clean.to_owned();
        }
    }
    if let Some(user) = &mut e.user {
        let clean = redactor.redact_field(Redactor::USER, user, &mut scratch);
        if clean != user {
            *user = clean.to_owned();
        }
    }
    let Some(meta) = &mut e.meta else { return };
    let mut all = attributes(meta);
    let mut changed = false;
    for (key, value) in &mut all {
        let Some(text) = attribute_text(redactor, key, value) else { continue };
        let clean = redactor.redact_field(key, &text, &mut scratch);
        if clean != text {
            *value = Value::String(clean.to_owned());
            changed = true;
        }
    }
    if changed {
        *meta = Value::Object(all).to_string();
    }
}
