//! Old events go from a server as from a file, and stay away.

use super::{Room, on_each_server};
use crate::kit::server::Kind;
use crate::retain::is_kept_away;

on_each_server! { what_is_too_old_is_removed_and_not_loaded_again }

fn what_is_too_old_is_removed_and_not_loaded_again(kind: Kind) {
    if let Some(Room { home, .. }) = Room::on(kind) {
        is_kept_away(&home);
    }
}
