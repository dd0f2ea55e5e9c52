//! Which source reads a file: the type `auto` lets each source try it. `evidence` weighs a reading; `auto` decides
//! which files are tried, and what happens to those no source claims.

use super::evidence::{Evidence, Reader};
use super::rotated_name::series;
use super::trial;
use std::cell::OnceCell;
use std::io::Read;
use std::path::Path;
use workhours_base::error::{Context, Error};
use workhours_base::file::Kind;
use workhours_filestore::{Extract, SQLITE_MAGIC, open_consistent, open_source};
use workhours_plugin_api::{InputNeed, SourceError, SourceInfo};
use workhours_registry::{Registered, Registry};
use workhours_store::now_us;

/// The type of inputs whose files are of whatever type they are.
pub(super) const AUTO: &str = "auto";

/// Sources that read from front to end are tried on this much.
const TRIED_BYTES: u64 = 64 << 10;
/// Sources for whole documents try documents up to this size completely; larger ones only if their beginning has the
/// source's format.
const WHOLE_BYTES: u64 = 64 << 20;
/// Claims that differ by at most this many thousandths are equally good.
const NEAR: u64 = 100;
/// Letters and digits a usual name must have to say anything: `*.log` has too few.
const TELLING_LETTERS: usize = 4;

/// The source a file is for.
#[derive(Clone)]
pub struct Detected {
    /// The source.
    pub registered: Registered,
    /// Sources that read other records of the same database.
    pub others: Vec<&'static str>,
}

/// Why no source was found for a file.
#[derive(Debug)]
pub enum Unclaimed {
    /// There is nothing in it.
    Empty,
    /// It cannot be read, or only once.
    Unreadable(Error),
    /// No source knows its format.
    Unknown(Error),
    /// Several know it, and read different records in it.
    Torn(Error),
}

/// One source's claim on a file.
struct Claim {
    registered: Registered,
    share: u64,
    dated: u64,
    vocabulary: usize,
    digest: u64,
    of_rows: bool,
}

impl Claim {
    fn new(registered: &Registered, share: u64, evidence: &Evidence) -> Self {
        Self {
            registered: *registered,
            share,
            dated: evidence.dated(),
            vocabulary: evidence.vocabulary(),
            digest: evidence.digest(),
            of_rows: evidence.is_of_rows(),
        }
    }

    fn name(&self) -> &'static str {
        self.registered.source.info().name
    }
}

/// Finds the source that understands the file. Each tries its first 64 KiB, or all of a document.
///
/// A source claims the file if it understands at least half of what it finds; see `evidence`. If several claim it
/// equally, the source that loaded it `before` wins, then the one whose usual places have a file of this name, then the
/// one that fills more fields. If they find the same records at the same times, the choice doesn't matter and the first
/// by name wins: a general type comes before the special ones that refine it. Otherwise none wins.
///
/// A built-in source without usual places is for the output of many programs, and reads nearly anything in some way.
/// Such sources try the file only if no other claims it.
///
/// # Errors
/// Why there is no such source.
pub fn detect(registry: &Registry, path: &Path, before: &[String]) -> Result<Detected, Unclaimed> {
    let candidate = Candidate::open(path)?;
    let mut dates = Vec::new();
    for general in [false, true] {
        let mut claims = Vec::new();
        for registered in registry.all().iter().filter(|r| is_general(r) == general) {
            let Some(evidence) = candidate.weigh(registered) else { continue };
            match evidence.share(&candidate.head) {
                Some(share) => claims.push(Claim::new(registered, share, &evidence)),
                None if general && evidence.dated() > 0 => dates.push(registered.source.info().name),
                None => {}
            }
        }
        if !claims.is_empty() {
            return winner(claims, path, before);
        }
    }
    let error = Error::failed(format!("no source knows the format of {}", path.display()));
    Err(Unclaimed::Unknown(match dates[..] {
        [] => error.hint("name the source type instead of auto; workhours -l lists them"),
        [..] => error.hint(format!(
            "{} finds dates in it, but not what the rest means; name it instead of auto if that is enough, or declare \
             the format",
            dates.join(" or ")
        )),
    }))
}

