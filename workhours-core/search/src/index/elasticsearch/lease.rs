//! The right to write: one writer of an index at a time, wherever it runs. It is a document with an owner and an end,
//! changed only by whom the server saw last; a writer that died loses it after a minute.

use super::client::{Client, WRITE_PATIENCE};
use super::state::Names;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use workhours_base::error::{Error, Result};
use workhours_store::now_us;

/// How long it holds without being renewed.
const HELD: Duration = Duration::from_secs(60);
/// When it is renewed.
const RENEWED: Duration = Duration::from_secs(15);

/// The right to write an index.
pub(super) struct Lease {
    client: Arc<Client>,
    path: String,
    owner: String,
    /// The server's number of the document, and its term.
    seen: (i64, i64),
    renewed: Instant,
}

impl Lease {
    /// Takes it; `None` while another program has it.
    pub(super) fn take(client: &Arc<Client>, names: &Names) -> Result<Option<Self>> {
        let path = format!("/{}/_doc/writer", names.state());
        let owner = format!("{} {}", std::process::id(), here().unwrap_or_default());
        let held = client.call("GET", &path, &Value::Null, WRITE_PATIENCE)?;
        let body = match held.status {
            404 => Value::Null,
            _ => held.ok("ask who writes the index")?,
        };
        let free = body["found"] != true
            || body["_source"]["until_ms"].as_i64().unwrap_or(0) < now_us() / 1000
            || body["_source"]["writer"].as_str().is_some_and(is_dead);
        if !free {
            return Ok(None);
        }
        let condition = match body["found"] == true {
            true => format!(
                "?if_seq_no={}&if_primary_term={}",
                body["_seq_no"].as_i64().unwrap_or(0),
                body["_primary_term"].as_i64().unwrap_or(0)
            ),
            false => "?op_type=create".to_owned(),
        };
        let answer = client.call("PUT", &format!("{path}{condition}"), &document(&owner), WRITE_PATIENCE)?;
        // Another was quicker.
        if answer.status == 409 {
            return Ok(None);
        }
        let seen = numbers(&answer.ok("take the right to write the index")?);
        Ok(Some(Self { client: client.clone(), path, owner, seen, renewed: Instant::now() }))
    }

    /// Renews it when it is time to.
    ///
    /// # Errors
    /// When another program has it now.
    pub(super) fn renew(&mut self) -> Result<()> {
        if self.renewed.elapsed() < RENEWED {
            return Ok(());
        }
        let path = format!("{}?if_seq_no={}&if_primary_term={}", self.path, self.seen.0, self.seen.1);
        let answer = self.client.call("PUT", &path, &document(&self.owner), WRITE_PATIENCE)?;
        if answer.status == 409 {
            return Err(Error::failed("another program writes the index now")
                .hint("this one was away for too long; run the command again"));
        }
        self.seen = numbers(&answer.ok("renew the right to write the index")?);
        self.renewed = Instant::now();
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let path = format!("{}?if_seq_no={}&if_primary_term={}", self.path, self.seen.0, self.seen.1);
        // It ends by itself too.
        let _ = self.client.call("DELETE", &path, &Value::Null, Duration::ZERO);
    }
}

/// What tells this machine since it was started, and this container on it, from all others; `None` where nothing does.
fn here() -> Option<String> {
    let started = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", started.trim(), processes.display()))
}

/// Whether a writer was a process of this machine that has ended. Others may be alive.
fn is_dead(owner: &str) -> bool {
    let Some((process, place)) = owner.split_once(' ') else { return false };
    here().is_some_and(|here| here == place) && !std::path::Path::new("/proc").join(process).exists()
}

fn document(owner: &str) -> Value {
    json!({ "writer": owner, "until_ms": now_us() / 1000 + HELD.as_millis() as i64 })
}

fn numbers(answer: &Value) -> (i64, i64) {
    (answer["_seq_no"].as_i64().unwrap_or(0), answer["_primary_term"].as_i64().unwrap_or(0))
}
