//! A question answered from the dictionary of a field: the events that have any of the terms in a range that are as
//! wanted. For names by their beginning, comparisons, and words inside of texts that are one term.

use std::fmt;
use std::sync::Arc;
use tantivy::index::SegmentReader;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet, Score, TantivyError};

/// Whether a term is wanted.
type Keep = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Events that have one of some terms.
#[derive(Clone)]
pub(super) struct Terms {
    field: Field,
    /// All of them begin with that.
    start: String,
    keep: Keep,
}

impl Terms {
    /// The terms of a field with this prefix that `keep` accepts.
    pub(super) fn new(
        field: Field,
        start: impl Into<String>,
        keep: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { field, start: start.into(), keep: Arc::new(keep) }
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("field", &self.field)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

impl Query for Terms {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Terms {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let index = reader.inverted_index(self.field)?;
        let mut stream = index.terms().range().ge(&self.start).into_stream()?;
        let mut docs = BitSet::with_max_value(reader.max_doc());
        while stream.advance() {
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            if !term.starts_with(&self.start) {
                break;
            }
            if !(self.keep)(term) {
                continue;
            }
            let mut postings =
                index.read_block_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
            while !postings.docs().is_empty() {
                for doc in postings.docs() {
                    docs.insert(*doc);
                }
                postings.advance();
            }
        }
        if docs.len() == 0 {
            return Ok(Box::new(EmptyScorer));
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        match self.scorer(reader, 1.0)?.seek(doc) == doc {
            true => Ok(Explanation::new("one of the terms", 1.0)),
            false => Err(TantivyError::InvalidArgument(format!("document {doc} has none of the terms"))),
        }
    }
}
