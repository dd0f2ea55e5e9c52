//! The matches of a question in a text, as segments. Never as markup: the caller adds that.

use workhours_query::words::{fold, places, spans, words};
use workhours_query::{Expr, Field, Want};

/// A piece of a text, and whether it was asked for.
pub type Segment<'t> = (&'t str, bool);

/// The words to mark in the texts of results.
#[derive(Clone, Debug, Default)]
pub struct Highlights {
    /// In which field, `None` for all texts; which words in a row; whether the last is a prefix.
    runs: Vec<(Option<Field>, Vec<String>, bool)>,
}

/// The fields that are looked through when none is named; the values of `meta` are too, but they aren't marked.
const TEXTS: [Field; 6] = [Field::Title, Field::Text, Field::Url, Field::Host, Field::Peer, Field::User];

impl Highlights {
    /// Those of a question. Negated words aren't marked.
    pub fn of(expr: &Expr) -> Self {
        let mut all = Self::default();
        all.gather(expr);
        all
    }

    fn gather(&mut self, expr: &Expr) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.gather(part)),
            Expr::Not(_) => {}
            Expr::Term { field, want, .. } => {
                let (text, open) = match want {
                    Want::Word(text) | Want::Phrase(text) => (text, false),
                    Want::Prefix(text) => (text, true),
                    Want::Compare(..) | Want::Range(..) => return,
                };
                let run: Vec<String> = words(text).collect();
                if !run.is_empty() {
                    self.runs.push((field.clone(), run, open));
                }
            }
        }
    }

    /// A field's text in segments: one after the other they are the text.
    pub fn segments<'t>(&self, field: &Field, text: &'t str) -> Vec<Segment<'t>> {
        let wanted = |of: &Option<Field>| match of {
            Some(of) => of == field,
            None => TEXTS.contains(field),
        };
        let runs: Vec<_> = self.runs.iter().filter(|(of, ..)| wanted(of)).collect();
        if runs.is_empty() || text.is_empty() {
            return vec![(text, false)];
        }
        let spans: Vec<(usize, usize)> = spans(text).collect();
        let mut folded = String::new();
        let all: Vec<String> = spans
            .iter()
            .map(|(start, end)| {
                fold(&text[*start..*end], &mut folded);
                folded.clone()
            })
            .collect();
        let mut marked: Vec<(usize, usize)> = Vec::new();
        for (_, run, open) in runs {
            for at in places(&all, run, *open) {
                marked.push((spans[at].0, spans[at + run.len() - 1].1));
            }
        }
        marked.sort_unstable();
        cut(text, &marked)
    }
}

/// The text cut at the ends of the marked ranges, which are in order and may overlap.
fn cut<'t>(text: &'t str, marked: &[(usize, usize)]) -> Vec<Segment<'t>> {
    let mut segments: Vec<Segment<'t>> = Vec::new();
    let mut done = 0;
    let mut ranges = marked.iter().copied().peekable();
    while let Some((start, mut end)) = ranges.next() {
        while let Some((_, more)) = ranges.next_if(|(next, _)| *next < end) {
            end = end.max(more);
        }
        if start > done {
            segments.push((&text[done..start], false));
        }
        segments.push((&text[start..end], true));
        done = end;
    }
    if done < text.len() || segments.is_empty() {
        segments.push((&text[done..], false));
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use workhours_query::parse;

    fn marked(query: &str, field: Field, text: &str) -> String {
        let highlights =
            Highlights::of(&parse(query, 0, &workhours_base::zones::Zones::plain(chrono_tz::UTC)).unwrap());
        let segments = highlights.segments(&field, text);
        segments
            .iter()
            .map(|(part, hit)| if *hit { format!("[{part}]") } else { (*part).to_owned() })
            .collect()
    }

    #[test]
    fn words_phrases_and_beginnings_are_marked_where_they_were_asked_for() {
        for (query, want) in [
            ("PUSH", "git [push] --force; [Push]-it"),
            ("\"git push\" it", "[git push] --force; Push-[it]"),
            ("text:for*", "git push --[force]; Push-it"),
            ("title:push", "git push --force; Push-it"),
            ("-push force", "git push --[force]; Push-it"),
            ("push-it OR git", "[git] push --force; [Push-it]"),
            ("user:git", "git push --force; Push-it"),
            ("date>1970", "git push --force; Push-it"),
        ] {
            assert_eq!(marked(query, Field::Text, "git push --force; Push-it"), want, "{query}");
        }
        assert_eq!(marked("user:ada", Field::User, "ada"), "[ada]");
        assert_eq!(marked("192.0.2.*", Field::Peer, "192.0.2.7"), "[192.0.2].7");
        assert_eq!(marked("192.0.2.7 404", Field::Peer, "192.0.2.7"), "[192.0.2.7]");
    }

    proptest! {
        #[test]
        fn the_segments_are_the_text(query in "[a-c]{1,2}( [a-c]{1,2}\\*?| \"[a-c] [a-c]\"){0,3}", text in "[a-cA-C ä,\u{202e}]{0,40}") {
            let highlights = Highlights::of(&parse(&query, 0, &workhours_base::zones::Zones::plain(chrono_tz::UTC)).unwrap());
            let segments = highlights.segments(&Field::Title, &text);
            let whole: String = segments.iter().map(|(part, _)| *part).collect();
            prop_assert_eq!(&whole, &text);
            prop_assert!(segments.len() == 1 || segments.iter().all(|(part, _)| !part.is_empty()));
        }
    }
}
