//! When columns are kept: `columns`.

use workhours_base::error::{Error, Result};
use workhours_base::names;

/// When the columns of a database are kept up to date with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnsPolicy {
    /// Where reports from events would be slow: from [`MANY`](Self::MANY) events on, or if there are some.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never. Reports use none either.
    Never,
}

impl ColumnsPolicy {
    const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// From this many events on, reports from events take long enough to notice.
    pub const MANY: u64 = 250_000;

    /// Its name in a config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// Whether columns are kept for a database to which this many events were added, and which has some or not.
    pub fn keeps(self, has_columns: bool, events: u64) -> bool {
        match self {
            Self::Auto => has_columns || events >= Self::MANY,
            Self::Always => true,
            Self::Never => false,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let known = || Self::ALL.into_iter().map(Self::as_str);
        Self::ALL.into_iter().find(|policy| policy.as_str() == text.trim()).ok_or_else(|| {
            let error = Error::usage(format!("{text:?} does not say when to keep columns"));
            error.hint(match names::nearest(text, known()) {
                Some(near) => format!("did you mean {near}?"),
                None => "use auto, always or never".to_owned(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_databases_need_none() {
        let many = ColumnsPolicy::MANY;
        assert!(!ColumnsPolicy::Auto.keeps(false, many - 1) && ColumnsPolicy::Auto.keeps(false, many));
        assert!(ColumnsPolicy::Auto.keeps(true, 0) && ColumnsPolicy::Always.keeps(false, 0));
        assert!(!ColumnsPolicy::Never.keeps(true, many));
        assert_eq!(ColumnsPolicy::parse("Never").unwrap_err().hint_text(), Some("did you mean never?"));
    }
}
