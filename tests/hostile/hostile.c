/* A plugin that does, with -DCASE=N, one of the things a plugin must not do. Without it: reads lines, honestly.
 *
 * Every case first emits what it can, so that something would be half loaded if anything could be. */
#define _GNU_SOURCE
#include "workhours_plugin.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  HONEST, SEGV_CONSTRUCTOR, SEGV_PARSE, NULL_CALL, STACK_OVERFLOW, ABORTS, ENDLESS, ENDLESS_EVENTS, EXIT_0, EXIT_0_RAW,
  ALLOCATE_10_GB, ALLOCATE_PIECEMEAL, FORK_BOMB, FORK_CONSTRUCTOR, OPEN_PASSWD, OPEN_PASSWD_CONSTRUCTOR, OPEN_SOCKET,
  EXEC_SHELL, KILL_PARENT, PRINTS, PRINTS_MUCH, TORN_FRAME, LYING_FRAME, LYING_END, BAD_KIND, HUGE_TEXT, FAR_FUTURE,
  BAD_NANOSECONDS, AFTER_STOP, UNDECLARED_KIND, BEYOND_INPUT, SMALL_EVENT, NO_POINTER, MANY_REJECTS, HANDLES_SIGNALS,
  UNKNOWN_STATUS, EXECUTABLE_MEMORY, BAD_TEXT, CLOSES_ALL, STOPS_ITSELF
};
#ifndef CASE
#define CASE HONEST
#endif
#ifndef NAME
#define NAME "hostile"
#endif

static const char MANIFEST[] =
  "{\"name\": \"" NAME "\", \"summary\": \"Lines, and what must not be done\", \"kinds\": [\"test.line\"],"
  " \"growth\": \"append\", \"authority\": \"none\", \"details\": \"For tests.\"}";

static volatile char *volatile nowhere;
static volatile int depth;

__attribute__((unused)) static int overflow(int n) {
  volatile char frame[4096];
  frame[0] = (char)n;
  depth = n;
  return overflow(n + 1) + frame[0];
}

__attribute__((constructor)) static void constructor(void) {
  if (CASE == SEGV_CONSTRUCTOR) *nowhere = 1;
  if (CASE == FORK_CONSTRUCTOR) (void)!fork();
  if (CASE == OPEN_PASSWD_CONSTRUCTOR && open("/etc/passwd", O_RDONLY) >= 0) _exit(77);
}

static wh_str str(const char *s) {
  wh_str out = { s, strlen(s) };
  return out;
}

static wh_event line_event(const char *raw, size_t len, uint64_t offset, uint64_t line) {
  wh_event e;
  memset(&e, 0, sizeof e);
  e.size = sizeof e;
  e.start.sec = 1700000000 + (int64_t)line;
  e.start.offset_min = WH_OFFSET_UNKNOWN;
  e.start.precision = WH_PREC_S;
  e.start.flags = WH_TIME_SET;
  e.offset = offset;
  e.line = line;
  e.raw.ptr = raw;
  e.raw.len = len;
  e.text = e.raw;
  e.kind = str("test.line");
  return e;
}

/* Bytes that look like a frame on every descriptor the worker may have, where writing is possible. */
static void write_everywhere(const void *bytes, size_t len) {
  int fd;
  for (fd = 1; fd < 64; fd++) (void)!write(fd, bytes, len);
}

