//! The site's own style and scripts: part of the program, packed once, and named after their content, so that a browser
//! loads each only once. Each has an `inventory::submit!`, next to the code that needs it.

use crate::answer::Answer;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::route::{Access, Kind, Route};
use crate::site::Site;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};
use std::io::Write;
use std::sync::LazyLock;

/// A file of the site.
pub(crate) struct Asset {
    /// With its extension.
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) bytes: &'static [u8],
}

inventory::collect!(Asset);

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

inventory::submit! { Asset { name: "site.css", kind: CSS, bytes: include_bytes!("static/site.css") } }
inventory::submit! { Asset { name: "site.js", kind: JS, bytes: include_bytes!("static/site.js") } }
inventory::submit! { Asset { name: "explore.js", kind: JS, bytes: include_bytes!("static/explore.js") } }
inventory::submit! { Asset { name: "icon.svg", kind: SVG, bytes: include_bytes!("static/icon.svg") } }

/// An asset ready to be sent.
struct Packed {
    asset: &'static Asset,
    /// `site-0123abcd.css`
    name: String,
    packed: Vec<u8>,
}

static ALL: LazyLock<Vec<Packed>> = LazyLock::new(|| {
    let pack = |asset: &'static Asset| {
        let hash = blake3::hash(asset.bytes).to_hex();
        let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // A Vec takes everything.
        let packed = encoder.write_all(asset.bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        Packed { asset, name: format!("{stem}-{}.{extension}", &hash[..8]), packed }
    };
    inventory::iter::<Asset>.into_iter().map(pack).collect()
});

/// The address of an asset.
pub(crate) fn place(name: &str) -> Option<String> {
    ALL.iter().find(|p| p.asset.name == name).map(|p| format!("/static/{}", p.name))
}

/// Bytes all style and scripts take on their way.
pub fn packed_bytes() -> usize {
    let counts = |p: &&Packed| p.asset.kind == CSS || p.asset.kind == JS;
    ALL.iter().filter(counts).map(|p| p.packed.len()).sum()
}

async fn serve(asked: Asked) -> Result<Answer, Problem> {
    let found = ALL.iter().find(|p| p.name == asked.name());
    let file = found.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let packs = asked.header(ACCEPT_ENCODING).is_some_and(|all| {
        all.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "gzip"))
    });
    let answer = match packs {
        true => Answer::of(file.asset.kind, file.packed.as_slice()).header(CONTENT_ENCODING, "gzip"),
        false => Answer::of(file.asset.kind, file.asset.bytes),
    };
    let answer = answer.header(CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(answer.header(VARY, ACCEPT_ENCODING.as_str()))
}

inventory::submit! { Route {
    access: Access::Open,
    kind: Kind::Page,
    ..Route::page("/static/{name}", "The site's style and scripts", |_: Site, asked| Box::pin(serve(asked)))
} }
