//! A source's description of itself, as JSON for the ABI. Only writing: the host reads it with a library, and a plugin
//! doesn't need to.

use crate::source::{Activity, Growth, InputNeed, Os, SourceInfo};
use std::fmt::Write;

/// The manifest of a source.
pub fn manifest(info: &SourceInfo) -> String {
    let mut json = Object::new();
    json.text("name", info.name);
    json.list("aliases", info.aliases.iter().map(|s| quoted(s.as_bytes())));
    json.text("summary", info.summary);
    json.text("details", info.details);
    json.text("authority", info.authority);
    json.text("activity", Activity::as_str(info.activity));
    json.text("growth", if info.growth == Growth::Append { "append" } else { "mutable" });
    json.list("kinds", info.kinds.iter().map(|s| quoted(s.as_bytes())));
    let input = match info.input {
        InputNeed::Read => "read",
        InputNeed::Map => "map",
        InputNeed::Path => "path",
    };
    json.text("input", input);
    let locations = info.locations.iter().map(|l| {
        let os = match l.os {
            Os::Any => "any",
            Os::Linux => "linux",
            Os::MacOs => "macos",
            Os::Windows => "windows",
        };
        let mut json = Object::new();
        json.text("os", os);
        json.text("glob", l.glob);
        json.end()
    });
    json.list("locations", locations);
    json.list("companions", info.companions.iter().map(|s| quoted(s.as_bytes())));
    let options = info.options.iter().map(|o| {
        let mut json = Object::new();
        json.text("name", o.name);
        json.text("help", o.help);
        json.text("default", o.default);
        json.end()
    });
    json.list("options", options);
    if !info.sample.bytes.is_empty() {
        let mut sample = Object::new();
        match std::str::from_utf8(info.sample.bytes) {
            Ok(text) => sample.text("text", text),
            Err(_) => sample.value("hex", &quoted(hex(info.sample.bytes).as_bytes())),
        }
        sample.value("events", &info.sample.events.to_string());
        sample.value("rejects", &info.sample.rejects.to_string());
        json.value("sample", &sample.end());
    }
    json.end()
}

/// A JSON object under construction.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".into())
    }

    fn value(&mut self, name: &str, json: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name.as_bytes()));
        self.0.push(':');
        self.0.push_str(json);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.value(name, &quoted(text.as_bytes()));
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        self.value(name, &format!("[{}]", items.join(",")));
    }

    fn end(self) -> String {
        self.0 + "}"
    }
}

fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for c in String::from_utf8_lossy(text).chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(quoted("a\"b\\c\n\u{1}\u{7f}é".as_bytes()), "\"a\\\"b\\\\c\\n\\u0001\\u007fé\"");
    }

    #[test]
    fn objects_nest() {
        let mut inner = Object::new();
        inner.value("n", "1");
        let mut json = Object::new();
        json.list("empty", std::iter::empty());
        json.value("inner", &inner.end());
        assert_eq!(json.end(), r#"{"empty":[],"inner":{"n":1}}"#);
    }
}
