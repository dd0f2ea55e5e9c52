//! Log lines: one for each event, as `key=value` pairs, without control characters and secrets. The caller decides
//! where they go.

use chrono::{SecondsFormat, Utc};
use std::fmt::{Display, Write};
use std::sync::Arc;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Info,
    /// An error, or slower than expected.
    Warn,
    /// Failed.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Takes finished lines.
pub type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// A line in the making.
pub(crate) struct Line {
    level: Level,
    text: String,
}

impl Line {
    pub(crate) fn new(level: Level, event: &str) -> Self {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        Self { level, text: format!("time={now} level={} event={event}", level.as_str()) }
    }

    /// Adds a pair. A value that isn't one plain word is quoted.
    pub(crate) fn with(mut self, key: &str, value: impl Display) -> Self {
        let value = value.to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
        // Writing to a String cannot fail.
        let _ = if !value.is_empty() && value.chars().all(plain) {
            write!(self.text, " {key}={value}")
        } else {
            // Debug's quoting escapes control and bidi characters, quotes and line ends.
            write!(self.text, " {key}={value:?}")
        };
        self
    }

    pub(crate) fn send(self, sink: &Sink) {
        sink(self.level, &self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_drive_no_terminal() {
        let line = Line::new(Level::Warn, "test").with("path", "/a\nevent=\u{1b}[2J\u{202e}\"x").with("n", 7);
        assert!(!line.text.chars().any(char::is_control) && !line.text.contains('\u{202e}'), "{}", line.text);
        assert!(
            line.text.ends_with(" n=7") && line.text.contains(r#"path="/a\nevent=\u{1b}"#),
            "{}",
            line.text
        );
    }
}
