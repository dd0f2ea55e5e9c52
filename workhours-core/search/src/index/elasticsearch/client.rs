//! Requests to the search server: JSON over HTTP, with credentials, TLS, deadlines and retries. It knows no index.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use std::path::Path;
use std::thread::park_timeout;
use std::time::{Duration, Instant};
use ureq::http::{Request, Response};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, AsSendBody, Body};
use workhours_base::error::{Context, Error, Result};
use workhours_config::IndexSettings;

/// How long a single request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// And the shortest time that is allowed.
const MIN_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The first pause before a retry, and the longest.
const PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// How long a write is retried while the server is busy or away.
pub(super) const WRITE_PATIENCE: Duration = Duration::from_secs(60);
/// And a question: a person is waiting.
pub(super) const READ_PATIENCE: Duration = Duration::ZERO;
/// The largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 256 << 20;

const JSON: &str = "application/json";

/// The server, or the nodes of a cluster: any of them may answer.
pub(super) struct Client {
    agent: Agent,
    urls: Vec<String>,
    authorization: Option<String>,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    /// Whether it is a success.
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body of a success.
    pub(super) fn ok(self, what: &str) -> Result<Value> {
        match self.is_ok() {
            true => Ok(self.body),
            false => Err(refused(what, self.status, &self.body)),
        }
    }
}

/// What the server said against a request.
fn refused(what: &str, status: u16, body: &Value) -> Error {
    let cause = &body["error"];
    let root = &cause["root_cause"][0];
    let reason = [&root["reason"], &cause["reason"], cause].into_iter().find_map(Value::as_str);
    let error = Error::failed(format!(
        "the search server refused to {what}: {status} {}",
        reason.unwrap_or("without a reason")
    ));
    match status {
        401 | 403 => error.hint("check user, password_file and api_key_file in [index] of the config file"),
        429 => error.hint("the server is busy; run the command again later"),
        _ => error,
    }
}

impl Client {
    /// For these servers.
    ///
    /// # Errors
    /// When the certificates can't be read.
    pub(super) fn new(settings: &IndexSettings) -> Result<Self> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(REQUEST_TIMEOUT));
        if let Some(file) = &settings.ca {
            let say = || format!("cannot read the certificates in {}", file.display());
            let pem = std::fs::read(file).context(say)?;
            let mut certificates = Vec::new();
            for item in parse_pem(&pem) {
                if let PemItem::Certificate(certificate) = item.context(say)? {
                    certificates.push(certificate.to_owned());
                }
            }
            if certificates.is_empty() {
                return Err(Error::failed(format!("there is no certificate in {}", file.display()))
                    .hint("ca in [index] of the config file is a file in PEM format"));
            }
            let roots = RootCerts::from(certificates);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let urls = settings.urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Ok(Self { agent: config.build().into(), urls, authorization: authorization(settings)? })
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        self.urls.join(", ")
    }

    /// Asks, with a JSON body or none.
    ///
    /// # Errors
    /// When no node answers in time.
    pub(super) fn call(&self, method: &str, path: &str, body: &Value, patience: Duration) -> Result<Answer> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send((method, path, JSON), text.as_bytes(), patience, REQUEST_TIMEOUT)
    }

    /// Asks a question, with a deadline.
    ///
    /// # Errors
    /// When no node answers in time.
    pub(super) fn ask(&self, path: &str, body: &Value, left: Option<Duration>) -> Result<Answer> {
        let limit = left.map_or(REQUEST_TIMEOUT, |left| left.clamp(MIN_TIMEOUT, REQUEST_TIMEOUT));
        self.send(("POST", path, JSON), body.to_string().as_bytes(), READ_PATIENCE, limit)
    }

    /// Asks, with lines of JSON.
    ///
    /// # Errors
    /// When no node answers in time.
    pub(super) fn bulk(&self, path: &str, lines: &[u8]) -> Result<Answer> {
        self.send(("POST", path, "application/x-ndjson"), lines, WRITE_PATIENCE, REQUEST_TIMEOUT)
    }

    fn send(
        &self,
        (method, path, kind): (&str, &str, &str),
        body: &[u8],
        patience: Duration,
        limit: Duration,
    ) -> Result<Answer> {
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            let (mut busy, mut lost) = (None, None);
            for url in &self.urls {
                match self.once((method, &format!("{url}{path}"), kind), body, limit) {
                    Ok(answer) if matches!(answer.status, 429 | 502..=504) => busy = Some(answer),
                    Ok(answer) => return Ok(answer),
                    Err(e) => lost = Some(e),
                }
            }
            if begun.elapsed() + pause > patience {
                if let Some(answer) = busy {
                    return Ok(answer);
                }
                let error = Error::failed(format!("the search server at {} does not answer", self.place()));
                let error = error.hint("is it running? url in [index] of the config file names it");
                return Err(match lost {
                    Some(e) => error.with_source(e),
                    None => error,
                });
            }
            park_timeout(pause);
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    fn once(
        &self,
        (method, url, kind): (&str, &str, &str),
        body: &[u8],
        limit: Duration,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(url).header("Content-Type", kind);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = match body.is_empty() {
            true => self.run(request.body(())?, limit)?,
            false => self.run(request.body(body)?, limit)?,
        };
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec()?;
        // HEAD has no body, and a proxy's error is no JSON.
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let text: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
            Value::Object([("error".to_owned(), Value::String(text))].into_iter().collect())
        });
        Ok(Answer { status, body })
    }
}

impl Client {
    fn run(&self, request: Request<impl AsSendBody>, limit: Duration) -> Result<Response<Body>, ureq::Error> {
        let request = self.agent.configure_request(request).timeout_global(Some(limit)).build();
        self.agent.run(request)
    }
}

/// The value of the header: an API key, or a user with a password.
fn authorization(settings: &IndexSettings) -> Result<Option<String>> {
    if let Some(file) = &settings.api_key_file {
        return Ok(Some(format!("ApiKey {}", first_line(file)?)));
    }
    let Some(user) = &settings.user else { return Ok(None) };
    let password = match (&settings.password, &settings.password_file) {
        (Some(password), _) => password.reveal().to_owned(),
        (None, Some(file)) => first_line(file)?,
        (None, None) => {
            return Err(Error::usage(format!("there is no password for {user} at the search server"))
                .hint("write password_file in [index] of the config file, or set WORKHOURS_INDEX_PASSWORD"));
        }
    };
    Ok(Some(format!("Basic {}", BASE64.encode(format!("{user}:{password}")))))
}

fn first_line(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).context(|| format!("cannot read {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
