//! Columns agree with the database, after loads, deletions, changes, purges and in every order.

use super::*;
use crate::Status;
use crate::folder::Folder;
use std::path::PathBuf;
use workhours_event::{TagRule, Tagger, split_url};

/// A database and its columns.
pub(super) struct Base {
    pub(super) dir: tempfile::TempDir,
    pub(super) store: Store,
    input: InputId,
    files: [FileId; 2],
    n: u64,
    pub(super) tasks: Vec<TaskId>,
    known: Vec<EventId>,
}

impl Base {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let uri = DatabaseUri::Sqlite(SqlitePath::File(dir.path().join("w.db")));
        let mut store = Store::open(&uri).unwrap();
        let spec = InputSpec { source_type: "one".into(), path: "x".into(), ..InputSpec::default() };
        let input = store.inputs().ensure("one", "human", &spec, "UTC").unwrap();
        let mut file = |path: &str| {
            let head_hash = vec![path.len() as u8];
            let (source_type, path) = ("one".into(), path.into());
            store.files().create(&NewFile { source_type, head_hash, path, ..NewFile::default() }).unwrap().id
        };
        let files = [file("/var/log/access.log"), file("/home/ada/histörie")];
        Self { dir, store, input, files, n: 0, tasks: Vec::new(), known: Vec::new() }
    }

    pub(super) fn columns_dir(&self) -> PathBuf {
        self.dir.path().join("columns")
    }

    pub(super) fn uuid(&self) -> String {
        self.store.uuid().to_owned()
    }

    pub(super) fn load(&mut self, events: &[(Option<i64>, usize)]) {
        for file in 0..2 {
            let task = self.store.tasks().begin("one", self.input, None, "x").unwrap();
            self.tasks.push(task);
            let mut chunk = Chunk::default();
            for (hour, value) in events.iter().filter(|(_, value)| value % 2 == file) {
                self.n += 1;
                let made = event(self.n, hour.map(|hour| hour * HOUR), *value, 1);
                self.known.push(made.id);
                push(&mut chunk, &made);
            }
            self.store_batch(task, file, chunk, LoadMode::Ignore);
        }
    }

    fn store_batch(&mut self, task: TaskId, file: usize, chunk: Chunk, mode: LoadMode<'_>) {
        let batch = Batch { chunk, ..Batch::default() };
        let source = ["one", "two"][file];
        self.store.load((source, self.input, task, self.files[file]), &batch, mode).unwrap();
    }

    /// Some events get another content, some another tag.
    fn change(&mut self, every: usize) {
        for (at, mode) in [(1, LoadMode::Upsert), (2, LoadMode::Ignore)] {
            let mut chunk = Chunk::default();
            for (n, id) in self.known.iter().enumerate().filter(|(n, _)| n % every == at) {
                let made =
                    StoredEvent { id: *id, tags: vec!["new".into()], ..event(n as u64, id.date(), 7, 1) };
                push(&mut chunk, &made);
            }
            let task = self.store.tasks().begin("two", self.input, None, "x").unwrap();
            self.store_batch(task, 1, chunk, mode);
        }
    }

    fn undo(&mut self, n: usize) {
        if !self.tasks.is_empty() {
            let task = self.tasks.remove(n % self.tasks.len());
            let _ = self.store.tasks().undo(task);
        }
    }

    fn tag(&mut self, pattern: &str) {
        let rule = TagRule { tag: "ruled".into(), field: None, pattern: pattern.into() };
        self.store.tags().apply(&Tagger::new(&[rule]).unwrap()).unwrap();
    }

    fn purge(&mut self, every: usize) {
        let gone: Vec<Vec<u8>> = self.known.iter().step_by(every).map(|id| id.0.to_vec()).collect();
        self.store.purge().events(&gone).unwrap();
    }

    pub(super) fn writer(&self) -> Writer {
        Writer::open(&self.columns_dir(), self.store.uuid()).unwrap().expect("no one else writes")
    }

    pub(super) fn catch_up(&mut self) -> u64 {
        let mut writer = self.writer();
        writer.catch_up(&mut self.store, &mut no_watch()).unwrap()
    }

    pub(super) fn open(&self) -> Option<Columns> {
        Columns::open(&self.columns_dir(), self.store.uuid()).unwrap()
    }

    pub(super) fn stored(&mut self) -> Vec<Seen> {
        let mut reader = self.store.events().reader(EventFilter::default());
        let mut all = Vec::new();
        while let Some(event) = reader.next_event().unwrap() {
            all.push(Seen::of(&event));
        }
        all
    }

    /// The columns have what the database has, in its order.
    pub(super) fn agree(&mut self) {
        let columns = self.open().expect("columns");
        assert_eq!(columns.moment(), self.store.journal().moment().unwrap());
        let want = self.stored();
        assert_eq!(columns.events(), want.len() as u64);
        assert_eq!(rows(&columns, None), want);
        assert!(crate::verify(&self.columns_dir(), self.store.uuid()).unwrap().is_some());
    }
}

