//! One commit of a git log, read from the bytes of its record, and the event made from it.
//!
//! [`log`](crate::git::log) finds where a record begins and ends.

use crate::git::date::date;
use crate::git::fields::{Role, is_hash, refs};
use workhours_plugin_api::*;

/// A commit of the log.
#[derive(Debug, Default)]
pub(crate) struct Commit<'a> {
    pub(crate) hash: &'a [u8],
    parents: Vec<u8>,
    refs: &'a [u8],
    repository: &'a [u8],
    author: Person<'a>,
    /// The author as in the commit; empty if it is the same.
    own: Person<'a>,
    committer: Person<'a>,
    subject: Vec<u8>,
    message: Vec<u8>,
    notes: Vec<u8>,
    /// Files, insertions and deletions of the line that ends `--stat`.
    stat: [Option<i64>; 3],
    /// The head ended in a blank line, as it does but for a cut.
    pub(crate) head_ended: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Person<'a> {
    name: Vec<u8>,
    date: &'a [u8],
}

impl<'a> Person<'a> {
    /// `Name <address>`, as git writes both.
    fn add(&mut self, part: &[u8], is_address: bool) {
        if part.is_empty() {
            return;
        }
        let bare = !is_address || part.starts_with(b"<") || self.name.is_empty();
        if !self.name.is_empty() {
            self.name.push(b' ');
        }
        self.name.extend_from_slice(if bare { b"" } else { b"<" });
        self.name.extend_from_slice(part);
        self.name.extend_from_slice(if bare { b"" } else { b">" });
    }

    /// `Name <address> seconds zone` of the layout `raw`.
    fn raw(text: &'a [u8]) -> Self {
        let end = text.iter().rposition(|b| *b == b'>').map_or(text.len(), |n| n + 1);
        let (name, date) = text.split_at(end);
        Self { name: name.trim_ascii().to_vec(), date: date.trim_ascii() }
    }
}

/// The hash in `commit 34b4e10… (HEAD -> main)` and what follows it, or `None` for any other line.
pub(crate) fn first_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"commit ")?.trim_ascii();
    // `--left-right`, `--boundary` and `--cherry-mark` put a sign before the hash.
    let rest = match rest {
        [b'>' | b'<' | b'-' | b'=' | b'+' | b'^', b' ', hash @ ..] => hash,
        _ => rest,
    };
    let end = rest.iter().position(|b| !b.is_ascii_hexdigit()).unwrap_or(rest.len());
    let (hash, after) = rest.split_at(end);
    (is_hash(hash) && after.first().is_none_or(|b| *b == b' ')).then_some((hash, after.trim_ascii()))
}

/// Reads a record that begins with `commit …`.
pub(crate) fn block(raw: &[u8]) -> Option<Commit<'_>> {
    #[derive(PartialEq)]
    enum At {
        Head,
        Message,
        Notes,
        After,
    }
    let mut lines = raw.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let (hash, after) = first_line(lines.next()?)?;
    let mut commit = Commit { hash, ..Commit::default() };
    match after.iter().position(|b| *b == b'(') {
        Some(at) => (commit.parents, commit.refs) = (after[..at].trim_ascii().to_vec(), &after[at..]),
        None => commit.parents = after.to_vec(),
    }
    let mut at = At::Head;
    for line in lines {
        let indented = line.strip_prefix(b"    ");
        match at {
            At::Head if line.is_empty() => {
                at = At::Message;
                commit.head_ended = true;
            }
            At::Head => commit.head(line),
            At::Message | At::Notes if line.is_empty() || indented.is_some() => {
                let text = if at == At::Notes { &mut commit.notes } else { &mut commit.message };
                text.extend_from_slice(indented.unwrap_or_default());
                text.push(b'\n');
            }
            _ if line.starts_with(b"Notes") && line.ends_with(b":") => at = At::Notes,
            _ => {
                at = At::After;
                commit.stat(line);
            }
        }
    }
    Some(commit)
}

