//! The worker: this program again, as a child that loads one plugin inside the sandbox, runs one of its sources on
//! standard input, and writes what it pushes to standard output in frames.
//!
//! Our own code runs first, and only what is needed; the plugin's from `library::load` on. Not here: code that trusts a
//! plugin. The host reads the frames as untrusted data.

use super::checked::Checked;
use super::frame::{FrameWriter, Hello};
use super::job::{Job, Parse, Pieces, Task};
use super::library::{self, Described};
use super::{crash, raw, sandbox};
use rustix::fd::AsRawFd;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};
use workhours_base::error::{Context, Result};
use workhours_plugin_api::abi::status;
use workhours_plugin_api::{
    EventSink, IDataSource, IEventRecord, Input, InputHost, Position, Reject, Resume, SourceError, Stop,
};

/// A sign of life need not come more often.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(100);

/// The receiver of frames, from the sink and before each read.
type Frames = Rc<RefCell<FrameWriter<File>>>;

/// Runs as a worker: the job comes through standard input. Only returns if the host is gone.
pub fn worker_main() -> ExitCode {
    raw::close_inherited();
    let Ok(streams) = Streams::take() else { return ExitCode::FAILURE };
    let Streams { mut input, frames, printed } = streams;
    let fd = frames.as_raw_fd();
    let frames = Rc::new(RefCell::new(FrameWriter::new(frames)));
    let end = run(&mut input, &frames, fd);
    raw::flush_c_streams();
    let end = match end {
        Ok(()) if printed.any() => Err(SourceError::Internal(
            "it wrote to its standard output, which is not its to use; standard error is for debugging"
                .into(),
        )),
        end => end,
    };
    let (code, message) = code_of(&end);
    match frames.borrow_mut().end(code, &message) {
        Ok(()) => raw::leave(0),
        Err(_) => raw::leave(1),
    }
}

fn run(input: &mut File, frames: &Frames, fd: i32) -> std::result::Result<(), SourceError> {
    let loaded = prepare(input, frames, fd).map_err(|e| {
        let hint = e.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
        SourceError::Internal(e.full_message() + &hint)
    });
    let (job, sources) = loaded?;
    match &job.task {
        Task::Describe => Ok(()),
        Task::Parse(parse) => run_source(parse, &job, &sources, input, frames),
        Task::Check(trial) => super::trial::run(trial, &sources),
    }
}

/// Everything up to the plugin's being loaded and shut in.
fn prepare(input: &mut File, frames: &Frames, fd: i32) -> Result<(Job, Vec<Described>)> {
    let job = Job::read(input).context(|| "the worker got no job")?;
    let limits = &job.limits;
    let readable = job.task.readable().and_then(|p| p.parent()).map(Path::to_owned);
    sandbox::limit(limits).context(|| "cannot set limits")?;
    let sealed = library::seal(&job.plugin, job.sha256.as_deref())?;
    crash::install(fd, limits.memory).context(|| "cannot watch for crashes")?;
    let enforced = sandbox::before_loading(job.sandbox, limits, readable.as_deref())?;
    let plugin = library::describe(library::load(sealed)?)?;
    sandbox::before_parsing(job.sandbox, limits, readable.as_deref())?;
    let hello = Hello {
        enforced: enforced.to_string(),
        sdk: plugin.sdk,
        abi: plugin.abi,
        manifests: plugin.sources.iter().map(|s| s.manifest.json.clone()).collect(),
    };
    frames.borrow_mut().hello(&hello).context(|| "the host is gone")?;
    Ok((job, plugin.sources))
}

fn run_source(
    parse: &Parse,
    job: &Job,
    sources: &[Described],
    input: &mut File,
    frames: &Frames,
) -> std::result::Result<(), SourceError> {
    let Some(source) = sources.iter().find(|s| s.manifest.info.name == parse.source) else {
        return Err(SourceError::Internal(format!("it no longer has a source {}", parse.source)));
    };
    let mut host = Piped::new(parse, input);
    let mut sink = FrameSink { frames: Rc::clone(frames), failed: false, told: Instant::now() };
    let mut checked = Checked::new(source.info(), job.limits.event, &mut sink);
    let end = source.parse(&mut Input::new(&mut host), &mut checked);
    checked.conclude(end)
}

