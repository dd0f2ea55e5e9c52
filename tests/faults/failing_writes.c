/* Makes the k-th change to a file fail, counts the changes, and writes them down: loaded into the program with LD_PRELOAD, so
 * that SQLite, the index and the filestore are treated alike.
 *
 * FAIL_AT    which change fails, with EIO
 * FULL_FROM  from which change on every write fails, with ENOSPC: the disk is full and stays so
 * FULL_ERRNO another number for that error
 * FAIL_COUNT names a file for the number of changes
 * WRITE_LOG  names a file for the changes themselves, in order: for each a line "kind path other offset length\n" with the
 *            paths in hexadecimal, and then as many bytes */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

static long changes;
/* Held from a change to its record, so that the log is in the order of the changes. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static long number_in(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : atol(text);
}

/* Whether this change is one to fail. What makes room is not refused by a full disk. */
static int fails(int needs_room)
{
    long number = __sync_add_and_fetch(&changes, 1), full_from = number_in("FULL_FROM");
    if (number_in("FAIL_AT") == number)
        errno = EIO;
    else if (full_from > 0 && number >= full_from && needs_room)
        errno = getenv("FULL_ERRNO") != NULL ? (int)number_in("FULL_ERRNO") : ENOSPC;
    else
        return 0;
    return 1;
}

/* Pipes, terminals and devices are no files. */
static int is_file(int fd)
{
    struct stat about;
    return fd > 2 && syscall(SYS_fstat, fd, &about) == 0 && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

__attribute__((destructor)) static void report(void)
{
    const char *name = getenv("FAIL_COUNT");
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", changes);
    int fd = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (fd >= 0 && syscall(SYS_write, fd, text, length) == length)
        syscall(SYS_close, fd);
}

/* ---- the log ---- */

static void hexadecimal(const char *path, char *out)
{
    char whole[4096];
    if (path[0] != '/' && path[0] != 0 && getcwd(whole, sizeof whole / 2) != NULL) {
        strcat(whole, "/");
        strncat(whole, path, sizeof whole / 2 - 1);
        path = whole;
    }
    *out = '-';
    out[1] = 0;
    for (; *path != 0; path++)
        out += sprintf(out, "%02x", (unsigned char)*path);
}

static void record(char kind, const char *path, const char *other, off_t at, const void *bytes, size_t length)
{
    static int log = -1;
    const char *name = getenv("WRITE_LOG");
    char paths[2][8200], line[17000];
    int n;
    if (name == NULL)
        return;
    if (log < 0)
        log = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    hexadecimal(path, paths[0]);
    hexadecimal(other, paths[1]);
    n = sprintf(line, "%c %s %s %lld %zu\n", kind, paths[0], paths[1], (long long)at, bytes == NULL ? 0 : length);
    if (syscall(SYS_write, log, line, n) != n || (bytes != NULL && syscall(SYS_write, log, bytes, length) != (long)length))
        abort();
}

static void record_fd(char kind, int fd, off_t at, const void *bytes, size_t length)
{
    char link[64], path[4096];
    ssize_t n;
    if (getenv("WRITE_LOG") == NULL)
        return;
    sprintf(link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n > 0) {
        path[n] = 0;
        record(kind, path, "", at, bytes, length);
    }
}

/* Where the next write of a file goes. */
static off_t place(int fd)
{
    struct stat about;
    if (fcntl(fd, F_GETFL) & O_APPEND)
        return syscall(SYS_fstat, fd, &about) == 0 ? about.st_size : 0;
    return lseek(fd, 0, SEEK_CUR);
}

/* ---- the changes ---- */

/* Defines a function that changes a file as one that may fail, and that is written down if it did not. */
#define CHANGE(type, name, parameters, arguments, counts, needs_room, before, recorded)                                \
    VISIBLE type name parameters                                                                                       \
    {                                                                                                                  \
        static type(*real) parameters;                                                                                 \
        type done = -1;                                                                                                \
        if (real == NULL)                                                                                              \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                 \
        if (!(counts))                                                                                                 \
            return real arguments;                                                                                     \
        pthread_mutex_lock(&one_at_a_time);                                                                            \
        before;                                                                                                        \
        if (!fails(needs_room))                                                                                        \
            done = real arguments;                                                                                     \
        if (done >= 0) {                                                                                               \
            int was = errno;                                                                                           \
            recorded;                                                                                                  \
            errno = was;                                                                                               \
        }                                                                                                              \
        pthread_mutex_unlock(&one_at_a_time);                                                                          \
        return done;                                                                                                   \
    }

CHANGE(ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n), is_file(fd), 1, off_t at = place(fd),
       record_fd('w', fd, at, bytes, (size_t)done))
