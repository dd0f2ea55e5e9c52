//! Pages for people: one file each, with its route and its template.

mod assets;
mod docs;
mod event;
mod explore;
mod heatmap;
mod help;
mod home;
mod places;
mod report;
mod report_form;
mod reports;
mod saved;
mod sign_in;
mod sources;
mod theme;
mod timeline;
