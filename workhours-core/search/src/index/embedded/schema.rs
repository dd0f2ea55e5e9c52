//! The fields of events in the index. Nothing in it is for display: events are read from the database.
//!
//! | field | for | kept as |
//! |---|---|---|
//! | `time`, `hash` | order, ranges of time, identity | columns; together they are the event's id |
//! | `seq` | what had been committed by when | column |
//! | `duration` | `duration:` | column, µs |
//! | `source` `kind` `host` `user` `domain` | the names | terms, and columns for facets; [`NONE`] where there is none |
//! | `tag`, `meta` | labels; `key NUL tag value`, see `meta.rs` | terms, any number of them |
//! | `title` `text` `url` `who` `referrer` | words, in `who` those of host, peer and user | terms with positions |
//! | `values` | words of the values of `meta` | terms with positions |
//! | `agent` `path` | few distinct ones | terms, each a whole text; words are looked for in the dictionary |

use super::words::WORDS;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};

/// The version of this schema. An index with another version is rebuilt.
pub(super) const VERSION: u32 = 3;

/// The term of a name that an event has not. No stored text holds it.
pub(super) const NONE: &str = "\0";

/// The tokenizer that leaves a text whole.
const RAW: &str = "raw";

/// The fields.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // see the table
pub(super) struct Fields {
    pub(super) time: Field,
    pub(super) hash: Field,
    pub(super) seq: Field,
    pub(super) duration: Field,
    pub(super) source: Field,
    pub(super) kind: Field,
    pub(super) host: Field,
    pub(super) peer: Field,
    pub(super) user: Field,
    pub(super) domain: Field,
    pub(super) tag: Field,
    pub(super) meta: Field,
    pub(super) title: Field,
    pub(super) text: Field,
    pub(super) url: Field,
    pub(super) who: Field,
    pub(super) values: Field,
    pub(super) referrer: Field,
    pub(super) agent: Field,
    pub(super) path: Field,
}

/// The columns' names, for reading.
pub(super) const TIME: &str = "time";
pub(super) const HASH: &str = "hash";
pub(super) const SEQ: &str = "seq";
pub(super) const DURATION: &str = "duration";

/// The schema and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let column = || NumericOptions::from(FAST);
    let terms = || {
        let indexing = TextFieldIndexing::default().set_tokenizer(RAW);
        TextOptions::default()
            .set_indexing_options(indexing.set_fieldnorms(false).set_index_option(IndexRecordOption::Basic))
    };
    // How long a text is counts for how well it fits; of names and addresses it does not.
    let words = |norms: bool| {
        let indexing = TextFieldIndexing::default().set_tokenizer(WORDS);
        TextOptions::default().set_indexing_options(
            indexing.set_fieldnorms(norms).set_index_option(IndexRecordOption::WithFreqsAndPositions),
        )
    };
    let fields = Fields {
        time: schema.add_i64_field(TIME, column()),
        hash: schema.add_u64_field(HASH, column()),
        seq: schema.add_i64_field(SEQ, column()),
        duration: schema.add_i64_field(DURATION, column()),
        source: schema.add_text_field("source", terms().set_fast(RAW)),
        kind: schema.add_text_field("kind", terms().set_fast(RAW)),
        host: schema.add_text_field("host", terms().set_fast(RAW)),
        peer: schema.add_text_field("peer", terms().set_fast(RAW)),
        user: schema.add_text_field("user", terms().set_fast(RAW)),
        domain: schema.add_text_field("domain", terms().set_fast(RAW)),
        tag: schema.add_text_field("tag", terms()),
        meta: schema.add_text_field("meta", terms()),
        title: schema.add_text_field("title", words(true)),
        text: schema.add_text_field("text", words(true)),
        url: schema.add_text_field("url", words(true)),
        who: schema.add_text_field("who", words(false)),
        values: schema.add_text_field("values", words(false)),
        referrer: schema.add_text_field("referrer", words(false)),
        agent: schema.add_text_field("agent", terms()),
        path: schema.add_text_field("path", terms()),
    };
    (schema.build(), fields)
}
