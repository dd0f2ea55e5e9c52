//! The position of records in a JSON text, and how a checkpoint stores it.

use workhours_plugin_api::SourceError;

/// The position of the records.
pub(crate) enum Where {
    /// In the list that is the whole text.
    Top,
    /// At a path of names, `*` for any.
    At(Vec<Vec<u8>>),
    /// In each list whose first object has a date.
    Dated,
    /// The state of a checkpoint.
    Resumed(Box<Where>, Vec<Level>, Option<Vec<u8>>),
}

/// An object or list around the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) is_list: bool,
    /// Its objects are records.
    pub(crate) wanted: bool,
    /// How many steps of the path led here.
    pub(crate) steps: u16,
}

/// The option `records`.
pub(crate) fn path(option: Option<&str>) -> Result<Option<Vec<Vec<u8>>>, SourceError> {
    let Some(text) = option.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let mut steps = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let last = steps.last_mut();
        match (c, last) {
            ('\\', Some(step)) => step.extend(chars.next()),
            ('.', _) => steps.push(String::new()),
            (c, Some(step)) => step.push(c),
            _ => {}
        }
    }
    for step in &mut steps {
        // Lists are gone through anyway.
        *step = step.trim_end_matches("[]").trim_end_matches("[*]").to_owned();
    }
    if steps.iter().any(String::is_empty) {
        let why = format!("records cannot be {text:?}: write a path as data.items or buckets.*.events");
        return Err(SourceError::Config(why));
    }
    Ok(Some(steps.into_iter().map(String::into_bytes).collect()))
}

impl Where {
    /// The state of a checkpoint within these levels.
    pub(crate) fn state(&self, levels: &[Level], lead: Option<&[u8]>) -> Vec<u8> {
        let kind = match self {
            Self::At(_) => b'p',
            Self::Top => b't',
            Self::Dated | Self::Resumed(..) => b'd',
        };
        let mut state = vec![kind, levels.len() as u8];
        for level in levels {
            state.push(u8::from(level.is_list) | u8::from(level.wanted) << 1);
            state.extend(level.steps.to_le_bytes());
        }
        if let Some(lead) = lead {
            state.push(b'l');
            state.extend(lead);
        }
        state
    }

    /// The state of a checkpoint.
    pub(crate) fn resumed(path: Option<Vec<Vec<u8>>>, state: &[u8]) -> Result<Self, SourceError> {
        let not_ours = || SourceError::Internal("the state of a checkpoint is not one of ours".to_owned());
        let (kind, rest) = state.split_first().ok_or_else(not_ours)?;
        let base = match (kind, path) {
            (b'p', Some(path)) => Self::At(path),
            (b't', None) => Self::Top,
            (b'd', None) => Self::Dated,
            _ => {
                let why =
                    "records: it was changed since the beginning of the file was read; reload the input";
                return Err(SourceError::Config(why.to_owned()));
            }
        };
        let (count, rest) = rest.split_first().ok_or_else(not_ours)?;
        let (levels, lead) = rest.split_at_checked(usize::from(*count) * 3).ok_or_else(not_ours)?;
        let (levels, _) = levels.as_chunks::<3>();
        let levels = levels.iter().map(|[bits, low, high]| Level {
            is_list: bits & 1 != 0,
            wanted: bits & 2 != 0,
            steps: u16::from_le_bytes([*low, *high]),
        });
        let lead = lead.split_first().map(|(_, lead)| lead.to_vec());
        Ok(Self::Resumed(Box::new(base), levels.collect(), lead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let steps = |text: &str| {
            let steps = path(Some(text)).ok().flatten().unwrap_or_default();
            steps.into_iter().map(|s| String::from_utf8(s).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(steps("data.items"), ["data", "items"]);
        assert_eq!(steps(r"a\.b.*.c[]"), ["a.b", "*", "c"]);
        assert_eq!(path(Some(" ")).unwrap(), None);
        for wrong in [".", "a..b", "a.", ".a", "[]"] {
            assert!(path(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
