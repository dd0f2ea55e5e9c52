//! What a word is, for the filter and for an index alike: a run of letters and digits, in lower case.

/// The words of a text, in order.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Whether `wanted` stand in the text one after the other. With `open`, the last of them may go on.
pub(super) fn has(text: &str, wanted: &[String], open: bool) -> bool {
    let Some((last, first)) = wanted.split_last() else { return false };
    let all: Vec<String> = words(text).collect();
    all.windows(wanted.len()).any(|some| {
        let (end, begin) = (&some[some.len() - 1], &some[..some.len() - 1]);
        begin == first && if open { end.starts_with(last.as_str()) } else { end == last }
    })
}
