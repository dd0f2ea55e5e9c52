//! Measures the columns with made-up events: web requests, shell commands and page visits, with frequent and rare texts.
//!
//! ```sh
//! cargo run --release -p workhours-columns --example measure -- FOLDER 10000000 [unique] [small]
//! cargo run --release -p workhours-columns --example measure -- FOLDER 0
//! ```
//!
//! The first command writes, the second reads. With `unique`, each event has a title and a text of its own. With `small`,
//! a thousand more events follow, ten in a commit.

#![allow(clippy::print_stdout, unused_crate_dependencies)]

use std::path::Path;
use std::time::{Duration, Instant};
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Blocks, Column, Columns, IdSet, Writer};
use workhours_event::{EventId, FileId, InputId, StoredEvent};
use workhours_store::{Moment, Seq};

const UUID: &str = "measured";
/// Events handed over at once.
const PAGE: u64 = 65_536;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of `n`, the first ones much more often.
    fn skewed(&mut self, n: u64) -> u64 {
        let unit = self.next() as f64 / u64::MAX as f64;
        ((n as f64).powf(unit) - 1.0) as u64
    }
}

fn event(random: &mut Random, n: u64, unique: bool) -> StoredEvent {
    let date = 1_700_000_000_000_000 + (n * 3_000_000) as i64 + (random.next() % 3_000_000) as i64;
    let mut id = EventId::first_at(date);
    id.0[8..].copy_from_slice(&random.next().to_be_bytes());
    let mut event =
        StoredEvent { id, date: Some(date), file_offset: n as i64 * 180, ..StoredEvent::default() };
    match random.next() % 10 {
        0..7 => {
            let path = random.skewed(1_000_000);
            event.kind = "http.request".into();
            event.source_type = "log.http".into();
            event.peer = Some(format!("10.{}", random.skewed(200_000)).into());
            event.url = Some(format!("/articles/{}/page-{path}.html", path % 97).into());
            event.title = Some(format!("GET /articles/{}/page-{path}.html HTTP/1.1", path % 97).into());
            event.agent =
                Some(format!("Mozilla/5.0 (X11; Linux x86_64) Chrome/{}", random.skewed(1000)).into());
            event.referrer = path
                .is_multiple_of(3)
                .then(|| format!("https://example.org/{}", random.skewed(9_999)).into());
            let status = [200, 200, 200, 200, 304, 404, 500][random.skewed(8) as usize];
            event.meta = Some(
                format!(r#"{{"method":"GET","size_bytes":{},"status":{status}}}"#, path % 50_000).into(),
            );
            (event.input_id, event.file_id) = (InputId::new(1), FileId::new(1 + (n / 500_000) as i64));
        }
        7..9 => {
            event.kind = "shell.command".into();
            event.source_type = "log.shell".into();
            event.text = Some(format!("git checkout branch-{}", random.skewed(300_000)).into());
            event.duration_us = Some((random.next() % 90_000_000) as i64);
            event.user = Some(format!("user{}", random.skewed(1_000)).into());
            event.host = Some(format!("host{}", random.skewed(50)).into());
            (event.input_id, event.file_id) = (InputId::new(2), FileId::new(100));
        }
        _ => {
            event.kind = "web.visit".into();
            event.source_type = "firefox.history".into();
            event.url = Some(format!("https://site{}.example/", random.skewed(50_000)).into());
            event.user = Some(format!("user{}", random.skewed(1_000)).into());
            event.tags = vec![format!("project{}", random.skewed(200))];
            (event.input_id, event.file_id) = (InputId::new(3), FileId::new(101));
        }
    }
    if unique {
        let other = random.next();
        event.title =
            Some(format!("session {n} opened for user number {other:x} by its login process").into());
        event.text = Some(
            format!("pid {other} tty {n} address {:x} and a few more words of a message", other ^ n).into(),
        );
    }
    event
}

/// The most memory this process has had, MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// The processor's time of this process, seconds.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.unwrap_or_default() / 1e9
}

fn write(base: &Path, events: u64, unique: bool, small: bool) -> Result<()> {
    let Some(mut writer) = Writer::open(base, UUID)? else { return Ok(()) };
    let mut random = Random(88_172_645_463_325_252);
    let (mut took, mut worst, mut cpu) = (Duration::ZERO, Duration::ZERO, 0.0);
    for start in (0..events).step_by(PAGE as usize) {
        let page: Vec<StoredEvent> =
            (start..(start + PAGE).min(events)).map(|n| event(&mut random, n, unique)).collect();
        let (begun, cpu_before) = (Instant::now(), cpu_s());
        writer.append(&page)?;
        cpu += cpu_s() - cpu_before;
        took += begun.elapsed();
        worst = worst.max(begun.elapsed());
    }
    let begun = Instant::now();
    writer.commit(Moment { seq: Seq::new(1), committed_us: 1, purges: 0 })?;
    took += begun.elapsed();
    let took = took.as_secs_f64();
    println!(
        "append: {took:.1} s, {:.0} events/s, worst page {worst:.0?}, peak {} MB",
        events as f64 / took,
        peak_mb()
    );
    println!("processor: {cpu:.1} s, {:.0} events/s of it", events as f64 / cpu);
    if small {
        let begun = Instant::now();
        for n in 0..100 {
            let page: Vec<StoredEvent> =
                (0..10).map(|more| event(&mut random, events + n * 10 + more, unique)).collect();
            writer.append(&page)?;
            writer.commit(Moment { seq: Seq::new(n as i64 + 2), committed_us: 1, purges: 0 })?;
        }
        println!("a commit of ten events: {:.1?}", begun.elapsed() / 100);
    }
    Ok(())
}

