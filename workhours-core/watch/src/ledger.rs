//! What is stored about followed inputs: that this program holds them, for how long, and how they are. Others read it in
//! the database.

use crate::followed::Followed;
use crate::holder::{has_ended, holder};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;
use workhours_base::input::InputSpec;
use workhours_ingest::{RunSummary, TaskSummary};
use workhours_store::{FollowedRow, Store, now_us};

/// Inputs are held for this long.
const HELD: Duration = Duration::from_secs(60);
/// Time between two renewals.
const RENEWED: Duration = Duration::from_secs(15);
/// A change is stored at most this often.
const CHANGED: Duration = Duration::from_secs(2);
/// An input that is not followed any more is forgotten after this long.
const FORGOTTEN_US: i64 = 30 * 86_400_000_000;

/// What was loaded from an input, and what was wrong.
#[derive(Default)]
struct Account {
    loaded_us: Option<i64>,
    events: u64,
    rejects: u64,
    /// The files that can't be read: the error, the hint, and since when.
    problems: HashMap<String, (String, Option<String>, i64)>,
}

/// The accounts of all inputs.
pub(crate) struct Ledger {
    database: DatabaseUri,
    store: Option<Store>,
    since_us: i64,
    accounts: Vec<Account>,
    next: Instant,
    is_changed: bool,
    stored: Instant,
}

impl Ledger {
    pub(crate) fn new(database: &DatabaseUri, inputs: usize, now: Instant) -> Self {
        Self {
            database: database.clone(),
            store: None,
            since_us: now_us(),
            accounts: (0..inputs).map(|_| Account::default()).collect(),
            next: now,
            is_changed: false,
            stored: now,
        }
    }

    /// One more input is followed.
    pub(crate) fn add_input(&mut self) {
        self.accounts.push(Account::default());
        self.is_changed = true;
    }

    /// Something is to be stored soon.
    pub(crate) fn change(&mut self) {
        self.is_changed = true;
    }

    /// A load has ended.
    pub(crate) fn add(&mut self, input: usize, summary: &RunSummary) {
        let Some(account) = self.accounts.get_mut(input) else { return };
        if summary.inserted + summary.updated + summary.rejected > 0 {
            account.loaded_us = Some(now_us());
        }
        account.events += summary.inserted;
        account.rejects += summary.rejected;
        self.is_changed = true;
    }

    /// A file of an input can't be read.
    pub(crate) fn fail(&mut self, input: usize, task: &TaskSummary) {
        let Some(account) = self.accounts.get_mut(input) else { return };
        let error = task.error.clone().unwrap_or_default();
        let since = account.problems.get(&task.path).map_or_else(now_us, |(_, _, since)| *since);
        account.problems.insert(task.path.clone(), (error, task.hint.clone(), since));
        self.is_changed = true;
    }

    /// It can again.
    pub(crate) fn recover(&mut self, input: usize, path: &str) {
        if let Some(account) = self.accounts.get_mut(input) {
            account.problems.remove(path);
        }
        self.is_changed = true;
    }

    /// Stores how the inputs are, if that is due, and says which of them another program holds.
    pub(crate) fn keep(&mut self, inputs: &mut [Followed], now: Instant) {
        let is_due = now >= self.next || (self.is_changed && now >= self.stored + CHANGED);
        if !is_due || inputs.is_empty() {
            return;
        }
        self.next = now + RENEWED;
        self.stored = now;
        self.is_changed = false;
        let others = match self.hold(inputs) {
            Ok(others) => others,
            // Loads fail too, and say so.
            Err(_) => {
                self.store = None;
                return;
            }
        };
        for input in inputs {
            let id = id(&input.spec);
            input.held_by = others.iter().find(|row| row.id == id).map(|row| row.holder.clone());
        }
    }

    fn hold(&mut self, inputs: &[Followed]) -> Result<Vec<FollowedRow>> {
        let now = now_us();
        let rows: Vec<FollowedRow> =
            inputs.iter().zip(&self.accounts).map(|(input, account)| self.row(input, account, now)).collect();
        let store = match &mut self.store {
            Some(store) => store,
            None => {
                let store = self.store.insert(Store::open(&self.database)?);
                store.followed().forget(now - FORGOTTEN_US)?;
                store
            }
        };
        store.followed().hold(&rows, now, &has_ended)
    }

    fn row(&self, input: &Followed, account: &Account, now_us: i64) -> FollowedRow {
        let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let first = account.problems.iter().min_by_key(|(path, (_, _, since))| (*since, path.as_str()));
        let problem = first.map(|(_, (error, ..))| match account.problems.len() {
            1 => error.clone(),
            n => format!("{error} (and {} more)", n - 1),
        });
        let (state, problem) = match (problem, &input.absent) {
            (Some(problem), _) => ("failing", Some(problem)),
            (None, Some(why)) => ("absent", Some(why.clone())),
            (None, None) => ("following", None),
        };
        FollowedRow {
            id: id(&input.spec),
            source_type: input.spec.source_type.clone(),
            label: input.spec.label.clone(),
            path: input.spec.path.to_string_lossy().into_owned(),
            holder: holder().to_owned(),
            until_us: now_us + int(HELD.as_micros() as u64),
            state: state.to_owned(),
            files: int(input.files() as u64),
            pending: int(input.pending() as u64),
            since_us: self.since_us,
            looked_us: now_us,
            loaded_us: account.loaded_us,
            events: int(account.events),
            rejects: int(account.rejects),
            problem,
            hint: first.and_then(|(_, (_, hint, _))| hint.clone()),
            problem_us: first.map(|(_, (_, _, since))| *since),
        }
    }

    /// The inputs are followed no longer.
    pub(crate) fn release(&mut self) {
        if let Some(store) = &mut self.store {
            // Should that fail, others wait until it runs out.
            let _ = store.followed().release(holder());
        }
    }
}

/// The same for the same source type, path and scope.
fn id(spec: &InputSpec) -> String {
    let mut hasher = blake3::Hasher::new();
    let path = crate::places::absolute(&spec.path);
    let scope = spec.scope.as_deref().unwrap_or_default();
    for part in [spec.source_type.as_bytes(), path.as_os_str().as_encoded_bytes(), scope.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
