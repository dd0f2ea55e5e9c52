//! From a question to tantivy's query: it finds what `Expr::matches` accepts.

use super::document::joined;
use super::excluded::Excluded;
use super::schema::{DURATION, Fields, HASH, NONE, TIME};
use super::terms::Terms;
use crate::index::meta;
use std::ops::Bound;
use tantivy::index::SegmentReader;
use tantivy::query::doc_predicate_query::{DocPredicateQuery, FunctionPredicate};
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, PhrasePrefixQuery, PhraseQuery, Query,
    RangeQuery, TermQuery,
};
use tantivy::schema::{Field as Column, IndexRecordOption, Term};
use tantivy::{DocId, Searcher};
use workhours_base::error::{Error, Result};
use workhours_event::EventId;
use workhours_query::words::words;
use workhours_query::{Expr, Field, Op, Want, name_is, number_is, text_is};
use workhours_store::Seq;

/// Maximum number of words that complete the last word of a phrase.
const MAX_ENDINGS: usize = 10_000;

type Boxed = Box<dyn Query>;

/// Compiles questions for one state of the index.
pub(super) struct Compiler<'s> {
    pub(super) fields: Fields,
    pub(super) searcher: &'s Searcher,
}

impl Compiler<'_> {
    /// The query, of events that were committed with this batch or before it.
    pub(super) fn question(&self, expr: &Expr, as_of: Option<Seq>) -> Result<Boxed> {
        let query = self.expr(expr)?;
        let Some(as_of) = as_of else { return Ok(query) };
        let until = Bound::Included(Term::from_field_i64(self.fields.seq, as_of.get()));
        let known = RangeQuery::new(Bound::Unbounded, until);
        Ok(Box::new(BooleanQuery::new(vec![(Occur::Must, query), (Occur::Must, silent(Box::new(known)))])))
    }

    fn expr(&self, expr: &Expr) -> Result<Boxed> {
        match expr {
            Expr::And(parts) if parts.is_empty() => Ok(Box::new(AllQuery)),
            Expr::And(parts) => {
                let mut clauses = Vec::with_capacity(parts.len() + 1);
                for part in parts {
                    clauses.push(match part {
                        Expr::Not(part) => (Occur::MustNot, self.excluded(part)?),
                        part => (Occur::Must, self.expr(part)?),
                    });
                }
                // A negation alone excludes from all events.
                if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
                    clauses.push((Occur::Must, silent(Box::new(AllQuery))));
                }
                Ok(Box::new(BooleanQuery::new(clauses)))
            }
            Expr::Or(parts) => {
                let clauses: Result<Vec<_>> =
                    parts.iter().map(|part| Ok((Occur::Should, self.expr(part)?))).collect();
                Ok(Box::new(BooleanQuery::new(clauses?)))
            }
            Expr::Not(part) => Ok(Box::new(BooleanQuery::new(vec![
                (Occur::Must, silent(Box::new(AllQuery))),
                (Occur::MustNot, self.excluded(part)?),
            ]))),
            Expr::Term { field: None, want, .. } => {
                let f = self.fields;
                let fields = [f.title, f.text, f.url, f.who];
                let clauses: Result<Vec<_>> =
                    fields.iter().map(|field| Ok((Occur::Should, self.words(*field, want)?))).collect();
                let mut clauses = clauses?;
                clauses.push((Occur::Should, self.values(want)?));
                Ok(Box::new(BooleanQuery::new(clauses)))
            }
            Expr::Term { field: Some(field), want, span } => self.term(field, want, *span),
        }
    }

    fn excluded(&self, part: &Expr) -> Result<Boxed> {
        Ok(Box::new(Excluded(self.expr(part)?)))
    }

    fn term(&self, field: &Field, want: &Want, span: Option<(i64, i64)>) -> Result<Boxed> {
        let f = self.fields;
        Ok(match field {
            Field::Title => self.words(f.title, want)?,
            Field::Text => self.words(f.text, want)?,
            Field::Url => self.words(f.url, want)?,
            Field::Referrer => self.words(f.referrer, want)?,
            Field::Agent => inside(f.agent, want),
            Field::Path => inside(f.path, want),
            Field::Source => name(f.source, want),
            Field::Kind => name(f.kind, want),
            Field::Host => name(f.host, want),
            Field::Peer => name(f.peer, want),
            Field::User => name(f.user, want),
            Field::Domain => name(f.domain, want),
            Field::Tag => name(f.tag, want),
            Field::Project | Field::Person | Field::Input | Field::Label => {
                return Err(workhours_base::error::Error::usage(format!(
                    "the index does not know the {} of events; ask the database",
                    field.name()
                )));
            }
            Field::Date => silent(time(f.time, want, span)),
            Field::Duration => silent(duration(want)),
            Field::Id => silent(id(want)),
            Field::Meta(key) => {
                let (key, want) = (key.clone(), want.clone());
                let start = meta::of_key(&key);
                silent(Box::new(Terms::new(f.meta, start, move |term| meta::is(&key, term, &want))))
            }
        })
    }

    /// Words of a text, one after the other.
    fn words(&self, field: Column, want: &Want) -> Result<Boxed> {
        let (text, open) = match want {
            Want::Word(text) | Want::Phrase(text) => (text, false),
            Want::Prefix(text) => (text, true),
            Want::Compare(..) | Want::Range(..) => return Ok(Box::new(EmptyQuery)),
        };
        let words: Vec<String> = words(text).collect();
        let term = |word: &String| Term::from_field_text(field, word);
        Ok(match (&words[..], open) {
            ([], _) => Box::new(EmptyQuery),
            ([word], false) => Box::new(TermQuery::new(term(word), IndexRecordOption::WithFreqs)),
            ([start], true) => Box::new(Terms::new(field, start.clone(), |_| true)),
            (words, false) => Box::new(PhraseQuery::new(words.iter().map(term).collect())),
            (words, true) => {
                self.check_endings(field, &words[words.len() - 1])?;
                let mut query = PhrasePrefixQuery::new(words.iter().map(term).collect());
                query.set_max_expansions(MAX_ENDINGS as u32);
                Box::new(query)
            }
        })
    }

    /// Words of a value of `meta`. Very many numbers begin with the same digits, so the end of a phrase is looked for in
    /// the dictionary of values and not among the words.
    fn values(&self, want: &Want) -> Result<Boxed> {
        let f = self.fields;
        match want {
            Want::Prefix(text) if words(text).nth(1).is_some() => {
                let want = want.clone();
                let is = move |term: &str| meta::scalar(term).is_some_and(|value| text_is(value, &want));
                Ok(silent(Box::new(Terms::new(f.meta, "", is))))
            }
            _ => self.words(f.values, want),
        }
    }

    /// Rejects a phrase whose end is the prefix of too many words: finding all of them would take too long.
    fn check_endings(&self, field: Column, start: &str) -> Result<()> {
        for segment in self.searcher.segment_readers() {
            let broken = |e: std::io::Error| Error::failed("cannot read the index").with_source(e);
            let index = segment
                .inverted_index(field)
                .map_err(|e| Error::failed("cannot read the index").with_source(e))?;
            let mut terms = index.terms().range().ge(start).into_stream().map_err(broken)?;
            let mut n = 0;
            while n <= MAX_ENDINGS && terms.advance() && terms.key().starts_with(start.as_bytes()) {
                n += 1;
            }
            if n > MAX_ENDINGS {
                return Err(Error::usage(format!("more than {MAX_ENDINGS} words begin with {start:?}"))
                    .hint("type more of the last word of the phrase"));
            }
        }
        Ok(())
    }
}

