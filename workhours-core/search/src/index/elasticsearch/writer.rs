//! Keeping an index on a server up to date: the right to write, whether the index belongs to this database, and new
//! indexes that take the place of old ones. Not how documents get there: that is [`Writing`].

use super::client::{Client, READ_PATIENCE, WRITE_PATIENCE};
use super::document;
use super::lease::Lease;
use super::state::Names;
use super::writing::Writing;
use crate::index::rounds::{self, Target};
use crate::index::{IndexWriter, Priority, Watch};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_config::IndexSettings;
use workhours_store::Store;

/// Writes the index of a database on a server.
pub(super) struct ServerWriter {
    client: Arc<Client>,
    settings: IndexSettings,
    names: Names,
    state: Held,
    priority: Priority,
}

/// What the writer holds.
enum Held {
    /// The right to write.
    Lease(Lease),
    /// And an index that is open.
    Open(Box<Writing>),
    /// Nothing, after a failure.
    Nothing,
}

impl ServerWriter {
    /// `None` while another program writes.
    pub(super) fn new(client: Arc<Client>, settings: IndexSettings, names: Names) -> Result<Option<Self>> {
        // A server that is away is found out at once; one that goes away later may come back.
        names.create_state(&client, settings.replicas, READ_PATIENCE)?;
        let Some(lease) = Lease::take(&client, &names)? else { return Ok(None) };
        let (state, priority) = (Held::Lease(lease), Priority::Live);
        Ok(Some(Self { client, settings, names, state, priority }))
    }

    fn lease(&mut self) -> Result<Lease> {
        match std::mem::replace(&mut self.state, Held::Nothing) {
            Held::Lease(lease) => Ok(lease),
            Held::Open(writing) => Ok(writing.into_lease()),
            Held::Nothing => Lease::take(&self.client, &self.names)?
                .ok_or_else(|| Error::failed("another program writes the index now")),
        }
    }

    fn writing(&mut self, store: &mut Store) -> Result<Writing> {
        let writing = match std::mem::replace(&mut self.state, Held::Nothing) {
            Held::Open(writing) => *writing,
            held => {
                self.state = held;
                let lease = self.lease()?;
                match self.names.current(&self.client, WRITE_PATIENCE)? {
                    Some(index) => Writing::open(self.client.clone(), self.names.clone(), index, lease)?,
                    None => return self.publish_new(lease, store),
                }
            }
        };
        match rounds::fits(store, writing.checkpoint())? {
            true => Ok(writing),
            // A backup was restored: it is another history.
            false => self.publish_new(writing.into_lease(), store),
        }
    }

    /// A new one instead of any other, marked as being built.
    fn publish_new(&self, lease: Lease, store: &mut Store) -> Result<Writing> {
        let mut writing = self.create(lease)?;
        rounds::begin(&mut writing, store)?;
        self.publish(writing.index())?;
        Ok(writing)
    }

    fn create(&self, lease: Lease) -> Result<Writing> {
        let index = self.names.fresh();
        let body = document::index(self.settings.shards, self.settings.replicas);
        let path = format!("/{index}?wait_for_active_shards=1");
        self.client.call("PUT", &path, &body, WRITE_PATIENCE)?.ok("create an index")?;
        Writing::open(self.client.clone(), self.names.clone(), index, lease)
    }

    /// From now on this is the index in use; the others are deleted.
    fn publish(&self, index: &str) -> Result<()> {
        let alias = self.names.alias();
        let mut actions =
            vec![json!({ "remove": { "index": format!("{alias}-*"), "alias": alias, "must_exist": false } })];
        actions.push(json!({ "add": { "index": index, "alias": alias } }));
        let body = json!({ "actions": actions });
        self.client.call("POST", "/_aliases", &body, WRITE_PATIENCE)?.ok("name the index in use")?;
        self.tidy(Some(index))
    }

    /// Deletes all indexes but this one.
    fn tidy(&self, used: Option<&str>) -> Result<()> {
        for index in self.names.all(&self.client, WRITE_PATIENCE)? {
            if Some(index.as_str()) != used {
                let gone = self.client.call("DELETE", &format!("/{index}"), &Value::Null, WRITE_PATIENCE)?;
                if gone.status != 404 {
                    gone.ok("delete an old index")?;
                }
                let path = format!("/{}/_doc/{index}", self.names.state());
                self.client.call("DELETE", &path, &Value::Null, WRITE_PATIENCE)?;
            }
        }
        Ok(())
    }

    /// Removes what was purged. Builds no index if there is none.
    pub(super) fn purge(mut self, store: &mut Store) -> Result<()> {
        let used = self.names.current(&self.client, WRITE_PATIENCE)?;
        self.tidy(used.as_deref())?;
        if used.is_some() {
            self.catch_up(store, &mut |_| ControlFlow::Continue(()))?;
        }
        Box::new(self).finish()
    }
}

impl IndexWriter for ServerWriter {
    fn set_priority(&mut self, priority: Priority) {
        self.priority = priority;
    }

    fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut writing = self.writing(store)?;
        let added = rounds::catch_up(&mut writing, store, self.priority, watch)?;
        self.state = Held::Open(Box::new(writing));
        Ok(added)
    }

    fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let lease = self.lease()?;
        let mut writing = self.create(lease)?;
        let mut stopped = false;
        let added = rounds::catch_up(&mut writing, store, Priority::Bulk, &mut |progress| {
            let flow = watch(progress);
            stopped = flow.is_break();
            flow
        })?;
        if stopped {
            let used = self.names.current(&self.client, WRITE_PATIENCE)?;
            self.tidy(used.as_deref())?;
            return Err(
                Error::failed("the index was not rebuilt: interrupted").hint("the old index stays in use")
            );
        }
        self.publish(writing.index())?;
        self.state = Held::Open(Box::new(writing));
        Ok(added)
    }

    fn take_damage(&mut self) -> Option<Error> {
        // The server looks after its files.
        None
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
