//! What rows are made of that is packed nowhere else: a link to a tag, and whose batch it all is.

/// A link from an event to a tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventTag<'e> {
    pub(crate) event: &'e [u8],
    pub(crate) tag: i64,
    /// Whether a rule of the user's made it, and may take it away again.
    pub(crate) by_rule: bool,
}

/// Whose batch it is: the columns every row of it shares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owner {
    pub(crate) source_type: String,
    pub(crate) input_id: i64,
    pub(crate) task_id: i64,
    pub(crate) batch_id: i64,
    pub(crate) file_id: i64,
}
