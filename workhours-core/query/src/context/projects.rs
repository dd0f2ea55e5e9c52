//! The project of an event: by the user's rules, by the forge of its address, by its folder.

use super::Context;
use crate::Expr;
use memchr::memmem::Finder;
use std::sync::LazyLock;
use workhours_base::Text;
use workhours_event::StoredEvent;

/// Forges, and how many parts of a path make a project there.
const FORGES: [(&str, usize); 6] = [
    ("github.com", 2),
    ("gitlab.com", 2),
    ("bitbucket.org", 2),
    ("codeberg.org", 2),
    ("git.sr.ht", 2),
    ("gitee.com", 2),
];

/// Path segments in the place of a user's name, which aren't projects.
const NOBODY: [&str; 16] = [
    "about",
    "account",
    "apps",
    "dashboard",
    "explore",
    "features",
    "login",
    "marketplace",
    "notifications",
    "orgs",
    "pricing",
    "search",
    "settings",
    "sponsors",
    "topics",
    "users",
];

/// The values an event needs for its folder to be known.
static TELLING: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("\"repository\""), Finder::new("\"cwd\"")]);

/// Rules in order, and the folders whose sub-folders are projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projects {
    /// Name and question.
    pub rules: Vec<(String, Expr)>,
    /// Such as `~/src`: absolute, or to be found anywhere in a path when relative.
    pub roots: Vec<String>,
}

impl Default for Projects {
    fn default() -> Self {
        let roots = "src projects Projects code dev work git repos workspace".split(' ');
        Self { rules: Vec::new(), roots: roots.map(str::to_owned).collect() }
    }
}

impl Projects {
    /// The project of an event, if it has one.
    pub fn of(&self, e: &StoredEvent, context: &Context<'_>) -> Option<Text> {
        if let Some((name, _)) = self.rules.iter().find(|(_, rule)| rule.matches(e, context)) {
            return Some(name.into());
        }
        if let Some(project) = e.url.as_deref().and_then(|url| self.of_address(url)) {
            return Some(project.into());
        }
        // Most traces know no folder: reading them to find that out is slow.
        let known = |meta: &&str| TELLING.iter().any(|key| key.find(meta.as_bytes()).is_some());
        let meta = e.meta.as_deref().filter(known);
        let meta: Option<serde_json::Value> = meta.and_then(|meta| serde_json::from_str(meta).ok());
        let text = |key: &str| meta.as_ref().and_then(|m| text(m.get(key)?));
        let project = text("repository").map(|path| self.of_repository(path));
        project.or_else(|| self.of_folder(text("cwd")?)).map(Text::from)
    }

    /// The project of an address on a forge: `github.com/owner/name`.
    pub fn of_address(&self, url: &str) -> Option<String> {
        // Most addresses are on none: reading them to find that out is slow.
        let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
        let host = host.and_then(|host| host.rsplit('@').next()?.split(':').next())?;
        FORGES.iter().any(|(forge, _)| host.ends_with(forge)).then(|| forge(url)).flatten()
    }

    /// The project of a repository: the last part of its path.
    pub fn of_repository(&self, path: &str) -> String {
        path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned()
    }

    /// Whether a rule asks for the file an event was read from, or for the label of its input.
    pub fn asks_for_origin(&self) -> bool {
        self.rules.iter().any(|(_, rule)| rule.asks_for_origin())
    }

    /// The project of a folder: the one below a root, or the last part of the path. A home directory itself isn't a
    /// project.
    pub fn of_folder(&self, cwd: &str) -> Option<String> {
        let parts: Vec<&str> =
            cwd.split(['/', '\\']).filter(|part| !part.is_empty() && *part != "~").collect();
        let below_root = |i: usize| {
            let before = parts[..i].join("/");
            self.roots.iter().any(|root| {
                let root = root.trim_start_matches("~/").trim_matches('/');
                before == root || before.ends_with(&format!("/{root}"))
            })
        };
        if let Some(i) = (1..parts.len()).find(|i| below_root(*i)) {
            return Some(parts[i].to_owned());
        }
        let is_home = matches!(parts[..], [] | [_] | ["home" | "Users" | "export", _]);
        (!is_home).then(|| parts.last().map(|part| (*part).to_owned())).flatten()
    }
}

/// A text, or the only one of a list.
fn text(value: &serde_json::Value) -> Option<&str> {
    match value {
        serde_json::Value::Array(items) => match items.as_slice() {
            [only] => only.as_str(),
            _ => None,
        },
        value => value.as_str(),
    }
}

/// `owner/name` on a forge, as `github.com/owner/name`.
fn forge(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches("www.");
    let (_, depth) = FORGES.iter().find(|(forge, _)| *forge == host)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).take(*depth).collect();
    let named = parts.len() == *depth && !NOBODY.contains(&parts[0]) && parts[1] != "-";
    named.then(|| format!("{host}/{}", parts.join("/").trim_end_matches(".git").to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lookup, parse};

    fn of(url: Option<&str>, meta: Option<&str>) -> Option<String> {
        let event =
            StoredEvent { url: url.map(Into::into), meta: meta.map(Into::into), ..StoredEvent::default() };
        let rule = parse(
            "url:acme.example OR meta.cwd:/srv/acme*",
            0,
            &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC),
        )
        .unwrap();
        let projects = Projects { rules: vec![("acme".into(), rule)], ..Projects::default() };
        projects.of(&event, &Lookup::default().context()).map(String::from)
    }

    #[test]
    fn rules_forges_and_folders() {
        for (url, meta, project) in [
            (Some("https://acme.example/x"), None, Some("acme")),
            (None, Some(r#"{"cwd":"/srv/acme/site"}"#), Some("acme")),
            (Some("https://github.com/Ada/Tides/issues/3"), None, Some("github.com/ada/tides")),
            (Some("https://www.github.com/ada/tides.git"), None, Some("github.com/ada/tides")),
            (Some("https://github.com/search?q=x"), None, None),
            (Some("https://github.com/ada"), None, None),
            (Some("https://codeberg.org/ada/tides/src/branch/main"), None, Some("codeberg.org/ada/tides")),
            (None, Some(r#"{"repository":"/home/ada/src/tides"}"#), Some("tides")),
            (None, Some(r#"{"cwd":"/home/ada/src/tides/docs"}"#), Some("tides")),
            (None, Some(r#"{"cwd":"/home/ada/-wrk/tides"}"#), Some("tides")),
            (None, Some(r#"{"cwd":"/home/ada"}"#), None),
            (None, Some(r#"{"cwd":"~"}"#), None),
            (None, Some(r#"{"cwd":"/"}"#), None),
            (None, Some("no json"), None),
            (Some("/path/only"), None, None),
        ] {
            assert_eq!(of(url, meta).as_deref(), project, "{url:?} {meta:?}");
        }
    }
}
