//! Operations on any report's rows: group them, sort them, take the first of them. In this order.
//!
//! Memory holds only what is necessary: the groups, the rows to sort, and of those only as many as are needed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};

/// The operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Columns to group by; none leaves the rows as they are.
    pub group_by: Vec<String>,
    /// Columns to sort by, the most important first.
    pub sort: Vec<Sort>,
    /// At most this many rows.
    pub limit: Option<u64>,
}

/// A column to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Its name.
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

impl std::str::FromStr for Sort {
    type Err = Error;

    /// `count`, `-count`.
    fn from_str(text: &str) -> Result<Self> {
        let column = text.trim_start_matches('-').to_owned();
        Ok(Self { descending: text.starts_with('-'), column })
    }
}

const COUNT: Column = Column::new("count", ColumnType::Int, "rows of the report in this group");

/// Does it.
///
/// # Errors
/// A usage error for an unknown column, and errors of the rows.
pub fn shape<'t>(mut table: Table<'t>, shape: &Shape) -> Result<Table<'t>> {
    if !shape.group_by.is_empty() {
        table = group(table, &shape.group_by)?;
    }
    if !shape.sort.is_empty() {
        table = sort(table, &shape.sort, shape.limit)?;
    }
    if let Some(limit) = shape.limit {
        table.rows = Box::new(Limited { rows: table.rows, left: limit });
    }
    Ok(table)
}

fn place(table: &Table<'_>, name: &str) -> Result<usize> {
    table.columns.iter().position(|c| c.name == name).ok_or_else(|| {
        let known = table.columns.iter().map(|c| c.name);
        let see: Vec<&str> = known.clone().collect();
        names::unknown("column", name, known, &format!("the columns of {}: {}", table.name, see.join(", ")))
    })
}

/// One row for each combination of values: its number of rows, the sums of their numbers, their first and last times.
/// Separators aren't rows.
fn group<'t>(mut table: Table<'t>, by: &[String]) -> Result<Table<'t>> {
    let keys = by.iter().map(|name| place(&table, name)).collect::<Result<Vec<_>>>()?;
    let others: Vec<usize> = (0..table.columns.len()).filter(|i| !keys.contains(i)).collect();
    let summed = |i: &usize| matches!(table.columns[*i].kind, ColumnType::Int | ColumnType::Float);
    let values: Vec<usize> =
        others.into_iter().filter(|i| summed(i) && !table.columns[*i].name.ends_with("_id")).collect();
    let mut groups: BTreeMap<Vec<Key>, (i64, Vec<Cell>)> = BTreeMap::new();
    while let Some(row) = table.rows.next_row()? {
        let Row::Data(cells) = row else { continue };
        let key = keys.iter().map(|i| Key(cells[*i].clone())).collect();
        let (n, sums) = groups.entry(key).or_insert_with(|| (0, vec![Cell::Null; values.len()]));
        *n += 1;
        for (sum, i) in sums.iter_mut().zip(&values) {
            *sum = add(std::mem::replace(sum, Cell::Null), &cells[*i]);
        }
    }
    let mut columns: Vec<Column> =
        keys.iter().map(|i| Column { detail: false, ..table.columns[*i] }).collect();
    let mut rows: Vec<_> = groups.into_iter().collect();
    // The largest groups come first.
    rows.sort_by(|(a, (m, _)), (b, (n, _))| n.cmp(m).then_with(|| a.cmp(b)));
    let has_count = values.iter().any(|i| table.columns[*i].name == COUNT.name);
    columns.push(if has_count { Column { name: "rows", ..COUNT } } else { COUNT });
    columns.extend(values.iter().map(|i| table.columns[*i]));
    let rows = rows
        .into_iter()
        .map(|(key, (n, sums))| key.into_iter().map(|key| key.0).chain([Cell::Int(n)]).chain(sums).collect());
    Ok(Table::ready(table.name, &columns, rows.collect()))
}

fn add(sum: Cell, value: &Cell) -> Cell {
    match (sum, value) {
        (Cell::Int(a), Cell::Int(b)) => {
            a.checked_add(*b).map_or(Cell::Float(a as f64 + *b as f64), Cell::Int)
        }
        (Cell::Float(a), Cell::Float(b)) => Cell::Float(a + b),
        (Cell::Float(a), Cell::Int(b)) => Cell::Float(a + *b as f64),
        (Cell::Int(a), Cell::Float(b)) => Cell::Float(a as f64 + b),
        (Cell::Null, value) => value.clone(),
        (sum, _) => sum,
    }
}

