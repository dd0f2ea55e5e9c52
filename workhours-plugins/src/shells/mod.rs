//! Shell histories and command logs.

pub mod atuin;
pub mod bash_history;
pub mod fish_history;
pub mod log_shell;
pub mod xonsh_history;
pub mod zsh_history;

pub(crate) mod fish_items;
pub(crate) mod usrlog;
