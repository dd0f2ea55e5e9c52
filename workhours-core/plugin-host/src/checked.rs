//! Compares what a plugin's source pushes with its manifest: what the ABI layer itself can't know.

use workhours_plugin_api::{
    EventRow, EventSink, IEventRecord, Position, Reject, SourceError, SourceInfo, Stop,
};

/// Passes on what keeps the rules, and stops at the first thing that does not.
pub(super) struct Checked<'a> {
    info: &'static SourceInfo,
    /// Bytes an event may have.
    largest: usize,
    inner: &'a mut dyn EventSink,
    events: u64,
    broken: Option<String>,
}

impl<'a> Checked<'a> {
    pub(super) fn new(info: &'static SourceInfo, largest: usize, inner: &'a mut dyn EventSink) -> Self {
        Self { info, largest, inner, events: 0, broken: None }
    }

    /// How the parse ended, seen from here.
    pub(super) fn conclude(self, end: Result<(), SourceError>) -> Result<(), SourceError> {
        match self.broken {
            Some(broken) => Err(SourceError::Internal(broken)),
            None => end,
        }
    }

    fn refuse(&mut self, broken: String) -> Result<(), Stop> {
        self.broken.get_or_insert(broken);
        Err(Stop)
    }
}

/// Bytes of all of a row.
pub(super) fn size(row: &EventRow<'_>) -> usize {
    let texts = [
        row.url,
        row.referrer,
        row.title,
        row.text,
        row.host,
        row.user,
        row.agent,
        row.peer,
        row.key_host,
        row.key_user,
    ];
    let attrs = row.attrs.iter().map(|a| {
        a.key.len() + 16 + if let workhours_plugin_api::Value::Str(s) = a.value { s.0.len() } else { 0 }
    });
    let lists = row.tags.iter().map(|t| t.0.len() + 8).chain(attrs);
    let fixed = row.span.raw.len() + row.kind.len() + row.key.len() + row.series.len();
    lists.chain(texts.iter().map(|t| t.0.len())).fold(fixed, usize::saturating_add)
}

impl EventSink for Checked<'_> {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        let row = record.to_event_row();
        self.events += 1;
        let n = self.events;
        if !self.info.kinds.contains(&row.kind) {
            let kind: String = row.kind.chars().take(100).collect();
            return self.refuse(format!("event {n}: its kind {kind:?} is not in the manifest"));
        }
        let size = size(&row);
        if size > self.largest {
            return self.refuse(format!("event {n} has {size} bytes; {} are allowed", self.largest));
        }
        if row.tags.len().max(row.attrs.len()) > super::frame::MAX_LIST {
            return self
                .refuse(format!("event {n} has more than {} tags or attributes", super::frame::MAX_LIST));
        }
        self.inner.emit(&row)
    }

    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        let size = reject.span.raw.len().saturating_add(reject.reason.len());
        if size > self.largest {
            return self.refuse(format!("a reject has {size} bytes; {} are allowed", self.largest));
        }
        self.inner.reject(reject)
    }

    fn ignored(&mut self, n: u64) -> Result<(), Stop> {
        self.inner.ignored(n)
    }

    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop> {
        if state.len() > self.largest {
            return self.refuse(format!("a checkpoint's state has {} bytes", state.len()));
        }
        self.inner.checkpoint(at, state)
    }

    fn progress(&mut self, done: u64) -> Result<(), Stop> {
        self.inner.progress(done)
    }
}
