//! A plugin source's description of itself: its manifest, a JSON object, read into the [`SourceInfo`] that the rest of
//! the program uses.
//!
//! A manifest comes from unknown code, and its words end up in file names, tables and help. So sizes, names and
//! characters are checked. Whether the source follows it is checked when it runs.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use workhours_base::error::{Error, Result};
use workhours_plugin_api::{Activity, Growth, InputNeed, Location, Os, Sample, SourceInfo, SourceOption};

/// Maximum length of a description.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Entries of one list.
const MAX_ENTRIES: usize = 1000;
/// Bytes of a name.
pub(super) const MAX_NAME: usize = 64;
/// What `-s` treats as a keyword.
pub(super) const RESERVED: &str = "auto";

/// A source's manifest, understood.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its description, like that of a built-in source.
    pub info: &'static SourceInfo,
    /// The oldest host it runs on: major and minor version of the ABI, if set.
    pub abi: Option<(u16, u16)>,
    /// The JSON it was read from.
    pub json: String,
}

/// Reads a manifest. The result lives as long as the program; reading the same text again costs nothing more.
///
/// # Errors
/// When it isn't such a JSON object, or a value is invalid: the message says which.
pub fn read(json: &str) -> Result<Manifest> {
    // A description is read again in each command of a run and must not be leaked each time.
    static KNOWN: Mutex<Option<HashMap<String, Leaked>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    let (info, abi) = match known.get(json) {
        Some(leaked) => *leaked,
        None => {
            let leaked = understand(json)?;
            known.insert(json.to_owned(), leaked);
            leaked
        }
    };
    Ok(Manifest { info, abi, json: json.to_owned() })
}

type Leaked = (&'static SourceInfo, Option<(u16, u16)>);

/// `1.0` as two numbers.
pub(super) fn version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn understand(json: &str) -> Result<Leaked> {
    if json.len() > MAX_BYTES {
        return Err(wrong(format!("it has {} bytes; {MAX_BYTES} are allowed", json.len())));
    }
    let raw: Raw = serde_json::from_str(json).map_err(|e| wrong(e.to_string()))?;
    let name = raw.name.clone();
    raw.check().map_err(|why| wrong(format!("{name:?}: {why}")))?;
    let abi = match &raw.abi {
        Some(text) => Some(version(text).ok_or_else(|| {
            wrong(format!("{name:?}: abi is {text:?}, which is not a version such as 1.0"))
        })?),
        None => None,
    };
    let sample = match raw.sample {
        Some(sample) => sample.leak().map_err(|why| wrong(format!("{name:?}: {why}")))?,
        None => Sample { bytes: b"", events: 0, rejects: 0 },
    };
    let location = |l: RawLocation| Location { os: l.os.into(), glob: l.glob.leak() };
    let option =
        |o: RawOption| SourceOption { name: o.name.leak(), help: o.help.leak(), default: o.default.leak() };
    let info = SourceInfo {
        name: raw.name.leak(),
        aliases: words(raw.aliases),
        summary: raw.summary.leak(),
        details: raw.details.leak(),
        authority: raw.authority.leak(),
        activity: raw.activity.into(),
        growth: raw.growth.into(),
        kinds: words(raw.kinds),
        locations: raw.locations.into_iter().map(location).collect::<Vec<_>>().leak(),
        companions: words(raw.companions),
        options: raw.options.into_iter().map(option).collect::<Vec<_>>().leak(),
        input: raw.input.into(),
        sample,
    };
    Ok((Box::leak(Box::new(info)), abi))
}

fn wrong(why: String) -> Error {
    Error::failed(format!("a source's manifest is not valid: {why}"))
        .hint("this is a bug in the plugin; report it to its author")
}

fn words(list: Vec<String>) -> &'static [&'static str] {
    list.into_iter().map(|word| &*word.leak()).collect::<Vec<_>>().leak()
}

/// The object as it is written. Keys that are not known are left to newer programs.
#[derive(Deserialize)]
struct Raw {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    activity: RawActivity,
    growth: RawGrowth,
    kinds: Vec<String>,
    #[serde(default)]
    locations: Vec<RawLocation>,
    #[serde(default)]
    companions: Vec<String>,
    #[serde(default)]
    options: Vec<RawOption>,
    #[serde(default)]
    input: RawInput,
    abi: Option<String>,
    sample: Option<RawSample>,
}

