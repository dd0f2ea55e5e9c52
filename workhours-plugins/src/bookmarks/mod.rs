//! Bookmarks of browsers and of bookmark services.

pub mod bookmarks_html;
pub mod bookmarks_json;
pub mod delicious_bookmarks;
pub mod firefox_bookmarks;
pub mod webkit_bookmarks;

pub(crate) mod bookmark;
pub(crate) mod bookmarks_list;
pub(crate) mod folders;
pub(crate) mod moz_folders;
pub(crate) mod netscape;
