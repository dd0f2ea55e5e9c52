//! Pages from templates: handlebars in strict mode, which escapes all values, and rejects unknown names. Built-in
//! templates are next to their pages; a folder of the user may replace them with templates of the same names.

use crate::assets;
use crate::markup::Markup;
use crate::problem::Problem;
use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, handlebars_helper,
};
use serde_json::Value;
use std::fs;
use std::path::Path;
use workhours_core::error::{Context as _, Error, Result};
use workhours_core::output::html;

/// A template that is part of the program.
pub(crate) struct Template {
    /// As pages call it.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

inventory::collect!(Template);

inventory::submit! { Template { name: "base", text: include_str!("templates/base.hbs") } }
inventory::submit! { Template { name: "barline", text: include_str!("templates/barline.hbs") } }
inventory::submit! { Template { name: "field", text: include_str!("templates/field.hbs") } }
inventory::submit! { Template { name: "problem", text: include_str!("templates/problem.hbs") } }
inventory::submit! { Template { name: "rows", text: include_str!("templates/rows.hbs") } }

/// All of them, read.
pub(crate) struct Templates {
    engine: Handlebars<'static>,
    hash: String,
}

handlebars_helper!(asset: |name: str| assets::place(name).unwrap_or_default());
handlebars_helper!(is: |a: Value, b: Value| a == b);

/// Puts in finished markup, and nothing else.
fn put(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).map(handlebars::PathAndJson::value).unwrap_or(&Value::Null);
    let markup = Markup::of(value).ok_or(RenderErrorReason::InvalidParamType("markup"))?;
    Ok(out.write(markup)?)
}

/// A text for an element or a quoted attribute, with tokens for what cannot be seen. Line ends stay.
fn escape(text: &str) -> String {
    text.split('\n').map(html::markup).collect::<Vec<_>>().join("\n")
}

impl Templates {
    /// The built-in ones, and those of a folder in their place.
    ///
    /// # Errors
    /// When one cannot be read, or the folder has one that no page asks for.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(escape);
        engine.register_helper("asset", Box::new(asset));
        engine.register_helper("is", Box::new(is));
        engine.register_helper("put", Box::new(put));
        let mut hasher = blake3::Hasher::new();
        let mut add = |name: &str, text: &str| {
            hasher.update(text.as_bytes());
            engine
                .register_template_string(name, text)
                .map_err(|e| Error::usage(format!("the template {name} cannot be read: {e}")))
        };
        let built_in = || inventory::iter::<Template>.into_iter();
        for template in built_in() {
            add(template.name, template.text)?;
        }
        if let Some(folder) = folder {
            let names = || built_in().map(|t| t.name);
            for (name, file) in templates_in(folder)? {
                if !names().any(|known| known == name) {
                    let see = format!("{}: pages have other templates", folder.display());
                    return Err(workhours_core::names::unknown("template", &name, names(), &see));
                }
                let text = fs::read_to_string(&file).context(|| format!("cannot read {}", file.display()))?;
                add(&name, &text)?;
            }
        }
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        for name in ["site.css", "site.js", "explore.js", "live.js"] {
            hasher.update(assets::place(name).unwrap_or_default().as_bytes());
        }
        let hash = hasher.finalize().to_hex()[..16].to_owned();
        Ok(Self { engine, hash })
    }

    /// Identifies these templates.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// The text of a template with these values.
    ///
    /// # Errors
    /// When the template uses a missing value.
    pub(crate) fn render(&self, name: &str, values: &Value) -> Result<String, Problem> {
        self.engine.render(name, values).map_err(|e| Problem::failed(format!("the template {name}: {e}")))
    }
}

/// Names and files of a folder's templates.
fn templates_in(folder: &Path) -> Result<Vec<(String, std::path::PathBuf)>> {
    let cannot = || format!("cannot read the folder of templates {}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).context(cannot)? {
        let path = entry.context(cannot)?.path();
        if path.extension().is_some_and(|e| e == "hbs")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            found.push((name.to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// Names and texts of the built-in templates.
pub fn templates() -> Vec<(&'static str, &'static str)> {
    inventory::iter::<Template>.into_iter().map(|t| (t.name, t.text)).collect()
}
