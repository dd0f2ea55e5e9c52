//! The sources built into workhours.
//!
//! They use the contract crate and nothing else of the workspace: what is done here, a third party can do.
//! A program links them with `use workhours_plugins as _;` and finds them in the registry; nothing here is
//! meant to be called by name.

pub mod atuin;
pub mod bash_history;
pub mod bookmarks_html;
pub mod bookmarks_json;
pub mod delicious_bookmarks;
pub mod firefox_bookmarks;
pub mod firefox_history;
pub mod fish_history;
pub mod git_log;
pub mod google_takeout;
pub mod ical;
pub mod journald;
pub mod log_auth;
pub mod log_http;
pub mod log_shell;
pub mod safari_history;
pub mod syslog;
pub mod trac_timeline;
pub mod webkit_bookmarks;
pub mod webkit_history;
pub mod xonsh_history;
pub mod zsh_history;

mod ahead;
mod authmsg;
mod bsd;
mod bytes_input;
mod cells;
mod clf;
mod entities;
mod epoch;
mod facts;
mod fennec;
mod fish_items;
mod folded;
mod folders;
mod git_commit;
mod git_date;
mod git_fields;
mod html;
mod html_text;
mod ical_event;
mod ical_lines;
mod ical_rule;
mod ical_time;
mod ical_zone;
mod joined;
mod journal;
mod journal_export;
mod journal_json;
mod json;
mod json_items;
mod json_tree;
mod keys;
mod months;
mod moz_folders;
mod netscape;
mod pieces;
mod rfc5424;
mod sqlite;
mod stamp;
mod takeout_date;
mod takeout_html;
mod takeout_json;
mod trac_day;
mod trac_html;
mod trac_item;
mod trac_rss;
mod usrlog;
mod window;
mod written;
mod years;
mod zone_names;
