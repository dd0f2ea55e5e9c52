//! The fields a question can name. One list, for the parser, the filter, the index, the help and the docs.

/// A field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of the events report; see FIELDS
pub enum Field {
    Date,
    Source,
    Kind,
    Host,
    Peer,
    User,
    Person,
    Project,
    Title,
    Text,
    Url,
    Domain,
    Referrer,
    Agent,
    Tag,
    Path,
    Input,
    Label,
    Duration,
    Id,
    /// A key of the event's `meta`, at its top.
    Meta(String),
}

/// How its values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A name, as it is written.
    Name,
    /// Text of many words.
    Words,
    /// A point in time, as `--from` reads it.
    Time,
    /// A number.
    Number,
}

/// What is known about a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// As typed before the colon.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// How its values compare.
    pub kind: FieldKind,
    /// One line.
    pub help: &'static str,
}

const fn field(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: FieldKind,
    help: &'static str,
) -> FieldInfo {
    FieldInfo { name, aliases, kind, help }
}

/// All fields but those of `meta`, which are written `meta.status` or, where no field has that name, `status`.
pub const FIELDS: [FieldInfo; 20] = [
    field("date", &["time"], FieldKind::Time, "when it happened: 2026-03, \"yesterday 17:30\", -7d"),
    field("source", &["source_type", "type"], FieldKind::Name, "the source type"),
    field("kind", &[], FieldKind::Name, "what it is: shell.command"),
    field("host", &[], FieldKind::Name, "the machine where it happened"),
    field("peer", &[], FieldKind::Name, "the other end: the client of a request, where a login came from"),
    field("user", &["username"], FieldKind::Name, "the user"),
    field("person", &[], FieldKind::Name, "whose it is, by [me] and [people] of the config"),
    field("project", &[], FieldKind::Name, "the project, by [projects] of the config; (none) without one"),
    field("title", &[], FieldKind::Words, "its title, a single line"),
    field("text", &["command"], FieldKind::Words, "its content"),
    field("url", &[], FieldKind::Words, "the address"),
    field("domain", &["site"], FieldKind::Name, "the address's registrable domain: example.co.uk"),
    field("referrer", &[], FieldKind::Words, "the address it came from"),
    field("agent", &[], FieldKind::Words, "the program that did it"),
    field("tag", &["tags"], FieldKind::Name, "a label"),
    field("path", &["file"], FieldKind::Words, "the file it was read from"),
    field("input", &["input_id"], FieldKind::Name, "the number of the input, see workhours inputs list"),
    field("label", &[], FieldKind::Name, "the label of the input"),
    field("duration", &["duration_ms"], FieldKind::Number, "how long it took, milliseconds"),
    field("id", &[], FieldKind::Name, "its id"),
];

const VALUES: [Field; 20] = [
    Field::Date,
    Field::Source,
    Field::Kind,
    Field::Host,
    Field::Peer,
    Field::User,
    Field::Person,
    Field::Project,
    Field::Title,
    Field::Text,
    Field::Url,
    Field::Domain,
    Field::Referrer,
    Field::Agent,
    Field::Tag,
    Field::Path,
    Field::Input,
    Field::Label,
    Field::Duration,
    Field::Id,
];

/// Keys of `meta` that may be named without it, because sources agree on them.
const META: [&str; 6] = ["status", "method", "size_bytes", "exit", "vhost", "pid"];

impl Field {
    /// The field of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        if let Some(key) = lower.strip_prefix("meta.") {
            return (!key.is_empty()).then(|| Self::Meta(name[5..].to_owned()));
        }
        let found = FIELDS.iter().position(|f| f.name == lower || f.aliases.contains(&lower.as_str()));
        found
            .map(|i| VALUES[i].clone())
            .or_else(|| META.contains(&lower.as_str()).then(|| Self::Meta(lower.clone())))
    }

    /// As it is typed before the colon.
    pub fn name(&self) -> String {
        match self {
            Self::Meta(key) if META.contains(&key.as_str()) => key.clone(),
            Self::Meta(key) => format!("meta.{key}"),
            _ => self.static_name().to_owned(),
        }
    }

    /// Its name, without the key of a value of `meta`: for columns of tables.
    pub fn static_name(&self) -> &'static str {
        VALUES.iter().position(|f| f == self).map_or("meta", |i| FIELDS[i].name)
    }

    /// How its values compare. Those of `meta` by their type: numbers as numbers.
    pub fn kind(&self) -> FieldKind {
        VALUES.iter().position(|f| f == self).map_or(FieldKind::Name, |i| FIELDS[i].kind)
    }

    /// All names a field can have, for suggestions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FIELDS.iter().map(|f| f.name).chain(META)
    }
}
