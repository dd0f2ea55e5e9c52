//! The index on a search server keeps the promises of the embedded one: the same answers after loads, deletions, purges
//! and kills, and the database answers when the server is away.
//!
//! The tests use the server that `WORKHOURS_TEST_SEARCH` names, such as `http://127.0.0.1:19200`; `tests/opensearch.sh`
//! starts one. They need the feature `elasticsearch`.

use crate::kit::{Home, repository};
use crate::search::{agrees, example, killed_at_any_point, searched, the_index_of};

/// The kills of a short run. More: `WORKHOURS_KILLS=50`.
const KILLS: u64 = 10;

/// Lets a user's index be on the server; `None`, and says so, where there is none.
fn on_server(home: Home) -> Option<Home> {
    if !cfg!(feature = "elasticsearch") {
        eprintln!("SKIPPED: search server: built without the feature elasticsearch");
        return None;
    }
    let Ok(url) = std::env::var("WORKHOURS_TEST_SEARCH") else {
        eprintln!("SKIPPED: search server: WORKHOURS_TEST_SEARCH names none");
        return None;
    };
    configure(&home, &url);
    Some(home)
}

fn configure(home: &Home, url: &str) {
    home.write(
        "config/workhours/config.toml",
        format!("[index]\nengine = 'elasticsearch'\nurl = '{url}'\nname = 'e2e'\nshards = 2\n"),
    );
}

#[test]
fn the_index_on_a_server_is_a_cache() {
    let Some(home) = on_server(example()) else { return };
    the_index_of(&home, 1);
    home.ok(&["index", "verify"]);
    home.ok(&["db", "check", "--deep"]);
}

#[test]
fn killed_at_any_point_the_server_still_says_what_the_database_says() {
    let Some(home) = on_server(Home::new()) else { return };
    let kills = std::env::var("WORKHOURS_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    killed_at_any_point(&home, kills);
}

#[test]
fn without_the_server_loads_and_searches_go_on() {
    let Some(home) = on_server(example()) else { return };
    home.ok(&["index", "update"]);
    // Nothing listens there.
    configure(&home, "http://127.0.0.1:9");
    let log = repository("examples/session.log");
    home.ok(&["-s", "log.shell", log.to_str().unwrap(), "-P", "--index", "--reread"])
        .says(&["does not answer", "hint:"]);
    let found = searched(&home, &["git"]);
    assert!(found["total"]["value"].as_u64().unwrap() > 0, "{found}");
    assert!(!found["warnings"].as_array().unwrap().is_empty(), "{found}");
    let url = std::env::var("WORKHOURS_TEST_SEARCH").unwrap();
    configure(&home, &url);
    agrees(&home);
}
