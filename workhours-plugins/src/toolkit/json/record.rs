//! A JSON object that is a record, on its way to becoming an event.

use crate::toolkit::charset::Charset;
use crate::toolkit::found::Found;
use crate::toolkit::json::fields::Paths;
use crate::toolkit::json::nodes::{Mistake, Object};
use crate::toolkit::mapping::Mapping;
use workhours_plugin_api::*;

/// The options for the objects of one input.
pub(crate) struct Records {
    pub(crate) mapping: Mapping,
    paths: Paths,
    charset: Charset,
}

impl Records {
    pub(crate) fn new(input: &Input<'_>) -> Result<Self, SourceError> {
        let mapping = Mapping::new(input)?;
        let charset = Charset::option(input)?;
        if !charset.keeps_ascii() {
            let why = "encoding: JSON is not read in an encoding whose brackets may be halves of other characters; \
                       convert the file to UTF-8 first";
            return Err(SourceError::Config(why.to_owned()));
        }
        Ok(Self { paths: Paths::new(&mapping)?, mapping, charset })
    }

    /// Whether a date is found in an object.
    pub(crate) fn is_dated(&self, object: &Object<'_>) -> bool {
        self.mapping.is_dated(&self.paths.found(&self.mapping, object))
    }

    /// Pushes the event of an object, or returns the error.
    pub(crate) fn emit(
        &self,
        span: Span<'_>,
        provisional: bool,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let (text, flags) = self.charset.decode(span.raw);
        let object = match Object::read(&text) {
            Ok(object) => object,
            Err(mistake) => return refuse(span, &text, &mistake, provisional, out),
        };
        let mut found = self.paths.found(&self.mapping, &object);
        found.flags = flags;
        if *text != *span.raw {
            if self.mapping.has_key()
                && let Ok(undecoded) = Object::read(span.raw)
            {
                // A record is identified by its key as it is in the file.
                let mut known = Found::default();
                known.hash_as(&self.paths.found(&self.mapping, &undecoded));
                found.hashed = known.hashed;
            }
            found.whole = Some((&*text).into());
        }
        self.mapping.emit(span, provisional, found, out)
    }
}

fn refuse(
    span: Span<'_>,
    text: &[u8],
    mistake: &Mistake,
    provisional: bool,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    let reason = explained(text, mistake);
    out.reject(&Reject { span: shown(span), code: RejectCode::Malformed, reason: &reason, provisional })
}

/// The error and its position.
pub(crate) fn explained(text: &[u8], Mistake { at, what, .. }: &Mistake) -> String {
    let rest = text.get(*at..).unwrap_or_default();
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let place = String::from_utf8_lossy(line.get(..20).unwrap_or(line)).trim_end().to_owned();
    match place.is_empty() {
        true if rest.is_empty() => format!("{what}, at the end"),
        true => format!("{what}, at byte {at}"),
        false => format!("{what}, at byte {at}: {place}"),
    }
}

/// The beginning of the rejected value.
pub(crate) fn shown(span: Span<'_>) -> Span<'_> {
    const SHOWN: usize = 4096;
    Span { raw: span.raw.get(..SHOWN).unwrap_or(span.raw), ..span }
}
