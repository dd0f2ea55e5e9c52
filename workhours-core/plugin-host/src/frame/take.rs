//! Takes numbers, texts and records off the front of a payload, and checks each before it is used.
//!
//! A length is only a claim: nothing is allocated for it. It either fits into the existing bytes or is an error.

use super::*;
use workhours_plugin_api::{
    Attr, EventRow, EventTime, Precision, Reject, RejectCode, RowFlags, Span, Text, Value, Zone,
};

/// Seconds of the years 1 to 9999.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub(super) type Result<T> = std::result::Result<T, FrameError>;

pub(super) fn wrong<T>(what: impl Into<String>) -> Result<T> {
    Err(FrameError(what.into()))
}

/// Bytes still to be read.
#[derive(Debug)]
pub(super) struct Take<'p>(pub(super) &'p [u8]);

impl<'p> Take<'p> {
    #[inline]
    fn bytes(&mut self, n: usize) -> Result<&'p [u8]> {
        match self.0.split_at_checked(n) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(taken)
            }
            None => wrong("a frame that ends too early"),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.0.split_first_chunk() {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(*taken)
            }
            None => wrong("a frame that ends too early"),
        }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[b]| b)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            n |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        wrong("a number of more than 64 bits")
    }

    #[inline]
    pub(super) fn text(&mut self) -> Result<&'p [u8]> {
        let len = self.number()?;
        self.bytes(usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// Bytes, or their position in `raw`.
    #[inline]
    fn part(&mut self, raw: &'p [u8]) -> Result<&'p [u8]> {
        let head = self.number()?;
        let len = usize::try_from(head >> 1).unwrap_or(usize::MAX);
        if head & 1 == 0 {
            return self.bytes(len);
        }
        let at = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        match raw.get(at..at.saturating_add(len)) {
            Some(part) => Ok(part),
            None => wrong("a field that is said to stand in its record, and does not"),
        }
    }

    fn utf8(&mut self, what: &str) -> Result<&'p str> {
        std::str::from_utf8(self.text()?).or_else(|_| wrong(format!("{what} that is not UTF-8")))
    }

    fn list(&mut self, what: &str) -> Result<usize> {
        match self.number()? {
            n if n <= MAX_LIST as u64 => Ok(n as usize),
            n => wrong(format!("a list of {n} {what}; {MAX_LIST} are allowed")),
        }
    }

    #[inline]
    fn time(&mut self) -> Result<Option<EventTime>> {
        let zone = self.byte()?;
        if zone == 0 {
            return Ok(None);
        }
        let precision = self.byte()?;
        let (secs, nanos) = (i64::from_le_bytes(self.array()?), u32::from_le_bytes(self.array()?));
        let zone = match zone {
            1 => Zone::Unknown,
            2 => Zone::Offset(i16::from_le_bytes(self.array()?)),
            3 => Zone::Local,
            _ => return wrong("a time of an unknown kind"),
        };
        let far = matches!(zone, Zone::Offset(minutes) if minutes.unsigned_abs() >= 24 * 60);
        match Precision::from_number(precision) {
            Some(precision) if YEARS.contains(&secs) && nanos < 1_000_000_000 && !far => {
                Ok(Some(EventTime { secs, nanos, zone, precision }))
            }
            _ => wrong(format!("a time that cannot be ({secs} s)")),
        }
    }

    fn span(&mut self, offset: u64, line: u64) -> Result<Span<'p>> {
        let raw = self.text()?;
        match offset.checked_add(raw.len() as u64) {
            Some(_) => Ok(Span { offset, line, raw }),
            None => wrong("a record beyond any input"),
        }
    }

    pub(super) fn event(
        &mut self,
        tags: &mut Vec<Text<'p>>,
        attrs: &mut Vec<Attr<'p>>,
    ) -> Result<EventRow<'p>> {
        let flags = self.number()?;
        if flags & !u64::from(RowFlags::SOURCE_BITS.0) != 0 {
            return wrong("an event with flags that are not a source's");
        }
        let (offset, line) = (self.number()?, self.number()?);
        let (time, end) = (self.time()?, self.time()?);
        let span = self.span(offset, line)?;
        let kind = self.utf8("a kind")?;
        let key = self.part(span.raw)?;
        let mut text = || self.part(span.raw).map(Text);
        let (url, referrer, title) = (text()?, text()?, text()?);
        let (content, host, user, agent) = (text()?, text()?, text()?, text()?);
        let (peer, key_host, key_user, series) = (text()?, text()?, text()?, text()?.0);
        let revision = i64::from_le_bytes(self.array()?);
        tags.clear();
        for _ in 0..self.list("tags")? {
            tags.push(Text(self.text()?));
        }
        attrs.clear();
        for _ in 0..self.list("attributes")? {
            let key = self.utf8("an attribute's key")?;
            let value = match self.byte()? {
                1 => Value::Str(Text(self.text()?)),
                2 => Value::Int(i64::from_le_bytes(self.array()?)),
                3 => Value::Float(f64::from_le_bytes(self.array()?)),
                4 => Value::Bool(match self.byte()? {
                    0 => false,
                    1 => true,
                    _ => return wrong("an attribute that is neither yes nor no"),
                }),
                _ => return wrong("an attribute of an unknown kind"),
            };
            attrs.push(Attr { key, value });
        }
        let flags = RowFlags(flags as u32);
        Ok(EventRow {
            span,
            time,
            end,
            kind,
            key,
            url,
            referrer,
            title,
            text: content,
            host,
            user,
            agent,
            flags,
            peer,
            key_host,
            key_user,
            series,
            revision,
            ..EventRow::default()
        })
    }

    pub(super) fn reject(&mut self) -> Result<Reject<'p>> {
        let code = u32::try_from(self.number()?).ok().and_then(RejectCode::from_number);
        let flags = self.number()?;
        let (offset, line) = (self.number()?, self.number()?);
        let span = self.span(offset, line)?;
        let reason = self.utf8("a reason")?;
        match (code, flags) {
            (Some(code), 0 | 1) => Ok(Reject { span, code, reason, provisional: flags == 1 }),
            _ => wrong("a reject of an unknown kind"),
        }
    }

    pub(super) fn hello(&mut self) -> Result<Hello> {
        let enforced = self.utf8("a greeting")?.to_owned();
        let sdk = self.utf8("a greeting")?.to_owned();
        let (major, minor) = (u16::try_from(self.number()?), u16::try_from(self.number()?));
        let (Ok(major), Ok(minor)) = (major, minor) else { return wrong("a version that cannot be") };
        let n = self.list("sources")?;
        let manifests = (0..n).map(|_| self.utf8("a manifest").map(str::to_owned)).collect::<Result<_>>()?;
        Ok(Hello { enforced, sdk, abi: (major, minor), manifests })
    }

    pub(super) fn end(&mut self) -> Result<End> {
        let Ok(status) = u32::try_from(self.number()?) else { return wrong("a status that cannot be") };
        let message = String::from_utf8_lossy(self.text()?).into_owned();
        let (events, rejects, ignored) = (self.number()?, self.number()?, self.number()?);
        Ok(End { status: status.cast_signed(), message, events, rejects, ignored })
    }

    pub(super) fn crash(&mut self) -> Result<Crash> {
        let signal = i32::from_le_bytes(self.array()?);
        Ok(Crash {
            signal,
            value: u64::from_le_bytes(self.array()?),
            pages: u64::from_le_bytes(self.array()?),
        })
    }
}
