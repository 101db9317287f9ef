/* A disk that fails now and then, for whoever is started with this library before all others.
 *
 * While the file FAULTS_SWITCH is there, files whose path holds FAULTS_PATH lose one sync in
 * FAULTS_SYNCS to EIO, and one write in FAULTS_WRITES to ENOSPC.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static __thread unsigned int seed;

static int is_hit(int fd, const char *one_in)
{
    const char *place = getenv("FAULTS_PATH"), *lever = getenv("FAULTS_SWITCH");
    const char *chance = getenv(one_in);
    char link[64], path[4096];
    ssize_t length;
    int kept = errno;

    if (!place || !lever || !chance || access(lever, F_OK) != 0) {
        errno = kept;
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length <= 0)
        return 0;
    path[length] = 0;
    if (!strstr(path, place))
        return 0;
    if (!seed)
        seed = (unsigned int) atoi(getenv("FAULTS_SEED")) + (unsigned int) gettid();
    return rand_r(&seed) % atoi(chance) == 0;
}

/* Look up what the C library itself does, once. */
#define FIND(name)                                                                             \
    if (!real)                                                                                 \
        real = (typeof(real)) dlsym(RTLD_NEXT, #name)

#define SYNC(name)                                                                             \
    int name(int fd)                                                                           \
    {                                                                                          \
        static int (*real)(int);                                                               \
        FIND(name);                                                                            \
        if (is_hit(fd, "FAULTS_SYNCS")) {                                                      \
            errno = EIO;                                                                       \
            return -1;                                                                         \
        }                                                                                      \
        return real(fd);                                                                       \
    }

#define WRITE(name, offset_type)                                                               \
    ssize_t name(int fd, const void *data, size_t count, offset_type at)                       \
    {                                                                                          \
        static ssize_t (*real)(int, const void *, size_t, offset_type);                        \
        FIND(name);                                                                            \
        if (is_hit(fd, "FAULTS_WRITES")) {                                                     \
            errno = ENOSPC;                                                                    \
            return -1;                                                                         \
        }                                                                                      \
        return real(fd, data, count, at);                                                      \
    }

SYNC(fsync)
SYNC(fdatasync)
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)
