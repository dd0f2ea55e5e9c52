//! An event as a row of a table: the same columns wherever events are listed.

use super::{StoredEvent, flag_names};
use workhours_base::Text;
use workhours_base::table::{Cell, Column, ColumnType};

/// The columns of an event, the same in every report that lists events.
pub const COLUMNS: [Column; 23] = [
    Column::new("date", ColumnType::Time, "when it happened or began, UTC; empty for an undated event"),
    Column::new("source_type", ColumnType::Category, "the source type of its input"),
    Column::detail("kind", ColumnType::Category, "what it is: shell.command, http.request"),
    Column::new("host", ColumnType::Text, "the machine where it happened"),
    Column::new("peer", ColumnType::Text, "the other end: the client of a request, where a login came from"),
    Column::new("user", ColumnType::Text, "the user"),
    Column::detail("project", ColumnType::Text, "the project"),
    Column::new("title", ColumnType::Text, "a title of one line"),
    Column::new("text", ColumnType::Text, "its content: the command, the description"),
    Column::new("url", ColumnType::Text, "the address it is about; a path when the host is not known"),
    Column::detail("referrer", ColumnType::Text, "the address it came from"),
    Column::detail("agent", ColumnType::Text, "the program that did it: a user agent, a browser"),
    Column::detail("tags", ColumnType::List, "labels"),
    Column::detail("duration_ms", ColumnType::Float, "how long it took, milliseconds").unit("ms"),
    Column::detail("offset_min", ColumnType::Int, "minutes east of UTC where it happened, if known")
        .unit("min"),
    Column::detail("precision", ColumnType::Category, "the finest unit its source stored"),
    Column::detail("flags", ColumnType::List, "remarks: provisional, local-time, fold, malformed-tail …"),
    Column::detail("meta", ColumnType::Json, "everything else from its source"),
    Column::detail("input_id", ColumnType::Int, "the configured input, see workhours inputs list"),
    Column::detail("path", ColumnType::Text, "the file it was first read from"),
    Column::detail("file_offset", ColumnType::Int, "its position there, bytes, decompressed").unit("bytes"),
    Column::detail("file_length", ColumnType::Int, "its length there, bytes").unit("bytes"),
    Column::detail("id", ColumnType::Text, "its id, the same on every machine"),
];

const PRECISIONS: [&str; 6] = ["ns", "us", "ms", "s", "min", "day"];

/// An event's cells, in the order of [`COLUMNS`].
pub fn cells(event: StoredEvent, path: Text) -> Vec<Cell> {
    let precision = PRECISIONS.get(event.precision as usize).copied().filter(|_| event.date.is_some());
    vec![
        event.date.map_or(Cell::Null, Cell::Time),
        Cell::Text(event.source_type),
        Cell::Text(event.kind),
        event.host.into(),
        event.peer.into(),
        event.user.into(),
        event.project.into(),
        event.title.into(),
        event.text.into(),
        event.url.into(),
        event.referrer.into(),
        event.agent.into(),
        Cell::List(event.tags),
        event.duration_us.map_or(Cell::Null, |us| Cell::Float(us as f64 / 1000.0)),
        event.offset_min.map(i64::from).into(),
        precision.map_or(Cell::Null, Cell::from),
        Cell::List(flag_names(event.flags as u32)),
        event.meta.map_or(Cell::Null, Cell::Json),
        Cell::Int(event.input_id.get()),
        Cell::Text(path),
        Cell::Int(event.file_offset),
        Cell::Int(event.file_length),
        event.id.to_hex().into(),
    ]
}
