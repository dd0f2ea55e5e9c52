//! Firefox's data about its bookmarks: folders, tags and, in older versions, descriptions.
//!
//! It is small compared with the history and is read whole, before the bookmarks. Not for the bookmarks themselves.

use crate::toolkit::sqlite::{Database, Join, Select};
use std::collections::HashMap;
use workhours_plugin_api::*;

/// Maximum length of a path: without a limit, deep folders would take quadratic time.
const LONGEST_PATH: usize = 4096;
/// Nor does it have more steps: a damaged file may have folders that contain each other.
const DEEPEST: usize = 256;

const ROWS: Select = Select {
    alias: "b",
    table: "moz_bookmarks",
    joins: &[],
    columns: &["b.id", "b.type", "b.fk", "b.parent", "b.title", "b.guid"],
};

const ROOTS: Select =
    Select { alias: "r", table: "moz_bookmarks_roots", joins: &[], columns: &["r.root_name", "r.folder_id"] };

const DESCRIPTIONS: Select = Select {
    alias: "a",
    table: "moz_items_annos",
    joins: &[Join { alias: "n", table: "moz_anno_attributes", column: "id", equals: "a.anno_attribute_id" }],
    columns: &["a.item_id", "a.content", "n.name"],
};

struct Folder {
    parent: i64,
    title: Vec<u8>,
}

/// All folders, and their meaning.
#[derive(Default)]
pub(crate) struct Folders {
    folders: HashMap<i64, Folder>,
    tag_root: Option<i64>,
    /// Tags by the id of the address.
    tags: HashMap<i64, Vec<Vec<u8>>>,
    /// Descriptions by the id of the bookmark.
    descriptions: HashMap<i64, Vec<u8>>,
}

impl Folders {
    pub(crate) fn read(database: &Database) -> Result<Self, SourceError> {
        let mut all = Self::default();
        // Rows too long to be read are rejected when it is their turn.
        let aside = &mut Aside;
        database.rows(&ROWS, aside, |cells, _| {
            if cells.int("b.type") == Some(2) {
                let id = cells.row_id();
                if cells.bytes("b.guid") == b"tags________" {
                    all.tag_root = Some(id);
                }
                let parent = cells.int("b.parent").unwrap_or(0);
                all.folders.insert(id, Folder { parent, title: cells.bytes("b.title").to_vec() });
            }
            Ok(())
        })?;
        if database.has("moz_bookmarks_roots", &["root_name", "folder_id"])? {
            database.rows(&ROOTS, aside, |cells, _| {
                if cells.bytes("r.root_name") == b"tags" {
                    all.tag_root = cells.int("r.folder_id");
                }
                Ok(())
            })?;
        }
        database.rows(&ROWS, aside, |cells, _| {
            let parent = cells.int("b.parent").unwrap_or(0);
            if let (Some(1), Some(address), Some(tag)) =
                (cells.int("b.type"), cells.int("b.fk"), all.tag(parent).filter(|tag| !tag.is_empty()))
            {
                let tag = tag.to_vec();
                let tags = all.tags.entry(address).or_default();
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            Ok(())
        })?;
        if database.has("moz_items_annos", &["item_id", "content", "anno_attribute_id"])? {
            database.rows(&DESCRIPTIONS, aside, |cells, _| {
                if cells.bytes("n.name") == b"bookmarkProperties/description" {
                    let item = cells.int("a.item_id").unwrap_or(0);
                    all.descriptions.insert(item, cells.bytes("a.content").to_vec());
                }
                Ok(())
            })?;
        }
        Ok(all)
    }

    /// The tag of a folder; none if it is an ordinary folder.
    fn tag(&self, folder: i64) -> Option<&[u8]> {
        let found = self.folders.get(&folder)?;
        (Some(found.parent) == self.tag_root).then_some(&found.title)
    }

    pub(crate) fn is_tag(&self, folder: i64) -> bool {
        self.tag(folder).is_some()
    }

    pub(crate) fn tags(&self, address: Option<i64>) -> &[Vec<u8>] {
        address.and_then(|a| self.tags.get(&a)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn description(&self, bookmark: i64) -> &[u8] {
        self.descriptions.get(&bookmark).map_or(b"", Vec::as_slice)
    }

    /// The titles of a folder and those around it, from the outermost.
    pub(crate) fn path(&self, folder: i64) -> Vec<u8> {
        let mut around = Vec::new();
        let mut id = folder;
        while let Some(folder) = self.folders.get(&id) {
            if around.len() == DEEPEST || around.iter().any(|(seen, _)| *seen == id) {
                break;
            }
            around.push((id, folder.title.as_slice()));
            id = folder.parent;
        }
        join_path(around.into_iter().rev().map(|(_, title)| title))
    }
}

/// Titles joined to a path; those that would make it too long are left out.
pub(crate) fn join_path<'a>(titles: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut path = Vec::new();
    for title in titles.filter(|t| !t.is_empty()) {
        if path.len() + title.len() <= LONGEST_PATH {
            if !path.is_empty() {
                path.extend_from_slice(b" / ");
            }
            path.extend_from_slice(title);
        }
    }
    path
}

/// Takes nothing: these rows aren't records.
struct Aside;

impl EventSink for Aside {
    fn emit(&mut self, _: &dyn IEventRecord) -> Result<(), Stop> {
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}
