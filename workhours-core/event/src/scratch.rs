//! Room to clean a text in: made portable, and without its secrets. Used again and again.

use super::text::portable;
use super::{Redactor, host_flags};

/// Room for a text made portable, and for the same without its secrets.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) portable: String,
    pub(super) redacted: String,
}

impl Scratch {
    /// The text as it is stored. Borrows when nothing had to be done.
    pub(super) fn clean<'a>(
        &'a mut self,
        bytes: &'a [u8],
        redactor: &Redactor,
        flags: &mut u32,
    ) -> Option<&'a str> {
        let text = portable(bytes, &mut self.portable, flags)?;
        let clean = redactor.redact(text, &mut self.redacted);
        if !std::ptr::eq(clean, text) {
            *flags |= host_flags::REDACTED;
        }
        Some(clean)
    }

    /// The same of a field whose name may say that it is a secret.
    pub(super) fn clean_field<'a>(
        &'a mut self,
        name: &str,
        bytes: &'a [u8],
        redactor: &Redactor,
        flags: &mut u32,
    ) -> Option<&'a str> {
        let text = portable(bytes, &mut self.portable, flags)?;
        let clean = redactor.redact_field(name, text, &mut self.redacted);
        if !std::ptr::eq(clean, text) {
            *flags |= host_flags::REDACTED;
        }
        Some(clean)
    }
}