fn push(chunk: &mut Chunk, made: &StoredEvent) {
    let mut id_of = |url: &str| {
        let place = split_url(url)?;
        chunk.push_place(&place);
        Some(place.id)
    };
    let place_id = made.url.as_deref().and_then(&mut id_of);
    let referrer_id = made.referrer.as_deref().and_then(&mut id_of);
    let agent_id = made.agent.as_deref().map(|agent| {
        let id = workhours_event::hash64(agent.as_bytes());
        chunk.push_agent(id, agent);
        id
    });
    let new = NewEvent {
        id: made.id,
        date: made.date,
        offset_min: made.offset_min,
        precision: made.precision,
        flags: made.flags,
        duration_us: made.duration_us,
        kind: &made.kind,
        place_id,
        referrer_id,
        agent_id,
        url: made.url.as_deref().filter(|_| place_id.is_none()),
        title: made.title.as_deref(),
        text: made.text.as_deref(),
        host: made.host.as_deref(),
        peer: made.peer.as_deref(),
        user: made.user.as_deref(),
        meta: made.meta.as_deref(),
        offset: made.file_offset,
        length: 10,
        ..NewEvent::default()
    };
    chunk.push_event(&new, made.tags.iter().map(|tag| Tag { name: tag, by_rule: false }));
}

fn made(n: usize) -> Vec<(Option<i64>, usize)> {
    (0..n).map(|n| ((n % 11 != 10).then_some(n as i64 / 2), n % 60)).collect()
}

#[test]
fn after_loads_deletions_changes_and_tags() {
    let mut base = Base::new();
    assert_eq!((base.catch_up(), base.open().unwrap().events()), (0, 0));
    base.load(&made(300));
    assert_eq!(base.catch_up(), 300);
    base.agree();
    assert_eq!(base.catch_up(), 0);
    base.change(5);
    base.catch_up();
    base.agree();
    base.undo(1);
    base.catch_up();
    base.agree();
    base.tag("git");
    base.catch_up();
    base.agree();
    base.load(&made(200));
    base.change(3);
    base.undo(2);
    base.tag("make");
    base.catch_up();
    base.agree();
    base.purge(4);
    assert_ne!(base.open().unwrap().moment().purges, base.store.journal().moment().unwrap().purges);
    base.catch_up();
    base.agree();
}

