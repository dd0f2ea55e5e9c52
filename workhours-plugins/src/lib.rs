//! The sources built into workhours.
//!
//! They use the contract crate and nothing else of the workspace: what is done here, a third party can do.
//! A program links them with `use workhours_plugins as _;` and finds them in the registry; nothing here is
//! meant to be called by name.

pub mod bookmarks_html;
pub mod delicious_bookmarks;
pub mod log_http;
pub mod log_shell;

mod clf;
mod entities;
mod folders;
mod html;
mod netscape;
mod stamp;
mod usrlog;
