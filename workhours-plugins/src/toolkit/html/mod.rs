//! Reading HTML.

pub(crate) mod entities;
pub(crate) mod page;
pub(crate) mod text;
pub(crate) mod tokens;
