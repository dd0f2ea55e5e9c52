//! Reading JSON.

pub(crate) mod fields;
pub(crate) mod items;
pub(crate) mod lines;
pub(crate) mod lists;
pub(crate) mod nodes;
pub(crate) mod places;
pub(crate) mod record;
pub(crate) mod text;
pub(crate) mod tokens;
pub(crate) mod tree;
pub(crate) mod window;
