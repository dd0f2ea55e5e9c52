//! The fields of events that a report reads, from columns: their numbers for a row, and the event made of them.

use super::mask::{Compiler, place};
use super::project::ProjectOf;
use crate::engine::Fields;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Block, Column, Columns, MANY};
use workhours_event::{InputId, StoredEvent};

/// Reads what a key follows from.
pub(super) struct FieldsOf {
    /// The columns of texts, and their places among those that are read.
    texts: Vec<(Column, usize)>,
    project: Option<ProjectOf>,
    input: Option<usize>,
    flags: Option<usize>,
    labels: FxHashMap<InputId, String>,
}

impl FieldsOf {
    /// `None` if columns don't have all of it.
    pub(super) fn new(compiler: &mut Compiler<'_>, fields: &Fields) -> Result<Option<Self>> {
        if fields.texts.meta {
            return Ok(None);
        }
        let wanted = fields.texts;
        let columns = [
            (wanted.kind, Column::Kind),
            (wanted.source, Column::Source),
            (wanted.url, Column::Url),
            (wanted.referrer, Column::Referrer),
            (wanted.agent, Column::Agent),
            (wanted.title, Column::Title),
            (wanted.text, Column::Text),
            (wanted.host, Column::Host),
            (wanted.peer, Column::Peer),
            (wanted.user, Column::User),
            (wanted.tags, Column::Tag),
        ];
        let texts = columns.into_iter().filter_map(|(is_wanted, column)| is_wanted.then_some(column));
        let keys = fields.meta.iter().map(|key| Column::Meta((*key).into()));
        let texts: Vec<Column> = texts.chain(keys).collect();
        if !texts.iter().all(|column| compiler.columns.covers(column)) {
            return Ok(None);
        }
        let project = match wanted.project {
            true => match ProjectOf::new(compiler)? {
                Some(project) => Some(project),
                None => return Ok(None),
            },
            false => None,
        };
        let labels = if fields.input { compiler.store.inputs().labels()? } else { FxHashMap::default() };
        let mut at = |column: Column| {
            let at = place(compiler.wanted, &column);
            (column, at)
        };
        Ok(Some(Self {
            texts: texts.into_iter().map(&mut at).collect(),
            project,
            input: fields.input.then(|| at(Column::Input).1),
            flags: fields.flags.then(|| at(Column::Flags).1),
            labels,
        }))
    }

    /// The place of the only column it reads, if that is one of texts.
    pub(super) fn only(&self) -> Option<(&Column, usize)> {
        match (self.texts.as_slice(), &self.project, self.input, self.flags) {
            ([(column, at)], None, None, None) => Some((column, *at)),
            _ => None,
        }
    }

    /// The numbers of a row. Rows with the same ones have the same fields.
    pub(super) fn numbers(&self, block: &Block, row: usize, numbers: &mut Vec<u32>) {
        numbers.clear();
        for (_, at) in &self.texts {
            let id = block.ids(*at)[row];
            numbers.push(id);
            if id == MANY {
                let ids = block.values(*at, row);
                numbers.push(ids.len() as u32);
                numbers.extend(ids);
            }
        }
        if let Some(project) = &self.project {
            numbers.push(project.of(block, row).unwrap_or(ABSENT));
        }
        for at in [self.input, self.flags].into_iter().flatten() {
            let number = block.numbers(at)[row];
            numbers.extend([number as u32, (number >> 32) as u32]);
        }
    }

    /// An event with the fields of a row.
    pub(super) fn event(&self, columns: &Columns, block: &Block, row: usize) -> Result<StoredEvent> {
        let mut event = StoredEvent::default();
        let mut meta = Map::new();
        for (column, at) in &self.texts {
            let Some(dictionary) = columns.dictionary(column) else { continue };
            let ids = block.values(*at, row);
            match column {
                Column::Tag => {
                    for id in ids {
                        event.tags.push(dictionary.text(*id)?.to_string());
                    }
                    continue;
                }
                Column::Meta(key) => {
                    let values: Result<Vec<Value>> =
                        ids.iter().map(|id| dictionary.with(*id, value_of)).collect();
                    let mut values = values?;
                    let value = if values.len() == 1 { values.pop() } else { Some(Value::Array(values)) };
                    meta.extend(value.filter(|_| !ids.is_empty()).map(|value| (key.to_string(), value)));
                    continue;
                }
                _ => {}
            }
            let Some(id) = ids.first() else { continue };
            let text = Text::from(&*dictionary.text(*id)?);
            match column {
                Column::Kind => event.kind = text,
                Column::Source => event.source_type = text,
                Column::Url => event.url = Some(text),
                Column::Referrer => event.referrer = Some(text),
                Column::Agent => event.agent = Some(text),
                Column::Title => event.title = Some(text),
                Column::Text => event.text = Some(text),
                Column::Host => event.host = Some(text),
                Column::Peer => event.peer = Some(text),
                Column::User => event.user = Some(text),
                _ => {}
            }
        }
        if !meta.is_empty() {
            event.meta = Some(Value::Object(meta).to_string().into());
        }
        event.project = self.project.as_ref().and_then(|project| project.name(project.of(block, row)?));
        event.input_id = self.input.map_or(event.input_id, |at| InputId::new(block.numbers(at)[row]));
        event.flags = self.flags.map_or(0, |at| block.numbers(at)[row] as i32);
        Ok(event)
    }

    /// The label of an event's input.
    pub(super) fn label(&self, input: InputId) -> &str {
        self.labels.get(&input).map_or("", String::as_str)
    }
}

/// A value of `meta` as in JSON.
fn value_of(value: workhours_columns::Value<'_>) -> Value {
    let number = value.is_number.then(|| serde_json::from_str(value.text).ok()).flatten();
    number.unwrap_or_else(|| Value::String(value.text.to_owned()))
}
