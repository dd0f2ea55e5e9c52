//! The site's own style and scripts: part of the program, packed once, and named after their content, so that a browser
//! loads each only once. Each has an `inventory::submit!`, next to the code that needs it.

use flate2::Compression;
use flate2::write::GzEncoder;
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
inventory::submit! { Asset { name: "live.js", kind: JS, bytes: include_bytes!("static/live.js") } }
inventory::submit! { Asset { name: "explore.js", kind: JS, bytes: include_bytes!("static/explore.js") } }
inventory::submit! { Asset { name: "icon.svg", kind: SVG, bytes: include_bytes!("static/icon.svg") } }

/// An asset ready to be sent.
pub(crate) struct Packed {
    pub(crate) asset: &'static Asset,
    /// `site-0123abcd.css`
    name: String,
    pub(crate) packed: Vec<u8>,
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

/// The asset that is sent under this name.
pub(crate) fn named(name: &str) -> Option<&'static Packed> {
    ALL.iter().find(|p| p.name == name)
}

/// The address of an asset.
pub(crate) fn place(name: &str) -> Option<String> {
    ALL.iter().find(|p| p.asset.name == name).map(|p| format!("/static/{}", p.name))
}

/// Bytes all style and scripts take on their way.
pub fn packed_bytes() -> usize {
    let counts = |p: &&Packed| p.asset.kind == CSS || p.asset.kind == JS;
    ALL.iter().filter(counts).map(|p| p.packed.len()).sum()
}
