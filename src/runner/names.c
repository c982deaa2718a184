/* Names of signals and errors: the C library's own tables differ between libraries. */
#define _GNU_SOURCE
#include "names.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

struct name {
    int number;
    const char *text;
};

#define NAMED(symbol) { symbol, #symbol }

static const struct name signals[] = {
    NAMED(SIGHUP),  NAMED(SIGINT),  NAMED(SIGQUIT), NAMED(SIGILL),  NAMED(SIGTRAP), NAMED(SIGABRT),   NAMED(SIGBUS),
    NAMED(SIGFPE),  NAMED(SIGKILL), NAMED(SIGUSR1), NAMED(SIGSEGV), NAMED(SIGUSR2), NAMED(SIGPIPE),   NAMED(SIGALRM),
    NAMED(SIGTERM), NAMED(SIGCHLD), NAMED(SIGCONT), NAMED(SIGSTOP), NAMED(SIGTSTP), NAMED(SIGTTIN),   NAMED(SIGTTOU),
    NAMED(SIGURG),  NAMED(SIGXCPU), NAMED(SIGXFSZ), NAMED(SIGPROF), NAMED(SIGWINCH), NAMED(SIGVTALRM), NAMED(SIGIO),
    NAMED(SIGPWR),  NAMED(SIGSYS),
};

static const struct name errors[] = {
    NAMED(EPERM),   NAMED(ENOENT),  NAMED(ESRCH),        NAMED(EINTR),  NAMED(EIO),       NAMED(ENXIO),    NAMED(E2BIG),
    NAMED(ENOEXEC), NAMED(EBADF),   NAMED(ECHILD),       NAMED(EAGAIN), NAMED(ENOMEM),    NAMED(EACCES),   NAMED(EFAULT),
    NAMED(EBUSY),   NAMED(EEXIST),  NAMED(EXDEV),        NAMED(ENODEV), NAMED(ENOTDIR),   NAMED(EISDIR),   NAMED(EINVAL),
    NAMED(ENFILE),  NAMED(EMFILE),  NAMED(ETXTBSY),      NAMED(EFBIG),  NAMED(ENOSPC),    NAMED(EROFS),    NAMED(EMLINK),
    NAMED(EPIPE),   NAMED(ELOOP),   NAMED(ENAMETOOLONG), NAMED(ENOSYS), NAMED(EOVERFLOW), NAMED(ELIBBAD),  NAMED(ESTALE),
    NAMED(EDQUOT),  NAMED(ENOTCONN), NAMED(ETIMEDOUT),   NAMED(ENOKEY), NAMED(ENOTSUP),
};

static const char *find(const struct name *names, size_t count, int number, const char *prefix)
{
    static char other[32];
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].text;
    snprintf(other, sizeof other, "%s%d", prefix, number);
    return other;
}

const char *signal_name(int number)
{
    return find(signals, sizeof signals / sizeof signals[0], number, "SIG");
}

const char *errno_name(int number)
{
    return find(errors, sizeof errors / sizeof errors[0], number, "E");
}
