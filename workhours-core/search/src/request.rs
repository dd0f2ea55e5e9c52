//! Searches as texts from people, and the question they mean: one parser for the flags of the command line and the
//! parameters of the web.

use crate::index::{dividing_field, facet_field};
use std::fmt;
use std::str::FromStr;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_base::when::{parse_period, parse_until, parse_when};
use workhours_base::zones::Zones;
use workhours_query::{Expr, Field, FieldKind, Op, Want, parse, quoted};

/// Maximum number of filters in addition to a query.
pub const MAX_FILTERS: usize = 32;
/// Values of a facet by default, and at most.
pub const FACET_VALUES: usize = 10;
const MAX_VALUES: usize = 1_000;

/// A query and what narrows it down. All of it must be true of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// In the language of queries.
    pub query: String,
    /// Fields with a value each.
    pub filters: Vec<Filter>,
    /// One of these source types, by their proper names.
    pub sources: Vec<String>,
    /// One of these users.
    pub users: Vec<String>,
    /// This period.
    pub in_period: Option<String>,
    /// From this time on.
    pub from: Option<String>,
    /// Before this time.
    pub to: Option<String>,
}

/// A field has a value, or doesn't: `host:web1`, `-source:log.http`. The value is everything after the first colon,
/// with any signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Whether it must not have it.
    pub not: bool,
    /// The field.
    pub field: Field,
    /// Its value.
    pub value: String,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", if self.not { "-" } else { "" }, self.field.name(), self.value)
    }
}

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (not, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let Some((name, value)) = rest.split_once(':').filter(|(_, value)| !value.is_empty()) else {
            return Err(Error::usage(format!("{text:?} is not a filter"))
                .hint("write FIELD:VALUE, or -FIELD:VALUE to exclude it"));
        };
        Ok(Self { not, field: field(name)?, value: value.to_owned() })
    }
}

impl Filter {
    fn expr(&self, now_us: i64, zones: &Zones) -> Result<Expr> {
        let expr = match self.field.kind() {
            // Times and numbers are read, and rejected, like those of queries.
            FieldKind::Time | FieldKind::Number => {
                parse(&format!("{}:{}", self.field.name(), quoted(&self.value)), now_us, zones)?
            }
            _ => Expr::Term {
                field: Some(self.field.clone()),
                want: Want::Phrase(self.value.clone()),
                span: None,
            },
        };
        Ok(if self.not { Expr::Not(Box::new(expr)) } else { expr })
    }
}

impl SearchRequest {
    /// The question. `now_us` and `zones` are for times such as `yesterday`.
    ///
    /// # Errors
    /// A usage error for invalid text, and a limit error for one that is too long or too deep.
    pub fn expr(&self, now_us: i64, zones: &Zones) -> Result<Expr> {
        if self.filters.len() > MAX_FILTERS {
            return Err(Error::limit_exceeded(format!("there are more than {MAX_FILTERS} filters")));
        }
        let mut parts = vec![parse(&self.query, now_us, zones)?];
        for filter in &self.filters {
            parts.push(filter.expr(now_us, zones)?);
        }
        for (field, names) in [(Field::Source, &self.sources), (Field::User, &self.users)] {
            let term = |name: &String| Expr::Term {
                field: Some(field.clone()),
                want: Want::Word(name.clone()),
                span: None,
            };
            if !names.is_empty() {
                parts.push(Expr::Or(names.iter().map(term).collect()));
            }
        }
        let mut from = self.from.as_deref().map(|text| parse_when(text, now_us, zones)).transpose()?;
        let mut until = self.to.as_deref().map(|text| parse_until(text, now_us, zones)).transpose()?;
        if let Some(period) = &self.in_period {
            let (start, end) = parse_period(period, now_us, zones)?;
            from = from.max(Some(start));
            until = Some(until.map_or(end, |until| until.min(end)));
        }
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(Error::usage("--from is not before --to").hint("no event can be between them"));
        }
        let side = |op, text: &Option<String>, us| Expr::Term {
            field: Some(Field::Date),
            want: Want::Compare(op, text.clone().unwrap_or_default()),
            span: Some((us, us)),
        };
        parts.extend(from.map(|us| side(Op::AtLeast, &self.from, us)));
        parts.extend(until.map(|us| side(Op::Less, &self.to, us)));
        Ok(Expr::And(parts))
    }
}

