//! `/api/openapi.json`: the description of the API, made of the table of routes that answers it.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::refusal::Details;
use crate::route::{self, Access, Kind, Route, Verb, shape};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ArrayBuilder, ComponentsBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref,
    RefOr, Required, ResponseBuilder, ResponsesBuilder, Schema, Type,
};
use workhours_core::report::settings::{Parameter, ParameterKind};

/// The scheme of security: the token.
const TOKEN: &str = "token";
const PROBLEM: &str = "application/problem+json";

/// Everything that programs can request.
pub(crate) fn description() -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new().security_scheme(
        TOKEN,
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    let (name, schema, others) = shape::<Details>();
    components = components.schema(name, schema).schemas_from_iter(others);
    for route in route::all().into_iter().filter(|route| route.is_api()) {
        if let Kind::Json(described) = route.kind {
            let (name, schema, others) = described();
            components = components.schema(name, schema).schemas_from_iter(others);
        }
        paths = paths.path(route.path, PathItem::new(method(route.verb), operation(route)));
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("workhours")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("Reports on the traces computers keep. Times are UTC, RFC 3339."))
                .build(),
        )
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route) -> utoipa::openapi::path::Operation {
    let problem = ResponseBuilder::new()
        .description("A problem")
        .content(PROBLEM, ContentBuilder::new().schema(Some(Ref::from_schema_name("Details"))).build());
    let mut operation = OperationBuilder::new()
        .summary(Some(route.summary))
        .operation_id(Some(format!("{} {}", route.verb.as_str().to_lowercase(), route.path)))
        .responses(
            ResponsesBuilder::new()
                .response("200", success(route))
                .response("default", problem.build())
                .build(),
        );
    for name in route.captures() {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        operation = operation.parameter(parameter.schema(Some(text)).build());
    }
    for parameter in (route.params)(None) {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(parameter.name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(parameter.help))
                .schema(Some(schema(&parameter)))
                .build(),
        );
    }
    if route.access == Access::Private {
        operation = operation.security(SecurityRequirement::new(TOKEN, [""; 0]));
    }
    operation.build()
}

fn success(route: &Route) -> utoipa::openapi::Response {
    let (kind, schema): (&str, RefOr<Schema>) = match route.kind {
        Kind::Json(described) => ("application/json", Ref::from_schema_name(described().0).into()),
        Kind::Description => ("application/json", ObjectBuilder::new().build().into()),
        Kind::File => ("application/octet-stream", ObjectBuilder::new().build().into()),
        Kind::Stream => ("text/event-stream", ObjectBuilder::new().schema_type(Type::String).build().into()),
        Kind::Page | Kind::Text => {
            ("text/plain", ObjectBuilder::new().schema_type(Type::String).build().into())
        }
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(route.summary).content(kind, content).build()
}

fn schema(parameter: &Parameter) -> RefOr<Schema> {
    let kind = match parameter.kind {
        ParameterKind::Number | ParameterKind::Minutes => Type::Number,
        ParameterKind::Flag => Type::Boolean,
        _ => Type::String,
    };
    let mut one = ObjectBuilder::new().schema_type(kind);
    if let ParameterKind::Choice(words) = parameter.kind {
        one = one.enum_values(Some(words.iter().copied()));
    }
    match parameter.repeatable {
        true => ArrayBuilder::new().items(one.build()).build().into(),
        false => one.build().into(),
    }
}

async fn answer() -> Result<Answer, Problem> {
    Answer::json(&description())
}

inventory::submit! { Route {
    kind: Kind::Description,
    ..Route::page("/api/openapi.json", "The description of this API, OpenAPI 3.1", |_, _| Box::pin(answer()))
} }

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_schema_name_means_one_schema() {
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        let described = route::all().into_iter().filter_map(|route| match route.kind {
            Kind::Json(described) => Some(described()),
            _ => None,
        });
        for (name, schema, others) in described.chain([shape::<Details>()]) {
            for (name, schema) in others.into_iter().chain([(name, schema)]) {
                let text = serde_json::to_string(&schema).unwrap();
                let other = named.insert(name.clone(), text.clone());
                assert!(other.is_none_or(|other| other == text), "two schemas are called {name}");
            }
        }
    }
}
