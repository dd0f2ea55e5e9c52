//! Endpoints for programs: one file each, with its route and the shape of its answer.

mod counts;
pub(crate) mod events;
mod export;
mod health;
mod newer;
mod openapi;
pub(crate) mod reports;
mod rows;
pub(crate) mod saved;
mod search;
mod suggest;
