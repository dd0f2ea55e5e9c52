//! Numbers of rows, a type for each table, so that an input's number can't be passed for a file's. Not the identity of
//! an event: that is [`EventId`](crate::EventId).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(i64);

            impl $name {
                /// The one of this number.
                pub const fn new(number: i64) -> Self {
                    Self(number)
                }

                /// Its number.
                pub const fn get(self) -> i64 {
                    self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

ids! {
    /// The number of an input. The default, 0, is no input's.
    InputId
    /// The number of a logical file. The default, 0, is no file's.
    FileId
    /// The number of a task. The default, 0, is no task's.
    TaskId
    /// The number of a batch, as its events have it. The default, 0, is no batch's.
    BatchId
    /// A batch's place in the order of commits. The default, 0, is before the first.
    Seq
}