fn sort<'t>(mut table: Table<'t>, by: &[Sort], limit: Option<u64>) -> Result<Table<'t>> {
    let by: Vec<(usize, bool)> =
        by.iter().map(|sort| Ok((place(&table, &sort.column)?, sort.descending))).collect::<Result<_>>()?;
    let compare = |a: &[Cell], b: &[Cell]| {
        let one = |(i, descending): &(usize, bool)| {
            let order = order(&a[*i], &b[*i]);
            // Unknown values come last, in either order.
            let unknown = a[*i] == Cell::Null || b[*i] == Cell::Null;
            if *descending && !unknown { order.reverse() } else { order }
        };
        by.iter().map(one).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let keep = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while let Some(row) = table.rows.next_row()? {
        let Row::Data(cells) = row else { continue };
        rows.push(cells);
        // Twice as many as are wanted, and then the half of them goes: memory stays bounded, each row is sorted twice.
        if rows.len() >= keep.saturating_mul(2).max(1024) && keep < rows.len() {
            rows.sort_by(|a, b| compare(a, b));
            rows.truncate(keep);
        }
    }
    rows.sort_by(|a, b| compare(a, b));
    rows.truncate(keep);
    let totals = table.rows.totals();
    let rows: Vec<Row> = rows.into_iter().map(Row::Data).collect();
    table.rows = Box::new(Sorted { rows: rows.into_iter(), totals });
    Ok(table)
}

/// Values of one column by size; an unknown value is the greatest.
fn order(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Int(a), Cell::Int(b)) | (Cell::Time(a), Cell::Time(b)) => a.cmp(b),
        (Cell::Float(a), Cell::Float(b)) => a.total_cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::List(a), Cell::List(b)) => a.cmp(b),
        (Cell::Text(a) | Cell::Json(a), Cell::Text(b) | Cell::Json(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// A cell as a key.
#[derive(Clone, PartialEq)]
struct Key(Cell);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0)
    }
}

struct Sorted {
    rows: std::vec::IntoIter<Row>,
    totals: Vec<(String, String)>,
}

impl Rows for Sorted {
    fn next_row(&mut self) -> Result<Option<Row>> {
        Ok(self.rows.next())
    }

    fn totals(&self) -> Vec<(String, String)> {
        self.totals.clone()
    }
}

struct Limited<'t> {
    rows: Box<dyn Rows + 't>,
    left: u64,
}

impl Rows for Limited<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.rows.next_row()
    }

    fn totals(&self) -> Vec<(String, String)> {
        self.rows.totals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column::new("who", ColumnType::Text, "x"),
        Column::new("n", ColumnType::Int, "x"),
        Column::new("file_id", ColumnType::Int, "x"),
    ];

    fn shaped(group_by: &[&str], sort: &[&str], limit: Option<u64>) -> Vec<String> {
        let row = |(who, n): (&str, Option<i64>)| vec![Cell::from(who), n.into(), Cell::Int(7)];
        let rows = [("b", Some(2)), ("a", Some(5)), ("b", Some(1)), ("c", None), ("a", Some(1))];
        let table = Table::ready("t", &COLUMNS, rows.into_iter().map(row).collect());
        let asked = Shape {
            group_by: group_by.iter().map(|s| (*s).to_owned()).collect(),
            sort: sort.iter().map(|s| s.parse().unwrap()).collect(),
            limit,
        };
        let mut table = shape(table, &asked).unwrap();
        let mut out = Vec::new();
        while let Some(Row::Data(cells)) = table.rows.next_row().unwrap() {
            let text = |cell: &Cell| match cell {
                Cell::Text(text) => text.to_string(),
                Cell::Int(n) => n.to_string(),
                _ => "-".into(),
            };
            out.push(cells.iter().map(text).collect::<Vec<_>>().join(" "));
        }
        out
    }

    #[test]
    fn groups_sorts_and_limits() {
        assert_eq!(shaped(&["who"], &[], None), ["a 2 6", "b 2 3", "c 1 -"]);
        assert_eq!(shaped(&["who"], &["n"], None), ["b 2 3", "a 2 6", "c 1 -"]);
        assert_eq!(shaped(&["who"], &["-n"], Some(2)), ["a 2 6", "b 2 3"]);
        assert_eq!(shaped(&[], &["-n", "who"], Some(2)), ["a 5 7", "b 2 7"]);
        assert_eq!(shaped(&[], &[], Some(1)), ["b 2 7"]);
        assert_eq!(shaped(&[], &["who"], Some(0)), [""; 0]);
    }

    #[test]
    fn a_column_that_is_not_there() {
        let table = Table::ready("t", &COLUMNS, Vec::new());
        let asked = Shape { group_by: vec!["whom".into()], ..Shape::default() };
        let error = shape(table, &asked).err().unwrap();
        assert!(error.hint_text().unwrap().contains("who"), "{error:?}");
    }
}
