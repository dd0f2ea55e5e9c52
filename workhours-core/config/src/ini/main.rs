//! The keys of `[main]`: those of the old tool, and every other setting at the top of a TOML file under its own name.

use crate::layer::File;
use crate::tree::{Origin, Shape, shapes};
use workhours_base::error::Error;
use workhours_base::names;

/// The old tool's names, and the setting that each is another name for.
const OLD: [(&str, &str); 9] = [
    ("fs.uri", "filestore"),
    ("fs.url", "filestore"),
    ("eventsdb.uri", "database"),
    ("eventsdb.url", "database"),
    ("db_main.url", "database"),
    ("db_main.uri", "database"),
    ("eventsdb.password_file", "database_password_file"),
    ("eventsdb.connections", "database_connections"),
    ("gaptime", "gaptime_min"),
];

/// Keys for a missing engine.
pub(super) const NOT_YET: [&str; 2] = ["esdb.url", "esdb.uri"];

/// A table whose keys are in `[main]`, after its name and a dot.
const DOTTED: &str = "fs";

/// A key of `[main]`.
pub(super) struct MainKey {
    /// Its name in INI, in small letters.
    pub ini: String,
    /// The table of the setting in TOML, unless it is at the top.
    pub table: Option<&'static str>,
    /// The setting.
    pub key: &'static str,
}

/// All keys.
pub(super) fn keys() -> Vec<MainKey> {
    let old = OLD.iter().map(|(ini, key)| MainKey { ini: (*ini).to_owned(), table: None, key });
    let mut keys: Vec<MainKey> = old.collect();
    for (key, shape) in shapes::<File>() {
        match shape {
            Shape::Value if OLD.iter().all(|(_, renamed)| *renamed != key) => {
                keys.push(MainKey { ini: key.to_owned(), table: None, key });
            }
            Shape::Struct(below) if key == DOTTED => keys.extend(below.iter().map(|below| MainKey {
                ini: format!("{key}.{below}"),
                table: Some(key),
                key: below,
            })),
            _ => {}
        }
    }
    keys
}

/// The error for a key that isn't there, with the nearest one.
pub(super) fn unknown_key(key: &str, origin: &Origin, keys: &[MainKey]) -> Error {
    let known = keys.iter().map(|key| key.ini.as_str()).chain(NOT_YET);
    let error = Error::usage(format!("{origin}: unknown key {key:?} in [main]"));
    match names::nearest(key, known.clone()) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("the keys are {}", known.collect::<Vec<_>>().join(", "))),
    }
}
