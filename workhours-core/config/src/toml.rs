//! The TOML format of the configuration, as a tree.
//!
//! ```toml
//! database = "sqlite:////var/lib/workhours/events.db"
//! database_password_file = "/run/secrets/workhours"
//! database_connections = 8
//! jobs = 4
//! filestore = "~/workhours/fs"
//! timezone = "Europe/Berlin"
//! gaptime_min = 15
//! fs.keep = "30d"
//! plugins.dirs = ["plugins.d"]
//! redaction.ticket = 'TCK-(?<secret>\d+)'
//! tags.acme = { url = 'acme\.example' }
//!
//! [[inputs]]
//! type = "log.http"
//! path = ["/var/log/apache2/access.log*", "old/access.log"]
//! label = "web"
//! host = "www1"
//! options = { format = "combined" }
//! ```
//!
//! Doesn't know any key; `layer` does.

use super::tree::{Entry, Kind, Origin, Table, Value};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use std::path::Path;
use std::rc::Rc;
use workhours_base::error::{Error, Result};

/// Reads a whole file.
pub(super) fn tree(text: &str, file: &Path) -> Result<Value> {
    let file = Rc::from(file.display().to_string());
    let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect();
    let reader = Reader { file, newlines };
    let parsed = DeTable::parse(text).map_err(|e| {
        let message = e.message().trim_end().replace('\n', ", ");
        let place = match e.span() {
            Some(span) => reader.origin(span.start).to_string(),
            None => reader.file.to_string(),
        };
        Error::usage(format!("{place}: {message}"))
    })?;
    let origin = reader.origin(parsed.span().start);
    let table = reader.table(parsed.get_ref(), String::new(), String::new())?;
    Ok(Value { origin, kind: Kind::Table(table) })
}

struct Reader {
    file: Rc<str>,
    /// Where the lines end.
    newlines: Vec<usize>,
}

impl Reader {
    fn origin(&self, at: usize) -> Origin {
        Origin::new(&self.file, 1 + self.newlines.partition_point(|newline| *newline < at), at)
    }

    fn table(&self, table: &DeTable<'_>, title: String, prefix: String) -> Result<Table> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let (name, origin) = (key.get_ref().to_string(), self.origin(key.span().start));
            let full = match prefix.as_str() {
                "" => quoted(&name),
                prefix => format!("{prefix}.{}", quoted(&name)),
            };
            let value = self.value(value, &full, false)?;
            entries.push(Entry { key: name.clone(), name, origin, value });
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Table { title, prefix, entries })
    }

    /// A value under the key of this full name, or in its list.
    fn value(&self, value: &Spanned<DeValue<'_>>, key: &str, listed: bool) -> Result<Value> {
        let origin = self.origin(value.span().start);
        let too_large =
            |n: &dyn std::fmt::Display| Error::usage(format!("{origin}: the number {n} is too large"));
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Integer(n) => {
                Kind::Integer(i64::from_str_radix(n.as_str(), n.radix()).map_err(|_| too_large(n))?)
            }
            DeValue::Float(n) => {
                let float: f64 = n.as_str().parse().map_err(|_| too_large(n))?;
                if float.is_infinite() && !n.as_str().contains("inf") {
                    return Err(too_large(n));
                }
                Kind::Float(float)
            }
            DeValue::Boolean(truth) => Kind::Bool(*truth),
            DeValue::Datetime(date) => Kind::Date(date.to_string()),
            DeValue::Array(list) => {
                Kind::List(list.iter().map(|value| self.value(value, key, true)).collect::<Result<_>>()?)
            }
            DeValue::Table(table) => {
                let title = if listed { format!("[[{key}]]") } else { format!("[{key}]") };
                Kind::Table(self.table(table, title, key.to_owned())?)
            }
        };
        Ok(Value { origin, kind })
    }
}

/// A key, in quotes if it needs them.
fn quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if bare { key.to_owned() } else { ::toml::Value::String(key.to_owned()).to_string() }
}
