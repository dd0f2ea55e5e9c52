//! Logs with a JSON object of a known form on each line.
//!
//! Not for objects of any form, nor for those over several lines: see `json`.

use serde_json::{Map, Value};
use workhours_plugin_api::*;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The form of the objects.
pub(crate) struct Form {
    /// Whether an object has it.
    pub(crate) fits: fn(&Object) -> bool,
    /// The error for a first line that doesn't fit.
    pub(crate) expected: &'static str,
}

impl Form {
    /// The object of a line; why there is none. The first line of a file has to fit, or the file has another format.
    ///
    /// # Errors
    /// [`SourceError::Unsupported`] for a first line of another form.
    pub(crate) fn object(&self, line: &Line<'_>, is_first: bool) -> Result<Parsed, SourceError> {
        let parsed = serde_json::from_slice::<Object>(line.bytes().trim_ascii());
        if is_first && line.terminated && !parsed.as_ref().is_ok_and(self.fits) {
            return Err(SourceError::Unsupported(self.expected.into()));
        }
        if line.too_long {
            return Ok(Err((RejectCode::TooLong, "the line is longer than a record may be".to_owned())));
        }
        Ok(parsed.map_err(|e| match e.is_eof() {
            true => (RejectCode::Truncated, "the line ends within its JSON object".to_owned()),
            false => (RejectCode::Malformed, format!("the line isn't a JSON object: {e}")),
        }))
    }

    /// Reads all lines, and has `take` emit what an object says. It returns why, if the object says nothing valid.
    ///
    /// # Errors
    /// As for [`object`](Self::object), and those of the input and the sink.
    pub(crate) fn read(
        &self,
        input: &mut Input<'_>,
        out: &mut dyn EventSink,
        take: Take,
    ) -> Result<(), SourceError> {
        let mut first = input.resume().position.offset == 0;
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            if line.bytes().trim_ascii().is_empty() {
                out.ignored(1)?;
            } else {
                let refused = match self.object(&line, std::mem::take(&mut first))? {
                    Ok(object) => {
                        take(&line, &object, out)?.map(|why| (RejectCode::Malformed, why.to_owned()))
                    }
                    Err(refused) => Some(refused),
                };
                if let Some((code, reason)) = refused {
                    let provisional = !line.terminated;
                    out.reject(&Reject { span: line.span, code, reason: &reason, provisional })?;
                }
            }
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
        Ok(())
    }
}

/// Emits what an object says, or returns why it says nothing valid.
pub(crate) type Take = fn(&Line<'_>, &Object, &mut dyn EventSink) -> Result<Option<&'static str>, Stop>;

/// An object, or why a line is rejected.
pub(crate) type Parsed = Result<Object, (RejectCode, String)>;
