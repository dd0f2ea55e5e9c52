//! A format that a config file declares, as a source like any other: the source of its kind does the reading,
//! with the format's options. Does not read config files, and does not try the sample (`sample` does).

mod sample;

use crate::registered::Registered;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use workhours_base::error::{Error, Result};
use workhours_base::input::FormatSpec;
use workhours_base::names;
use workhours_plugin_api::{
    Activity, EventRow, EventSink, IDataSource, IEventRecord, Input, InputHost, Location, Os, Position,
    Reject, Resume, Sample, SourceError, SourceInfo, Stop,
};

/// The key of the same name, for a source with such an option.
const EVENT_KIND: &str = "event_kind";

/// One declared format.
pub struct Declared {
    info: &'static SourceInfo,
    base: &'static dyn IDataSource,
    options: BTreeMap<String, String>,
    /// The kind of its events, where it is not that of the source below.
    kind: Option<&'static str>,
    spec: FormatSpec,
}

impl Declared {
    /// A source that lives as long as the program. `base` is the source of the format's kind.
    ///
    /// # Errors
    /// When an option is unknown to `base`, or one that is built in does not take its value.
    pub fn leak(spec: &FormatSpec, base: Registered) -> Result<&'static Self> {
        let below = base.source.info();
        for (key, (_, origin)) in &spec.options {
            if !below.options.iter().any(|o| o.name == key) {
                return Err(unknown_key(key, origin, spec, below));
            }
        }
        let kind = spec.event_kind.as_deref().map(leaked);
        let locations = spec.locations.iter().map(|glob| Location { os: Os::Any, glob: leaked(glob) });
        let summary = spec.summary.clone().unwrap_or_else(|| format!("A format of the kind {}", below.name));
        let sample = spec.sample.as_deref().zip(spec.expected_events());
        let info = SourceInfo {
            name: leaked(&spec.name),
            aliases: &[],
            summary: leaked(&summary),
            details: leaked(&format!(
                "A format of the kind `{}`, declared at {}.\n\n{}",
                below.name, spec.origin, below.details
            )),
            activity: match &spec.activity {
                Some(word) => [Activity::Human, Activity::Machine]
                    .into_iter()
                    .find(|a| a.as_str() == word)
                    .unwrap_or(Activity::Mixed),
                None => below.activity,
            },
            kinds: match kind {
                Some(kind) => vec![kind].leak(),
                None => below.kinds,
            },
            locations: locations.collect::<Vec<_>>().leak(),
            sample: match sample {
                Some((text, events)) => {
                    let rejects = spec.expect_rejects.unwrap_or(0);
                    Sample { bytes: leaked(text).as_bytes(), events, rejects }
                }
                None => Sample { bytes: b"", events: 0, rejects: 0 },
            },
            ..*below
        };
        let mut options: BTreeMap<String, String> =
            spec.options.iter().map(|(key, (value, _))| (key.clone(), value.clone())).collect();
        // A kind that the source below knows may mean something to it.
        if let Some(kind) = kind.filter(|kind| below.kinds.contains(kind))
            && below.options.iter().any(|o| o.name == EVENT_KIND)
        {
            options.insert(EVENT_KIND.to_owned(), kind.to_owned());
        }
        let declared: &'static Self = Box::leak(Box::new(Self {
            info: Box::leak(Box::new(info)),
            base: base.source,
            options,
            kind,
            spec: spec.clone(),
        }));
        if base.is_built_in() {
            declared.try_options()?;
        }
        Ok(declared)
    }

    /// The declaration.
    pub fn spec(&self) -> &FormatSpec {
        &self.spec
    }

    /// The zone of its local times, if the format sets one.
    pub fn timezone(&self) -> Option<Tz> {
        self.spec.timezone
    }

    /// A value that the source rejects is an error in the config file, to be reported before anything is read.
    fn try_options(&self) -> Result<()> {
        match self.parse(&mut Input::new(&mut Nothing::default()), &mut Nowhere) {
            Err(SourceError::Config(why)) => {
                // The source names the option that it does not like; the longest name, since some begin others.
                let named = self.spec.options.iter().filter(|(key, _)| why.starts_with(key.as_str()));
                let origin = named.max_by_key(|(key, _)| key.len()).map(|(_, (_, origin))| origin);
                let (origin, name) = (origin.unwrap_or(&self.spec.origin), &self.spec.name);
                Err(Error::usage(format!("{origin}: in the format {name}, {why}")))
            }
            _ => Ok(()),
        }
    }
}

