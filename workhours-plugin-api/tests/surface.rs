//! The public face of the contract, written down in `surface.txt`: no change to it goes unseen.
//!
//! `WORKHOURS_BLESS=1` writes the file again; read the diff, and decide whether plugins still build.

use std::path::{Path, PathBuf};
use syn::{Attribute, Block, Expr, Fields, ImplItem, Item, TraitItem, Visibility, parse_quote};

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Only attributes that affect users of the crate.
fn telling(attrs: &mut Vec<Attribute>) {
    const TELLING: [&str; 6] = ["repr", "derive", "non_exhaustive", "cfg", "must_use", "macro_export"];
    attrs.retain(|a| TELLING.iter().any(|name| a.path().is_ident(name)));
}

fn without_body(block: &mut Block) {
    *block = parse_quote!({});
}

fn without_private_fields(fields: &mut Fields) {
    for field in fields.iter_mut() {
        field.attrs.clear();
    }
    if let Fields::Named(named) = fields {
        let hidden = named.named.iter().any(|f| !is_public(&f.vis));
        named.named = std::mem::take(&mut named.named).into_iter().filter(|f| is_public(&f.vis)).collect();
        if hidden {
            named.named.push(parse_quote!(__private: ()));
        }
    }
}

/// The item as its users see it, or nothing.
fn face(mut item: Item) -> Option<Item> {
    match &mut item {
        Item::Const(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            // Numbers and names are promises; what a list holds is not.
            if matches!(*i.expr, Expr::Reference(_)) {
                *i.expr = parse_quote!(&[]);
            }
        }
        Item::Static(i) if is_public(&i.vis) => telling(&mut i.attrs),
        Item::Type(i) if is_public(&i.vis) => telling(&mut i.attrs),
        Item::Use(i) if is_public(&i.vis) => telling(&mut i.attrs),
        Item::Union(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            i.fields.named.iter_mut().for_each(|f| f.attrs.clear());
        }
        Item::Fn(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            without_body(&mut i.block);
        }
        Item::Struct(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            without_private_fields(&mut i.fields);
        }
        Item::Enum(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            i.variants.iter_mut().for_each(|v| {
                v.attrs.clear();
                v.fields.iter_mut().for_each(|f| f.attrs.clear());
            });
        }
        Item::Trait(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            for item in &mut i.items {
                match item {
                    TraitItem::Fn(f) => {
                        f.attrs.clear();
                        f.default.iter_mut().for_each(without_body);
                    }
                    TraitItem::Const(c) => c.attrs.clear(),
                    TraitItem::Type(t) => t.attrs.clear(),
                    _ => {}
                }
            }
        }
        Item::Impl(i) => {
            i.attrs.clear();
            let of_trait = i.trait_.is_some();
            i.items.retain(|item| match item {
                ImplItem::Fn(f) => of_trait || is_public(&f.vis),
                ImplItem::Const(c) => of_trait || is_public(&c.vis),
                _ => of_trait,
            });
            for item in &mut i.items {
                match item {
                    ImplItem::Fn(f) => {
                        telling(&mut f.attrs);
                        without_body(&mut f.block);
                    }
                    ImplItem::Const(c) => c.attrs.clear(),
                    _ => {}
                }
            }
            if i.items.is_empty() && !of_trait {
                return None;
            }
        }
        Item::Mod(i) if is_public(&i.vis) => {
            telling(&mut i.attrs);
            if let Some((_, items)) = &mut i.content {
                *items = std::mem::take(items).into_iter().filter_map(face).collect();
            }
        }
        Item::Macro(i) if i.attrs.iter().any(|a| a.path().is_ident("macro_export")) => {
            telling(&mut i.attrs);
            i.mac.tokens = Default::default();
        }
        _ => return None,
    }
    Some(item)
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_public_face_is_as_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    files.sort();
    let mut text = String::new();
    for path in files {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let parsed = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let items = parsed.items.into_iter().filter_map(face).collect();
        let faces = prettyplease::unparse(&syn::File { shebang: None, attrs: Vec::new(), items });
        text.push_str(&format!("// ---- {name}\n{faces}\n"));
    }
    let golden = root.join("tests/surface.txt");
    if std::env::var_os("WORKHOURS_BLESS").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    let known = std::fs::read_to_string(&golden).unwrap();
    let differs = text.lines().zip(known.lines()).find(|(now, then)| now != then);
    assert!(
        text == known,
        "the public face has changed: {differs:?}\nIf plugins still build and old ones still load, \
         write it down: WORKHOURS_BLESS=1 cargo test -p workhours-plugin-api"
    );
}
