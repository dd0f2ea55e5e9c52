//! `log.http`: access logs of web servers and proxies, as lines of words, in JSON or in the W3C's extended format.
//!
//! One line is one request. Not for error logs. `clf`, `http_prefix`, `http_json`, `w3c` and `http_format` describe the
//! layouts of a line; `http_wrap` removes the text around it; `http_row` makes the event.

use crate::access_logs::clf::{self, Refusal, refuse};
use crate::access_logs::format::Format;
use crate::access_logs::json::{self, Line as Json};
use crate::access_logs::row::{KIND, Request, Scratch};
use crate::access_logs::w3c;
use crate::access_logs::wrap;
use crate::toolkit::empty_lines;
use workhours_plugin_api::*;

/// The source `log.http`.
pub struct HttpLog;

export_source!(HttpLog);

static INFO: SourceInfo = SourceInfo {
    name: "log.http",
    aliases: &["http.log", "access.log"],
    summary: "Access logs of web servers and proxies: common, combined and their variants, JSON, IIS and W3C",
    details: "\
A line is words, a time in brackets, a quoted request, a status and a size, such as `%h %l %u [%t] \"%r\" %>s %b`, \
optionally followed by `\"referrer\" \"agent\"` and anything more (kept as `extra`). Or it is a JSON object, or a row \
of the columns that a line `#Fields:` names.

* The title is the request line, the address its target: absolute when the line names a virtual host (`https` \
if its port is 443) or the client asked for an absolute address, else the bare path.
* The client is the peer, without its port; the host is the machine that a syslog head, IIS or a member `hostname` \
names. Of several addresses, as in `X-Forwarded-For`, the left-most is the client's.
* A word before the time is a client only if it is an address or a plausible name of a host, and a user only where \
a known layout has one. What fits no layout is kept as `prefix`, with a remark, beside the one sure client; without \
one, the line is rejected. The option `log_format` says what stands where.
* Times are those of the common log format, ISO 8601, HTTP and numbers since 1970. One without an offset from UTC is \
a wall clock.
* What is around lines is taken off: heads of syslog, `docker compose logs`, `kubectl logs` and Python's loggers, \
and the JSON and text of container runtimes.
* A JSON object is a request if it has a target, a status, and a method or a client with an agent, under the names \
of Caddy, Traefik, Envoy, nginx's users and others; any other is rejected.
* Runs of blanks separate like one. `-` is absent, also as a status, and so is the user `\"\"`.
* `\\\"`, `\\\\`, `\\b`, `\\n`, `\\r`, `\\t`, `\\v` and `\\xHH` are turned back into bytes.
* A quote inside the request that the server did not escape is understood by looking for the status and size.
* A line cut after its status, such as within the user agent, is an event with a remark; one cut earlier is \
rejected.
* A size that is negative or does not fit is left out with a remark. Second 60 counts as 59 with a remark.
* Lines that begin with `#` and blank lines are no records.",
    authority: "Apache HTTP Server, mod_log_config and ap_escape_logitem: \
https://httpd.apache.org/docs/current/mod/mod_log_config.html",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[KIND],
    locations: &[
        Location { os: Os::Linux, glob: "/var/log/apache2/*access*.log*" },
        Location { os: Os::Linux, glob: "/var/log/httpd/*access_log*" },
        Location { os: Os::Linux, glob: "/var/log/nginx/*access*.log*" },
        Location { os: Os::MacOs, glob: "/var/log/apache2/access_log*" },
        Location { os: Os::MacOs, glob: "/opt/homebrew/var/log/nginx/access.log*" },
        Location { os: Os::Windows, glob: "C:/Apache24/logs/access.log*" },
        Location { os: Os::Windows, glob: "C:/inetpub/logs/LogFiles/W3SVC*/u_ex*.log" },
    ],
    companions: &[],
    options: &[SourceOption {
        name: "log_format",
        help: "what stands where: a `LogFormat` of Apache, a `log_format` of nginx or of GoAccess, or the name of one, \
such as `vcombined`; then lines are read by it alone",
        default: "",
    }],
    sample: Sample { bytes: include_bytes!("../../samples/log.http"), events: 5, rejects: 1 },
};

impl IDataSource for HttpLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut reader = Reader {
            format: match input.option("log_format") {
                None | Some("") => None,
                Some(text) => Some(Format::new(text)?),
            },
            header: w3c::Header::resume(&input.resume().state),
            scratch: Scratch::default(),
        };
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            reader.line(&line, out)?;
            if line.terminated {
                out.checkpoint(line.end, &reader.header.state)?;
            }
            if empty_lines::is_one(&line) {
                empty_lines::pass_over(&mut lines, &reader.header.state, out)?;
            }
        }
        Ok(())
    }
}

