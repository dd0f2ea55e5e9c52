//! `-t`: does this program work here? Every source parses its own sample, those that a config declares among them, and the database and filestore of
//! the configuration can be used.

use super::Outcome;
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::filestore::Filestore;
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_plugin_api::IDataSource;
use workhours_plugin_api::testing::{check_source, parse_bytes};

const COLUMNS: [Column; 3] = [
    Column::new("test", ColumnType::Text, "what was tried"),
    Column::new("result", ColumnType::Text, "pass or fail"),
    Column::new("problem", ColumnType::Text, "what went wrong"),
];

pub(crate) fn run(session: &Session<'_>) -> Result<Outcome> {
    let mut results: Vec<(String, Vec<String>)> = Vec::new();
    let registry = session.registry()?;
    for r in registry.all() {
        let info = r.source.info();
        // A plugin's sample is parsed once; `plugin check` does the rest, which takes a worker for each test.
        let problems = match registry.declared(info.name) {
            Some(format) => format.check(session.config.timezone),
            None if r.is_built_in() => check_source(r.source, info.sample.bytes),
            None => parse_sample(r.source).err().into_iter().collect(),
        };
        results.push((format!("source {}", info.name), problems));
    }
    let problem = |r: Result<()>| r.err().map(|e| e.full_message()).into_iter().collect::<Vec<_>>();
    let database = session.store().and_then(|mut s| s.events().count().map(|_| ()));
    results.push((format!("database {}", session.config.database), problem(database)));
    let filestore = session.filestore().and_then(|fs| write_and_read(&fs));
    results.push((format!("filestore {}", session.config.filestore.display()), problem(filestore)));
    let failed = results.iter().any(|(_, problems)| !problems.is_empty());
    let rows = results
        .into_iter()
        .map(|(test, problems)| {
            let result = if problems.is_empty() { "pass" } else { "fail" };
            vec![Cell::from(test), result.into(), Some(problems.join("; ")).filter(|p| !p.is_empty()).into()]
        })
        .collect();
    session.print(&mut Table::ready("self-test", &COLUMNS, rows))?;
    Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
}

fn parse_sample(source: &dyn IDataSource) -> std::result::Result<(), String> {
    let sample = source.info().sample;
    let parsed = parse_bytes(source, sample.bytes);
    let counts = (parsed.events.len() as u64, parsed.rejects.len() as u64);
    match parsed.error {
        Some(error) => Err(error),
        None if counts == (sample.events, sample.rejects) => Ok(()),
        None => Err(format!("its sample gave {} events and {} rejects", counts.0, counts.1)),
    }
}

fn write_and_read(fs: &Filestore) -> Result<()> {
    use std::io::{Read, Write};
    use workhours_core::error::{Context, Error};
    use workhours_core::filestore::{CopyReader, ObjectWriter};
    use workhours_core::store::{FileId, Segment};
    const TEXT: &[u8] = b"workhours self-test\n";
    let say = || "cannot write a copy".to_owned();
    let mut writer = ObjectWriter::create(fs).context(say)?;
    writer.write_all(TEXT).context(say)?;
    let object = writer.finish().context(say)?;
    let segment = Segment {
        file_id: FileId::default(),
        start: 0,
        length: TEXT.len() as i64,
        object: object.clone(),
        created_us: 0,
    };
    let mut back = Vec::new();
    if let Some(mut reader) = CopyReader::new(fs, &[segment]) {
        reader.read_to_end(&mut back).context(|| "cannot read a copy back")?;
    }
    let _ = std::fs::remove_file(fs.object_path(&object));
    if back == TEXT { Ok(()) } else { Err(Error::failed("a copy read back is not what was written")) }
}