/// Its result, for the END frame.
pub(super) fn code_of(end: &std::result::Result<(), SourceError>) -> (i32, String) {
    match end {
        Ok(()) => (status::OK, String::new()),
        Err(SourceError::Stopped) => (status::STOP, String::new()),
        Err(SourceError::Unsupported(why)) => (status::UNSUPPORTED, why.clone()),
        Err(SourceError::Corrupt(why)) => (status::CORRUPT, why.clone()),
        Err(SourceError::Io(e)) => (status::IO, e.to_string()),
        Err(SourceError::Config(why)) => (status::CONFIG, why.clone()),
        Err(SourceError::Limit(why)) => (status::LIMIT, why.clone()),
        Err(SourceError::Internal(why)) => (status::INTERNAL, why.clone()),
        Err(other) => (status::INTERNAL, other.to_string()),
    }
}

/// The worker's own ends of its three streams, out of the plugin's way.
struct Streams {
    input: File,
    frames: File,
    printed: Printed,
}

impl Streams {
    /// Takes standard input and output, and replaces them by harmless files.
    fn take() -> io::Result<Self> {
        let input = File::from(rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?);
        let frames = File::from(rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?);
        let (read, write) = rustix::pipe::pipe()?;
        for fd in [&read, &write] {
            // A worker starts no program, so nothing inherits them: `pipe2` is not on every unix.
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        rustix::stdio::dup2_stdout(&write)?;
        rustix::stdio::dup2_stdin(&File::open("/dev/null")?)?;
        Ok(Self { input, frames, printed: Printed(File::from(read)) })
    }
}

/// The plugin's output, which is only checked for being empty.
struct Printed(File);

impl Printed {
    fn any(&self) -> bool {
        matches!((&self.0).read(&mut [0]), Ok(1))
    }
}

/// The input as it comes through the pipe.
struct Piped<'j> {
    parse: &'j Parse,
    resume: Resume,
    pieces: Pieces<&'j mut File>,
    whole: Option<Vec<u8>>,
}

impl<'j> Piped<'j> {
    fn new(parse: &'j Parse, input: &'j mut File) -> Self {
        let position = Position { offset: parse.offset, lines: parse.lines };
        let resume = Resume { position, state: parse.state.clone() };
        Self { parse, resume, pieces: Pieces::new(input), whole: None }
    }
}

impl InputHost for Piped<'_> {
    fn name(&self) -> &str {
        &self.parse.name
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        self.parse.size
    }
    fn reference_secs(&self) -> i64 {
        self.parse.reference_secs
    }
    fn horizon_secs(&self) -> i64 {
        self.parse.horizon_secs
    }
    fn option(&self, name: &str) -> Option<&str> {
        self.parse.options.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pieces.read(buf)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        if self.whole.is_none() {
            let mut whole = Vec::new();
            // More than the limit of memory must be an error here, not the end of the process.
            let size = usize::try_from(self.parse.size.unwrap_or(0)).unwrap_or(usize::MAX);
            let room = whole.try_reserve_exact(size);
            let filled = room.map_err(io::Error::from).and_then(|()| self.pieces.read_to_end(&mut whole));
            filled.map_err(|e| match e.kind() {
                io::ErrorKind::OutOfMemory => io::Error::other("it does not fit into the plugin's memory"),
                _ => e,
            })?;
            self.whole = Some(whole);
        }
        Ok(self.whole.as_deref().unwrap_or_default())
    }
    fn path(&mut self) -> io::Result<&Path> {
        let none = || io::Error::other("its manifest does not ask for a path");
        self.parse.path.as_deref().ok_or_else(none)
    }
}

/// Writes pushed records as frames.
struct FrameSink {
    frames: Frames,
    /// The host is gone.
    failed: bool,
    /// When progress was last reported.
    told: Instant,
}

impl FrameSink {
    fn write(
        &mut self,
        push: impl FnOnce(&mut FrameWriter<File>) -> io::Result<()>,
    ) -> std::result::Result<(), Stop> {
        self.failed |= push(&mut self.frames.borrow_mut()).is_err();
        if self.failed { Err(Stop) } else { Ok(()) }
    }
}

impl EventSink for FrameSink {
    fn emit(&mut self, record: &dyn IEventRecord) -> std::result::Result<(), Stop> {
        self.write(|frames| frames.event(&record.to_event_row()))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> std::result::Result<(), Stop> {
        self.write(|frames| frames.reject(reject))
    }
    fn ignored(&mut self, n: u64) -> std::result::Result<(), Stop> {
        self.write(|frames| frames.ignored(n))
    }
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> std::result::Result<(), Stop> {
        self.write(|frames| frames.checkpoint(at, state))
    }
    fn progress(&mut self, done: u64) -> std::result::Result<(), Stop> {
        // Some call it for each record, and the host keeps aside whatever comes.
        if self.told.elapsed() < BETWEEN_PROGRESS {
            return if self.failed { Err(Stop) } else { Ok(()) };
        }
        self.told = Instant::now();
        self.write(|frames| frames.progress(done))
    }
}
