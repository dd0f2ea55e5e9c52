//! Reports as the site asks for them: the same settings for pages, exports and endpoints, whatever the report is.

mod export;
mod formats;
mod linked;
mod request;

pub(crate) use export::export;
pub(crate) use formats::{FORMATS, Format, by_media_type, split};
pub(crate) use linked::{Linked, link};
pub(crate) use request::{ReportRequest, parameters_for};
