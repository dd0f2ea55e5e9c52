/* dpkg.log: what dpkg did to which package, one line each. A worked example of a workhours plugin in C:
 * copy it, then change MANIFEST, SHAPES and read_record(). It needs nothing but the header; `make` builds it.
 */
#include "workhours_plugin.h"
#include <string.h>

enum { MAX_LINE = 64 * 1024, SHOWN = 4096 /* bytes kept of a line that is longer */ };

static const char MANIFEST[] = WH_JSON({
  "name": "dpkg.log",
  "summary": "What dpkg installed, upgraded, configured and removed",
  "details": "Lines `YYYY-MM-DD HH:MM:SS message`, local time. Its first word decides the kind.",
  "authority": "dpkg(1), option --log: https://man7.org/linux/man-pages/man1/dpkg.1.html",
  "activity": "mixed",
  "growth": "append",
  "kinds": ["package.install", "package.upgrade", "package.configure", "package.trigproc",
            "package.disappear", "package.remove", "package.purge",
            "package.status", "package.conffile", "package.startup"],
  "locations": [{"os": "linux", "glob": "/var/log/dpkg.log*"}],
  "abi": "1.0",
  "sample": {"text": "2024-05-01 12:00:00 install hello:amd64 <none> 2.10-3\nno date\n",
             "events": 1, "rejects": 1}
});

/* The messages: first word, kind of the event, and what the words that follow mean. */
#define ACTION(word) { word, "package." word, { "package", "installed_version", "available_version" } }
static const struct shape { const char *word, *kind, *keys[3]; } SHAPES[] = {
  ACTION("install"), ACTION("upgrade"), ACTION("configure"), ACTION("trigproc"), ACTION("disappear"),
  ACTION("remove"), ACTION("purge"),
  { "status",   "package.status",   { "state", "package", "version" } },
  { "conffile", "package.conffile", { "path", "decision", NULL } }, /* a path may hold spaces */
  { "startup",  "package.startup",  { "objects", "command", NULL } },
};

/* ---- lines ------------------------------------------------------------------------------------------- */

struct lines {             /* a reader; begin with in, offset and number set and the rest zero */
  const wh_input *in;
  uint64_t offset, number; /* bytes and lines before the next line */
  size_t begin, end;       /* what is read but not used: buf[begin..end] */
  int at_end;
  char buf[MAX_LINE + 1];
};

struct line { wh_str text; uint64_t offset, number; int terminated, too_long; };

/* Reads on behind buf[end]. 0, or the status the host gave. */
static wh_status fill(struct lines *r) {
  int64_t n = r->in->read(r->in->ctx, r->buf + r->end, sizeof r->buf - r->end);
  if (n < 0) return (wh_status)n;
  r->at_end = n == 0;
  r->end += (size_t)n;
  return WH_OK;
}

