//! The threads that load. Each has its own connection, so that a document that takes long doesn't hold up the logs.

use crate::inbox::Inbox;
use crate::work::{Done, Scope, Work};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope as ThreadScope;
use workhours_base::error::{Error, Result};
use workhours_config::Config;
use workhours_filestore::Filestore;
use workhours_ingest::{Engine, Progress, RunSummary};
use workhours_registry::Registry;
use workhours_store::Store;

/// What all loads need.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'t> {
    pub(crate) config: &'t Config,
    pub(crate) registry: &'t Registry,
    pub(crate) fs: &'t Filestore,
    pub(crate) stop: &'t Arc<AtomicBool>,
    pub(crate) inbox: &'t Inbox,
}

/// Starts N threads. They end when the sender is dropped.
pub(crate) fn start<'scope, 'env>(
    scope: &'scope ThreadScope<'scope, 'env>,
    n: u32,
    tools: Tools<'env>,
) -> Sender<Work> {
    let (sender, receiver) = channel();
    let receiver: Arc<Mutex<Receiver<Work>>> = Arc::new(Mutex::new(receiver));
    for _ in 0..n {
        let receiver = Arc::clone(&receiver);
        scope.spawn(move || {
            let mut store = None;
            loop {
                let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(work) = next else { return };
                let input = work.input;
                let result = load(tools, &mut store, &work);
                if result.is_err() {
                    // The connection may be broken.
                    store = None;
                }
                tools.inbox.end(Done { input, result });
            }
        });
    }
    sender
}

fn load(tools: Tools<'_>, store: &mut Option<Store>, work: &Work) -> Result<RunSummary> {
    let opened = match store {
        Some(store) => store,
        None => store.insert(Store::open(&tools.config.database)?),
    };
    let mut engine = Engine {
        store: opened,
        fs: tools.fs.clone(),
        registry: tools.registry,
        config: tools.config,
        reread: false,
        stop: Arc::clone(tools.stop),
        progress: &Silent,
    };
    let loaded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match &work.scope {
        Scope::All => engine.run(std::slice::from_ref(&work.spec)),
        Scope::Files(paths) => engine.run_files(&work.spec, paths),
    }));
    loaded.unwrap_or_else(|_| {
        Err(Error::failed("a load ended in a panic").hint("this is a bug; please report it"))
    })
}

/// Progress isn't shown.
struct Silent;

impl Progress for Silent {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
}
