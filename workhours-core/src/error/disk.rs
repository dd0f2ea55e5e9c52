//! What to do when a disk refuses to take more, in plain words. The system's own say what happened, but not that the
//! work can go on where it stopped.

use std::error::Error;
use std::io::{self, ErrorKind};

const FULL: &str = "free some space on that disk and run the same command again; what was stored is kept";
const QUOTA: &str = "your quota on that disk is used up; free some space (quota -s shows how much) and run the same \
                     command again; what was stored is kept";
const TOO_LARGE: &str = "a file may not grow any further: raise the limit on the size of files with ulimit -f unlimited \
                         and run the same command again; what was stored is kept";
const REFUSED: &str = "the disk refused to read or write: is it full, is a quota used up, or is the limit on the size of \
                       files (ulimit -f) reached?";

/// A hint for an error whose cause is that a disk refused, if it is.
pub(super) fn hint(e: &(dyn Error + Send + Sync + 'static)) -> Option<&'static str> {
    let mut below: Option<&(dyn Error + 'static)> = Some(e);
    while let Some(e) = below {
        if let Some(e) = e.downcast_ref::<io::Error>() {
            return of_kind(e.kind());
        }
        // SQLite's errors come as their texts.
        let text = e.to_string();
        if text.contains("database or disk is full") {
            return Some(FULL);
        }
        if text.contains("disk I/O error") {
            return Some(REFUSED);
        }
        below = e.source();
    }
    None
}

fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::StorageFull => Some(FULL),
        ErrorKind::QuotaExceeded => Some(QUOTA),
        ErrorKind::FileTooLarge => Some(TOO_LARGE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::error::{Context, Error};
    use std::io;

    #[test]
    fn each_way_to_refuse_has_its_hint() {
        for (kind, word) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "quota"),
            (io::ErrorKind::FileTooLarge, "ulimit -f"),
        ] {
            let failed: Result<(), _> = Err(io::Error::from(kind));
            let error = failed.context(|| "cannot write a").unwrap_err();
            assert!(error.hint_text().unwrap().contains(word), "{error:?}");
        }
        let other: Result<(), _> = Err(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(other.context(|| "cannot write a").unwrap_err().hint_text(), None);
        assert!(Error::failed("x").because("database or disk is full").hint_text().is_some());
        assert_eq!(
            Error::failed("x").because("database or disk is full").hint("own").hint_text(),
            Some("own")
        );
    }
}
