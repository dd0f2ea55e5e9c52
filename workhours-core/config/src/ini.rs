//! The old tool's format, as a tree: `[main]` with dotted keys, `[source type]` sections of `label = path` lines, and
//! the tables of TOML as sections, which it did not have.
//!
//! ```ini
//! [main]
//! eventsdb.uri = sqlite:///%(here)s/events.db
//! fs.uri = %(here)s/fs
//!
//! [log.http]
//! web = /var/log/apache2/access.log*
//!     ~/old-server/access.log
//! web.host = www1
//! ```
//!
//! `lines` decides which lines belong together. Which sections and keys there are, the structs of the configuration
//! say; here is only what INI calls differently. `%(here)s` stays, for `here`. Source types aren't checked.

mod inputs;
mod main;

use super::detect::sections;
use super::here::Here;
use super::layer::File;
use super::lines::{self, Entry, Section};
use super::tree::{Kind, Origin, REST, Shape, Table, Value, shapes};
use main::MainKey;
use std::path::Path;
use std::rc::Rc;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::error::{Error, Result};

/// The site's section, as in files for Paste, and its table.
const SERVER: (&str, &str) = ("server:main", "server");

/// Prefixes of sections, and the tables that have them as tables.
const FORMAT: (&str, &str) = ("format:", "formats");
const NAMED: [(&str, &str); 4] =
    [("alerts.", "alerts"), ("people.", "people"), ("receivers.", "receivers"), ("schedules.", "schedules")];

/// Sections of other programs that share the file: Paste's have a colon, these are `logging`'s and its kin.
const FOREIGN: [&str; 6] = ["DEFAULT", "loggers", "handlers", "formatters", "alembic", "uwsgi"];
const FOREIGN_PREFIXES: [&str; 3] = ["logger_", "handler_", "formatter_"];

/// Reads a whole file. Adds to the warnings what is in it and not used.
pub(super) fn tree(text: &str, here: &Here<'_>, warnings: &mut Vec<String>) -> Result<Value> {
    let file: Rc<str> = Rc::from(here.file.display().to_string());
    let sections: Vec<_> = sections().collect();
    let root = Table { prefix: "main".to_owned(), ..Table::default() };
    let mut builder = Builder { file: Rc::clone(&file), here, keys: main::keys(), root, warnings };
    for section in lines::sections(text, &file)? {
        let known = sections.iter().find(|(table, _)| section.name.eq_ignore_ascii_case(table));
        if let Some(name) = section.name.strip_prefix(FORMAT.0) {
            builder.format(name.trim(), &section)?;
        } else if section.name == SERVER.0 {
            builder.server(&section)?;
        } else if is_foreign(section.name) {
            let origin = builder.origin(section.line);
            builder.warnings.push(format!("{origin}: [{}] is not used", section.name));
        } else if section.name.eq_ignore_ascii_case("main") {
            builder.main(&section)?;
        } else if let Some((table, shape)) = known {
            builder.section(table, *shape, &section)?;
        } else if let Some((name, table)) =
            NAMED.iter().find_map(|(prefix, table)| Some((section.name.strip_prefix(prefix)?, *table)))
        {
            builder.named(table, name, &section)?;
        } else {
            builder.inputs(&section)?;
        }
    }
    Ok(Value { origin: Origin::new(&file, 1, 0), kind: Kind::Table(builder.root) })
}

fn is_foreign(section: &str) -> bool {
    section.contains(':')
        || FOREIGN.contains(&section)
        || FOREIGN_PREFIXES.iter().any(|prefix| section.starts_with(prefix))
}

struct Builder<'a> {
    file: Rc<str>,
    here: &'a Here<'a>,
    keys: Vec<MainKey>,
    root: Table,
    warnings: &'a mut Vec<String>,
}

