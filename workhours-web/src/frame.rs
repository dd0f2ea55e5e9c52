//! What is around each page: its title, its look, and the navigation with the page's own place marked.

use crate::gate::Theme;
use crate::problem::Problem;
use crate::route;
use crate::site::Site;
use crate::template::Templates;
use serde::Serialize;
use serde_json::{Value, json};

impl Templates {
    /// A whole page: the template's values under `page`, what all pages have under `site`.
    ///
    /// # Errors
    /// When the template asks for what is not there.
    pub(crate) fn page(
        &self,
        site: &Site,
        name: &str,
        title: &str,
        theme: Theme,
        page: impl Serialize,
    ) -> Result<String, Problem> {
        let around = json!({
            "title": title,
            "theme": theme.as_str(),
            "next_theme": next(theme).as_str(),
            "nav": nav(name),
            "auth": site.auth,
            "read_only": site.read_only.as_ref().map(ToString::to_string),
            "version": env!("CARGO_PKG_VERSION"),
        });
        let page = serde_json::to_value(page).map_err(|e| Problem::failed(e.to_string()))?;
        let values = json!({ "site": around, "page": page });
        self.render(name, &values)
    }
}

/// Without a script, a button goes round: as the system, light, dark.
fn next(theme: Theme) -> Theme {
    match theme {
        Theme::System => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::System,
    }
}

/// The navigation, in which a page's own place is marked. A page is known by the first part of its template's name.
fn nav(template: &str) -> Vec<Value> {
    let mut places: Vec<_> =
        route::all().into_iter().filter_map(|route| Some((route.nav?, route.path))).collect();
    places.sort_by_key(|(nav, _)| nav.order);
    let here = |nav: &route::Nav| template.split('.').next() == Some(nav.label.to_lowercase().as_str());
    places.iter().map(|(nav, path)| json!({ "label": nav.label, "path": path, "here": here(nav) })).collect()
}
