//! The index for those who outgrow one machine: Elasticsearch or OpenSearch. A cache of the database like the embedded
//! one, and it answers the same.
//!
//! | name | what |
//! |---|---|
//! | `NAME-DATABASE` | an alias of the index in use |
//! | `NAME-DATABASE-NUMBER` | an index; a new one is built while the old one is in use, and then replaces it |
//! | `NAME-DATABASE-state` | how far each index is, and who writes |
//!
//! A document's version is the state of the database it is of, so that a writer that comes late changes nothing.

mod client;
mod compile;
mod counts;
mod document;
mod lease;
mod sorted;
mod state;
mod writer;
mod writing;

use super::order::other_order;
use super::{
    CountAsk, Counts, Facet, Hit, HitPage, Index, IndexAccess, IndexWriter, Order, PageAsk, Question,
    SearchIndex, State, Status, Total, dividing_field, facet_field, is_indexed, out_of_time, too_many_bars,
};
use crate::index::checkpoint::Checkpoint;
use client::{Client, READ_PATIENCE};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use state::Names;
use std::sync::Arc;
use std::time::{Duration, Instant};
use workhours_base::budget::Budget;
use workhours_base::error::{Error, Result};
use workhours_config::IndexSettings;
use workhours_event::EventId;
use workhours_query::Field;
use workhours_store::{Seq, Store};
use writer::ServerWriter;

/// Between two looks at what another program does.
const PAUSE: Duration = Duration::from_millis(200);

/// The index of a database on a search server.
pub(super) struct Elasticsearch {
    client: Arc<Client>,
    settings: IndexSettings,
    names: Names,
    read_only: bool,
}

/// How much longer than the server a question may take.
const GRACE: Duration = Duration::from_secs(2);

/// An index in use.
struct Current {
    /// Its name.
    name: String,
    checkpoint: Checkpoint,
}

impl Elasticsearch {
    /// That of this database.
    ///
    /// # Errors
    /// When the certificates can't be read.
    pub(super) fn new(settings: IndexSettings, database: &str, access: IndexAccess) -> Result<Self> {
        let names = Names::new(&settings.name, database);
        let read_only = access == IndexAccess::Read;
        Ok(Self { client: Arc::new(Client::new(&settings)?), settings, names, read_only })
    }

    fn current(&self) -> Result<Option<Current>> {
        let Some(name) = self.names.current(&self.client, READ_PATIENCE)? else { return Ok(None) };
        let checkpoint = self.names.checkpoint(&self.client, &name, READ_PATIENCE)?;
        Ok(Some(Current { name, checkpoint }))
    }

    fn server_writer(&self) -> Result<Option<ServerWriter>> {
        ServerWriter::new(self.client.clone(), self.settings.clone(), self.names.clone())
    }

    fn ready(&self) -> Result<Current> {
        self.current()?
            .ok_or_else(|| Error::failed("there is no index").hint("build one with workhours index rebuild"))
    }

    /// The current index and the query, and up to which batch it answers.
    fn ask(&self, question: &Question) -> Result<(Current, Value, Seq)> {
        let current = self.ready()?;
        let known = current.checkpoint.done.seq;
        let (as_of, until) = match question.as_of {
            Some(as_of) if as_of < known => (as_of, Some(as_of)),
            // A round that is being written is visible in part.
            _ => (known, Some(known)),
        };
        Ok((current, compile::question(&question.expr, until)?, as_of))
    }

    /// Asks a question. The server is to give up when the time is over, and says so.
    fn search(&self, current: &Current, body: &Value, budget: &Budget) -> Result<Value> {
        let (path, left) = (format!("/{}/_search", current.name), budget.left());
        let mut body = body.clone();
        if let Some(left) = left {
            body["timeout"] = format!("{}ms", left.as_millis().max(1)).into();
        }
        // A moment longer than the server has: its answer is worth more than none.
        self.client.ask(&path, &body, left.map(|left| left + GRACE))?.ok("search")
    }

    /// All values of a field with their counts, page by page; and whether all were read.
    fn all_values(
        &self,
        current: &Current,
        query: &Value,
        field: &Field,
        budget: &Budget,
    ) -> Result<(counts::Values, bool)> {
        let (mut sums, mut after) = (FxHashMap::<String, u64>::default(), None);
        loop {
            let aggs = counts::page_of_values(field, after.as_ref());
            let answer = self.search(current, &json!({ "size": 0, "query": query, "aggs": aggs }), budget)?;
            let page = &answer["aggregations"]["all"];
            for bucket in page["buckets"].as_array().map_or(&[][..], Vec::as_slice) {
                let name = bucket["key"]["value"].as_str().and_then(|term| counts::named(field, term));
                if let (Some(name), Some(n)) = (name, bucket["doc_count"].as_u64()) {
                    *sums.entry(name).or_default() += n;
                }
            }
            after = page.get("after_key").cloned();
            let complete = after.is_none();
            if complete || budget.is_spent() {
                return Ok((sums.into_iter().map(|(name, n)| (Some(name), n)).collect(), complete));
            }
        }
    }
}

