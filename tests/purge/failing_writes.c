/* Makes the k-th change to a file fail, and counts them: loaded into the program with LD_PRELOAD, so that the writes of
 * SQLite, of the index and of the filestore fail alike. FAIL_AT says which; with FAIL_FROM it and all after it. FAIL_ERRNO
 * is the error, EIO if it is not set. FAIL_COUNT names a file for the count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

static long changes;

/* Whether this change is the one to fail. */
static int fails(void)
{
    const char *at = getenv("FAIL_AT"), *from = getenv("FAIL_FROM"), *error = getenv("FAIL_ERRNO");
    long number = __sync_add_and_fetch(&changes, 1);
    if (!(at && atol(at) == number) && !(from && atol(from) <= number))
        return 0;
    errno = error ? atoi(error) : EIO;
    return 1;
}

/* Pipes and terminals are no files. */
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

/* Defines a function that changes a file as one that may fail. */
#define CHANGE(type, name, parameters, arguments, counts)                                                               \
    VISIBLE type name parameters                                                                                       \
    {                                                                                                                  \
        static type(*real) parameters;                                                                                 \
        if (real == NULL)                                                                                              \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                 \
        if ((counts) && fails())                                                                                       \
            return -1;                                                                                                 \
        return real arguments;                                                                                         \
    }

CHANGE(ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n), is_file(fd))
CHANGE(ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at), is_file(fd))
CHANGE(ssize_t, pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at), is_file(fd))
CHANGE(int, fsync, (int fd), (fd), is_file(fd))
CHANGE(int, fdatasync, (int fd), (fd), is_file(fd))
CHANGE(int, ftruncate, (int fd, off_t size), (fd, size), is_file(fd))
CHANGE(int, ftruncate64, (int fd, off64_t size), (fd, size), is_file(fd))
CHANGE(int, rename, (const char *from, const char *to), (from, to), 1)
CHANGE(int, link, (const char *from, const char *to), (from, to), 1)
CHANGE(int, unlink, (const char *path), (path), 1)
CHANGE(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), 1)
CHANGE(int, mkdir, (const char *path, mode_t mode), (path, mode), 1)
