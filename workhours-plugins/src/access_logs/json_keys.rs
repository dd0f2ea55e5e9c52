//! The names that web servers, proxies and their users use for members of a JSON access log.
//!
//! A member is known by all names on the path to it, in lower case and without punctuation: `request.method`,
//! `request_method` and `RequestMethod` are equal. If several members mean the same, the first one here counts.

/// The meaning of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Time,
    Line,
    Method,
    Target,
    Query,
    Protocol,
    Status,
    Size,
    Client,
    Forwarded,
    User,
    Vhost,
    Host,
    Scheme,
    Port,
    Tls,
    Referrer,
    Agent,
    /// In seconds.
    Seconds,
    /// In milliseconds.
    Millis,
    /// In nanoseconds.
    Nanos,
    /// In a unit named by its text or by the server.
    Duration,
}

/// How many roles there are.
pub(crate) const ROLES: usize = Role::Duration as usize + 1;

use Role::*;

const KEYS: [(Role, &str); 22] = [
    (
        Time,
        "startutc starttime edgestarttimestamp timeiso8601 timelocal msec ts timestamp time datetime date \
         requesttimeepoch startlocal",
    ),
    (Line, "request requestline httprequest reqline"),
    (
        Method,
        "requestmethod method reqmethod httprequestmethod httprequestrequestmethod verb httpmethod csmethod \
         clientrequestmethod",
    ),
    (
        Target,
        "requesturi uri requrl requestpath requesturl httprequestrequesturl urloriginal url path urlpath urlfull \
         clientrequesturi clientrequestpath csuristem xenvoyoriginalpath originalpath resourcepath uripath",
    ),
    (Query, "args querystring csuriquery urlquery requestquery"),
    (
        Protocol,
        "requestproto serverprotocol requestprotocol protocol proto httpversion httprequestprotocol \
         reqhttpversion clientrequestprotocol csversion",
    ),
    (
        Status,
        "downstreamstatus status statuscode responsestatus responsestatuscode responsecode httpstatus \
         httpstatuscode httpresponsestatuscode httprequeststatus resstatuscode resstatus scstatus \
         edgeresponsestatus",
    ),
    (
        Size,
        "bodybytessent bytessent size downstreamcontentsize responsesize httprequestresponsesize responsebytes \
         bytes length responselength httpresponsebodybytes httpresponsebytes edgeresponsebytes scbytes \
         contentlength",
    ),
    (
        Client,
        "requestclientip clientip clienthost requestremoteip remoteaddr remoteip remotehost requestremoteaddr \
         httprequestremoteip reqremoteaddress remoteaddress clientaddr sourceip clientaddress ip client \
         downstreamremoteaddresswithoutport downstreamremoteaddress cip",
    ),
    (
        Forwarded,
        "httpxforwardedfor xforwardedfor requestheadersxforwardedfor reqheadersxforwardedfor forwardedfor xff \
         proxyaddxforwardedfor",
    ),
    (User, "remoteuser userid clientusername user username authuser requestuser csusername"),
    (
        Vhost,
        "requesthost host httphost vhost virtualhost servername authority requestheadershost reqheadershost \
         httprequesthost domain domainname cshost clientrequesthost urldomain",
    ),
    (Host, "hostname serverhostname machine"),
    (Scheme, "scheme requestscheme httpxforwardedproto xforwardedproto urlscheme clientrequestscheme"),
    (Port, "serverport"),
    (Tls, "requesttlsversion requesttlsproto sslprotocol tlsversion"),
    (
        Referrer,
        "httpreferer httpreferrer referer referrer requestheadersreferer reqheadersreferer requestreferer \
         httprequestreferer httprequestreferrer clientrequestreferer",
    ),
    (
        Agent,
        "httpuseragent useragent requestheadersuseragent reqheadersuseragent requestuseragent \
         httprequestuseragent agent useragentoriginal clientrequestuseragent",
    ),
    (Seconds, "requesttime"),
    (Millis, "elapsedms durationms responsetimems requesttimems timetakenms latencyms"),
    (Nanos, "eventduration"),
    (Duration, "duration latency httprequestlatency responsetime elapsed"),
];

/// The value of the member with one of these names, and how many names come before it.
pub(crate) fn role(names: &str) -> Option<(Role, usize)> {
    KEYS.iter().find_map(|(role, known)| {
        let rank = known.split_ascii_whitespace().position(|name| name == names)?;
        Some((*role, rank))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_once() {
        let mut all: Vec<&str> = KEYS.iter().flat_map(|(_, names)| names.split_ascii_whitespace()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(KEYS.iter().enumerate().all(|(at, (role, _))| *role as usize == at));
        assert_eq!(KEYS.len(), ROLES);
        assert_eq!(role("requestmethod"), Some((Method, 0)));
        assert_eq!(role("nothing"), None);
    }
}