impl SearchIndex for Elasticsearch {
    fn status(&self) -> Result<Status> {
        let Some(current) = self.current()? else { return Ok(Status::Absent) };
        let path = format!("/{}/_stats/docs,store", current.name);
        let stats = self.client.call("GET", &path, &Value::Null, READ_PATIENCE)?.ok("count")?;
        let primaries = &stats["_all"]["primaries"];
        let events = primaries["docs"]["count"].as_u64().unwrap_or(0);
        let checkpoint = current.checkpoint;
        if checkpoint.done.seq == Seq::default() && checkpoint.round.is_some() {
            return Ok(Status::Growing(events));
        }
        let bytes = primaries["store"]["size_in_bytes"].as_u64().unwrap_or(0);
        Ok(Status::Ready(State { as_of: checkpoint.done.seq, events, bytes }))
    }

    fn known(&self) -> Result<Option<Seq>> {
        let current = self.current()?.map(|current| current.checkpoint);
        let ready =
            |checkpoint: &Checkpoint| checkpoint.done.seq > Seq::default() || checkpoint.round.is_none();
        Ok(current.filter(ready).map(|checkpoint| checkpoint.done.seq))
    }

    fn purges(&self) -> Result<Option<i64>> {
        Ok(self.current()?.map(|current| current.checkpoint.done.purges))
    }

    fn is_current(&self, store: &mut Store) -> Result<bool> {
        let Some(Current { checkpoint, .. }) = self.current()? else { return Ok(false) };
        let (done, now) = (checkpoint.done, store.journal().moment()?);
        Ok(checkpoint.round.is_none()
            && (done.seq, done.committed_us) == (now.seq, now.committed_us)
            && done.purges >= now.purges)
    }

    fn verify(&self) -> Result<Option<usize>> {
        let Some(current) = self.current()? else { return Ok(None) };
        let path = format!("/_cluster/health/{}", current.name);
        let health = self.client.call("GET", &path, &Value::Null, READ_PATIENCE)?.ok("say how it is")?;
        if health["status"] == "red" {
            return Err(Error::failed(format!("the index {} has parts that are missing", current.name))
                .hint(
                    "bring the nodes that have them back, or build it again with workhours index rebuild",
                ));
        }
        Ok(health["active_primary_shards"].as_u64().map(|shards| shards as usize))
    }

    fn place(&self) -> String {
        format!("{} at {}", self.names.alias(), self.client.place())
    }

    fn writer(&self) -> Result<Option<Box<dyn IndexWriter>>> {
        if self.read_only {
            return Err(Error::failed("the index is only read"));
        }
        Ok(self.server_writer()?.map(|writer| Box::new(writer) as Box<dyn IndexWriter>))
    }

    fn purge(&self, store: &mut Store, wait: Duration) -> Result<bool> {
        let since = Instant::now();
        while self.names.current(&self.client, READ_PATIENCE)?.is_some() {
            if let Some(writer) = self.server_writer()? {
                writer.purge(store)?;
                return self.is_purged(store);
            }
            if self.is_purged(store)? {
                return Ok(true);
            }
            if since.elapsed() >= wait {
                return Ok(false);
            }
            std::thread::park_timeout(PAUSE);
        }
        Ok(true)
    }

    fn is_purged(&self, store: &mut Store) -> Result<bool> {
        let others = self.names.all(&self.client, READ_PATIENCE)?.len();
        let Some(current) = self.current()? else { return Ok(others == 0) };
        Ok(others == 1 && current.checkpoint.done.purges >= store.journal().moment()?.purges)
    }
}

impl Index for Elasticsearch {
    fn page(&self, question: &Question, ask: &PageAsk, budget: &Budget) -> Result<HitPage> {
        if ask.order == Order::Relevance && ask.after.as_ref().is_some_and(|after| after.score().is_none()) {
            return Err(other_order());
        }
        let (current, query, as_of) = self.ask(question)?;
        let (sort, after) = sorted::order(ask)?;
        let mut body = json!({
            "query": query,
            "size": ask.size + 1,
            "sort": sort,
            "track_total_hits": true,
            "track_scores": ask.order == Order::Relevance,
            "_source": false,
            "docvalue_fields": ["id"],
        });
        if let Some(after) = after {
            body["search_after"] = after;
        }
        let answer = self.search(&current, &body, budget)?;
        let found = answer["hits"]["hits"].as_array().map_or(&[][..], Vec::as_slice);
        let mut hits = Vec::with_capacity(found.len());
        for hit in found {
            let id = hit["_id"].as_str().and_then(EventId::from_hex);
            let id =
                id.ok_or_else(|| Error::failed(format!("{} is not one of our indexes", current.name)))?;
            hits.push(Hit { id, rank: sorted::rank(&ask.order, hit) });
        }
        let more = hits.len() > ask.size;
        hits.truncate(ask.size);
        let last = hits.last().filter(|_| more);
        let next = last.map(Hit::position);
        let value = answer["hits"]["total"]["value"].as_u64().unwrap_or(0);
        let complete = answer["timed_out"] == false;
        if let Order::By(by) = &ask.order
            && !complete
        {
            return Err(out_of_time(by));
        }
        Ok(HitPage { hits, next, total: Total { value, exact: complete }, as_of, complete })
    }

