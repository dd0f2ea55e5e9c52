//! Browser histories.

pub mod epiphany_history;
pub mod firefox_history;
pub mod qutebrowser_history;
pub mod safari_history;
pub mod webkit_history;

pub(crate) mod fennec;
pub(crate) mod firefox_ios;