static wh_status misbehave(const wh_sink *out, wh_event *e) {
  static char big[1 << 16];
  int i;
  switch (CASE) {
  case SEGV_PARSE: *nowhere = 1; break;
  case NULL_CALL: ((void (*)(void))(uintptr_t)depth)(); break;
  case STACK_OVERFLOW: return overflow(0);
  case ABORTS: abort();
  case ENDLESS: for (;;) depth++;
  case ENDLESS_EVENTS: for (;;) if (out->emit(out->ctx, e) != WH_OK) return WH_STOP;
  case EXIT_0: exit(0);
  case EXIT_0_RAW: _exit(0);
  case ALLOCATE_10_GB: { char *p = malloc((size_t)10 << 30); memset(p, 1, (size_t)10 << 30); break; }
  case ALLOCATE_PIECEMEAL: for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); }
  case FORK_BOMB: for (;;) (void)!fork();
  case OPEN_PASSWD: (void)!open("/etc/passwd", O_RDONLY); break;
  case OPEN_SOCKET: (void)!socket(AF_INET, SOCK_STREAM, 0); break;
  case EXEC_SHELL: execl("/bin/sh", "sh", "-c", "true", (char *)0); break;
  case KILL_PARENT: kill(getppid(), SIGKILL); break;
  case PRINTS: printf("debugging\n"); fflush(stdout); break;
  case PRINTS_MUCH: memset(big, 'x', sizeof big); for (i = 0; i < 64; i++) (void)!write(1, big, sizeof big); break;
  case TORN_FRAME: write_everywhere("\x01\xff\xff\x00\x00torn", 9); _exit(0);
  case LYING_FRAME: write_everywhere("\x02\xff\xff\xff\xff", 5); break;
  case LYING_END: memset(big, 3, 64); write_everywhere(big, 64); _exit(0);
  case BAD_KIND: e->kind = str("\xff\xfe"); break;
  case HUGE_TEXT: e->text.len = (size_t)64 << 20; e->text.ptr = calloc(e->text.len, 1); break;
  case FAR_FUTURE: e->start.sec = INT64_MAX; break;
  case BAD_NANOSECONDS: e->start.nsec = 2000000000u; break;
  case UNDECLARED_KIND: e->kind = str("other.kind"); break;
  case BEYOND_INPUT: e->offset = 1 << 30; break;
  case SMALL_EVENT: e->size = 40; break;
  case NO_POINTER: e->title.ptr = NULL; e->title.len = 10; break;
  case BAD_TEXT: e->text = str("not \xff text"); break;
  case AFTER_STOP: e->kind = str("\xff"); for (i = 0; i < 1000; i++) out->emit(out->ctx, e); return WH_OK;
  case MANY_REJECTS: {
    wh_reject r;
    memset(&r, 0, sizeof r);
    r.size = sizeof r; r.code = WH_R_MALFORMED; r.reason = str("no"); r.raw = e->raw;
    for (;;) if (out->reject(out->ctx, &r) != WH_OK) return WH_STOP;
  }
  case HANDLES_SIGNALS: signal(SIGSYS, SIG_IGN); signal(SIGSEGV, SIG_IGN); break;
  case EXECUTABLE_MEMORY: mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
  case CLOSES_ALL: for (i = 0; i < 64; i++) close(i); break;
  case UNKNOWN_STATUS: return -12345;
  case STOPS_ITSELF: return WH_STOP;
  default: break;
  }
  return out->emit(out->ctx, e);
}

static wh_status parse(const wh_host *host, const wh_input *in, const wh_sink *out) {
  static char buf[1 << 20];
  uint64_t offset = in->start_offset, line = in->start_lines;
  size_t have = 0, at;
  (void)host;
  for (;;) {
    char *end;
    int64_t n = in->read(in->ctx, buf + have, sizeof buf - have);
    if (n < 0) return (wh_status)n;
    if (n == 0) break;
    have += (size_t)n;
    for (at = 0; (end = memchr(buf + at, '\n', have - at)) != NULL;) {
      size_t len = (size_t)(end - buf) - at;
      wh_event e = line_event(buf + at, len, offset, ++line);
      wh_status s = line == 3 ? misbehave(out, &e) : out->emit(out->ctx, &e);
      wh_str none = { 0, 0 };
      if (s != WH_OK) return s;
      offset += len + 1;
      s = out->checkpoint(out->ctx, offset, line, none);
      if (s != WH_OK) return s;
      at += len + 1;
    }
    have -= at;
    memmove(buf, buf + at, have);
  }
  return WH_OK;
}

WH_EXPORT const wh_plugin *workhours_plugin_v1(void) {
  static const wh_source source = { sizeof source, 0, WH_LIT(MANIFEST), parse };
  static const wh_source *const sources[] = { &source };
  static const wh_plugin plugin = {
    WH_MAGIC, sizeof plugin, WH_ABI_MAJOR, WH_ABI_MINOR, WH_LIT("tests"), sources, 1
  };
  return &plugin;
}