/// The same words as an enum of the contract, which does not know JSON.
macro_rules! words_of {
    ($raw:ident, $of:ident, $($variant:ident),+; $($default:tt)*) => {
        #[derive(Clone, Copy, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum $raw { $($variant),+ }
        impl From<$raw> for $of {
            fn from(raw: $raw) -> Self {
                match raw { $($raw::$variant => Self::$variant),+ }
            }
        }
        $(impl Default for $raw { fn default() -> Self { Self::$default } })*
    };
}
words_of!(RawActivity, Activity, Human, Machine, Mixed; Mixed);
words_of!(RawGrowth, Growth, Append, Mutable; );
words_of!(RawOs, Os, Any, Linux, MacOs, Windows; Any);
words_of!(RawInput, InputNeed, Read, Map, Path; Read);

#[derive(Deserialize)]
struct RawLocation {
    #[serde(default)]
    os: RawOs,
    glob: String,
}

#[derive(Deserialize)]
struct RawOption {
    name: String,
    #[serde(default)]
    help: String,
    #[serde(default)]
    default: String,
}

#[derive(Deserialize)]
struct RawSample {
    text: Option<String>,
    hex: Option<String>,
    events: u64,
    rejects: u64,
}

impl Raw {
    fn check(&self) -> Result<(), String> {
        for name in std::iter::once(&self.name).chain(&self.aliases) {
            if !is_name(name) {
                return Err(format!(
                    "{name:?} is not a name: lower-case words of a-z, 0-9, _ and - joined by dots, at most \
                     {MAX_NAME} bytes"
                ));
            }
            if name == RESERVED {
                return Err(format!("the name {RESERVED} is taken"));
            }
        }
        let lists = [
            ("aliases", self.aliases.len()),
            ("kinds", self.kinds.len()),
            ("locations", self.locations.len()),
            ("companions", self.companions.len()),
            ("options", self.options.len()),
        ];
        if let Some((list, len)) = lists.iter().find(|(_, len)| *len > MAX_ENTRIES) {
            return Err(format!("{list} has {len} entries; {MAX_ENTRIES} are allowed"));
        }
        if self.kinds.is_empty() {
            return Err("kinds is empty, so no event could be of any".to_owned());
        }
        if let Some(kind) = self.kinds.iter().find(|k| k.len() > MAX_NAME) {
            return Err(format!("the kind {kind:?} is longer than {MAX_NAME} bytes"));
        }
        let one_line = [("summary", &self.summary), ("authority", &self.authority)].into_iter();
        let one_line = one_line.chain(self.kinds.iter().map(|k| ("kinds", k)));
        let one_line = one_line.chain(self.locations.iter().map(|l| ("locations", &l.glob)));
        let one_line = one_line.chain(self.companions.iter().map(|c| ("companions", c)));
        let one_line = one_line.chain(self.options.iter().map(|o| ("options", &o.name)));
        for (key, text) in one_line {
            if text.chars().any(char::is_control) {
                return Err(format!("{key} has a control character: {text:?}"));
            }
            if text.is_empty() && key != "authority" {
                return Err(format!("{key} has an empty text"));
            }
        }
        // They are joined to the name of an input; with a separator they would reach into other folders.
        match self.companions.iter().find(|c| c.contains(['/', '\\'])) {
            Some(ending) => Err(format!("the companion {ending:?} is not the ending of a file name")),
            None => Ok(()),
        }
    }
}

impl RawSample {
    fn leak(self) -> Result<Sample, String> {
        let bytes = match (self.text, self.hex) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(hex)) => unhex(&hex).ok_or("the sample's hex is not pairs of hex digits")?,
            _ => return Err("the sample has to have one of text and hex".to_owned()),
        };
        Ok(Sample { bytes: bytes.leak(), events: self.events, rejects: self.rejects })
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let word =
        |w: &str| !w.is_empty() && w.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
    // A name with a dash in front would be taken for an option.
    text.len() <= MAX_NAME && !text.starts_with('-') && text.split('.').all(word)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |b: u8| char::from(b).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests;
