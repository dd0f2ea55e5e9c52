//! Which traces are chosen before sessions are built, and what each is about.
//!
//! Chooses traces by source, text and activity, of me or of the persons `-u` names. `--where` doesn't choose traces: it
//! keeps time that is already divided.

use super::super::params::{ReportParams, Window};
use super::trace::{Detail, Label, Origin, Trace};
use crate::engine::{Fields, Reads};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::vocabulary::{Activity, Dimension};
use workhours_event::host_flags;
use workhours_event::{LONGEST_US, StoredEvent};
use workhours_query::people::{People, Who, is_part_of};
use workhours_query::{Expr, domain_of};
use workhours_store::{EventFilter, MinuteSum, Store, Wanted, span_of};

/// What is needed of traces in addition to their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Nothing.
    Times,
    /// Their titles and sources.
    Titles,
    /// Also their identities, each trace separately.
    Each,
}

/// Chooses traces.
pub(super) struct Choice {
    params: ReportParams,
    depth: Depth,
    /// Without times and without `--where`.
    pub(super) filter: EventFilter,
    people: Arc<People>,
    /// By user and host.
    known: FxHashMap<(Option<Text>, Option<Text>), Option<Who>>,
    /// Whether events are kept with their traces.
    with_events: bool,
    /// Whether others' traces are counted.
    pub(super) counted: Option<Window>,
    /// Traces of others that were left out there.
    pub(super) others: u64,
    /// Traces that last longer than counts.
    pub(super) cut: u64,
    /// µs of traces while no one was there.
    pub(super) away_us: i64,
}

impl Choice {
    /// The selection. `with_events` is for corrections, which may change what time is about.
    pub(super) fn new(
        store: &mut Store,
        params: &ReportParams,
        depth: Depth,
        with_events: bool,
    ) -> Result<Self> {
        let filter = params.work_filter(store)?;
        Ok(Self {
            params: params.clone(),
            depth,
            filter,
            people: params.lookup.people.clone(),
            known: FxHashMap::default(),
            with_events,
            counted: None,
            others: 0,
            cut: 0,
            away_us: 0,
        })
    }

    pub(super) fn asked_users(&self) -> &[String] {
        &self.params.users
    }

    pub(super) fn longest_us(&self) -> i64 {
        self.params.longest_us
    }

    /// The requested traces, whatever their activity.
    pub(super) fn chosen(&self) -> &EventFilter {
        &self.params.chosen
    }

    pub(super) fn activity(&self) -> &Activity {
        &self.params.activity
    }

    /// The columns of events to read.
    pub(super) fn wanted(&self) -> Wanted {
        if self.params.keep.is_some() || self.with_events {
            return Wanted::ALL;
        }
        let mut wanted = wanted(self.params.by);
        if self.params.terms.has_rates() {
            wanted = wanted.and(Wanted::PROJECT);
        }
        wanted.title |= self.depth >= Depth::Titles;
        wanted.text |= self.depth >= Depth::Titles;
        wanted.user |= !self.people.all_is_mine();
        wanted.host |= !self.people.all_is_mine();
        wanted
    }

    /// Whether sums by minute are enough.
    pub(super) fn is_summed(&self) -> bool {
        let params = &self.params;
        self.depth == Depth::Times
            && params.by.is_none()
            && params.keep.is_none()
            && !params.terms.has_rates()
            && params.gaptime_min >= 1.0
            && params.activity != Activity::All
            && params.longest_us == LONGEST_US
            // Machines identify a person only if some machines are known.
            && self.people.others.iter().all(|person| person.hosts.is_empty())
    }

    /// The person of a trace, if it is selected.
    pub(super) fn who(&mut self, user: Option<&Text>, host: Option<&Text>) -> Option<Who> {
        if self.people.all_is_mine() && self.params.users.is_empty() {
            return Some(Who::Me);
        }
        let key = (user.cloned(), host.cloned());
        if let Some(who) = self.known.get(&key) {
            return who.clone();
        }
        let who = self.people.whose(user.map(Text::as_str), host.map(Text::as_str));
        let users = &self.params.users;
        let chosen = match users.as_slice() {
            [] => who == Who::Me,
            users if users.iter().any(|asked| asked == EVERYBODY) => true,
            // The requested person was looked up among all users before.
            _ if user.is_some_and(|user| self.params.filter.users.iter().any(|meant| meant == user)) => true,
            users => {
                self.params.filter.users.is_empty()
                    && users.iter().any(|asked| {
                        self.people.means(asked, &who) || user.is_some_and(|user| is_part_of(asked, user))
                    })
                    || user.is_none() && users.iter().any(|asked| self.people.means(asked, &who))
            }
        };
        let who = Some(who).filter(|_| chosen);
        self.known.insert(key, who.clone());
        who
    }