/* The next line, lent until the next call; a text of NULL at the end. */
static wh_status next_line(struct lines *r, struct line *line) {
  char *stop;
  size_t seen = r->begin; /* no line end before it */
  uint64_t skipped = 0;
  memset(line, 0, sizeof *line);
  while (!(stop = memchr(r->buf + seen, '\n', r->end - seen)) && !r->at_end) {
    if (r->begin > 0) memmove(r->buf, r->buf + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    if (r->end == sizeof r->buf) { /* too long: only its beginning stays */
      line->too_long = 1;
      skipped += r->end - SHOWN;
      r->end = SHOWN;
    }
    seen = r->end;
    wh_status status = fill(r);
    if (status != WH_OK) return status;
  }
  if (!stop && r->begin == r->end) return WH_OK;
  size_t len = (size_t)((stop ? stop : r->buf + r->end) - (r->buf + r->begin));
  line->text.ptr = r->buf + r->begin;
  line->text.len = line->too_long && len > SHOWN ? SHOWN : len;
  line->offset = r->offset;
  line->number = ++r->number;
  line->terminated = stop != NULL;
  r->offset += skipped + len + (stop != NULL);
  r->begin += len + (stop != NULL);
  if (stop && line->text.len > 0 && line->text.ptr[line->text.len - 1] == '\r') line->text.len--;
  return WH_OK;
}

/* ---- records ----------------------------------------------------------------------------------------- */

/* Reads the time a text begins with, laid out as "YYYY-MM-DD HH:MM:SS": 1. Laid out otherwise: 0. No such
 * date or time of day: -1. */
static int read_time(const char *t, size_t len, wh_time *time, uint32_t *flags) {
  static const char LAYOUT[] = "0000-00-00 00:00:00";
  static const int BEFORE[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
  int n[6] = { 0 }, field = 0; /* year, month, day, hour, minute, second */
  if (len < sizeof LAYOUT - 1) return 0;
  for (size_t i = 0; i < sizeof LAYOUT - 1; i++) {
    if (LAYOUT[i] != '0') {
      if (t[i] != LAYOUT[i]) return 0;
      field++;
    } else {
      if (t[i] < '0' || t[i] > '9') return 0;
      n[field] = n[field] * 10 + (t[i] - '0');
    }
  }
  int y = n[0], m = n[1], leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  if (y < 1 || m < 1 || m > 12 || n[2] < 1 || n[2] > BEFORE[m] - BEFORE[m - 1] + (m == 2 && leap)) return -1;
  if (n[3] > 23 || n[4] > 59 || n[5] > 60) return -1;
  if (n[5] == 60) { n[5] = 59; *flags |= WH_LEAP_SECOND; }
  int64_t days = 365 * (int64_t)(y - 1) + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
  days += BEFORE[m - 1] + (m > 2 && leap) + n[2] - 1 - 719162; /* from year 1 to 1970 */
  time->sec = days * 86400 + n[3] * 3600 + n[4] * 60 + n[5];
  time->offset_min = WH_OFFSET_UNKNOWN;
  time->precision = WH_PREC_S;
  time->flags = WH_TIME_SET | WH_TIME_LOCAL; /* the host knows where the clock hung */
  return 1;
}

/* Splits off the last word of a text. */
static wh_str last_word(wh_str *text) {
  size_t at = text->len;
  while (at > 0 && text->ptr[at - 1] != ' ') at--;
  wh_str word = { text->ptr + at, text->len - at };
  text->len = at > 0 ? at - 1 : 0;
  return word;
}

static wh_status reject(const struct line *line, const wh_sink *out, uint32_t code, const char *reason) {
  wh_reject no = { .size = sizeof no, .code = code, .flags = line->terminated ? 0 : WH_PROVISIONAL,
                   .offset = line->offset, .line = line->number, .raw = line->text,
                   .reason = { reason, strlen(reason) } };
  return out->reject(out->ctx, &no);
}

/* One line that is not blank: pushes an event, or says why it is none. */
static wh_status read_record(const struct line *line, const wh_sink *out) {
  wh_event event = { .size = sizeof event, .flags = line->terminated ? 0 : WH_PROVISIONAL,
                     .offset = line->offset, .line = line->number, .raw = line->text };
  wh_attr attrs[3];
  wh_str rest = line->text;
  const struct shape *shape = NULL;

  if (line->too_long) return reject(line, out, WH_R_TOO_LONG, "the line is longer than 64 KiB");
  int dated = read_time(rest.ptr, rest.len, &event.start, &event.flags);
  if (dated < 0) return reject(line, out, WH_R_BAD_TIME, "there is no such date or time of day");
  if (dated == 0 || rest.len < 21 || rest.ptr[19] != ' ')
    return reject(line, out, WH_R_MALFORMED, "expected YYYY-MM-DD HH:MM:SS, a space and a message");
  event.text = rest = (wh_str){ rest.ptr + 20, rest.len - 20 };
  for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES && !shape; i++) {
    size_t len = strlen(SHAPES[i].word);
    if (rest.len > len && rest.ptr[len] == ' ' && memcmp(rest.ptr, SHAPES[i].word, len) == 0) {
      shape = &SHAPES[i];
      rest = (wh_str){ rest.ptr + len + 1, rest.len - len - 1 };
    }
  }
  if (!shape) return reject(line, out, WH_R_MALFORMED, "the message does not begin as one of dpkg does");
  /* From the end, so that only the first word can hold spaces. */
  for (int i = shape->keys[2] ? 2 : 1; i >= 0; i--) {
    wh_str word = i > 0 ? last_word(&rest) : rest;
    int spaced = word.len > 0 && memchr(word.ptr, ' ', word.len) && strcmp(shape->word, "conffile") != 0;
    if (word.len == 0 || spaced)
      return reject(line, out, WH_R_MALFORMED, "the message has too many or too few words");
    attrs[i] = (wh_attr){ .key = { shape->keys[i], strlen(shape->keys[i]) }, .kind = WH_ATTR_STR };
    if (word.len != 6 || memcmp(word.ptr, "<none>", 6) != 0) attrs[i].value.s = word;
  }
  for (int i = 0; i < 3 && shape->keys[i]; i++) /* leaves out what is absent */
    if (attrs[i].value.s.len > 0) attrs[event.n_attrs++] = attrs[i];
  event.attrs = attrs;
  event.kind = (wh_str){ shape->kind, strlen(shape->kind) };
  return out->emit(out->ctx, &event);
}

/* Every call into the host may answer other than WH_OK: hand that back at once. */
static wh_status parse(const wh_host *host, const wh_input *in, const wh_sink *out) {
  struct lines lines;
  struct line line;
  (void)host;
  lines.in = in;
  lines.offset = in->start_offset;
  lines.number = in->start_lines;
  lines.begin = lines.end = 0;
  lines.at_end = 0;
  for (;;) {
    wh_status status = next_line(&lines, &line);
    if (status != WH_OK || !line.text.ptr) return status;
    status = line.text.len == 0 ? out->ignored(out->ctx, 1) : read_record(&line, out);
    if (status != WH_OK) return status;
    /* An unfinished last line may grow: no checkpoint, so that the next run reads it again. */
    if (line.terminated) status = out->checkpoint(out->ctx, lines.offset, lines.number, (wh_str){ NULL, 0 });
    if (status != WH_OK) return status;
  }
}

/* ---- what the library says of itself ------------------------------------------------------------------ */

static const wh_source SOURCE = { .size = sizeof SOURCE, .manifest = WH_LIT(MANIFEST), .parse = parse };
static const wh_source *const SOURCES[] = { &SOURCE };
static const wh_plugin PLUGIN = {
  .magic = WH_MAGIC, .size = sizeof PLUGIN, .abi_major = WH_ABI_MAJOR, .abi_minor = WH_ABI_MINOR,
  .sdk = WH_LIT("C, workhours_plugin.h"), .sources = SOURCES, .n_sources = 1,
};

WH_EXPORT const wh_plugin *workhours_plugin_v1(void) { return &PLUGIN; }
