//! The tables as others want to see them: as SQL, as a diagram for Mermaid (which GitHub draws), for Graphviz.

use super::backend::migrate::statements;
use super::model::{ColumnModel, REFERENCES, TableModel, model};
use std::fmt::Write;
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;

/// The statements that make the tables of this URI's backend, as the migrations have them.
pub fn sql(uri: &DatabaseUri) -> String {
    let mut out = String::new();
    for (name, text) in statements(uri) {
        let _ = write!(out, "-- {name}\n\n{}\n\n", text.trim_end());
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// An entity-relationship diagram in Mermaid. The target of a dotted line may no longer exist.
///
/// # Errors
/// As for [`model`].
pub fn mermaid() -> Result<String> {
    let mut out = String::from("erDiagram\n");
    for table in model()? {
        let _ = writeln!(out, "  {} {{", table.name);
        for column in &table.columns {
            let _ =
                writeln!(out, "    {} {}{}", column.kind.to_lowercase(), column.name, marks(&table, column));
        }
        out.push_str("  }\n");
    }
    for r in REFERENCES {
        let line = if r.strict { "--" } else { ".." };
        let _ = writeln!(out, "  {} ||{line}o{{ {} : {}", r.to, r.table, r.column);
    }
    Ok(out)
}

fn marks(table: &TableModel, column: &ColumnModel) -> String {
    let refers = REFERENCES.iter().any(|r| r.table == table.name && r.column == column.name);
    let marks: Vec<&str> =
        [(column.key > 0, "PK"), (refers, "FK")].into_iter().filter_map(|(is, m)| is.then_some(m)).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
    let null = if column.nullable { " \"may be null\"" } else { "" };
    marks + null
}

/// The same for Graphviz: `workhours db schema --format dot | dot -Tsvg`.
///
/// # Errors
/// As for [`model`].
pub fn dot() -> Result<String> {
    let mut out = String::from(
        "digraph workhours {\n  rankdir = LR;\n  node [shape = plaintext, fontname = \"sans-serif\", fontsize = 10];\n",
    );
    for table in model()? {
        let _ = write!(
            out,
            "  {} [label = <<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\"><TR><TD><B>{}</B></TD></TR>",
            table.name, table.name
        );
        for column in &table.columns {
            let name = if column.key > 0 { format!("<U>{}</U>", column.name) } else { column.name.clone() };
            let null = if column.nullable { ", may be null" } else { "" };
            let _ = write!(
                out,
                "<TR><TD ALIGN=\"LEFT\" PORT=\"{}\">{name}: {}{null}</TD></TR>",
                column.name,
                column.kind.to_lowercase()
            );
        }
        out.push_str("</TABLE>>];\n");
    }
    for r in REFERENCES {
        let style = if r.strict { "solid" } else { "dotted" };
        let _ = writeln!(out, "  {}:{} -> {}:{} [style = {style}];", r.table, r.column, r.to, r.key);
    }
    out.push_str("}\n");
    Ok(out)
}
