//! How much of an input is read: `[limits]`. Each limit has one key, one default and one error that names both; the
//! reading code decides what happens at the limit.

use super::values;
use ::toml::Value;
use workhours_base::error::{Error, Result};
use workhours_base::names;

/// The table of TOML, and the section of INI.
pub(super) const NAME: &str = "limits";

const KEYS: [&str; 5] = ["archive_files", "device_mib", "input_mib", "record_kib", "records"];

/// Maximum size of a record: sources keep at most this much of one.
const RECORD_BYTES: u64 = workhours_plugin_api::MAX_RECORD_BYTES as u64;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of an input, decompressed.
    InputBytes,
    /// Bytes of a device or of a file that the system makes up.
    DeviceBytes,
    /// Records of an input.
    Records,
    /// Bytes of a record.
    RecordBytes,
    /// Files of an archive.
    ArchiveFiles,
}

/// How much of an input one run reads. `None` means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, decompressed.
    pub input_bytes: Option<u64>,
    /// The same of what may have no end: a device, or a file that the system makes up.
    pub device_bytes: u64,
    /// Records.
    pub records: Option<u64>,
    /// Bytes of a record; a longer one is rejected.
    pub record_bytes: u64,
    /// Files of an archive.
    pub archive_files: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: None,
            device_bytes: 16 << 20,
            records: None,
            record_bytes: RECORD_BYTES,
            archive_files: Some(1_000_000),
        }
    }
}

impl Limits {
    /// The error of an input that exceeds a limit; `holds` says what there is too much of.
    pub fn error(&self, limit: Limit, holds: &str) -> Error {
        let (key, most) = match limit {
            Limit::InputBytes => ("input_mib", self.input_bytes.unwrap_or_default() >> 20),
            Limit::DeviceBytes => ("device_mib", self.device_bytes >> 20),
            Limit::Records => ("records", self.records.unwrap_or_default()),
            Limit::RecordBytes => ("record_kib", self.record_bytes >> 10),
            Limit::ArchiveFiles => ("archive_files", self.archive_files.unwrap_or_default()),
        };
        Error::failed(format!("{holds}, and {NAME}.{key} allows {most}")).hint(format!(
            "what came before is loaded; to read more, raise {key} in [{NAME}] of the config file"
        ))
    }

    /// Takes a key.
    pub(super) fn set(&mut self, key: &str, given: &[String], origin: &str) -> Result<()> {
        self.take(key, given).map_err(|e| values::at(origin, e))
    }

    fn take(&mut self, key: &str, given: &[String]) -> Result<()> {
        if !KEYS.contains(&key) {
            return Err(Error::usage(format!("unknown key {key:?} in [{NAME}]")).hint(match names::nearest(
                key, KEYS,
            ) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the keys are {}", KEYS.join(", ")),
            }));
        }
        let [text] = given else {
            return Err(Error::usage(format!("{key} has {} values, and takes one", given.len())));
        };
        let most = if key == "record_kib" { RECORD_BYTES >> 10 } else { 1 << 40 };
        let number: u64 = text.trim().parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
            Error::usage(format!("{key} is a whole number from 1 to {most}, not {:?}", text.trim()))
        })?;
        match key {
            "archive_files" => self.archive_files = Some(number),
            "device_mib" => self.device_bytes = number << 20,
            "input_mib" => self.input_bytes = Some(number << 20),
            "record_kib" => self.record_bytes = number << 10,
            _ => self.records = Some(number),
        }
        Ok(())
    }

    /// Differences from the defaults, as keys and values of TOML.
    pub(super) fn shown(&self) -> Vec<(String, Value)> {
        let usual = Self::default();
        let pairs = [
            ("archive_files", self.archive_files, usual.archive_files),
            ("device_mib", Some(self.device_bytes >> 20), Some(usual.device_bytes >> 20)),
            ("input_mib", self.input_bytes.map(|n| n >> 20), None),
            ("record_kib", Some(self.record_bytes >> 10), Some(usual.record_bytes >> 10)),
            ("records", self.records, None),
        ];
        let differs = pairs.into_iter().filter(|(_, is, usual)| is != usual);
        let shown = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        differs.filter_map(|(key, is, _)| Some((format!("{NAME}.{key}"), shown(is?)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_and_shown() {
        let mut limits = Limits::default();
        assert_eq!(limits.shown(), []);
        for key in KEYS {
            limits.set(key, &["3".into()], "a:1").unwrap();
        }
        let keys: Vec<String> = limits.shown().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, KEYS.map(|key| format!("limits.{key}")));
        assert_eq!((limits.input_bytes, limits.record_bytes), (Some(3 << 20), 3 << 10));
        for (key, text) in [("records", "0"), ("records", "x"), ("record_kib", "16385"), ("record", "1")] {
            let error = limits.set(key, &[text.into()], "a:1").unwrap_err();
            assert!(error.is_user_error() && error.full_message().starts_with("a:1: "), "{error:?}");
        }
    }

    #[test]
    fn an_error_names_the_limit_and_its_key() {
        let error = Limits::default().error(Limit::DeviceBytes, "/dev/x has more than 16 MiB");
        assert_eq!(error.full_message(), "/dev/x has more than 16 MiB, and limits.device_mib allows 16");
        assert!(error.hint_text().unwrap().contains("device_mib in [limits]"));
    }
}
