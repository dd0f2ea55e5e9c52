//! Which programs are run: each command line is split into the programs of its pipelines.

use super::engine::{self, Collect, Fields, Keys, Question, Reads, Row};
use super::{Report, ReportEntry, ReportInfo, ReportParams};
use rustc_hash::FxHashMap;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Table};
use workhours_event::StoredEvent;
use workhours_store::{EventFilter, Store, Wanted};

const COLUMNS: [Column; 8] = [
    Column::new(
        "command",
        ColumnType::Text,
        "the program, without its folder; git and similar programs with their sub-command",
    ),
    Column::bar("runs", ColumnType::Int, "how often it was run"),
    Column::new("piped", ColumnType::Int, "of these, how often as part of a pipeline"),
    Column::new("failed", ColumnType::Int, "runs with an exit status other than 0"),
    Column::new("known", ColumnType::Int, "runs whose exit status is known"),
    Column::new("mean_ms", ColumnType::Float, "how long a run took on average, if known, milliseconds"),
    Column::new("first", ColumnType::Time, "when the first run was"),
    Column::new("last", ColumnType::Time, "when the last run was"),
];

/// Programs whose sub-command says what they do.
const WITH_SUB_COMMAND: &str =
    "apt apt-get brew bundle cargo docker gh git go helm kubectl npm pip systemctl";

/// Programs that run others.
const WRAPPERS: &str = "sudo doas env time nice nohup exec command";

struct Commands;

static INFO: ReportInfo = ReportInfo {
    name: "commands",
    summary: "The programs run in shells, by how often, and how they ended where that is known",
    columns: &COLUMNS,
    options: &[],
};

#[derive(Default)]
struct Runs {
    n: i64,
    piped: i64,
    failed: i64,
    known: i64,
    took_us: i64,
    timed: i64,
    first: Option<i64>,
    last: Option<i64>,
}

const KIND: &str = "shell.command";

impl Report for Commands {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let filter = EventFilter { kind: Some(KIND), ..params.filter.clone() };
        let texts = Wanted { text: true, ..Wanted::NONE };
        let fields = Fields { meta: &STATUS, ..Fields::texts(texts) };
        let reads = Reads { span: true, ..Reads::key(fields) };
        let (programs, notes) = engine::ask(store, params, &Question { filter, reads }, Programs::default)?;
        let mut rows: Vec<(String, Runs)> = programs.runs;
        rows.sort_by(|(a, x), (b, y)| y.n.cmp(&x.n).then_with(|| a.cmp(b)));
        let row = |(program, r): (String, Runs)| {
            let time = |us: Option<i64>| us.map_or(Cell::Null, Cell::Time);
            let mean = (r.timed > 0).then(|| (r.took_us as f64 / r.timed as f64 / 10.0).round() / 100.0);
            vec![
                Cell::from(program),
                Cell::Int(r.n),
                Cell::Int(r.piped),
                if r.known > 0 { Cell::Int(r.failed) } else { Cell::Null },
                Cell::Int(r.known),
                mean.map_or(Cell::Null, Cell::Float),
                time(r.first),
                time(r.last),
            ]
        };
        let table = Table::ready(INFO.name, &COLUMNS, rows.into_iter().map(row).collect());
        Ok(table.drawn(Chart::Bars { x: "command", y: "runs", series: None }).noted(notes))
    }
}

/// The programs found so far.
#[derive(Default)]
struct Programs {
    numbers: FxHashMap<String, usize>,
    runs: Vec<(String, Runs)>,
}

/// A command line.
struct Line {
    /// The numbers of its programs.
    programs: Vec<usize>,
    status: Option<i64>,
}

impl Collect for Programs {
    type Key = Line;

    fn key(&mut self, _: usize, event: &StoredEvent, _: &str) -> Line {
        let programs = event.text.as_deref().map(programs_of).unwrap_or_default().into_iter();
        let number = |program: String| {
            let next = self.runs.len();
            *self.numbers.entry(program).or_insert_with_key(|program| {
                self.runs.push((program.clone(), Runs::default()));
                next
            })
        };
        Line { programs: programs.map(number).collect(), status: event.meta.as_deref().and_then(exit_status) }
    }