impl IDataSource for Declared {
    fn info(&self) -> &'static SourceInfo {
        self.info
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> std::result::Result<(), SourceError> {
        let mut host = WithOptions { input, options: &self.options };
        let mut input = Input::new(&mut host);
        match self.kind {
            Some(kind) => self.base.parse(&mut input, &mut OfKind { kind, out }),
            None => self.base.parse(&mut input, out),
        }
    }
}

fn leaked(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn unknown_key(key: &str, origin: &str, spec: &FormatSpec, below: &SourceInfo) -> Error {
    let own = FormatSpec::KEYS.iter().copied();
    let known = || below.options.iter().map(|o| o.name).chain(own.clone());
    let text =
        format!("{origin}: unknown key {key:?} in the format {}, of the kind {}", spec.name, below.name);
    Error::usage(text).hint(match names::nearest(key, known()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the keys are {}", known().collect::<Vec<_>>().join(", ")),
    })
}

/// An input with the options of the format, which those of the input itself beat.
struct WithOptions<'a, 'h> {
    input: &'a mut Input<'h>,
    options: &'a BTreeMap<String, String>,
}

impl InputHost for WithOptions<'_, '_> {
    fn name(&self) -> &str {
        self.input.name()
    }
    fn resume(&self) -> &Resume {
        self.input.resume()
    }
    fn size(&self) -> Option<u64> {
        self.input.size()
    }
    fn reference_secs(&self) -> i64 {
        self.input.reference_secs()
    }
    fn horizon_secs(&self) -> i64 {
        self.input.horizon_secs()
    }
    fn option(&self, name: &str) -> Option<&str> {
        self.input.option(name).or_else(|| self.options.get(name).map(String::as_str))
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.input.read(buf)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        self.input.map()
    }
    fn path(&mut self) -> io::Result<&Path> {
        self.input.path()
    }
}

/// A sink that sets the format's kind on every event.
struct OfKind<'a> {
    kind: &'static str,
    out: &'a mut dyn EventSink,
}

struct Renamed<'a> {
    kind: &'static str,
    record: &'a dyn IEventRecord,
}

impl IEventRecord for Renamed<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        EventRow { kind: self.kind, ..self.record.to_event_row() }
    }
}

impl EventSink for OfKind<'_> {
    fn emit(&mut self, record: &dyn IEventRecord) -> std::result::Result<(), Stop> {
        self.out.emit(&Renamed { kind: self.kind, record })
    }
    fn reject(&mut self, reject: &Reject<'_>) -> std::result::Result<(), Stop> {
        self.out.reject(reject)
    }
    fn ignored(&mut self, n: u64) -> std::result::Result<(), Stop> {
        self.out.ignored(n)
    }
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> std::result::Result<(), Stop> {
        self.out.checkpoint(at, state)
    }
    fn progress(&mut self, done: u64) -> std::result::Result<(), Stop> {
        self.out.progress(done)
    }
}

/// An input without a byte.
#[derive(Default)]
struct Nothing {
    resume: Resume,
}

impl InputHost for Nothing {
    fn name(&self) -> &str {
        "nothing"
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        Some(0)
    }
    fn reference_secs(&self) -> i64 {
        0
    }
    fn option(&self, _: &str) -> Option<&str> {
        None
    }
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(&[])
    }
    fn path(&mut self) -> io::Result<&Path> {
        Err(io::Error::other("there is no file"))
    }
}

struct Nowhere;

impl EventSink for Nowhere {
    fn emit(&mut self, _: &dyn IEventRecord) -> std::result::Result<(), Stop> {
        Err(Stop)
    }
    fn reject(&mut self, _: &Reject<'_>) -> std::result::Result<(), Stop> {
        Err(Stop)
    }
    fn ignored(&mut self, _: u64) -> std::result::Result<(), Stop> {
        Err(Stop)
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> std::result::Result<(), Stop> {
        Err(Stop)
    }
    fn progress(&mut self, _: u64) -> std::result::Result<(), Stop> {
        Err(Stop)
    }
}
