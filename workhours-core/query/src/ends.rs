//! Queries from versions without `peer`: `host` was the other end of a request or a login then, so they must search
//! both ends now.
//!
//! This module doesn't decide which queries are that old.

use super::lex::{Placed, Token, lex};
use super::{Expr, Field, Want, parse};
use workhours_base::zones::Zones;

/// The query with `(host:x OR peer:x)` for each `host:x`. One that asks for this end as a peer already stays as it is, and
/// so does one that cannot be read, or could not any more.
pub fn either_end(query: &str) -> String {
    let Ok(tokens) = lex(query) else { return query.to_owned() };
    let mut text = String::with_capacity(query.len());
    let mut copied = 0;
    for (at, end) in terms(&tokens, query) {
        let term = &query[at..end];
        let (name, value) = term.split_at(Field::Host.name().len());
        let peer = format!("{}{value}", Field::Peer.name());
        if name.eq_ignore_ascii_case(&Field::Host.name()) && !query.contains(&peer) {
            text.push_str(&query[copied..at]);
            text.push_str(&format!("({term} OR {peer})"));
            copied = end;
        }
    }
    text.push_str(&query[copied..]);
    // Times are not at stake: any clock will do.
    let is_read = |text: &str| parse(text, 0, &Zones::plain(chrono_tz::Tz::UTC)).is_ok();
    if is_read(query) && !is_read(&text) { query.to_owned() } else { text }
}

/// The positions of terms with the field `host`.
fn terms<'t>(tokens: &'t [Placed], query: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let begins = |i: usize| tokens.get(i).map_or(query.len(), |(_, at)| *at);
    tokens.iter().enumerate().filter_map(move |(i, (token, at))| {
        let Token::Field(name) = token else { return None };
        // A comparison is a separate token before the value.
        let compares = matches!(tokens.get(i + 1), Some((Token::Compare(_), _)));
        let end = begins(i + 2 + usize::from(compares));
        let term = query.get(*at..end)?.trim_end();
        (Field::named(name) == Some(Field::Host)).then_some((*at, at + term.len()))
    })
}

impl Expr {
    /// A condition on `host` without the same condition on `peer`.
    pub fn hosts_alone(&self) -> Vec<&Want> {
        let (mut hosts, mut peers) = (Vec::new(), Vec::new());
        self.each_term(&mut |field, want| match field {
            Some(Field::Host) => hosts.push(want),
            Some(Field::Peer) => peers.push(want),
            _ => {}
        });
        hosts.retain(|want| !peers.contains(want));
        hosts
    }

    /// Shows each of its terms.
    pub fn each_term<'e>(&'e self, see: &mut dyn FnMut(Option<&'e Field>, &'e Want)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_term(see)),
            Self::Not(part) => part.each_term(see),
            Self::Term { field, want, .. } => see(field.as_ref(), want),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asked_for_a_host_asks_for_either_end() {
        for (before, after) in [
            ("user:ada", "user:ada"),
            ("host:web1", "(host:web1 OR peer:web1)"),
            ("status>=500 -host:\"a b\" x", "status>=500 -(host:\"a b\" OR peer:\"a b\") x"),
            ("(host:a OR host:b*)", "((host:a OR peer:a) OR (host:b* OR peer:b*))"),
            ("Host:a NOT host:[b TO c]", "(Host:a OR peer:a) NOT (host:[b TO c] OR peer:[b TO c])"),
            ("host>=b", "(host>=b OR peer>=b)"),
            ("host:2001:db8::5 x", "(host:2001:db8::5 OR peer:2001:db8::5) x"),
            ("host: a", "(host: a OR peer: a)"),
            ("(host:a OR peer:a) host:b", "(host:a OR peer:a) (host:b OR peer:b)"),
            ("vhost:a url:host", "vhost:a url:host"),
            ("\"the (host:a)\" text:\"host:b c\"", "\"the (host:a)\" text:\"host:b c\""),
            ("host:a \"never closed", "host:a \"never closed"),
        ] {
            assert_eq!(either_end(before), after);
            assert_eq!(either_end(after), after, "once is enough");
        }
        let long = format!("host:{}", "x".repeat(600));
        assert_eq!(either_end(&long), long, "it could not be read any more");
    }

    #[test]
    fn hosts_alone_are_those_without_a_peer() {
        let read = |text: &str| parse(text, 0, &Zones::plain(chrono_tz::Tz::UTC)).unwrap();
        let query = read("host:a -(host:b OR peer:b) peer:c x");
        assert_eq!(query.hosts_alone(), [&Want::Word("a".into())]);
    }
}
