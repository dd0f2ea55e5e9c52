/* workhours plugin ABI 1.1. C99 and C++11; needs no C library.
 *
 * A plugin is a dynamic library that exports one function, workhours_plugin_v1, and reads one or more kinds
 * of input ("sources"). For each it gives a manifest (JSON, see docs/plugins/abi.md) and a function that reads
 * an input and pushes what it finds.
 *
 * Rules: what is behind a pointer is borrowed until the call returns, and copied by whoever wants to keep it.
 * A call into the host that returns other than WH_OK means: return that value from parse() now. Callbacks are
 * called on parse()'s own thread only. No exception leaves parse(). Versions: frozen types never change;
 * growable structs start with their size, and new fields come only at their end.
 */
#ifndef WORKHOURS_PLUGIN_H
#define WORKHOURS_PLUGIN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#ifdef _WIN32
#  define WH_EXPORT __declspec(dllexport)
#else
#  define WH_EXPORT __attribute__((visibility("default")))
#endif

#define WH_MAGIC     UINT64_C(0x0a3147554c504857) /* "WHPLUG1\n", little-endian */
#define WH_ABI_MAJOR 1
#define WH_ABI_MINOR 1

/* Does struct *p of type T, maybe written by an older side, reach field f? */
#define WH_HAS(T, p, f) ((p)->size >= offsetof(T, f) + sizeof((p)->f))
/* Writes JSON in C without escaping: WH_JSON({"name": "my.log"}) is a string literal. */
#define WH_JSON(...) #__VA_ARGS__
/* A wh_str of a string literal, as an initializer. */
#define WH_LIT(s) { (s), sizeof(s) - 1 }

/* ---- frozen types ---------------------------------------------------------------------------------- */

/* Bytes; len 0 means absent. Text should be UTF-8: what is not, the host replaces and flags. */
typedef struct wh_str { const char *ptr; size_t len; } wh_str;

typedef struct wh_time {
  int64_t  sec;        /* Unix seconds, negative before 1970; a wall clock with WH_TIME_LOCAL */
  uint32_t nsec;       /* 0 to 999999999 */
  int16_t  offset_min; /* minutes east of UTC as written in the source, or WH_OFFSET_UNKNOWN */
  uint8_t  precision;  /* WH_PREC_*: the finest unit the source stored */
  uint8_t  flags;      /* WH_TIME_*; 0 means there is no time */
} wh_time;
#define WH_OFFSET_UNKNOWN INT16_MIN
enum { WH_TIME_SET = 1, WH_TIME_LOCAL = 2 /* wall clock: the host applies the input's zone */ };
enum { WH_PREC_NS, WH_PREC_US, WH_PREC_MS, WH_PREC_S, WH_PREC_MIN, WH_PREC_DAY };

typedef struct wh_attr { /* one fact more than the fixed fields hold */
  wh_str   key;        /* snake_case with its unit: "size_bytes"; UTF-8 */
  uint32_t kind;       /* WH_ATTR_*; the host drops what it does not know */
  uint32_t reserved;
  union { int64_t i; double f; wh_str s; } value; /* a WH_ATTR_BOOL is i, 0 or 1 */
} wh_attr;
enum { WH_ATTR_STR = 1, WH_ATTR_INT, WH_ATTR_FLOAT, WH_ATTR_BOOL };

typedef int32_t wh_status; /* an unknown negative value means WH_E_INTERNAL */
enum {
  WH_OK            = 0,
  WH_STOP          = 1,  /* from the host: return it at once */
  WH_E_UNSUPPORTED = -1, /* the input is not of this format at all */
  WH_E_CORRUPT     = -2, /* it is, but damaged beyond reading on */
  WH_E_IO          = -3, /* the host could not deliver the bytes */
  WH_E_CONFIG      = -4, /* an option is wrong */
  WH_E_LIMIT       = -5, /* over a stated limit */
  WH_E_NOMEM       = -6,
  WH_E_INTERNAL    = -7  /* a defect of the plugin */
};

/* ---- growable structs: set size to sizeof ----------------------------------------------------------- */

/* wh_event.flags and wh_reject.flags */
enum {
  WH_PROVISIONAL    = 1,  /* last record of the input, its end may still be missing */
  WH_LEAP_SECOND    = 2,  /* second 60, counted as 59 */
  WH_INFERRED_YEAR  = 4,  /* the source stores no year */
  WH_MALFORMED_TAIL = 8,  /* cut or malformed at its end; what was readable is here */
  WH_BAD_NUMBER     = 16, /* a number made no sense and was left out */
  WH_BAD_TIME       = 32, /* a date was there but could not be read */
  WH_UNKNOWN_ZONE   = 64, /* 1.1: a zone that nobody knows; the wall clock is read in the input's */
  WH_UNPLACED       = 128, /* 1.1: part of the record is in no field: its meaning is not known */
  WH_GUESSED_ENCODING = 256 /* 1.1: no declared encoding and not UTF-8; read as windows-1252 */
};

