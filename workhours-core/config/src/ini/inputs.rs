//! `[source type]` sections: each `label = path` line is an input, and `web.host = www1` a setting of the input `web`.
//!
//! The part before the last dot must be the label of an input of the same source type; a label that merely has a dot
//! in it is a label as ever.

use super::Builder;
use crate::inputs::Input;
use crate::lines::{Entry, Section};
use crate::tree::{Kind, Origin, Shape, Table, Value, shapes};
use workhours_base::error::{Error, Result};

/// Keys of an input that its line says.
const OF_THE_LINE: [&str; 3] = ["type", "path", "label"];

impl Builder<'_> {
    pub(super) fn inputs(&mut self, section: &Section<'_>) -> Result<()> {
        let shapes = shapes::<Input>().into_iter();
        let keys: Vec<&str> = shapes
            .filter(|(key, shape)| *shape == Shape::Value && !OF_THE_LINE.contains(key))
            .map(|(key, _)| key)
            .collect();
        for entry in &section.entries {
            let origin = self.check(entry)?;
            if setting_of(section, entry.key, &keys).is_none() {
                let input = self.input(section, entry, &origin, &keys)?;
                self.push_input(input);
            }
        }
        Ok(())
    }

    fn input(
        &mut self,
        section: &Section<'_>,
        entry: &Entry<'_>,
        origin: &Origin,
        keys: &[&'static str],
    ) -> Result<Value> {
        if entry.values.is_empty() {
            let (label, section) = (entry.key, section.name);
            self.warnings.push(format!("{origin}: {label} of [{section}] has no path, so it is not read"));
        }
        let mut input = Table::named(section.name);
        input.push("type", "type", origin, Kind::Text(section.name.to_owned()));
        input.push("label", "label", origin, Kind::Text(entry.key.to_owned()));
        input.push("path", entry.key, origin, self.lines(entry));
        for setting in &section.entries {
            let found = setting_of(section, setting.key, keys).filter(|(label, _)| *label == entry.key);
            let Some((_, key)) = found else { continue };
            let origin = self.origin(setting.line);
            if setting.values.len() != 1 {
                return Err(Error::usage(format!("{origin}: {} wants one value", setting.key))
                    .hint("only paths may go on in indented lines"));
            }
            input.push(key, setting.key, &origin, self.lines(setting));
        }
        Ok(Value { origin: origin.clone(), kind: Kind::Table(input) })
    }

    /// Adds an input to the list of them.
    fn push_input(&mut self, input: Value) {
        let list = self.root.entries.iter_mut().find_map(|entry| match &mut entry.value.kind {
            Kind::List(list) if entry.key == "inputs" => Some(list),
            _ => None,
        });
        match list {
            Some(list) => list.push(input),
            None => {
                let origin = input.origin.clone();
                self.root.push("inputs", "inputs", &origin, Kind::List(vec![input]));
            }
        }
    }
}

/// Label and setting that a key of a section names, if it is the setting of an input of this section.
fn setting_of<'k>(
    section: &Section<'_>,
    key: &'k str,
    keys: &[&'static str],
) -> Option<(&'k str, &'static str)> {
    let (label, name) = key.rsplit_once('.')?;
    let known = keys.iter().find(|known| known.eq_ignore_ascii_case(name))?;
    section.entries.iter().any(|entry| entry.key == label).then_some((label, *known))
}