    fn sorts_by(&self, field: &Field) -> bool {
        sorted::sorts_by(field)
    }

    fn total(&self, question: &Question) -> Result<Option<(u64, Seq)>> {
        let (current, query, as_of) = self.ask(question)?;
        let path = format!("/{}/_count", current.name);
        let answer =
            self.client.call("POST", &path, &json!({ "query": query }), READ_PATIENCE)?.ok("count")?;
        Ok(answer["count"].as_u64().map(|n| (n, as_of)))
    }

    fn counts(&self, question: &Question, ask: &CountAsk, budget: &Budget) -> Result<Counts> {
        for (field, _) in &ask.facets {
            known_facet(field)?;
        }
        if let Some(field) = &ask.split {
            dividing_field(field)?;
            known(field)?;
        }
        let (current, query, as_of) = self.ask(question)?;
        let body = json!({ "size": 0, "query": query, "track_total_hits": true, "aggs": counts::body(ask) });
        let answer = self.search(&current, &body, budget)?;
        let found = &answer["aggregations"];
        let total = answer["hits"]["total"]["value"].as_u64().unwrap_or(0);
        let mut complete = answer["timed_out"] == false;
        let mut facets: Vec<Facet> = Vec::with_capacity(ask.facets.len());
        for (at, (field, most)) in ask.facets.iter().enumerate() {
            let with = found[format!("with{at}")]["doc_count"].as_u64().unwrap_or(0);
            let values = match counts::counted(field, *most, &found[format!("facet{at}")]) {
                Some(values) => values,
                None => {
                    let (values, all) = self.all_values(&current, &query, field, budget)?;
                    complete &= all;
                    (values, 0)
                }
            };
            facets.push(counts::facet(field, *most, values, total - with));
        }
        let (series, bars) = match &ask.edges {
            Some(edges) => {
                let bars = counts::bars(&found["bars"], edges.len());
                bars.ok_or_else(|| too_many_bars(ask.split.as_ref().unwrap_or(&Field::Source)))?
            }
            None => (Vec::new(), Vec::new()),
        };
        Ok(Counts { total, bars, series, facets, as_of, complete })
    }

    fn span(&self, question: &Question, budget: &Budget) -> Result<Option<(i64, i64)>> {
        let (current, query, _) = self.ask(question)?;
        let dated = json!({ "bool": { "must": [query], "filter": [{ "exists": { "field": "time" } }] } });
        let end = |order: &str| -> Result<Option<i64>> {
            let body = json!({ "query": dated, "size": 1, "sort": [{ "time": order }], "_source": false });
            Ok(self.search(&current, &body, budget)?["hits"]["hits"][0]["sort"][0].as_i64())
        };
        Ok(end("asc")?.zip(end("desc")?))
    }

    fn values(&self, field: &Field, start: &str, most: usize) -> Result<Vec<(String, u64)>> {
        known_facet(field)?;
        let current = self.ready()?;
        let body = json!({ "size": 0, "aggs": { "values": counts::values(field, start, most) } });
        let answer = self.search(&current, &body, &Budget::unlimited())?;
        let buckets = answer["aggregations"]["values"]["buckets"].as_array().cloned().unwrap_or_default();
        let value = |bucket: &Value| {
            let name = counts::named(field, bucket["key"].as_str()?)?;
            Some((name, bucket["doc_count"].as_u64()?))
        };
        let mut values: Vec<(String, u64)> = buckets.iter().filter_map(value).collect();
        values.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        values.truncate(most);
        Ok(values)
    }
}

/// Rejects a facet with too many values, or of a field that an index doesn't have.
fn known_facet(field: &Field) -> Result<()> {
    facet_field(field)?;
    known(field)
}

/// Rejects a field that an index doesn't have.
fn known(field: &Field) -> Result<()> {
    match is_indexed(field) {
        true => Ok(()),
        false => {
            let name = field.name();
            Err(Error::usage(format!("the index does not know the {name} of events; ask the database")))
        }
    }
}
