//! The table of routes: paths, methods, parameters and handlers. It is collected at link time. The router, the
//! navigation, the errors (404, 405, unknown parameters) and the API's description are all made from it.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::site::Site;
use std::future::Future;
use std::pin::Pin;
use utoipa::openapi::{RefOr, Schema};
use workhours_core::report::settings::Parameter;

/// The methods there are. `HEAD` is answered wherever `GET` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // as HTTP calls them
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    /// As HTTP spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// The verb of a method, if any route could have it.
    pub(crate) fn of(method: &hyper::Method) -> Option<Self> {
        match method.as_str() {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// The handler.
pub(crate) type Handler = fn(Site, Request) -> Answering;
/// The answer to come.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send>>;

/// A schema with its name, and those it refers to.
pub(crate) type Described = (String, RefOr<Schema>, Vec<(String, RefOr<Schema>)>);

/// The kind of a response, for the API's description and for clients that ask for JSON.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A page; not part of the API.
    Page,
    /// JSON of this shape.
    Json(fn() -> Described),
    /// JSON that is described elsewhere: that of OpenAPI itself.
    Description,
    /// Plain text.
    Text,
    /// A file of some media type.
    File,
    /// Events as they come (server-sent events).
    Stream,
}

/// Who may send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Clients with the token or a session.
    Private,
    /// Everyone who reaches the port.
    Open,
    /// Programs with a token of their own; the handler checks it.
    Client,
}

/// A place in the navigation.
#[derive(Clone, Copy)]
pub(crate) struct Nav {
    /// The lower, the further left.
    pub(crate) order: u8,
    pub(crate) label: &'static str,
}

/// One thing that can be asked for.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// Segments in braces take any text: `/events/{id}`.
    pub(crate) path: &'static str,
    /// One line, no full stop.
    pub(crate) summary: &'static str,
    pub(crate) access: Access,
    pub(crate) kind: Kind,
    /// The query parameters for this value of the first segment in braces; all parameters if it is unknown.
    pub(crate) params: fn(Option<&str>) -> Vec<Parameter>,
    pub(crate) nav: Option<Nav>,
    pub(crate) handler: Handler,
}

inventory::collect!(Route);

impl Route {
    /// A page for people.
    pub(crate) const fn page(path: &'static str, summary: &'static str, handler: Handler) -> Self {
        Self {
            verb: Verb::Get,
            path,
            summary,
            access: Access::Private,
            kind: Kind::Page,
            params: |_| Vec::new(),
            nav: None,
            handler,
        }
    }

    /// An endpoint that answers with JSON.
    pub(crate) const fn json(
        path: &'static str,
        summary: &'static str,
        shape: fn() -> Described,
        handler: Handler,
    ) -> Self {
        Self { kind: Kind::Json(shape), ..Self::page(path, summary, handler) }
    }

    /// An endpoint that answers with text.
    pub(crate) const fn text(path: &'static str, summary: &'static str, handler: Handler) -> Self {
        Self { kind: Kind::Text, ..Self::page(path, summary, handler) }
    }

    /// An endpoint that answers with a file.
    pub(crate) const fn file(path: &'static str, summary: &'static str, handler: Handler) -> Self {
        Self { kind: Kind::File, ..Self::page(path, summary, handler) }
    }

    /// Whether it is for programs, which get errors as JSON.
    pub(crate) fn is_api(&self) -> bool {
        !matches!(self.kind, Kind::Page)
    }

    /// The names of the segments in braces.
    pub(crate) fn captures(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// The shape of an answer that is this type in JSON.
pub(crate) fn shape<T: utoipa::ToSchema>() -> Described {
    let mut others = Vec::new();
    T::schemas(&mut others);
    (T::name().into_owned(), T::schema(), others)
}

/// All routes, by path and method.
pub(crate) fn all() -> Vec<&'static Route> {
    let mut all: Vec<&Route> = inventory::iter::<Route>.into_iter().collect();
    // A literal segment takes precedence over a placeholder.
    all.sort_by_key(|route| (route.path.replace('{', "\u{7f}"), route.verb));
    all
}

/// Method, path and whether it is part of the API, of every route.
pub fn routes() -> Vec<(Verb, &'static str, bool)> {
    all().into_iter().map(|route| (route.verb, route.path, route.is_api())).collect()
}