/// The best of three runs.
fn timed(what: &str, mut run: impl FnMut() -> Result<u64>) -> Result<()> {
    let first = Instant::now();
    let mut result = run()?;
    let (first, mut best) = (first.elapsed(), Duration::MAX);
    for _ in 0..3 {
        let begun = Instant::now();
        result = run()?;
        best = best.min(begun.elapsed());
    }
    println!(
        "{what:<44} {:>6.0} ms, first {:>6.0} ms: {result}",
        best.as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3
    );
    Ok(())
}

/// Counts the ids of the first wanted column, on each of these threads; returns how many events the most frequent has.
fn count(parts: Vec<Blocks<'_>>, len: u32) -> Result<u64> {
    let count_part = |mut blocks: Blocks<'_>| -> Result<Vec<u32>> {
        // The last two are for the reserved ids.
        let mut counts = vec![0_u32; len as usize + 2];
        while let Some(block) = blocks.next_block()? {
            let slot = |id: u32| if id < len { id as usize } else { (len + (ABSENT - id)) as usize };
            if block.all_live() {
                block.ids(0).iter().for_each(|id| counts[slot(*id)] += 1);
            } else {
                block.live_rows().for_each(|row| counts[slot(block.ids(0)[row])] += 1);
            }
        }
        counts.truncate(len as usize);
        Ok(counts)
    };
    let counts: Vec<Result<Vec<u32>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || count_part(part))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut sum = vec![0_u64; len as usize];
    for counts in counts {
        sum.iter_mut().zip(counts?).for_each(|(sum, n)| *sum += u64::from(n));
    }
    Ok(sum.into_iter().max().unwrap_or_default())
}

fn read(base: &Path) -> Result<()> {
    let begun = Instant::now();
    let Some(columns) = Columns::open(base, UUID)? else { return Ok(()) };
    println!(
        "open: {:.1?}, {} events, {:?}",
        begun.elapsed(),
        columns.events(),
        workhours_columns::status(base, UUID)?
    );
    let begun = Instant::now();
    columns.reopen()?;
    println!("reopen: {:.1?}", begun.elapsed());
    let len = |column: &Column| columns.dictionary(column).map_or(0, |dictionary| dictionary.len());
    let status = Column::Meta("status".into());
    for column in [Column::Source, Column::Peer, Column::Url, Column::Text, Column::Title, status.clone()] {
        let (n, wanted) = (len(&column), [column.clone()]);
        for threads in [1, 2] {
            timed(&format!("count {column:?} ({n} texts), {threads} threads"), || {
                count(columns.parts(threads, None, &wanted), n)
            })?;
        }
    }
    let month = Some((1_705_000_000_000_000, 1_707_600_000_000_000));
    timed("count Url in a month", || count(columns.parts(2, month, &[Column::Url]), len(&Column::Url)))?;
    if let Some(statuses) = columns.dictionary(&status) {
        let wanted = [Column::Url, status.clone()];
        timed("count Url where status is 500", || {
            let ids = statuses.ids_where(|value| value.text == "500")?;
            let blocks = columns.blocks(None, &wanted).only(1, ids);
            count(blocks.split(2), len(&Column::Url))
        })?;
    }
    if let Some(users) = columns.dictionary(&Column::User) {
        let rare: IdSet = [users.len() - 1].into_iter().collect();
        timed("events of a rare user", || {
            let blocks = columns.blocks(None, &[Column::User]).only(0, rare.clone());
            count(blocks.split(2), len(&Column::User))
        })?;
    }
    timed("sum of dates", || {
        let mut blocks = columns.blocks(None, &[Column::Date]);
        let mut sum = 0_u64;
        while let Some(block) = blocks.next_block()? {
            sum = block.dates().iter().fold(sum, |sum, date| sum.wrapping_add(*date as u64));
        }
        Ok(sum)
    })?;
    timed("in order, Source", || {
        let (mut ordered, mut n, mut last) = (columns.ordered(None, &[Column::Source])?, 0, i64::MIN);
        while let Some((block, slice)) = ordered.next_slice()? {
            for row in slice {
                n += u64::from(block.dates()[row] > last && block.ids(0)[row] != ABSENT);
                last = block.dates()[row];
            }
        }
        Ok(n)
    })?;
    for column in [Column::Url, Column::Text] {
        let Some(dictionary) = columns.dictionary(&column) else { continue };
        timed(&format!("{column:?} with \"99\" ({} texts)", dictionary.len()), || {
            Ok(u64::from(dictionary.ids_where(|value| value.text.contains("99"))?.len()))
        })?;
    }
    println!("peak {} MB", peak_mb());
    let begun = Instant::now();
    println!("verify: {:?} files, {:.1?}", workhours_columns::verify(base, UUID)?, begun.elapsed());
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, base, events, rest @ ..] = arguments.as_slice() else { return Ok(()) };
    let base = Path::new(base);
    let events = events.parse().unwrap_or(10_000_000);
    if events > 0 {
        let has = |word: &str| rest.iter().any(|other| other == word);
        write(base, events, has("unique"), has("small"))?;
    } else {
        read(base)?;
    }
    Ok(())
}
