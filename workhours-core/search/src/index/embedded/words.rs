//! Words, as the query language knows them, for tantivy.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use workhours_query::words::{Spans, fold, spans};

/// The tokenizer's name in the schema.
pub(super) const WORDS: &str = "words";

/// Cuts texts into the words that questions are made of.
#[derive(Clone, Default)]
pub(super) struct Words(Token);

/// The words of one text.
pub(super) struct WordStream<'a> {
    text: &'a str,
    spans: Spans<'a>,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.0.reset();
        WordStream { text, spans: spans(text), token: &mut self.0 }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((start, end)) = self.spans.next() else { return false };
        (self.token.offset_from, self.token.offset_to) = (start, end);
        self.token.position = self.token.position.wrapping_add(1);
        fold(&self.text[start..end], &mut self.token.text);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