impl Builder<'_> {
    fn origin(&self, line: usize) -> Origin {
        Origin::new(&self.file, line, line)
    }

    /// The value of an entry: its lines.
    fn lines(&self, entry: &Entry<'_>) -> Kind {
        let line = |(line, text): &(usize, &str)| Value {
            origin: self.origin(*line),
            kind: Kind::Plain((*text).to_owned()),
        };
        Kind::Lines(entry.values.iter().map(line).collect())
    }

    /// An error for a line that is no setting.
    fn check(&self, entry: &Entry<'_>) -> Result<Origin> {
        let origin = self.origin(entry.line);
        if entry.has_value {
            return Ok(origin);
        }
        Err(Error::usage(format!("{origin}: {:?} has no value", entry.key))
            .hint("write KEY = VALUE; indent a line that continues the one before"))
    }

    /// Whether a key has no value; then it is as if it were not there, with a warning.
    fn is_empty(&mut self, entry: &Entry<'_>, origin: &Origin) -> bool {
        if entry.values.is_empty() {
            self.warnings.push(format!("{origin}: {} is empty, so its default holds", entry.key));
        }
        entry.values.is_empty()
    }

    fn main(&mut self, section: &Section<'_>) -> Result<()> {
        for entry in &section.entries {
            let origin = self.check(entry)?;
            let typed = entry.key.to_ascii_lowercase();
            let Some(key) = self.keys.iter().find(|key| key.ini == typed) else {
                if main::NOT_YET.contains(&typed.as_str()) {
                    self.warnings.push(format!("{origin}: {} is not used yet", entry.key));
                    continue;
                }
                return Err(main::unknown_key(entry.key, &origin, &self.keys));
            };
            let (table, key) = (key.table, key.key);
            if self.is_empty(entry, &origin) {
                continue;
            }
            if key == "database" {
                self.warnings.extend(self.moved(entry).map(|warning| format!("{origin}: {warning}")));
            }
            let value = self.lines(entry);
            let table = match table {
                None => &mut self.root,
                Some(name) => self.root.table(name, &origin, || Table {
                    title: format!("[{name}]"),
                    prefix: "main".to_owned(),
                    entries: Vec::new(),
                }),
            };
            put(table, key, entry.key, &origin, value, self.warnings);
        }
        Ok(())
    }

    /// A table of TOML. The keys that we chose may be in capitals; those of the user stay as they are.
    fn section(&mut self, name: &str, shape: Shape, section: &Section<'_>) -> Result<()> {
        let known = matches!(shape, Shape::Struct(keys) if !keys.contains(&REST));
        for entry in &section.entries {
            let origin = self.check(entry)?;
            if name == "plugins" && self.is_empty(entry, &origin) {
                continue;
            }
            let value = self.lines(entry);
            let table = self.root.table(name, &origin, || Table::named(name));
            if known {
                let key = entry.key.to_ascii_lowercase();
                put(table, &key, entry.key, &origin, value, self.warnings);
            } else {
                table.push(entry.key, entry.key, &origin, value);
            }
        }
        Ok(())
    }

    /// The site. Files for Paste have further keys there, for its servers.
    fn server(&mut self, section: &Section<'_>) -> Result<()> {
        let shapes = shapes::<File>();
        let known = shapes.iter().find_map(|(name, shape)| match shape {
            Shape::Struct(keys) if *name == SERVER.1 => Some(*keys),
            _ => None,
        });
        for entry in &section.entries {
            let (origin, key) = (self.origin(entry.line), entry.key.to_ascii_lowercase());
            if !known.unwrap_or_default().contains(&key.as_str()) {
                self.warnings.push(format!("{origin}: {} of [{}] is not used", entry.key, section.name));
                continue;
            }
            let value = self.lines(entry);
            let table = self.root.table(SERVER.1, &origin, || Table::named(SERVER.1));
            put(table, &key, entry.key, &origin, value, self.warnings);
        }
        Ok(())
    }

    /// A table of one with many, each with a name of the user's.
    fn named(&mut self, table: &'static str, name: &str, section: &Section<'_>) -> Result<()> {
        let mut named = Table::named(section.name);
        for entry in &section.entries {
            let origin = self.check(entry)?;
            named.push(entry.key, entry.key, &origin, self.lines(entry));
        }
        if !named.entries.is_empty() {
            let origin = self.origin(section.line);
            let all = self.root.table(table, &origin, || Table::named(table));
            all.push(name, name, &origin, Kind::Table(named));
        }
        Ok(())
    }

    /// A format, with the keys of TOML except the sample: INI values are trimmed and lose their comments, so a sample
    /// would change.
    fn format(&mut self, name: &str, section: &Section<'_>) -> Result<()> {
        let mut format = Table::named(section.name);
        for entry in &section.entries {
            if entry.key == "sample" || entry.key.starts_with("expect") {
                let origin = self.origin(entry.line);
                return Err(Error::usage(format!("{origin}: {} needs a config file in TOML", entry.key))
                    .hint("workhours config show writes this one as TOML"));
            }
            let origin = self.check(entry)?;
            format.push(entry.key, entry.key, &origin, self.lines(entry));
        }
        let origin = self.origin(section.line);
        let formats = self.root.table(FORMAT.1, &origin, || Table::named(FORMAT.1));
        formats.push(name, name, &origin, Kind::Table(format));
        Ok(())
    }

    /// The old tool resolved a relative database against the working directory. Print a note if there is still one
    /// there.
    fn moved(&self, entry: &Entry<'_>) -> Option<String> {
        let [(_, text)] = entry.values[..] else { return None };
        let uri = self.here.uri(text).ok()?;
        let Ok(DatabaseUri::Sqlite(SqlitePath::File(path))) = uri.parse() else { return None };
        let old = self.here.env.cwd.as_ref()?.join(&path);
        let is_here = |path: &Path| self.here.dir.join(path).exists();
        (path.is_relative() && old.exists() && !is_here(&path)).then(|| {
            let dir = self.here.dir.display();
            format!("{} is looked for in {dir}, beside this file, not in {}", path.display(), old.display())
        })
    }
}

/// Adds a key that may be there once. The last one wins, and the user hears of it.
fn put(table: &mut Table, key: &str, name: &str, origin: &Origin, value: Kind, warnings: &mut Vec<String>) {
    if let Some(before) = table.entries.iter().rfind(|entry| entry.key == key) {
        let (now, then) = (table.full_name(name), table.full_name(&before.name));
        warnings.push(format!("{now} of {origin} beats {then} of {}", before.origin));
    }
    table.push(key, name, origin, value);
}
