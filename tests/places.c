/* A plugin whose inputs lie at PLACES, a JSON list: every line that begins with PREFIX is a record. */
#include "workhours_plugin.h"
#include <string.h>

static const char MANIFEST[] =
  "{\"name\": \"" NAME "\", \"summary\": \"Lines that begin alike\", \"kinds\": [\"test.line\"], \"growth\": \"append\","
  " \"authority\": \"none\", \"details\": \"For tests.\", \"companions\": [\"-side\"], \"locations\": " PLACES "}";

static wh_str str(const char *s, size_t len) {
  wh_str out = { s, len };
  return out;
}

static wh_status line(const wh_sink *out, const char *raw, size_t len, uint64_t offset, uint64_t number) {
  if (len < strlen(PREFIX) || memcmp(raw, PREFIX, strlen(PREFIX)) != 0) {
    wh_reject r;
    memset(&r, 0, sizeof r);
    r.size = sizeof r;
    r.code = WH_R_MALFORMED;
    r.offset = offset;
    r.line = number;
    r.raw = str(raw, len);
    r.reason = str("it begins otherwise", 19);
    return out->reject(out->ctx, &r);
  } else {
    wh_event e;
    memset(&e, 0, sizeof e);
    e.size = sizeof e;
    e.start.sec = 1700000000 + (int64_t)number;
    e.start.offset_min = WH_OFFSET_UNKNOWN;
    e.start.precision = WH_PREC_S;
    e.start.flags = WH_TIME_SET;
    e.offset = offset;
    e.line = number;
    e.raw = str(raw, len);
    e.text = e.raw;
    e.kind = str("test.line", 9);
    return out->emit(out->ctx, &e);
  }
}

static wh_status parse(const wh_host *host, const wh_input *in, const wh_sink *out) {
  static char buf[1 << 16];
  uint64_t offset = in->start_offset, number = in->start_lines;
  size_t have = 0, at;
  wh_str none = { 0, 0 };
  (void)host;
  for (;;) {
    char *end;
    int64_t n = in->read(in->ctx, buf + have, sizeof buf - have);
    if (n < 0) return (wh_status)n;
    if (n == 0) return WH_OK;
    have += (size_t)n;
    for (at = 0; (end = memchr(buf + at, '\n', have - at)) != NULL;) {
      size_t len = (size_t)(end - buf) - at;
      wh_status s = line(out, buf + at, len, offset, ++number);
      if (s == WH_OK) s = out->checkpoint(out->ctx, offset + len + 1, number, none);
      if (s != WH_OK) return s;
      offset += len + 1;
      at += len + 1;
    }
    have -= at;
    memmove(buf, buf + at, have);
  }
}

WH_EXPORT const wh_plugin *workhours_plugin_v1(void) {
  static const wh_source source = { sizeof source, 0, WH_LIT(MANIFEST), parse };
  static const wh_source *const sources[] = { &source };
  static const wh_plugin plugin = {
    WH_MAGIC, sizeof plugin, WH_ABI_MAJOR, WH_ABI_MINOR, WH_LIT("tests"), sources, 1
  };
  return &plugin;
}