CHANGE(ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at), is_file(fd), 1, ,
       record_fd('w', fd, at, bytes, (size_t)done))
CHANGE(ssize_t, pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at), is_file(fd), 1, ,
       record_fd('w', fd, at, bytes, (size_t)done))
CHANGE(int, fsync, (int fd), (fd), is_file(fd), 0, , record_fd('s', fd, 0, NULL, 0))
CHANGE(int, fdatasync, (int fd), (fd), is_file(fd), 0, , record_fd('s', fd, 0, NULL, 0))
CHANGE(int, ftruncate, (int fd, off_t size), (fd, size), is_file(fd), 0, , record_fd('t', fd, size, NULL, 0))
CHANGE(int, ftruncate64, (int fd, off64_t size), (fd, size), is_file(fd), 0, , record_fd('t', fd, size, NULL, 0))
CHANGE(int, rename, (const char *from, const char *to), (from, to), 1, 0, , record('r', from, to, 0, NULL, 0))
CHANGE(int, link, (const char *from, const char *to), (from, to), 1, 1, , record('l', from, to, 0, NULL, 0))
CHANGE(int, unlink, (const char *path), (path), 1, 0, , record('u', path, "", 0, NULL, 0))
CHANGE(int, rmdir, (const char *path), (path), 1, 0, , record('u', path, "", 0, NULL, 0))
CHANGE(int, mkdir, (const char *path, mode_t mode), (path, mode), 1, 1, , record('m', path, "", 0, NULL, 0))

/* The first buffer alone: whoever calls must go on after a short write anyway. */
VISIBLE ssize_t writev(int fd, const struct iovec *buffers, int n)
{
    int i = 0;
    while (i < n - 1 && buffers[i].iov_len == 0)
        i++;
    return n > 0 ? write(fd, buffers[i].iov_base, buffers[i].iov_len) : 0;
}

/* Copied by reading and writing, so that it is seen. */
VISIBLE ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t n, unsigned flags)
{
    (void)in, (void)in_at, (void)out, (void)out_at, (void)n, (void)flags;
    errno = ENOSYS;
    return -1;
}

VISIBLE ssize_t sendfile64(int out, int in, off64_t *at, size_t n)
{
    (void)out, (void)in, (void)at, (void)n;
    errno = ENOSYS;
    return -1;
}

/* unlinkat: names below a folder that is open. */
VISIBLE int unlinkat(int folder, const char *path, int flags)
{
    int done = -1;
    pthread_mutex_lock(&one_at_a_time);
    if (!fails(0))
        done = (int)syscall(SYS_unlinkat, folder, path, flags);
    if (done == 0) {
        char link[64], whole[8200] = "";
        ssize_t n = 0;
        if (path[0] != '/' && folder != AT_FDCWD) {
            sprintf(link, "/proc/self/fd/%d", folder);
            n = readlink(link, whole, 4096);
            whole[n > 0 ? n : 0] = 0;
            strcat(whole, "/");
        }
        strncat(whole, path, 4000);
        record('u', whole, "", 0, NULL, 0);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

/* Opening makes a file, or empties one. */
static int opened(int folder, const char *path, int flags, mode_t mode)
{
    int done = -1;
    if ((flags & (O_CREAT | O_TRUNC)) == 0 || (flags & O_TMPFILE) == O_TMPFILE || strncmp(path, "/dev/", 5) == 0)
        return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&one_at_a_time);
    /* A disk that fails to read a folder is not looked at here; one that is full makes no file. */
    if (getenv("FULL_FROM") == NULL || !fails(flags & O_CREAT))
        done = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (done >= 0 && is_file(done))
        record_fd(flags & O_TRUNC ? 'e' : 'c', done, 0, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

#define OPEN(name, parameters, folder)                                                                                 \
    VISIBLE int name parameters                                                                                        \
    {                                                                                                                  \
        va_list more;                                                                                                  \
        mode_t mode = 0;                                                                                               \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                                           \
            va_start(more, flags);                                                                                     \
            mode = va_arg(more, mode_t);                                                                               \
            va_end(more);                                                                                              \
        }                                                                                                              \
        return opened(folder, path, flags, mode);                                                                      \
    }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int at, const char *path, int flags, ...), at)
OPEN(openat64, (int at, const char *path, int flags, ...), at)