    fn add(&mut self, row: &Row, keys: &Keys<'_, Line>) {
        let line = keys.first();
        let piped = line.programs.len() > 1;
        for (i, program) in line.programs.iter().enumerate() {
            let runs = &mut self.runs[*program].1;
            runs.n += 1;
            runs.piped += i64::from(piped);
            // A pipeline's status is its last program's, and its time belongs to none of them.
            if let Some(status) = line.status.filter(|_| i + 1 == line.programs.len()) {
                runs.known += 1;
                runs.failed += i64::from(status != 0);
            }
            if let Some(us) = row.duration_us.filter(|_| !piped) {
                runs.took_us = runs.took_us.saturating_add(us);
                runs.timed += 1;
            }
            runs.first = runs.first.or(row.date);
            runs.last = row.date.or(runs.last);
        }
    }
}

/// Where sources keep the exit status; the first that has one counts.
const STATUS: [&str; 3] = ["exit_status", "exit", "status"];

fn exit_status(meta: &str) -> Option<i64> {
    let meta: serde_json::Value = serde_json::from_str(meta).ok()?;
    STATUS.iter().find_map(|key| meta.get(key)?.as_i64())
}

/// The programs of a command line, in order: of each part of its pipelines and lists.
fn programs_of(line: &str) -> Vec<String> {
    parts(line).iter().filter_map(|part| program(part)).collect()
}

/// The words of each part between `|`, `;`, `&&`, `||` and `&`, as far as quotation marks let them be seen.
fn parts(line: &str) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = line.chars().peekable();
    let end_word = |word: &mut String, parts: &mut Vec<Vec<String>>| {
        if !word.is_empty()
            && let Some(part) = parts.last_mut()
        {
            part.push(std::mem::take(word));
        }
    };
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => word.extend(chars.next()),
            // A redirection to a descriptor doesn't end the command: 2>&1.
            (None, '&') if word.ends_with('>') => word.push(c),
            // The following lines are, or may be, those of a here-document.
            (None, '\n')
                if parts.iter().flatten().any(|word: &String| word.starts_with("<<"))
                    || word.starts_with("<<") =>
            {
                break;
            }
            (None, '|' | ';' | '&' | '\n') => {
                end_word(&mut word, &mut parts);
                if parts.last().is_some_and(|part| !part.is_empty()) {
                    parts.push(Vec::new());
                }
            }
            (None, '#') if word.is_empty() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, c) if c.is_whitespace() => end_word(&mut word, &mut parts),
            (None, c) => word.push(c),
        }
    }
    end_word(&mut word, &mut parts);
    parts.retain(|part| !part.is_empty());
    parts
}

fn is_among(word: &str, words: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

fn program(words: &[String]) -> Option<String> {
    let is_setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let name = |word: &str| {
        word.trim_start_matches(['(', '{', '!'])
            .trim_end_matches(')')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let mut words =
        words.iter().map(String::as_str).skip_while(|w| is_setting(w) || matches!(*w, "(" | "{" | "!"));
    let mut first = name(words.next()?);
    while is_among(&first, WRAPPERS) {
        match words.by_ref().find(|word| !word.starts_with('-') && !is_setting(word)) {
            Some(next) => first = name(next),
            None => break,
        }
    }
    if is_among(&first, WITH_SUB_COMMAND)
        && let Some(sub) = words.find(|word| !word.starts_with('-'))
    {
        first = format!("{first} {sub}");
    }
    (!first.is_empty() && !first.starts_with(['>', '<', '$'])).then_some(first)
}

inventory::submit! { ReportEntry(&Commands) }

#[cfg(test)]
mod tests {
    use super::programs_of;

    #[test]
    fn command_lines_are_taken_apart() {
        for (line, want) in [
            ("ls -la", "ls"),
            ("git -C x status", "git x"),
            ("git commit -m 'a | b; c'", "git commit"),
            ("cat x | grep \"a|b\" | sort -u > y 2>&1", "cat, grep, sort"),
            ("FOO=1 BAR='x y' sudo -u ada /usr/bin/apt-get install x", "ada"),
            ("sudo apt-get install x && make; make test &", "apt-get install, make, make"),
            ("time nice make", "make"),
            ("(cd x && ./run.sh)", "cd, run.sh"),
            ("echo a\\;b # | wc", "echo"),
            ("", ""),
            ("   ", ""),
            ("> file", ""),
            ("sudo", "sudo"),
            ("cat <<EOT > x\nrm y\nEOT", "cat"),
            ("a\nb", "a, b"),
        ] {
            assert_eq!(programs_of(line).join(", "), want, "{line}");
        }
    }
}
