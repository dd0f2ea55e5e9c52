/* Three sources that read lines in the three ways there are: as a stream, whole, and from a path. What a line
 * says, the plugin does; all other lines are events. */
#include "workhours_plugin.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST(name, growth, input, rest) \
  "{\"name\": \"" name "\", \"summary\": \"Lines\", \"kinds\": [\"test.line\"], \"growth\": \"" growth "\"," \
  " \"input\": \"" input "\"" rest "}"

static int loaded;

__attribute__((constructor)) static void constructor(void) { loaded++; }

/* Not run in a worker, which has no environment: it owes a plugin no farewell. */
__attribute__((destructor)) static void destructor(void) {
  if (!getenv("HOME")) abort();
}

static wh_str str(const char *s) {
  wh_str out = { s, strlen(s) };
  return out;
}

static wh_status push(const wh_host *host, const wh_input *in, const wh_sink *out, wh_str line, uint64_t offset,
                      uint64_t number) {
  char text[256] = "";
  wh_str option;
  wh_event e;
  wh_status s = in->option(in->ctx, str("word"), &option);
  if (s != WH_OK) return s;
  memset(&e, 0, sizeof e);
  e.size = sizeof e;
  e.offset = offset;
  e.line = number;
  e.raw = line;
  e.text = line;
  e.kind = str("test.line");
#define EQUAL(text, word) (text.len == sizeof(word) - 1 && memcmp(text.ptr, word, text.len) == 0)
#define IS(word) (EQUAL(line, word) && !EQUAL(option, "fixed"))
  if (IS("fail")) {
    host->set_error(host->ctx, str("it\n\x1b[31mfailed"));
    fprintf(stderr, "about to\nfail\x07\n");
    return WH_E_INTERNAL;
  }
  if (IS("limit")) return WH_E_LIMIT;
  if (IS("io")) return WH_E_IO;
  if (IS("print")) printf("no newline");
  if (IS("spin")) for (;;) if (out->progress(out->ctx, offset) != WH_OK) return WH_STOP;
  if (IS("option")) e.text = option.ptr ? option : str("none");
  if (IS("peek")) {
    int fd;
    for (fd = 9; fd < 12; fd++)
      if (read(fd, text, sizeof text - 1) > 0 && strstr(text, "secret")) e.text = str(text);
  }
  if (IS("loaded")) {
    snprintf(text, sizeof text, "loaded %d times, from %p", loaded, (void *)&loaded);
    e.text = str(text);
  }
  return out->emit(out->ctx, &e);
}

static wh_status lines(const wh_host *host, const wh_input *in, const wh_sink *out, const char *bytes, size_t len) {
  size_t at = 0;
  uint64_t number = 0;
  while (at < len) {
    const char *end = memchr(bytes + at, '\n', len - at);
    wh_str line = { bytes + at, end ? (size_t)(end - bytes) - at : len - at };
    wh_status s = push(host, in, out, line, at, ++number);
    if (s != WH_OK) return s;
    at += line.len + 1;
  }
  return WH_OK;
}

static wh_status parse_stream(const wh_host *host, const wh_input *in, const wh_sink *out) {
  static char buf[1 << 16];
  uint64_t offset = in->start_offset, number = in->start_lines;
  size_t have = 0, at;
  for (;;) {
    char *end;
    int64_t n = in->read(in->ctx, buf + have, sizeof buf - have);
    if (n < 0) return (wh_status)n;
    if (n == 0) return WH_OK;
    have += (size_t)n;
    for (at = 0; (end = memchr(buf + at, '\n', have - at)) != NULL;) {
      wh_str line = { buf + at, (size_t)(end - buf) - at }, none = { 0, 0 };
      wh_status s = push(host, in, out, line, offset, ++number);
      if (s != WH_OK) return s;
      offset += line.len + 1;
      s = out->checkpoint(out->ctx, offset, number, none);
      if (s != WH_OK) return s;
      at += line.len + 1;
    }
    have -= at;
    memmove(buf, buf + at, have);
  }
}

static wh_status parse_whole(const wh_host *host, const wh_input *in, const wh_sink *out) {
  wh_str all;
  wh_status s = in->map(in->ctx, &all);
  return s != WH_OK ? s : lines(host, in, out, all.ptr, all.len);
}

static wh_status parse_path(const wh_host *host, const wh_input *in, const wh_sink *out) {
  static char buf[1 << 16];
  ssize_t n;
  int fd;
  wh_str path;
  wh_status s = in->path(in->ctx, &path);
  if (s != WH_OK) return s;
  if (path.ptr[path.len] != 0 || (fd = open(path.ptr, O_RDONLY)) < 0) return WH_E_IO;
  n = read(fd, buf, sizeof buf);
  close(fd);
  if (n < 0 || in->read(in->ctx, buf + n, 1) != 0) return WH_E_INTERNAL;
  return lines(host, in, out, buf, (size_t)n);
}

WH_EXPORT const wh_plugin *workhours_plugin_v1(void) {
#define OPTION ", \"options\": [{\"name\": \"word\", \"help\": \"A word\"}]"
  static const wh_source stream = { sizeof stream, 0, WH_LIT(MANIFEST("toy.stream", "append", "read", OPTION)), parse_stream };
  static const wh_source whole = { sizeof whole, 0, WH_LIT(MANIFEST("toy.whole", "mutable", "map", OPTION)), parse_whole };
  static const wh_source path = { sizeof path, 0, WH_LIT(MANIFEST("toy.path", "mutable", "path", OPTION)), parse_path };
  static const wh_source *const sources[] = { &stream, &whole, &path };
  static const wh_plugin plugin = {
    WH_MAGIC, sizeof plugin, WH_ABI_MAJOR, WH_ABI_MINOR, WH_LIT("tests"), sources, 3
  };
  return &plugin;
}
