//! The arguments of `db` and `fs`: the database and the filestore.

use clap::{Subcommand, ValueEnum};

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
