//! Tools for authors of plugins: a project to start from. The validator is `check`, next to this folder.
//!
//! The projects are the folder `templates`: files of the project with the suffix `.in`, in which words in double braces
//! are replaced. They are part of the program, so that it needs no network and no installation.

mod new;
mod vendored;

pub use new::{Lang, Project, new_project};