    /// An event as a trace.
    pub(super) fn trace(&mut self, event: StoredEvent, path: &str, label_of_input: &str) -> Option<Trace> {
        let about = self.about(&event, label_of_input);
        let (start, end) = self.span(&about, event.date, event.precision, event.duration_us)?;
        let About::Mine { who, key, project } = about else { return None };
        let context = self.params.lookup.context_of(path, label_of_input);
        let kept = self.params.keep.as_ref().is_none_or(|keep| keep.matches(&event, &context));
        let detail = (self.depth > Depth::Times || self.with_events)
            .then(|| self.detail(event, (path, label_of_input), start));
        let label = Label { key, project, kept };
        Some(Trace { who, start, end, events: 1, label, detail: detail.map(Arc::new), more: None })
    }

    /// What an event's trace is about, whenever it was.
    pub(super) fn about(&mut self, event: &StoredEvent, label_of_input: &str) -> About {
        let flags = event.flags as u32;
        let all = self.params.activity == Activity::All;
        if !all && flags & (host_flags::CANCELLED | host_flags::FREE) != 0 {
            return About::Nothing;
        }
        if !all && flags & host_flags::DECLINED != 0 && self.declined(event) {
            return About::Nothing;
        }
        let Some(who) = self.who(event.user.as_ref(), event.host.as_ref()) else { return About::Others };
        let by = self.params.by;
        About::Mine {
            key: by.and_then(|by| key_of(by, event, label_of_input, &self.people, &who)),
            project: event.project.clone().filter(|_| self.params.terms.has_rates()),
            who,
        }
    }

    /// The time of a trace, `None` if it doesn't count. A date without a time only says on which day something was
    /// done.
    pub(super) fn span(
        &mut self,
        about: &About,
        date: Option<i64>,
        precision: i16,
        duration_us: Option<i64>,
    ) -> Option<(i64, i64)> {
        let (start, end) = match about {
            About::Nothing => return None,
            _ => span_of(date, precision, duration_us, self.params.longest_us)?,
        };
        if *about == About::Others {
            self.leave_out(start, 1);
            return None;
        }
        if self.is_counted(start) {
            self.cut += u64::from(duration_us.is_some_and(|us| us > self.params.longest_us));
        }
        Some((start, end))
    }

    /// What [`about`](Self::about) reads; `None` if it needs whole events.
    pub(super) fn reads(&self) -> Option<Reads> {
        if self.with_events || self.depth == Depth::Each {
            return None;
        }
        let mut texts = wanted(self.params.by);
        if self.params.terms.has_rates() {
            texts = texts.and(Wanted::PROJECT);
        }
        texts.user |= !self.people.all_is_mine();
        texts.host |= !self.people.all_is_mine();
        let input = matches!(self.params.by, Some(Dimension::Input | Dimension::Label));
        // Only a declined invitation needs to know by whom.
        let meta: &[&str] = if self.params.activity == Activity::All { &[] } else { &[ATTENDEES] };
        let fields = Fields { texts, meta, input, flags: true };
        Some(Reads { span: true, ..Reads::key(fields) })
    }

    /// What time is kept: `--where`.
    pub(super) fn keep(&self) -> Option<&Expr> {
        self.params.keep.as_deref()
    }

    /// Whether traces have titles.
    pub(super) fn has_titles(&self) -> bool {
        self.depth >= Depth::Titles
    }

    /// The person of a sum's traces, if they are selected and count.
    pub(super) fn who_of_sum(&mut self, sum: &MinuteSum) -> Option<Who> {
        if sum.who.is_off || sum.who.declined_by.as_deref().is_some_and(|all| self.people.declined(all)) {
            return None;
        }
        let who = self.who(sum.who.user.as_ref(), None);
        match who {
            None => self.leave_out(sum.first_us, sum.timed as u64),
            Some(_) if self.is_counted(sum.first_us) && sum.end_us - sum.last_us >= LONGEST_US => {
                self.cut += 1
            }
            Some(_) => {}
        }
        who
    }

