//! Whether a request that changes something comes from the site's own pages. Browsers say so themselves. Other programs
//! send the token in a header, which no other page can make a browser send.

use super::Hosts;
use super::session::bearer;
use hyper::HeaderMap;
use hyper::header::ORIGIN;

/// Whether it does.
pub(crate) fn same_origin(headers: &HeaderMap, hosts: &Hosts) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        // `none`: typed or opened by the user.
        return ["same-origin", "none"].contains(&site);
    }
    match text(ORIGIN.as_str()) {
        Some(origin) => {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(|host| hosts.are(host))
        }
        None => bearer(headers).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};
    use std::net::SocketAddr;

    #[test]
    fn other_sites_change_nothing() {
        let hosts = Hosts::new(SocketAddr::from(([127, 0, 0, 1], 8037)), &[]);
        for (said, want) in [
            (&[][..], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8037")], false),
            (&[("origin", "http://127.0.0.1:8037")], true),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("authorization", "Bearer abc")], true),
            (&[("authorization", "Basic abc")], false),
        ] {
            let headers = said.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
            assert_eq!(same_origin(&headers.collect(), &hosts), want, "{said:?}");
        }
    }
}
