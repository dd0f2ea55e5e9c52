//! Endpoints for programs: one file each, with its route and the shape of its answer.

pub(crate) mod events;
mod health;
mod openapi;
pub(crate) mod reports;
mod rows;
