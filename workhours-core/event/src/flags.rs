//! The host's half of an event's flags, and their names. The source's half is in the contract.

use workhours_plugin_api::RowFlags;

/// Flags the host sets: bits 16 and up.
pub mod host_flags {
    /// The source has a local time; the input's zone was applied.
    pub const LOCAL_TIME: u32 = 1 << 16;
    /// The clock showed this time twice that day: the earlier was used, or the later if the records before it show that
    /// the clock had been set back.
    pub const FOLD: u32 = 1 << 17;
    /// The wall clock never showed this time; it was moved forward by the gap.
    pub const GAP: u32 = 1 << 18;
    /// The time is outside what can be stored; the event is undated.
    pub const TIME_OUT_OF_RANGE: u32 = 1 << 19;
    /// Invalid UTF-8 became U+FFFD.
    pub const LOSSY_TEXT: u32 = 1 << 20;
    /// NUL became U+2400.
    pub const NUL_TEXT: u32 = 1 << 21;
    /// A text was longer than is stored.
    pub const CUT_TEXT: u32 = 1 << 22;
    /// Something that looks like a secret was taken out.
    pub const REDACTED: u32 = 1 << 23;
    /// An appointment that was cancelled.
    pub const CANCELLED: u32 = 1 << 25;
    /// An appointment that leaves its time free, or whether someone was there.
    pub const FREE: u32 = 1 << 26;
    /// A declined meeting.
    pub const DECLINED: u32 = 1 << 27;
    /// The time is before 1971 or more than ten years after the load: a clock that was not set, or a slip.
    pub const IMPLAUSIBLE_TIME: u32 = 1 << 24;
}

const NAMES: &[(u32, &str)] = &[
    (RowFlags::PROVISIONAL.0, "provisional"),
    (RowFlags::LEAP_SECOND.0, "leap-second"),
    (RowFlags::INFERRED_YEAR.0, "inferred-year"),
    (RowFlags::MALFORMED_TAIL.0, "malformed-tail"),
    (RowFlags::BAD_NUMBER.0, "bad-number"),
    (RowFlags::BAD_TIME.0, "bad-time"),
    (RowFlags::UNKNOWN_ZONE.0, "unknown-zone"),
    (RowFlags::UNPLACED.0, "unplaced"),
    (RowFlags::GUESSED_ENCODING.0, "guessed-encoding"),
    (host_flags::LOCAL_TIME, "local-time"),
    (host_flags::FOLD, "fold"),
    (host_flags::GAP, "gap"),
    (host_flags::TIME_OUT_OF_RANGE, "time-out-of-range"),
    (host_flags::LOSSY_TEXT, "lossy-text"),
    (host_flags::NUL_TEXT, "nul-text"),
    (host_flags::CUT_TEXT, "cut-text"),
    (host_flags::REDACTED, "redacted"),
    (host_flags::CANCELLED, "cancelled"),
    (host_flags::FREE, "free"),
    (host_flags::DECLINED, "declined"),
    (host_flags::IMPLAUSIBLE_TIME, "implausible-time"),
];

/// The names of the flags set in `flags`.
pub fn flag_names(flags: u32) -> Vec<String> {
    NAMES.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| (*name).to_owned()).collect()
}