fn is_general(registered: &Registered) -> bool {
    registered.is_built_in() && registered.source.info().locations.is_empty()
}

/// The claim that wins.
fn winner(mut claims: Vec<Claim>, path: &Path, before: &[String]) -> Result<Detected, Unclaimed> {
    if let Some(claim) = before.iter().find_map(|name| claims.iter().find(|c| c.name() == name)) {
        return Ok(Detected { registered: claim.registered, others: Vec::new() });
    }
    let best = claims.iter().map(|c| c.share).max().unwrap_or(0);
    claims.retain(|c| c.share + NEAR >= best);
    // Sources for rows of a database don't compete: they read different tables.
    if claims.iter().all(|c| c.of_rows) {
        claims.sort_by_key(|c| std::cmp::Reverse(c.dated));
        let others = claims.iter().skip(1).map(Claim::name).collect();
        return first(&claims, others);
    }
    let telling = |c: &Claim| usual_name(c.registered.source.info(), path);
    let most = claims.iter().map(telling).max().unwrap_or(0);
    claims.retain(|c| telling(c) == most);
    let richest = claims.iter().map(|c| c.vocabulary).max().unwrap_or(0);
    claims.retain(|c| c.vocabulary == richest);
    if claims.windows(2).all(|pair| pair[0].digest == pair[1].digest) {
        // Sources that the user declared or installed take precedence over built-in ones.
        claims.sort_by_key(|c| (c.registered.is_built_in(), c.name()));
        return first(&claims, Vec::new());
    }
    let names: Vec<_> = claims.iter().map(Claim::name).collect();
    Err(Unclaimed::Torn(
        Error::failed(format!("{} can be read as {}", path.display(), names.join(" or ")))
            .hint("name one of these source types instead of auto"),
    ))
}

fn first(claims: &[Claim], others: Vec<&'static str>) -> Result<Detected, Unclaimed> {
    match claims {
        [claim, ..] => Ok(Detected { registered: claim.registered, others }),
        [] => Err(Unclaimed::Empty),
    }
}

/// How well a file's name fits a source: the letters and digits of the usual name that it matches.
fn usual_name(info: &SourceInfo, path: &Path) -> usize {
    let relative = series(path);
    let names: Vec<_> = [path, &relative].into_iter().filter_map(|p| p.file_name()?.to_str()).collect();
    let letters = |location: &workhours_plugin_api::Location| {
        let last = location.glob.rsplit('/').next().unwrap_or_default();
        let letters = last.chars().filter(|c| c.is_alphanumeric()).count();
        let pattern = glob::Pattern::new(last).ok()?;
        (letters >= TELLING_LETTERS && names.iter().any(|n| pattern.matches(n))).then_some(letters)
    };
    info.locations.iter().filter_map(letters).max().unwrap_or(0)
}

/// A file that sources try.
struct Candidate<'p> {
    path: &'p Path,
    /// Its beginning, without a record that is cut.
    head: Vec<u8>,
    /// Whether that is all of it.
    all: bool,
    /// Its size, if it is not packed.
    size: Option<u64>,
    reference_secs: i64,
    now_secs: i64,
    /// All of it, a database with its companion files: read once, when the first source needs it.
    whole: OnceCell<Option<Vec<u8>>>,
}