/// State kept from line to line.
struct Reader {
    format: Option<Format>,
    header: w3c::Header,
    scratch: Scratch,
}

/// The receiver of an event, and the event's origin.
struct Place<'p> {
    span: Span<'p>,
    provisional: bool,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let place = Place { span: line.span, provisional: !line.terminated };
        if line.too_long {
            return place.reject(RejectCode::TooLong, "the line is longer than a record may be", out);
        }
        // An unfinished line may end in half a line end, `\r`.
        let bytes = line.bytes().trim_ascii_start();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let Some(first) = bytes.first() else { return out.ignored(1) };
        if *first == b'#' {
            if line.terminated {
                self.header.read(bytes);
            }
            return out.ignored(1);
        }
        if let Some(format) = &mut self.format {
            return match format.read(bytes) {
                Ok(found) => self.scratch.emit(place.span, place.provisional, &found, out),
                Err(why) => place.refuse(&why, out),
            };
        }
        let mut found = Request::default();
        if !self.header.is_active() && clf::classic(bytes, &mut found) {
            return self.scratch.emit(place.span, place.provisional, &found, out);
        }
        self.any(bytes, &place, out)
    }

    /// A line that may be of any kind.
    fn any(&mut self, bytes: &[u8], place: &Place<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let by_columns = self.header.is_active().then(|| self.header.split(bytes));
        if let Some(Ok(values)) = &by_columns {
            return match self.header.request(values) {
                Ok(found) => self.scratch.emit(place.span, place.provisional, &found, out),
                Err(why) => place.refuse(&why, out),
            };
        }
        match self.outer(bytes, place, out)? {
            None => Ok(()),
            // Among rows, a line that is neither a row nor another request is a malformed row.
            Some(why) => match by_columns {
                Some(Err(why)) => place.refuse(&why, out),
                _ => place.refuse(&why, out),
            },
        }
    }

    /// A line with the text around it; why it is rejected, if it is.
    fn outer(
        &mut self,
        bytes: &[u8],
        place: &Place<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Option<Refusal>, Stop> {
        let outer = wrap::unwrap(bytes);
        if outer.partial {
            return Ok(refuse::<()>(
                RejectCode::Malformed,
                "part of a line that a container's runtime has cut",
            )
            .err());
        }
        let json = match outer.line.first() {
            Some(b'{') => match json::read(outer.line) {
                Ok(json) => json,
                Err(why) => return Ok(Some(why)),
            },
            _ => return self.inner(outer.line, &outer, None, place, out),
        };
        match &json {
            Json::Request(found) => self.emit(found.request(), &outer, None, place, out),
            Json::Wrapped { line, stream } => {
                let line = line.trim_ascii();
                match line.first() {
                    Some(b'{') => match json::read(line) {
                        Ok(Json::Request(found)) => {
                            self.emit(found.request(), &outer, Some(stream), place, out)
                        }
                        Ok(Json::Wrapped { .. }) => Ok(refuse::<()>(
                            RejectCode::Malformed,
                            "a container's line in a container's line",
                        )
                        .err()),
                        Err(why) => Ok(Some(why)),
                    },
                    _ => self.inner(line, &outer, Some(stream), place, out),
                }
            }
        }
    }

    /// A line of words.
    fn inner(
        &mut self,
        line: &[u8],
        outer: &wrap::Unwrapped<'_>,
        stream: Option<&[u8]>,
        place: &Place<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Option<Refusal>, Stop> {
        self.emit(clf::split(line), outer, stream, place, out)
    }

    fn emit<'f>(
        &mut self,
        found: Result<Request<'f>, Refusal>,
        outer: &wrap::Unwrapped<'f>,
        stream: Option<&'f [u8]>,
        place: &Place<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Option<Refusal>, Stop> {
        let mut found = match found {
            Ok(found) => found,
            Err(why) => return Ok(Some(why)),
        };
        if found.host.is_empty() {
            found.host = outer.host;
        }
        found.add("stream", stream.unwrap_or_default());
        found.more.extend(
            outer
                .more
                .iter()
                .filter(|a| found.more.iter().all(|f| f.key != a.key))
                .copied()
                .collect::<Vec<_>>(),
        );
        self.scratch.emit(place.span, place.provisional, &found, out).map(|()| None)
    }
}

impl Place<'_> {
    fn refuse(&self, why: &Refusal, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.reject(why.code, &why.reason, out)
    }

    fn reject(&self, code: RejectCode, reason: &str, out: &mut dyn EventSink) -> Result<(), Stop> {
        out.reject(&Reject { span: self.span, code, reason, provisional: self.provisional })
    }
}
