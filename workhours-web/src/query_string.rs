//! The query string or form: names and values, in order. Makes the links of pages too, so that every control is an
//! address.

use crate::problem::Problem;
use url::form_urlencoded;
use workhours_core::names;
use workhours_core::report::settings::Parameter;

/// Names and values, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryString(Vec<(String, String)>);

impl QueryString {
    /// Reads `a=1&b=2`.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a parameter that may be given once. An empty one is as good as none: forms send those.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
        let first = values.next();
        match values.next() {
            Some(_) => Err(Problem::bad(format!("the parameter {name} is given twice")).hint("give it once")),
            None => Ok(first),
        }
    }

    /// The values of a parameter that may be given several times.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }

    /// Rejects names that aren't among these.
    pub(crate) fn only(&self, known: &[Parameter]) -> Result<(), Problem> {
        let Some((stray, _)) = self.0.iter().find(|(name, _)| known.iter().all(|k| k.name != name)) else {
            return Ok(());
        };
        let names = || known.iter().map(|k| k.name);
        let problem = Problem::bad(format!("unknown parameter {stray:?}"));
        Err(match names::nearest(stray, names()) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None if known.is_empty() => problem.hint("this address takes none"),
            None => problem.hint(format!("it takes {}", names().collect::<Vec<_>>().join(", "))),
        })
    }

    /// Without a parameter.
    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(n, v)| n != name && !v.is_empty()).cloned().collect())
    }

    /// With this value of a parameter, and no other.
    pub(crate) fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut query = self.without(name);
        query.0.push((name.to_owned(), value.to_string()));
        query
    }

    /// With one more value of a parameter that may be given several times.
    pub(crate) fn and(&self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        let mut query = self.without_one(name, &value);
        query.0.push((name.to_owned(), value));
        query
    }

    /// Without this value of a parameter.
    pub(crate) fn without_one(&self, name: &str, value: &str) -> Self {
        Self(self.0.iter().filter(|(n, v)| (n != name || v != value) && !v.is_empty()).cloned().collect())
    }

    /// Only these parameters.
    pub(crate) fn only_of(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(n, v)| names.contains(&n.as_str()) && !v.is_empty()).cloned().collect())
    }

    /// Names and values.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// An address: the path, and the query if there is any.
    pub(crate) fn at(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_of_what_was_asked() {
        let query = QueryString::parse(b"a=1&b=&c=x%20y&a=2");
        assert_eq!(query.all("a"), ["1", "2"]);
        assert!(query.one("a").is_err());
        assert_eq!(query.one("b").ok(), Some(None));
        assert_eq!(query.with("a", 3).at("/p"), "/p?c=x+y&a=3");
        assert_eq!(QueryString::default().at("/p"), "/p");
        assert_eq!(query.and("a", 3).and("a", 1).at("/p"), "/p?c=x+y&a=2&a=3&a=1");
        assert_eq!(query.without_one("a", "1").only_of(&["a"]).at("/p"), "/p?a=2");
    }
}
