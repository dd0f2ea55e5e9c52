//! The sources of the database's password, if it isn't in the URI.

use std::path::Path;
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};
use workhours_base::secret::Secret;

/// The password: of the variable `WORKHOURS_DB_PASSWORD`, or else the first line of the file.
pub(super) fn password(env: &Environment, file: Option<&Path>) -> Result<Option<Secret>> {
    if let Some(password) = &env.database_password {
        return Ok(Some(password.clone()));
    }
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::failed(format!("cannot read the database's password from {}", file.display()))
            .with_source(e)
            .hint("see database_password_file in the config file")
    })?;
    Ok(text.lines().next().map(|line| Secret::new(line.to_owned())))
}
