//! The names of indexes on the server, which one is in use, and how far each is.

use super::client::Client;
use super::document::VERSION;
use crate::index::checkpoint::Checkpoint;
use serde_json::{Value, json};
use std::time::Duration;
use workhours_base::error::Result;
use workhours_store::now_us;

/// The names of a database's indexes.
#[derive(Clone, Debug)]
pub(super) struct Names {
    alias: String,
}

impl Names {
    /// Those that begin with this name, for this database.
    pub(super) fn new(name: &str, database: &str) -> Self {
        Self { alias: format!("{name}-{database}").to_lowercase() }
    }

    /// The alias of the index in use.
    pub(super) fn alias(&self) -> &str {
        &self.alias
    }

    /// The index of the state.
    pub(super) fn state(&self) -> String {
        format!("{}-state", self.alias)
    }

    /// A name that no index has.
    pub(super) fn fresh(&self) -> String {
        format!("{}-{}", self.alias, now_us())
    }

    /// The index in use; `None` if there is none, or only one of another version of the program.
    pub(super) fn current(&self, client: &Client, patience: Duration) -> Result<Option<String>> {
        let answer = client.call("GET", &format!("/{}/_mapping", self.alias), &Value::Null, patience)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = answer.ok("look for the index")?;
        let indexes = body.as_object().into_iter().flatten();
        let ours =
            |mapping: &Value| mapping["mappings"]["_meta"]["workhours"].as_u64() == Some(VERSION.into());
        Ok(indexes.filter(|(_, mapping)| ours(mapping)).map(|(name, _)| name.clone()).next())
    }

    /// All indexes of the database but that of the state.
    pub(super) fn all(&self, client: &Client, patience: Duration) -> Result<Vec<String>> {
        let path = format!("/{}-*/_settings/index.uuid?expand_wildcards=all", self.alias);
        let answer = client.call("GET", &path, &Value::Null, patience)?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let state = self.state();
        let body = answer.ok("list the indexes")?;
        let names = body.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        Ok(names.filter(|name| *name != state).collect())
    }

    /// How far an index is; the very beginning if nothing is recorded.
    pub(super) fn checkpoint(&self, client: &Client, index: &str, patience: Duration) -> Result<Checkpoint> {
        let path = format!("/{}/_doc/{index}", self.state());
        let answer = client.call("GET", &path, &Value::Null, patience)?;
        if answer.status == 404 {
            return Ok(Checkpoint::default());
        }
        let body = answer.ok("read the state of the index")?;
        Ok(Checkpoint::read(body["_source"]["checkpoint"].as_str()))
    }

    /// Records how far an index is.
    pub(super) fn record(
        &self,
        client: &Client,
        index: &str,
        checkpoint: &Checkpoint,
        patience: Duration,
    ) -> Result<()> {
        let path = format!("/{}/_doc/{index}", self.state());
        let body = json!({ "checkpoint": checkpoint.write() });
        client.call("PUT", &path, &body, patience)?.ok("record the state of the index").map(drop)
    }

    /// Makes the index of the state, if it isn't there.
    pub(super) fn create_state(&self, client: &Client, replicas: u32, patience: Duration) -> Result<()> {
        let body = json!({
            "settings": { "number_of_shards": 1, "number_of_replicas": replicas },
            "mappings": { "dynamic": "strict", "properties": {
                "checkpoint": { "type": "keyword", "index": false, "doc_values": false },
                "writer": { "type": "keyword" },
                "until_ms": { "type": "long" },
            } },
        });
        let answer = client.call("PUT", &format!("/{}", self.state()), &body, patience)?;
        match answer.body["error"]["type"] == "resource_already_exists_exception" {
            true => Ok(()),
            false => answer.ok("create the index of the state").map(drop),
        }
    }
}
