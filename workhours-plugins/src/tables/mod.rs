//! Tables, JSON records and lines whose columns, members or groups the user maps to fields.

pub mod csv;
pub mod jsonl;
pub mod regex;

pub(crate) mod columns;
pub(crate) mod csv_rows;
pub(crate) mod csv_sniff;
pub(crate) mod csv_state;
pub(crate) mod csv_table;
pub(crate) mod guesses;
pub(crate) mod role_names;
pub(crate) mod table;
