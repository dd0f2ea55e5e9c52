//! Checks of a database: version, numbering, references, counts. Changes nothing.

use super::backend::migrate;
use super::model::REFERENCES;
use super::schema::{batches, counters, events, files, inputs, tasks};
use super::{Store, copy, counter};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;
use workhours_base::error::Result;
use workhours_event::EventId;

/// Events read per query.
const PAGE: i64 = 8192;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Harmless, but worth knowing.
    Note,
    /// A promise is broken.
    Bad,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The check.
    pub name: String,
    /// Its result.
    pub verdict: Verdict,
    /// How many rows it is about.
    pub rows: i64,
    /// The meaning of the result.
    pub detail: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Checks everything. It reads every event, which takes about as long as a report on all of them.
///
/// # Errors
/// Database errors.
pub fn check(store: &mut Store) -> Result<Vec<Check>> {
    let mut checks = vec![check_version(store)?, check_copy(store)?];
    checks.extend(check_numbers(store)?);
    for r in REFERENCES.iter().filter(|r| r.strict) {
        let sql = format!(
            "SELECT count(*) AS n FROM {table} c LEFT JOIN {to} p ON p.{key} = c.{column} \
             WHERE c.{column} IS NOT NULL AND p.{key} IS NULL",
            table = r.table,
            to = r.to,
            key = r.key,
            column = r.column
        );
        let n = count(store, &sql)?;
        let (name, bad) = (format!("{}.{}", r.table, r.column), format!("rows without their {}", r.to));
        checks.push(judged(name, n, Verdict::Bad, bad, "all there"));
    }
    for (table, used) in [
        ("places", "SELECT place_id AS id FROM events UNION SELECT referrer_id FROM events"),
        ("agents", "SELECT DISTINCT agent_id AS id FROM events"),
        ("tags", "SELECT DISTINCT tag_id AS id FROM event_tags"),
    ] {
        // Leftovers of an undone task. They only cost space.
        let n = count(
            store,
            &format!(
                "SELECT count(*) AS n FROM {table} d LEFT JOIN ({used}) u ON u.id = d.id WHERE u.id IS NULL"
            ),
        )?;
        let unused = "rows that nothing refers to".to_owned();
        checks.push(judged(table.into(), n, Verdict::Note, unused, "all in use"));
    }
    checks.extend(check_events(store)?);
    Ok(checks)
}

fn count(store: &mut Store, sql: &str) -> Result<i64> {
    store.read("check the database", |conn| {
        diesel::sql_query(sql).get_result::<Count>(conn).map(|count| count.n)
    })
}

fn check_version(store: &mut Store) -> Result<Check> {
    let known = migrate::known();
    let applied = store.read("read the database's version", migrate::applied)?;
    let same = applied.iter().eq(known.iter().map(|(version, _)| version));
    Ok(Check {
        name: "version".into(),
        verdict: if same { Verdict::Ok } else { Verdict::Bad },
        rows: applied.len() as i64,
        detail: applied.last().cloned().unwrap_or_default(),
    })
}

fn check_copy(store: &mut Store) -> Result<Check> {
    let unfinished = store.read("read what the database is", copy::is_unfinished)?;
    let detail = "a copy that was never finished: run workhours db copy again";
    Ok(judged("copy".into(), i64::from(unfinished), Verdict::Bad, detail.into(), "whole"))
}

/// Dense numbers, and none used twice.
fn check_numbers(store: &mut Store) -> Result<Vec<Check>> {
    store.read("check the numbers", |conn| {
        let seq = counter(conn, "seq")?;
        let (n, last): (i64, Option<i64>) =
            batches::table.select((count_star(), max(batches::seq))).first(conn)?;
        let holes = (seq - n).abs().max((seq - last.unwrap_or(0)).abs());
        let detail = format!("{n} batches up to {}, counted to {seq}", last.unwrap_or(0));
        let mut checks =
            vec![judged("batches.seq".into(), holes, Verdict::Bad, detail, "dense, in order of commit")];
        let behind: [(&str, Option<i64>); 4] = [
            ("batch", batches::table.select(max(batches::id)).first(conn)?),
            ("task", tasks::table.select(max(tasks::id)).first(conn)?),
            ("input", inputs::table.select(max(inputs::id)).first(conn)?),
            ("file", files::table.select(max(files::id)).first(conn)?),
        ];
        for (name, last) in behind {
            let value: i64 = counters::table.find(name).select(counters::value).first(conn)?;
            let ahead = (last.unwrap_or(0) - value).max(0);
            let name = format!("counters.{name}");
            checks.push(judged(name, ahead, Verdict::Bad, "numbers beyond the counter".into(), "counted"));
        }
        Ok(checks)
    })
}

/// Whether each event's id begins with its time, and each task inserted as many as are there.
fn check_events(store: &mut Store) -> Result<Vec<Check>> {
    let (mut misplaced, mut after) = (0, Vec::new());
    let mut by_task: BTreeMap<i64, i64> = BTreeMap::new();
    loop {
        let page: Vec<(Vec<u8>, Option<i64>, i64)> = store.read("check the events", |conn| {
            events::table
                .filter(events::id.gt(&after))
                .order(events::id)
                .limit(PAGE)
                .select((events::id, events::date, events::task_id))
                .load(conn)
        })?;
        for (id, date, task) in &page {
            let begins = date.map_or_else(EventId::first_undated, EventId::first_at);
            misplaced += i64::from(id.len() != 16 || id.get(..8) != Some(&begins.0[..8]));
            *by_task.entry(*task).or_default() += 1;
        }
        match page.last() {
            Some((id, ..)) => after.clone_from(id),
            None => break,
        }
    }
    let stored: Vec<(i64, String, i64)> = store.read("check the tasks", |conn| {
        tasks::table.select((tasks::id, tasks::state, tasks::inserted + tasks::updated)).load(conn)
    })?;
    // A killed task has no counts, so its inserts are counted nowhere.
    let (ended, killed): (Vec<_>, Vec<_>) = stored.into_iter().partition(|(_, state, _)| state != "running");
    let more = |(id, _, n): &&(i64, String, i64)| by_task.get(id).is_some_and(|there| there > n);
    let too_many = ended.iter().filter(more).count() as i64;
    Ok(vec![
        judged(
            "events.id".into(),
            misplaced,
            Verdict::Bad,
            "ids that do not begin with their time".into(),
            "in order of time",
        ),
        judged(
            "tasks.inserted".into(),
            too_many,
            Verdict::Bad,
            "tasks with more events than they counted".into(),
            "counted",
        ),
        judged(
            "tasks.state".into(),
            killed.len() as i64,
            Verdict::Note,
            "tasks running now, or cut off".into(),
            "all ended",
        ),
    ])
}

/// Passes when there are no rows.
fn judged(name: String, rows: i64, verdict: Verdict, bad: String, good: &str) -> Check {
    if rows == 0 {
        return Check { name, verdict: Verdict::Ok, rows, detail: good.to_owned() };
    }
    Check { name, verdict, rows, detail: bad }
}
