//! How much of an input is read: `[limits]`. Each limit has one key, one default and one error that names both; the
//! reading code decides what happens at the limit.

use super::tree::{Scalar, Setting, set};
use ::toml::Value;
use serde::Deserialize;
use workhours_base::error::{Error, Result};

/// The name of the table in TOML and of the section in INI.
const NAME: &str = "limits";

/// Maximum size of a record: sources keep at most this much of one.
const RECORD_BYTES: u64 = workhours_plugin_api::MAX_RECORD_BYTES as u64;

/// The keys of `[limits]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Files of an archive.
    archive_files: Option<Setting<Scalar>>,
    /// Size of an input that may have no end, such as a device, in MiB.
    device_mib: Option<Setting<Scalar>>,
    /// Size of an input, decompressed, in MiB.
    input_mib: Option<Setting<Scalar>>,
    /// Size of a record, in KiB.
    record_kib: Option<Setting<Scalar>>,
    /// Records of an input.
    records: Option<Setting<Scalar>>,
}

impl Keys {
    /// What they mean.
    pub(super) fn limits(self) -> Result<Limits> {
        let mut limits = Limits::default();
        let most = 1 << 40;
        set(&mut limits.archive_files, self.archive_files, |n| number("archive_files", &n, most).map(Some))?;
        set(&mut limits.device_bytes, self.device_mib, |n| Ok(number("device_mib", &n, most)? << 20))?;
        set(&mut limits.input_bytes, self.input_mib, |n| Ok(Some(number("input_mib", &n, most)? << 20)))?;
        set(&mut limits.record_bytes, self.record_kib, |n| {
            Ok(number("record_kib", &n, RECORD_BYTES >> 10)? << 10)
        })?;
        set(&mut limits.records, self.records, |n| number("records", &n, most).map(Some))?;
        Ok(limits)
    }
}

fn number(key: &str, Scalar(text): &Scalar, most: u64) -> Result<u64> {
    let text = text.trim();
    text.parse()
        .ok()
        .filter(|n| (1..=most).contains(n))
        .ok_or_else(|| Error::usage(format!("{key} is a whole number from 1 to {most}, not {text:?}")))
}

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of an input, decompressed.
    InputBytes,
    /// Bytes of a device or of a file that the system generates.
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
    /// Bytes of an input that may have no end: a device, or a file that the system generates.
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
    /// The error of an input that exceeds a limit. `excess` begins the message: `/dev/x has more than 16 MiB`.
    pub fn error(&self, limit: Limit, excess: &str) -> Error {
        let (key, most) = match limit {
            Limit::InputBytes => ("input_mib", self.input_bytes.unwrap_or_default() >> 20),
            Limit::DeviceBytes => ("device_mib", self.device_bytes >> 20),
            Limit::Records => ("records", self.records.unwrap_or_default()),
            Limit::RecordBytes => ("record_kib", self.record_bytes >> 10),
            Limit::ArchiveFiles => ("archive_files", self.archive_files.unwrap_or_default()),
        };
        Error::failed(format!("{excess}, and {NAME}.{key} allows {most}")).hint(format!(
            "what came before is loaded; to read more, raise {key} in [{NAME}] of the config file"
        ))
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
    fn an_error_names_the_limit_and_its_key() {
        let error = Limits::default().error(Limit::DeviceBytes, "/dev/x has more than 16 MiB");
        assert_eq!(error.full_message(), "/dev/x has more than 16 MiB, and limits.device_mib allows 16");
        assert!(error.hint_text().unwrap().contains("device_mib in [limits]"));
    }
}