typedef struct wh_event {
  uint32_t size, flags;
  wh_time  start, end;   /* flags 0: undated, or without an end */
  uint64_t offset;       /* of the first raw byte in the input, or a row id */
  uint64_t line;         /* of that byte, from 1; 0 where there are no lines */
  wh_str   raw;          /* the record as it stands in the input, without its line end; makes its identity */
  wh_str   kind;         /* "web.visit": one of the manifest's kinds */
  wh_str   key;          /* the record's own stable id; empty: the host takes raw */
  wh_str   url, referrer;
  wh_str   title, text;  /* one line that names it; its content */
  wh_str   host, user, agent; /* as the record itself names them */
  const wh_str  *tags;  size_t n_tags;
  const wh_attr *attrs; size_t n_attrs;
  /* since 1.1 */
  wh_str   peer;         /* the other end: the client of a request; host is the machine where it happened */
  wh_str   key_host, key_user; /* stand for host and user in the identity of a record with a key; empty: those */
  wh_str   series;       /* it is an instance of this; a later version of the document replaces them all */
  int64_t  revision;     /* of the series: a lower one never replaces a higher one */
} wh_event;

/* wh_reject.code */
enum { WH_R_MALFORMED = 1, WH_R_SKIPPED, WH_R_BAD_TIME, WH_R_BAD_TEXT, WH_R_TRUNCATED, WH_R_TOO_LONG };

typedef struct wh_reject {
  uint32_t size, flags;
  uint32_t code, reserved;
  uint64_t offset, line; /* as in wh_event */
  wh_str   raw;          /* maybe just its beginning */
  wh_str   reason;       /* what was expected and what stood there; UTF-8 */
} wh_reject;

typedef struct wh_host { /* lives until parse() returns */
  uint32_t size; uint16_t abi_major, abi_minor;
  void *ctx;
  void (*set_error)(void *ctx, wh_str message); /* detail of the error parse() returns next */
} wh_host;

typedef struct wh_input { /* lives until parse() returns */
  uint32_t size, reserved;
  void    *ctx;
  wh_str   name;          /* for messages; not to be opened */
  uint64_t bytes;         /* decompressed size; UINT64_MAX: not known */
  int64_t  reference_sec; /* the moment yearless dates are counted back from */
  uint64_t start_offset, start_lines; /* where read() starts: bytes and lines before it */
  wh_str   state;         /* what checkpoint() was given there */
  int64_t   (*read)(void *ctx, void *buf, size_t cap); /* bytes read; 0 at the end; negative: a wh_status */
  wh_status (*map)(void *ctx, wh_str *out);  /* the whole input; instead of read() */
  wh_status (*path)(void *ctx, wh_str *out); /* a private copy; the manifest says "input": "path" */
  wh_status (*option)(void *ctx, wh_str name, wh_str *out); /* ptr NULL: not given */
  /* since 1.1 */
  int64_t  horizon_sec;   /* up to where what has no end is written out */
} wh_input;

typedef struct wh_sink { /* lives until parse() returns */
  uint32_t size, reserved;
  void *ctx;
  wh_status (*emit)(void *ctx, const wh_event *event);
  wh_status (*reject)(void *ctx, const wh_reject *reject);
  wh_status (*ignored)(void *ctx, uint64_t n); /* lines that are no records */
  wh_status (*checkpoint)(void *ctx, uint64_t offset, uint64_t lines, wh_str state); /* reading may resume here */
  wh_status (*progress)(void *ctx, uint64_t done); /* a sign of life, in bytes */
} wh_sink;

typedef struct wh_source {
  uint32_t size, reserved;
  wh_str   manifest;
  wh_status (*parse)(const wh_host *host, const wh_input *in, const wh_sink *out);
} wh_source;

typedef struct wh_plugin {
  uint64_t magic; uint32_t size; uint16_t abi_major, abi_minor; /* as compiled */
  wh_str   sdk;              /* what it was made with, for people */
  const wh_source *const *sources; /* pointers, so that wh_source may grow */
  size_t   n_sources;
} wh_plugin;

/* The only export. Pure: from any thread, any number of times, the same static result. */
WH_EXPORT const wh_plugin *workhours_plugin_v1(void);

#ifdef __cplusplus
}
#endif
#endif