#[derive(Clone, Debug)]
enum Step {
    Load(Vec<(Option<i64>, usize)>),
    Change(usize),
    Undo(usize),
    Tag(&'static str),
    Purge(usize),
    CatchUp,
    Stop(u32),
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    let event = (prop::option::weighted(0.9, -30..300_i64), 0..60_usize);
    prop_oneof![
        4 => prop::collection::vec(event, 0..40).prop_map(Step::Load),
        2 => (3..9_usize).prop_map(Step::Change),
        1 => (0..20_usize).prop_map(Step::Undo),
        1 => prop::sample::select(vec!["git", "make", "title 1"]).prop_map(Step::Tag),
        1 => (5..20_usize).prop_map(Step::Purge),
        3 => Just(Step::CatchUp),
        2 => (0..4_u32).prop_map(Step::Stop),
        1 => Just(Step::Rebuild),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn in_every_order(steps in prop::collection::vec(step(), 1..14)) {
        let mut base = Base::new();
        for step in steps {
            match step {
                Step::Load(events) => base.load(&events),
                Step::Change(every) => base.change(every),
                Step::Undo(n) => base.undo(n),
                Step::Tag(pattern) => base.tag(pattern),
                Step::Purge(every) => base.purge(every),
                Step::CatchUp => {
                    base.catch_up();
                    base.agree();
                }
                Step::Stop(pages) => {
                    let mut left = pages;
                    let mut watch = |_| match left.checked_sub(1) {
                        Some(less) => {
                            left = less;
                            ControlFlow::Continue(())
                        }
                        None => ControlFlow::Break(()),
                    };
                    let mut writer = base.writer();
                    writer.catch_up(&mut base.store, &mut watch).unwrap();
                }
                Step::Rebuild => {
                    let mut writer = base.writer();
                    writer.rebuild(&mut base.store, &mut no_watch()).unwrap();
                    drop(writer);
                    base.agree();
                }
            }
        }
        base.catch_up();
        base.agree();
    }
}

#[test]
fn a_writer_that_is_stopped_continues_and_readers_see_nothing_by_halves() {
    let mut base = Base::new();
    base.load(&made(100));
    base.catch_up();
    let before = base.open().unwrap();
    base.load(&made(9000));
    let mut writer = base.writer();
    let mut stops = 0;
    loop {
        let mut pages = 0;
        let mut watch = |_| {
            pages += 1;
            if pages == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        writer.catch_up(&mut base.store, &mut watch).unwrap();
        if pages < 2 {
            break;
        }
        stops += 1;
        let now = base.open().unwrap();
        assert_eq!((now.events(), now.moment()), (100, before.moment()));
        // As after a crash: another writer, with nothing remembered.
        drop(writer);
        writer = base.writer();
    }
    assert!(stops > 0);
    drop(writer);
    base.agree();
}

#[test]
fn a_first_build_grows() {
    let mut base = Base::new();
    base.load(&made(6000));
    let mut writer = base.writer();
    writer.catch_up(&mut base.store, &mut |_| ControlFlow::Break(())).unwrap();
    assert!(base.open().is_none());
    let status = crate::status(&base.columns_dir(), base.store.uuid()).unwrap();
    assert!(matches!(status, Status::Growing(1..6000)), "{status:?}");
    drop(writer);
    base.catch_up();
    base.agree();
}

#[test]
fn columns_of_another_history_are_made_again() {
    let mut base = Base::new();
    base.load(&made(20));
    base.load(&made(30));
    base.catch_up();
    let mut other = Base::new();
    other.load(&made(60));
    other.load(&made(10));
    std::fs::create_dir_all(other.columns_dir()).unwrap();
    let (from, to) = (base.columns_dir().join(base.uuid()), other.columns_dir().join(other.uuid()));
    std::fs::rename(from, to).unwrap();
    other.catch_up();
    other.agree();
}

#[test]
fn a_purge_leaves_no_text_in_any_file() {
    let mut base = Base::new();
    base.load(&made(300));
    base.catch_up();
    let found = |base: &Base| {
        let mut all = Vec::new();
        let mut folders = vec![base.columns_dir()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.path().is_dir() {
                    true => folders.push(entry.path()),
                    false => all.extend(std::fs::read(entry.path()).unwrap()),
                }
            }
        }
        let hash = workhours_event::hash64(b"title 7").to_le_bytes();
        memchr::memmem::find(&all, &hash).is_some()
    };
    assert!(found(&base), "the text is compressed, but its hash is not");
    let gone = base.known_with_title("title 7");
    base.store.purge().events(&[gone]).unwrap();
    let mut writer = base.writer();
    writer.catch_up(&mut base.store, &mut |_| ControlFlow::Break(())).unwrap();
    drop(writer);
    assert!(!found(&base), "it is gone at once, not only when the columns are complete again");
    base.catch_up();
    assert!(!found(&base));
    base.agree();
    let dirs = std::fs::read_dir(base.columns_dir().join(base.uuid())).unwrap().flatten();
    assert_eq!(dirs.filter(|entry| entry.path().is_dir()).count(), 1);
}

impl Base {
    fn known_with_title(&mut self, title: &str) -> Vec<u8> {
        let all = self.stored();
        all.iter().find(|row| row.texts[8].as_deref() == Some(title)).unwrap().id.0.to_vec()
    }
}

#[test]
fn an_interrupted_rebuild_changes_nothing() {
    let mut base = Base::new();
    base.load(&made(50));
    base.catch_up();
    base.load(&made(5));
    let mut writer = base.writer();
    assert!(writer.rebuild(&mut base.store, &mut |_| ControlFlow::Break(())).is_err());
    assert_eq!(base.open().unwrap().events(), 50);
    assert_eq!(writer.rebuild(&mut base.store, &mut no_watch()).unwrap(), 55);
    drop(writer);
    base.agree();
    let root = Folder::new(&base.columns_dir(), base.store.uuid());
    assert!(root.current().is_some());
}