/// Reads a record of columns; `Err` has the reason.
pub(crate) fn columns<'a>(raw: &'a [u8], separator: u8, roles: &[Role]) -> Result<Commit<'a>, &'static str> {
    let mut commit = Commit { head_ended: true, ..Commit::default() };
    let mut fields = raw.splitn(roles.len(), |b| *b == separator);
    for role in roles {
        let field = fields.next().ok_or("the record has fewer columns than the others")?.trim_ascii();
        match role {
            Role::Repository => commit.repository = field,
            Role::OwnName => commit.own.add(field, false),
            Role::OwnEmail => commit.own.add(field, true),
            Role::Hash => commit.hash = field,
            Role::Parents => commit.parents = field.to_vec(),
            Role::Refs => commit.refs = field,
            Role::AuthorName => commit.author.add(field, false),
            Role::AuthorEmail => commit.author.add(field, true),
            Role::AuthorDate => commit.author.date = field,
            Role::CommitterName => commit.committer.add(field, false),
            Role::CommitterEmail => commit.committer.add(field, true),
            Role::CommitterDate => commit.committer.date = field,
            Role::Subject => commit.subject = field.to_vec(),
            Role::Body => commit.message = field.to_vec(),
            Role::Other => {}
        }
    }
    if !is_hash(commit.hash) {
        return Err("no commit hash in the column where the others have it");
    }
    Ok(commit)
}

impl<'a> Commit<'a> {
    fn head(&mut self, line: &'a [u8]) {
        let Some(at) = line.iter().position(|b| *b == b' ') else { return };
        let (key, value) = (&line[..at], line[at..].trim_ascii());
        match key {
            b"Author:" => self.author.name = value.to_vec(),
            b"Commit:" => self.committer.name = value.to_vec(),
            b"Date:" | b"AuthorDate:" => self.author.date = value,
            b"CommitDate:" => self.committer.date = value,
            b"author" => self.author = Person::raw(value),
            b"committer" => self.committer = Person::raw(value),
            b"parent" | b"Merge:" => {
                if key == b"parent" && !self.parents.is_empty() {
                    self.parents.push(b' ');
                } else {
                    self.parents.clear();
                }
                self.parents.extend_from_slice(value);
            }
            _ => {}
        }
    }

    /// ` 3 files changed, 10 insertions(+), 2 deletions(-)`
    fn stat(&mut self, line: &[u8]) {
        let Some(text) = std::str::from_utf8(line).ok().filter(|t| t.contains(" changed")) else { return };
        for part in text.split(',').map(str::trim) {
            let (number, what) = part.split_once(' ').unwrap_or((part, ""));
            let names = ["file", "insertion", "deletion"];
            if let (Some(i), Ok(n)) = (names.iter().position(|w| what.starts_with(w)), number.parse()) {
                self.stat[i] = Some(n);
            }
        }
    }

    /// Emits the event of the commit.
    pub(crate) fn emit(&self, span: Span<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let time = date(self.author.date);
        let committed = date(self.committer.date);
        let (title, text) = title_and_text(&self.subject, &self.message);
        let notes = self.notes.trim_ascii();
        let mut attrs = Vec::with_capacity(8);
        let mut add = |key, value| attrs.push(Attr { key, value });
        for (key, value) in
            [("repository", self.repository), ("parents", &self.parents[..]), ("notes", notes)]
        {
            if !value.is_empty() {
                add(key, Value::Str(Text(value)));
            }
        }
        if !self.committer.name.is_empty() && self.committer.name != self.author.name {
            add("committer", Value::Str(Text(&self.committer.name)));
        }
        if let Some(committed) = committed.filter(|c| time.is_none_or(|t| t.secs != c.secs)) {
            add("committed_secs", Value::Int(committed.secs));
        }
        for (key, number) in ["files_changed", "insertions", "deletions"].into_iter().zip(self.stat) {
            if let Some(number) = number {
                add(key, Value::Int(number));
            }
        }
        let tags: Vec<Text<'_>> =
            refs(self.refs).filter(|r| !r.is_empty() && *r != b"HEAD").map(Text).collect();
        let unread = |time: Option<EventTime>, text: &[u8]| time.is_none() && !text.is_empty();
        let mut flags = RowFlags::NONE;
        if unread(time, self.author.date) {
            flags |= RowFlags::BAD_TIME;
        }
        out.emit(&EventRow {
            span,
            time,
            kind: "git.commit",
            key: self.hash,
            title: Text(&title),
            text: Text(&text),
            user: Text(&self.author.name),
            // A commit was always known by the name that it was made with.
            key_user: Text(&self.own.name),
            tags: &tags,
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }
}

/// The subject is the first paragraph on one line, as git shows it; the text is what follows.
fn title_and_text(subject: &[u8], message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let message = message.trim_ascii();
    let mut title = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n');
        let line = rest[..end.unwrap_or(rest.len())].trim_ascii();
        if line.is_empty() {
            break;
        }
        if !title.is_empty() {
            title.push(b' ');
        }
        title.extend_from_slice(line);
        rest = end.map_or(&[][..], |n| &rest[n + 1..]);
    }
    if subject.is_empty() || title == subject {
        return (title, rest.trim_ascii().to_vec());
    }
    (subject.to_vec(), message.to_vec())
}
