//! Reading ahead: while one thread writes rows, another fetches the next ones. So the database and the format work in
//! parallel instead of in turns.

use super::{Row, Rows, Table};
use crate::error::Result;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Rows sent at once, and how often before the reader waits.
const ROWS: usize = 256;
const WAITING: usize = 8;

enum Message {
    Rows(Vec<Row>),
    Failed(crate::error::Error),
    /// All rows were taken, and this is known of them.
    End(Vec<(String, String)>),
}

/// Does something with a table on a separate thread, while this one fetches the rows. Unneeded rows aren't fetched.
pub fn ahead<T: Send>(table: &mut Table<'_>, work: impl FnOnce(&mut Table<'_>) -> T + Send) -> T {
    let (send, receive) = sync_channel(WAITING);
    let (name, columns, chart) = (table.name.clone(), table.columns.clone(), table.chart);
    let notes = table.notes.clone();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let rows = Ahead { receive, ready: Vec::new().into_iter(), totals: Vec::new() };
            work(&mut Table { name, columns, rows: Box::new(rows), chart, notes })
        });
        fetch(&mut *table.rows, &send);
        // Tell a waiting receiver that there are no more rows.
        drop(send);
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn fetch(rows: &mut dyn Rows, send: &SyncSender<Message>) {
    let mut batch = Vec::with_capacity(ROWS);
    loop {
        let row = match rows.next_row() {
            Ok(row) => row,
            Err(e) => {
                _ = send.send(Message::Rows(batch)).and_then(|()| send.send(Message::Failed(e)));
                return;
            }
        };
        let end = row.is_none();
        batch.extend(row);
        if (end || batch.len() == ROWS)
            && send.send(Message::Rows(std::mem::replace(&mut batch, Vec::with_capacity(ROWS)))).is_err()
        {
            return;
        }
        if end {
            _ = send.send(Message::End(rows.totals()));
            return;
        }
    }
}

struct Ahead {
    receive: Receiver<Message>,
    ready: std::vec::IntoIter<Row>,
    totals: Vec<(String, String)>,
}

impl Rows for Ahead {
    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.ready.next() {
                return Ok(Some(row));
            }
            match self.receive.recv() {
                Ok(Message::Rows(rows)) => self.ready = rows.into_iter(),
                Ok(Message::Failed(e)) => return Err(e),
                Ok(Message::End(totals)) => self.totals = totals,
                Err(_) => return Ok(None),
            }
        }
    }

    fn totals(&self) -> Vec<(String, String)> {
        self.totals.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::table::{Cell, Column, ColumnType};

    const COLUMNS: [Column; 1] = [Column::new("n", ColumnType::Int, "n")];

    struct UpTo(i64, i64, bool);

    impl Rows for UpTo {
        fn next_row(&mut self) -> Result<Option<Row>> {
            self.0 += 1;
            match self.0 <= self.1 {
                true => Ok(Some(Row::Data(vec![Cell::Int(self.0)]))),
                false if self.2 => Err(Error::failed("lost")),
                false => Ok(None),
            }
        }

        fn totals(&self) -> Vec<(String, String)> {
            vec![("seen".into(), self.0.to_string())]
        }
    }

    fn all(table: &mut Table<'_>) -> (Vec<i64>, String) {
        let mut seen = Vec::new();
        loop {
            match table.rows.next_row() {
                Ok(Some(Row::Data(cells))) => {
                    seen.extend(cells.iter().filter_map(Cell::number).map(|n| n as i64))
                }
                Ok(Some(_)) => unreachable!(),
                Ok(None) => return (seen, format!("{:?}", table.rows.totals())),
                Err(e) => return (seen, e.to_string()),
            }
        }
    }

    #[test]
    fn all_rows_in_order_and_what_is_known_of_them() {
        for n in [0, 1, 255, 256, 257, 5_000] {
            let want: Vec<i64> = (1..=n).collect();
            let (seen, totals) = ahead(&mut Table::new("t", &COLUMNS, UpTo(0, n, false)), all);
            assert_eq!((seen, totals), (want.clone(), format!("[(\"seen\", \"{}\")]", n + 1)));
            let (seen, error) = ahead(&mut Table::new("t", &COLUMNS, UpTo(0, n, true)), all);
            assert_eq!((seen, error.as_str()), (want, "lost"));
        }
    }

    #[test]
    fn who_stops_reading_stops_the_fetching() {
        let mut table = Table::new("t", &COLUMNS, UpTo(0, i64::MAX, false));
        let first = ahead(&mut table, |table| table.rows.next_row().map(|row| row.is_some()));
        assert!(first.unwrap_or(false));
    }
}