/// Conditions that don't affect the score.
fn silent(query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

/// A name, whole or by its beginning, or compared as texts are.
fn name(field: Column, want: &Want) -> Boxed {
    silent(match want {
        // The mark for events without a name isn't a name.
        Want::Word(name) | Want::Phrase(name) if name == NONE => Box::new(EmptyQuery),
        Want::Word(name) | Want::Phrase(name) => {
            Box::new(TermQuery::new(Term::from_field_text(field, name), IndexRecordOption::Basic))
        }
        Want::Prefix(start) => Box::new(Terms::new(field, start.clone(), |term| term != NONE)),
        Want::Compare(..) | Want::Range(..) => {
            let want = want.clone();
            Box::new(Terms::new(field, "", move |term| term != NONE && name_is(term, &want)))
        }
    })
}

/// Words inside of a text that is one term.
fn inside(field: Column, want: &Want) -> Boxed {
    let want = want.clone();
    silent(Box::new(Terms::new(field, "", move |term| text_is(term, &want))))
}

fn time(field: Column, want: &Want, span: Option<(i64, i64)>) -> Boxed {
    let Some((start, end)) = span else { return Box::new(EmptyQuery) };
    // An undated event has the greatest time; a question for a time excludes it.
    let (from, until) = match want {
        Want::Compare(Op::Less, _) => (i64::MIN, start),
        Want::Compare(Op::AtMost, _) => (i64::MIN, end),
        Want::Compare(Op::More, _) => (end, i64::MAX),
        Want::Compare(Op::AtLeast, _) => (start, i64::MAX),
        _ => (start, end),
    };
    let bound = |us| Term::from_field_i64(field, us);
    Box::new(RangeQuery::new(Bound::Included(bound(from)), Bound::Excluded(bound(until))))
}

fn duration(want: &Want) -> Boxed {
    let want = want.clone();
    let of_segment = move |segment: &SegmentReader| {
        let (column, want) = (segment.fast_fields().i64(DURATION)?, want.clone());
        Ok(move |doc: DocId| column.first(doc).is_some_and(|us| number_is(us as f64 / 1000.0, &want)))
    };
    Box::new(DocPredicateQuery::from(FunctionPredicate::from(of_segment)))
}

fn id(want: &Want) -> Boxed {
    let want = want.clone();
    let exact = match &want {
        Want::Word(text) | Want::Phrase(text) => {
            Some(EventId::from_hex(text).filter(|id| id.to_hex() == *text))
        }
        _ => None,
    };
    if exact == Some(None) {
        return Box::new(EmptyQuery);
    }
    let exact = exact.flatten().map(|id| u128::from_be_bytes(id.0));
    any_id(move |id| match exact {
        Some(exact) => id == exact,
        None => name_is(&EventId(id.to_be_bytes()).to_hex(), &want),
    })
}

/// The events with these ids.
pub(super) fn any_id(wanted: impl Fn(u128) -> bool + Clone + Send + Sync + 'static) -> Boxed {
    let of_segment = move |segment: &SegmentReader| {
        let (times, hashes) = (segment.fast_fields().i64(TIME)?, segment.fast_fields().u64(HASH)?);
        let wanted = wanted.clone();
        Ok(move |doc: DocId| wanted(joined(times.values.get_val(doc), hashes.values.get_val(doc))))
    };
    Box::new(DocPredicateQuery::from(FunctionPredicate::from(of_segment)))
}
