//! The web site of workhours and its API: reports, events and inputs in a browser, and the same for programs.
//!
//! Asks the store and lets core's reports and outputs answer; knows no SQL, no source type and no argv. A page or an
//! endpoint is one file in `pages` or `api` that registers a [`Route`](route::Route).

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod answer;
mod api;
mod assets;
mod background;
mod columns;
mod event;
mod frame;
mod fresh;
mod gate;
mod keeper;
mod links;
mod log;
mod markup;
mod metrics;
mod pages;
mod problem;
mod pulse;
mod query_string;
mod receive;
mod receivers;
mod refusal;
mod reports;
mod request;
mod route;
mod router;
mod search;
mod server;
mod setup;
mod site;
mod stream;
mod template;
mod work;
mod work_queue;

pub use assets::packed_bytes;
pub use gate::KeptKeys;
pub use log::{Level, Sink};
pub use route::{Verb, routes};
pub use server::{Server, Stopper};
pub use setup::{Setup, SourceName};
pub use template::templates;
