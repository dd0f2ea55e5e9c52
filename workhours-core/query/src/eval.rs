//! Whether an event matches. An index must return the same.

use super::meta::{any_value, meta, value_is};
use super::wants::{name_is, number_is, text_is};
use super::{Context, Expr, Field, Op, Want};
use workhours_base::Text;
use workhours_event::StoredEvent;

impl Expr {
    /// Whether the event is wanted.
    pub fn matches(&self, e: &StoredEvent, context: &Context<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(e, context)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(e, context)),
            Self::Not(part) => !part.matches(e, context),
            Self::Term { field, want, span } => term(field.as_ref(), want, *span, e, context),
        }
    }

    /// Whether it needs the file an event was read from, or the label of its input.
    pub fn asks_for_origin(&self) -> bool {
        self.asks_for(&|field| matches!(field, Field::Path | Field::Label | Field::Project))
    }

    /// Whether it asks for what follows from rules of the config and is stored with no event.
    pub fn asks_for_rules(&self) -> bool {
        self.asks_for(&|field| matches!(field, Field::Project | Field::Person))
    }

    /// Whether the query uses any of these fields.
    pub fn asks_for(&self, any: &dyn Fn(&Field) -> bool) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.asks_for(any)),
            Self::Not(part) => part.asks_for(any),
            Self::Term { field, .. } => field.as_ref().is_some_and(any),
        }
    }
}

/// How queries and reports write a missing value.
pub const NO_VALUE: &str = "(none)";

fn term(
    field: Option<&Field>,
    want: &Want,
    span: Option<(i64, i64)>,
    e: &StoredEvent,
    context: &Context<'_>,
) -> bool {
    let some = |text: &Option<Text>| text.as_deref().is_some_and(|text| text_is(text, want));
    let name = |text: &Option<Text>| text.as_deref().is_some_and(|text| name_is(text, want));
    let Some(field) = field else {
        return [&e.title, &e.text, &e.url, &e.host, &e.peer, &e.user].into_iter().any(some)
            || e.meta.as_deref().is_some_and(|meta| any_value(meta, &mut |value| text_is(value, want)));
    };
    match field {
        Field::Date => e.date.is_some_and(|date| time_is(date, want, span)),
        Field::Source => name_is(&e.source_type, want),
        Field::Kind => name_is(&e.kind, want),
        Field::Host => name(&e.host),
        Field::Peer => name(&e.peer),
        Field::User => name(&e.user),
        Field::Title => some(&e.title),
        Field::Text => some(&e.text),
        Field::Url => some(&e.url),
        Field::Domain => e.url.as_deref().and_then(domain_of).is_some_and(|domain| name_is(&domain, want)),
        Field::Referrer => some(&e.referrer),
        Field::Agent => some(&e.agent),
        Field::Tag => e.tags.iter().any(|tag| name_is(tag, want)),
        Field::Path => text_is(context.path, want),
        Field::Input => name_is(&e.input_id.to_string(), want),
        Field::Label => !context.label.is_empty() && name_is(context.label, want),
        Field::Project => match context.project(e) {
            Some(project) => name_is(&project, want),
            None => matches!(want, Want::Word(text) | Want::Phrase(text) if text == NO_VALUE),
        },
        Field::Person => name_is(&context.person(e), want),
        Field::Duration => e.duration_us.is_some_and(|us| number_is(us as f64 / 1000.0, want)),
        Field::Id => name_is(&e.id.to_hex(), want),
        Field::Meta(key) => meta(e, key).is_some_and(|value| value_is(&value, want)),
    }
}

/// The registrable domain of an absolute URL, by the public suffix list; an address of numbers is one itself.
pub fn domain_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    match url.host()? {
        url::Host::Domain(host) => {
            let host = host.trim_end_matches('.');
            Some(psl::domain_str(host).unwrap_or(host).to_owned())
        }
        address => Some(address.to_string()),
    }
}

fn time_is(date: i64, want: &Want, span: Option<(i64, i64)>) -> bool {
    let Some((start, end)) = span else { return false };
    match want {
        Want::Compare(Op::Less, _) => date < start,
        Want::Compare(Op::AtMost, _) => date < end,
        Want::Compare(Op::More, _) => date >= end,
        Want::Compare(Op::AtLeast, _) => date >= start,
        _ => (start..end).contains(&date),
    }
}