impl<'p> Candidate<'p> {
    fn open(path: &'p Path) -> Result<Self, Unclaimed> {
        let once = |what: &str| {
            let why = format!("{} is {what}, and a pipe cannot be read twice", path.display());
            let hint = "name the source type instead of auto; workhours -l lists them";
            Unclaimed::Unreadable(Error::usage(why).hint(hint))
        };
        match Kind::of(path) {
            _ if path.as_os_str() == "-" => return Err(once("a pipe")),
            Some(Kind::Pipe) => return Err(once("a pipe")),
            Some(kind) if kind.is_stream() => {
                let why = format!("{} is {}, and can be read only once", path.display(), kind.name());
                let hint = "name the source type instead of auto; workhours -l lists them";
                return Err(Unclaimed::Unreadable(Error::usage(why).hint(hint)));
            }
            _ => {}
        }
        let mut extract = open_source(path).map_err(Unclaimed::Unreadable)?;
        let Some(stat) = &extract.stat else { return Err(once("a pipe")) };
        // Years that a log does not write are counted back from here.
        let reference_secs = (stat.mtime_ns / 1_000_000_000) as i64;
        let (head, all) = match trial::first_bytes(&mut extract, TRIED_BYTES) {
            Ok(read) => read,
            Err((head, e)) if head.is_empty() => {
                let unreadable = Err(e).context(|| format!("cannot read {}", path.display()));
                return unreadable.map_err(Unclaimed::Unreadable);
            }
            // Damage further on is reported by the load.
            Err((head, _)) => (head, false),
        };
        if head.is_empty() {
            return Err(Unclaimed::Empty);
        }
        let now_secs = now_us() / 1_000_000;
        let whole = OnceCell::new();
        Ok(Self { path, head, all, size: extract.size(), reference_secs, now_secs, whole })
    }

    /// The source's reading; nothing if the file has another format, or the source failed.
    fn weigh(&self, registered: &Registered) -> Option<Evidence> {
        let source = registered.source;
        let reader = match (is_general(registered), registered.is_built_in()) {
            (true, _) => Reader::General,
            (false, true) => Reader::Special,
            (false, false) => Reader::Own,
        };
        let mut evidence = Evidence::new(reader, self.now_secs);
        let need = source.info().input;
        let end = match need {
            InputNeed::Read => trial::read_bytes(source, &self.head, self.reference_secs, &mut evidence),
            _ if self.is_out_of_the_question(registered) => return None,
            InputNeed::Map => trial::read_bytes(source, self.whole()?, self.reference_secs, &mut evidence),
            InputNeed::Path => {
                let extract = self.opened()?;
                trial::read_extract(source, extract, self.reference_secs, &mut evidence)
            }
        };
        (!matches!(end, Err(SourceError::Unsupported(_) | SourceError::Config(_)))).then_some(evidence)
    }

    /// Whether the beginning alone shows that a document isn't the source's. For a tree of values or for markup it
    /// never does: the evidence may come late.
    fn is_out_of_the_question(&self, registered: &Registered) -> bool {
        let large = self.size.is_some_and(|size| size > WHOLE_BYTES);
        let tree = matches!(self.head.trim_ascii_start().first(), Some(b'{' | b'[' | b'<'));
        if self.all || (tree && !large) {
            return false;
        }
        let mut evidence = Evidence::new(Reader::Own, self.now_secs);
        let end = trial::read_bytes(registered.source, &self.head, self.reference_secs, &mut evidence);
        matches!(end, Err(SourceError::Unsupported(_)))
    }

    fn whole(&self) -> Option<&[u8]> {
        let read = || {
            if self.all && !self.head.starts_with(SQLITE_MAGIC) {
                return Some(self.head.clone());
            }
            let mut bytes = Vec::new();
            // The unpacked length of a packed file is only known after reading it.
            let most = if self.size.is_some() { u64::MAX } else { WHOLE_BYTES };
            let mut extract = self.opened()?;
            extract.by_ref().take(most).read_to_end(&mut bytes).ok()?;
            let more = extract.read(&mut [0]).ok()? > 0;
            (!more).then_some(bytes)
        };
        self.whole.get_or_init(read).as_deref()
    }

    fn opened(&self) -> Option<Extract> {
        open_consistent(self.path, &std::env::temp_dir()).ok()
    }
}
