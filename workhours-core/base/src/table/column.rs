//! A table's column: its name, type, unit, and display for people.
//!
//! Not how any output writes it.

/// The type of a column's cells. Every cell of a column has its type or is [`Cell::Null`](super::Cell::Null).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// Text from a set that doesn't grow with the data: kinds of events, but not hosts. Columnar outputs store each
    /// value once; for other outputs it is text like any other.
    Category,
    /// 64-bit integer.
    Int,
    /// 64-bit float.
    Float,
    /// Yes or no.
    Bool,
    /// A point in time, µs since the Unix epoch.
    Time,
    /// A list of texts.
    List,
    /// A short run of numbers, say one for each hour of the day: drawn as a sparkline for people, a list of numbers
    /// for programs.
    Series,
    /// An object or array, as JSON text.
    Json,
}

impl ColumnType {
    /// Whether its cells are single numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Category => "category",
            Self::Int => "integer",
            Self::Float => "number",
            Self::Bool => "yes or no",
            Self::Time => "time",
            Self::List => "list",
            Self::Series => "series",
            Self::Json => "JSON",
        }
    }
}

/// How outputs for people show a column's cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As their type is shown.
    #[default]
    Plain,
    /// A number with a bar. The highest number in the first rows has the longest bar.
    Bar,
}

/// A column: its name, its type, and whether people want to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; the same in every output.
    pub name: &'static str,
    /// The type of its cells.
    pub kind: ColumnType,
    /// One line with its meaning.
    pub help: &'static str,
    /// Whether outputs for people leave it out, because they have little space.
    pub detail: bool,
    /// The unit of its numbers: `min`, `h`, `bytes`, `%`, `EUR`.
    pub unit: Option<&'static str>,
    /// How outputs for people show it.
    pub look: Look,
}

impl Column {
    /// A column everyone sees.
    pub const fn new(name: &'static str, kind: ColumnType, help: &'static str) -> Self {
        Self { name, kind, help, detail: false, unit: None, look: Look::Plain }
    }

    /// A column only data outputs show.
    pub const fn detail(name: &'static str, kind: ColumnType, help: &'static str) -> Self {
        Self { detail: true, ..Self::new(name, kind, help) }
    }

    /// A column of numbers with a bar next to each.
    pub const fn bar(name: &'static str, kind: ColumnType, help: &'static str) -> Self {
        Self { look: Look::Bar, ..Self::new(name, kind, help) }
    }

    /// The same column with this unit.
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_are_for_constants() {
        const HOURS: Column = Column::bar("hours", ColumnType::Float, "time at work").unit("h");
        assert_eq!((HOURS.unit, HOURS.look, HOURS.detail), (Some("h"), Look::Bar, false));
        let plain = Column::detail("n", ColumnType::Int, "how many");
        assert_eq!((plain.unit, plain.look, plain.detail), (None, Look::Plain, true));
    }

    #[test]
    fn single_numbers() {
        assert!(ColumnType::Int.is_number() && ColumnType::Float.is_number());
        assert!(!ColumnType::Series.is_number() && !ColumnType::Time.is_number());
    }
}
