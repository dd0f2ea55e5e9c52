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
    /// Bring the tables up to date, as every command does when it opens the database, and say so
    Migrate,
    /// Check that the database keeps its promises; changes nothing
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
    /// Copy a database to another, which is empty or an earlier copy of it; of any backend to any
    Copy {
        /// The database to copy
        from: String,
        /// The database to copy to
        to: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Fs {
    /// Apply the keeping rule, compact copies, and remove what nothing refers to
    ///
    /// What nothing refers to is removed when it is older than an hour: a load may be writing what is younger.
    Gc,
    /// Compare every copy with the hash of what was copied; changes nothing
    Verify,
}
