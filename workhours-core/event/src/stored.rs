//! An event as it comes back from the database.

use super::{BatchId, EventId, FileId, InputId};
use workhours_base::Text;

/// An event as it is stored, with its place and names looked up.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the columns of the tables
pub struct StoredEvent {
    pub id: EventId,
    pub date: Option<i64>,
    pub offset_min: Option<i16>,
    pub precision: i16,
    pub flags: i32,
    pub duration_us: Option<i64>,
    pub kind: Text,
    pub source_type: Text,
    pub url: Option<Text>,
    pub referrer: Option<Text>,
    pub agent: Option<Text>,
    pub title: Option<Text>,
    pub text: Option<Text>,
    pub host: Option<Text>,
    pub peer: Option<Text>,
    pub user: Option<Text>,
    pub meta: Option<Text>,
    pub input_id: InputId,
    pub batch_id: BatchId,
    pub file_id: FileId,
    pub file_offset: i64,
    pub file_length: i64,
    pub tags: Vec<String>,
    /// Not stored: it follows from rules, and is determined where it is needed.
    pub project: Option<Text>,
}
