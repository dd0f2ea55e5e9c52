//! Checks that the URI's options are known, and that a requested encryption is in effect. Diesel ignores unknown
//! options, and MariaDB's client library ignores `ssl_mode`: the connection would be unencrypted.

use diesel::prelude::*;
use diesel::sql_types::Text;
use workhours_base::error::{Context, Error, Result};
use workhours_base::names;

/// The options there are. `charset` is what other programs' URIs often have; here it is always utf8mb4.
const OPTIONS: [&str; 6] = ["unix_socket", "ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "charset"];

/// Whether the client library obeys `ssl_mode`: MySQL's does, MariaDB's doesn't.
const KNOWS_MODES: bool = mysqlclient_sys::SUPPORTS_MYSQL_SSL_MODE;

/// Checks the URI's options; returns whether the connection must be encrypted.
///
/// # Errors
/// When an option is unknown, or the client library doesn't support it.
pub(super) fn wanted(uri: &str) -> Result<bool> {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    if let Some((key, _)) = pairs.iter().find(|(key, _)| !OPTIONS.contains(key)) {
        return Err(Error::usage(format!("unknown option {key:?} in the database's URI")).hint(
            match names::nearest(key, OPTIONS) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the options are {}", OPTIONS.join(", ")),
            },
        ));
    }
    let value =
        |key: &str| pairs.iter().find(|(k, _)| *k == key).map(|(_, value)| value.to_ascii_lowercase());
    let mode = value("ssl_mode");
    let ca = value("ssl_ca").is_some();
    match mode.as_deref() {
        None | Some("preferred") => Ok(ca),
        Some("disabled") => Ok(false),
        Some("required" | "verify_ca") if KNOWS_MODES || ca => Ok(true),
        Some("verify_identity") if KNOWS_MODES => Ok(true),
        Some("verify_identity") => Err(Error::usage(
            "MariaDB's client library does not compare the server's name with its certificate",
        )
        .hint("use ssl_mode=verify_ca with the CA that signed this server's certificate as ssl_ca")),
        Some(_) => {
            Err(Error::usage("MariaDB's client library encrypts only when ssl_ca names the CA to trust")
                .hint("add ssl_ca=/etc/ssl/certs/ca-certificates.crt, or the file of your own CA"))
        }
    }
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// Makes sure of it.
pub(super) fn confirm(conn: &mut MysqlConnection) -> Result<()> {
    let status: Status = diesel::sql_query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        .get_result(conn)
        .context(|| "cannot ask the server whether the connection is encrypted")?;
    if status.value.is_empty() {
        return Err(Error::failed(
            "the connection to the database is not encrypted, though its URI asks for it",
        )
        .hint("does the server offer TLS?"));
    }
    Ok(())
}
