//! The arguments of `db` and `fs`: the database and the filestore.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

/// How the tables are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// The statements that make them, for the backend of --db
    #[default]
    Sql,
    /// A diagram for Graphviz
    Dot,
    /// A diagram for Mermaid
    Mermaid,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Migrate the tables, as every command does when it opens the database, and list the migrations
    Migrate,
    /// Check the database; changes nothing
    Check {
        /// Also compare every copy with its hash, every event with its copy, and the index with the database
        #[arg(long)]
        deep: bool,
    },
    /// Show the tables; needs no database
    Schema {
        /// How
        #[arg(id = "schema-format", long = "format", value_enum, default_value_t, value_name = "FORMAT")]
        format: SchemaFormat,
    },
    /// Write a copy of the database to a new file, while others load; counts and checksums are compared
    Backup {
        /// The file, which must not exist
        file: PathBuf,
        /// Afterwards remove older backups of this database in the same folder, except for the N newest
        #[arg(long, value_name = "N")]
        keep: Option<usize>,
    },
    /// Restore the database from a backup; it must be empty or not there
    Restore {
        /// The backup
        file: PathBuf,
        /// Move the present database aside instead; for SQLite
        #[arg(long)]
        replace: bool,
    },
    /// Copy a database to an empty one or to an earlier copy; from any backend to any other
    Copy {
        /// The database to copy
        from: String,
        /// The database to copy to
        to: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Fs {
    /// Apply fs.keep, compact copies, and remove copies that nothing refers to
    ///
    /// Such copies are removed when they are older than an hour, because a load may be writing newer ones.
    Gc,
    /// Compare every copy with its hash; changes nothing
    Verify,
}