    fn is_counted(&self, start: i64) -> bool {
        self.counted.is_some_and(|window| (window.from..window.until).contains(&start))
    }

    /// Of a trace only these parts are left, because no one was there otherwise.
    pub(super) fn leave_away(&mut self, whole: (i64, i64), left: &[(i64, i64)]) {
        let Some(window) = self.counted else { return };
        let inside = |(from, until): (i64, i64)| (until.min(window.until) - from.max(window.from)).max(0);
        self.away_us += inside(whole) - left.iter().map(|part| inside(*part)).sum::<i64>();
    }

    fn leave_out(&mut self, start: i64, traces: u64) {
        if self.is_counted(start) {
            self.others += traces;
        }
    }

    /// Whether the file or the input of an event must be known.
    pub(super) fn asks_for_origin(&self) -> bool {
        let params = &self.params;
        params.by == Some(Dimension::Label)
            || params.keep.as_ref().is_some_and(|keep| keep.asks_for_origin())
            || params.lookup.projects.asks_for_origin()
    }

    fn detail(&self, event: StoredEvent, (path, label): (&str, &str), start: i64) -> Detail {
        Detail {
            start,
            source: event.source_type.clone(),
            title: event.text.clone().filter(|_| event.kind == COMMAND).or_else(|| event.title.clone()),
            origin: Some(Origin { file_id: event.file_id, file_offset: event.file_offset, id: event.id }),
            event: self.with_events.then(|| (event, path.into(), label.into())),
        }
    }

    fn declined(&self, event: &StoredEvent) -> bool {
        workhours_query::meta_text(event, ATTENDEES).is_some_and(|all| self.people.declined(&all))
    }
}

/// What a trace is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// Nothing that was done.
    Nothing,
    /// The work of a person who isn't asked for.
    Others,
    /// The work of a person who is.
    Mine { who: Who, key: Option<Text>, project: Option<Text> },
}

/// The kind whose text names it, not its title.
pub(super) const COMMAND: &str = "shell.command";
/// The key of `meta` that says who was invited, and who declined.
const ATTENDEES: &str = "attendees";

/// The value of `-u` for everyone.
pub(crate) const EVERYBODY: &str = "all";

/// The columns of events that [`key_of`] uses.
pub(crate) fn wanted(by: Option<Dimension>) -> Wanted {
    match by {
        None | Some(Dimension::Input | Dimension::Label) => Wanted::NONE,
        Some(Dimension::Source) => Wanted { source: true, ..Wanted::NONE },
        Some(Dimension::Kind) => Wanted { kind: true, ..Wanted::NONE },
        Some(Dimension::Host) => Wanted { host: true, ..Wanted::NONE },
        Some(Dimension::Peer) => Wanted { peer: true, ..Wanted::NONE },
        Some(Dimension::User | Dimension::Person) => Wanted { user: true, host: true, ..Wanted::NONE },
        Some(Dimension::Tag) => Wanted { tags: true, ..Wanted::NONE },
        Some(Dimension::Domain) => Wanted { url: true, ..Wanted::NONE },
        Some(Dimension::Project) => Wanted::PROJECT,
    }
}

/// The value of an event in a dimension.
pub(crate) fn key_of(
    by: Dimension,
    event: &StoredEvent,
    label: &str,
    people: &People,
    who: &Who,
) -> Option<Text> {
    match by {
        Dimension::Source => Some(event.source_type.clone()),
        Dimension::Kind => Some(event.kind.clone()),
        Dimension::Host => event.host.clone(),
        Dimension::Peer => event.peer.clone(),
        Dimension::User if people.all_is_mine() => event.user.clone(),
        Dimension::User => Some(people.name(who).into()),
        Dimension::Person => Some(people.person(event)),
        Dimension::Tag => (!event.tags.is_empty()).then(|| event.tags.join(", ").into()),
        Dimension::Project => event.project.clone(),
        Dimension::Domain => event.url.as_deref().and_then(domain_of).map(Text::from),
        Dimension::Input => Some(event.input_id.to_string().into()),
        Dimension::Label => Some(label).filter(|label| !label.is_empty()).map(Text::from),
    }
}
