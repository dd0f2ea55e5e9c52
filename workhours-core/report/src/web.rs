//! Shared by reports about addresses.

/// A piece of a path for people: `%C3%A9` as `é`. Invalid UTF-8 stays as it is.
pub(super) fn decoded(piece: &str) -> String {
    // The form's decoder, but a plus is a plus in a path.
    let escaped = piece.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={}", escaped.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(|| piece.to_owned(), |(_, value)| value.into_owned())
}
