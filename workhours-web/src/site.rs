//! State shared by all requests: configuration, connections, templates, counters. Cheap to clone.

use crate::gate::{Hosts, KeptKeys, Keys, Sessions};
use crate::log::Sink;
use crate::metrics::Metrics;
use crate::receivers::Receivers;
use crate::setup::{Setup, SourceName, proper_name};
use crate::template::Templates;
use crate::work_queue::WorkQueue;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, watch};
use workhours_core::config::Config;
use workhours_core::error::{Error, Result};
use workhours_core::event::Redactor;
use workhours_core::filestore::Filestore;
use workhours_core::index::{self, IndexAccess, SearchIndex};
use workhours_core::ingest::LineFinder;
use workhours_core::report::ReportParams;
use workhours_core::report::settings::{ReportContext, Settings};
use workhours_core::store::{self, Pool, ReadOnly};
use workhours_core::store::{FindLines, Seq};

/// Maximum number of pages that receive new events: each holds a connection.
const LISTENERS: usize = 64;

/// The shared part of the site.
#[derive(Clone)]
pub(crate) struct Site(Arc<Shared>);

/// Its contents.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) sources: Vec<SourceName>,
    pub(crate) auth: bool,
    pub(crate) hosts: Hosts,
    pub(crate) sessions: Sessions,
    pub(crate) keys: KeptKeys,
    pub(crate) pool: Arc<Pool>,
    /// The database's own name, which no other has.
    pub(crate) database: String,
    /// The search index, be it there or not.
    pub(crate) index: Box<dyn SearchIndex>,
    /// Why nothing is written, neither to the database nor next to it.
    pub(crate) read_only: Option<ReadOnly>,
    /// Whether this program keeps it up to date.
    pub(crate) keeps_index: bool,
    pub(crate) filestore: Filestore,
    pub(crate) redactor: Redactor,
    pub(crate) work_queue: WorkQueue,
    /// Seats of clients that receive new events.
    pub(crate) listeners: Arc<Semaphore>,
    pub(crate) templates: Templates,
    /// What programs send.
    pub(crate) receivers: Receivers,
    pub(crate) metrics: Metrics,
    pub(crate) log: Sink,
    /// The latest state of the database that was seen.
    pub(crate) pulse: watch::Sender<Beat>,
    /// Turns true when the site is about to end.
    pub(crate) closing: watch::Sender<bool>,
    /// Identifies this program with this configuration.
    pub(crate) build: String,
    now_us: Option<i64>,
    started: String,
    requests: AtomicU64,
}

/// What was seen last of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beat {
    /// The highest committed batch.
    pub(crate) as_of: Seq,
    /// How far things were purged.
    pub(crate) purges: i64,
    /// When the database answered last, µs; 0 for never.
    pub(crate) seen_us: i64,
}

impl Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Site {
    /// The site, and the ticket that lets one visitor in.
    ///
    /// # Errors
    /// When the database, the filestore, the keys or a template cannot be opened.
    pub(crate) fn open(setup: Setup, at: SocketAddr) -> Result<(Self, String)> {
        let Setup { config, sources, auth, keeps_index, spool, received, now_us, log, .. } = setup;
        let pool = Arc::new(Pool::open_as(&config.database, config.database_connections, config.access())?);
        let read_only = pool.read_only().cloned();
        let store = pool.store()?;
        if !store.can_be_shared() {
            return Err(Error::usage("a database in memory is empty, and there is nothing to serve")
                .hint("name one with --db"));
        }
        let name = store.uuid().to_owned();
        drop(store);
        let (index, filestore, (keys, kept)) = match &read_only {
            None => {
                let filestore = Filestore::open(&config.filestore)?;
                (index::open(&config, &name, IndexAccess::Write)?, filestore, Keys::open(&config.filestore)?)
            }
            Some(_) => {
                let filestore = Filestore::for_reading(&config.filestore);
                (
                    index::open(&config, &name, IndexAccess::Read)?,
                    filestore,
                    Keys::for_reading(&config.filestore)?,
                )
            }
        };
        let (sessions, ticket) = Sessions::new(&keys, at.port(), config.server.behind_proxy)?;
        let templates = Templates::load(config.server.templates.as_deref())?;
        let build = format!("{} {}", templates.hash(), workhours_core::config::show(&config));
        let shared = Shared {
            build: blake3::hash(build.as_bytes()).to_hex().to_string(),
            sources,
            auth,
            hosts: Hosts::new(at, &config.server.allow_hosts),
            sessions,
            keys: kept,
            pool,
            database: name,
            index,
            keeps_index: keeps_index && read_only.is_none(),
            read_only,
            filestore,
            redactor: Redactor::new(&config.redaction)?,
            work_queue: WorkQueue::new(config.database_connections),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            templates,
            receivers: Receivers::new(spool, received),
            metrics: Metrics::default(),
            log,
            pulse: watch::channel(Beat::default()).0,
            closing: watch::channel(false).0,
            now_us,
            started: format!("{:x}", store::now_us() / 1_000_000),
            requests: AtomicU64::new(0),
            config,
        };
        Ok((Self(Arc::new(shared)), ticket))
    }

    /// The present moment.
    pub(crate) fn now_us(&self) -> i64 {
        self.now_us.unwrap_or_else(store::now_us)
    }

    /// A number for finding an error in the log.
    pub(crate) fn next_id(&self) -> String {
        format!("{}-{:x}", self.started, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// The parameters of a report.
    ///
    /// # Errors
    /// A usage error for settings that cannot be read.
    pub(crate) fn params(&self, settings: &Settings) -> Result<ReportParams> {
        settings.params(&ReportContext {
            config: &self.config,
            now_us: self.now_us(),
            source: &|name| proper_name(&self.sources, name),
            presence: &|| {
                let all = self.sources.iter().filter(|source| source.presence);
                Ok(all.map(|source| source.name.clone()).collect())
            },
            lines: &|| Ok(Arc::new(LineFinder::new(self.filestore.clone())) as Arc<dyn FindLines>),
        })
    }

    /// Waits until the site is about to end. What streams without end stops then.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as the site.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