/// A requested facet, `host` or `host:25`: the field, and how many of its values.
///
/// # Errors
/// A usage error for an unknown field, or one whose values can't be counted.
pub fn facet(text: &str) -> Result<(Field, usize)> {
    let (name, most) = match text.rsplit_once(':') {
        Some((name, most)) => (name, most.parse().ok().filter(|n| (1..=MAX_VALUES).contains(n))),
        None => (text, Some(FACET_VALUES)),
    };
    let most = most.ok_or_else(|| {
        Error::usage(format!("--facet {text}: the number of values is from 1 to {MAX_VALUES}"))
    })?;
    let field = field(name)?;
    facet_field(&field)?;
    Ok((field, most))
}

/// The field that divides a histogram.
///
/// # Errors
/// A usage error for an unknown field, or one that can't divide it.
pub fn dividing(name: &str) -> Result<Field> {
    let field = field(name)?;
    dividing_field(&field)?;
    Ok(field)
}

fn field(name: &str) -> Result<Field> {
    Field::named(name).ok_or_else(|| {
        let error = Error::usage(format!("there is no field {name:?}"));
        match names::nearest(name, Field::names()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_back() {
        for text in ["host:web1", "-source:log.http", "text:a: \"b\" -c", "url:http://x/?a=b:c", "status:404"]
        {
            assert_eq!(text.parse::<Filter>().unwrap().to_string(), text);
        }
        assert_eq!("meta.status:404".parse::<Filter>().unwrap(), "status:404".parse().unwrap());
        for text in ["host", "host:", ":x", "hots:x", "-"] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
        assert!("hots:x".parse::<Filter>().unwrap_err().hint_text().unwrap().contains("host"));
    }

    #[test]
    fn all_of_it_must_be_true() {
        let asked = SearchRequest {
            query: "push".into(),
            filters: vec!["-host:b".parse().unwrap(), "date:2026-03".parse().unwrap()],
            sources: vec!["a".into(), "b".into()],
            from: Some("2026-03-10".into()),
            to: Some("2026-03-10".into()),
            ..SearchRequest::default()
        };
        let expr = asked.expr(0, &Zones::plain(chrono_tz::Tz::UTC)).unwrap();
        assert_eq!(expr.exactly(&Field::Source), Some(vec!["a", "b"]));
        let day = 86_400_000_000;
        let (from, until) = expr.time_bounds();
        assert_eq!(until.unwrap() - from.unwrap(), day);
        assert!(
            SearchRequest { to: Some("2026-03-09".into()), ..asked.clone() }
                .expr(0, &Zones::plain(chrono_tz::Tz::UTC))
                .is_err()
        );
        let bad = SearchRequest { filters: vec!["date:soon".parse().unwrap()], ..SearchRequest::default() };
        assert!(bad.expr(0, &Zones::plain(chrono_tz::Tz::UTC)).is_err());
        let many = SearchRequest {
            filters: vec!["host:a".parse().unwrap(); MAX_FILTERS + 1],
            ..SearchRequest::default()
        };
        assert!(many.expr(0, &Zones::plain(chrono_tz::Tz::UTC)).is_err());
    }

    #[test]
    fn facets() {
        assert_eq!(facet("host").unwrap(), (Field::Host, FACET_VALUES));
        assert_eq!(facet("meta.status:3").unwrap().1, 3);
        assert_eq!(dividing("person").unwrap(), Field::Person);
        assert!(["tag", "status", "text", "hots"].iter().all(|bad| dividing(bad).is_err()));
        for bad in ["host:0", "host:many", "text", "hots"] {
            assert!(facet(bad).is_err(), "{bad}");
        }
    }
}
