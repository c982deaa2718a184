/* Requests from the app: lines added to the control file. */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static int control_fd = -1;
static int watch_fd = -1;
static off_t offset;   /* start of the first line that is not handled yet */
static bool skipping;  /* inside a line that is too long to mean anything */

bool control_open(int directory)
{
    control_fd = openat(directory, "control", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    if (control_fd < 0)
        return false;
    /* Only this file is watched: a watch on the directory would wake the runner for every line the trainer prints. */
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", control_fd);
    watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch_fd >= 0 && inotify_add_watch(watch_fd, path, IN_MODIFY | IN_CLOSE_WRITE) < 0) {
        close(watch_fd);
        watch_fd = -1;
    }
    return true;
}

int control_watch(void)
{
    return watch_fd;
}

static void drain_watch(void)
{
    char events[1024] __attribute__((aligned(8)));
    while (watch_fd >= 0 && read(watch_fd, events, sizeof events) > 0)
        continue;
}

static bool parse_ms(const char *text, size_t length, int64_t *ms)
{
    if (length == 0)
        return false;
    *ms = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *ms = *ms * 10 + (text[i] - '0');
        if (*ms > CONTROL_LONGEST_MS)
            *ms = CONTROL_LONGEST_MS;
    }
    return true;
}

static bool starts_with(const char *line, size_t length, const char *word)
{
    return length >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

static void handle_line(const char *line, size_t length, void (*handle)(enum request, int64_t))
{
    int64_t ms;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length == 5 && starts_with(line, length, "force"))
        handle(REQUEST_FORCE, 0);
    else if (starts_with(line, length, "stop ") && parse_ms(line + 5, length - 5, &ms))
        handle(REQUEST_STOP, ms);
    else if (starts_with(line, length, "extend ") && parse_ms(line + 7, length - 7, &ms))
        handle(REQUEST_EXTEND, ms);
}

void control_read(void (*handle)(enum request request, int64_t ms))
{
    char text[1024];
    struct stat status;
    drain_watch();
    /* Somebody wrote the file anew instead of adding to it: what it says now is what is meant. */
    if (fstat(control_fd, &status) == 0 && status.st_size < offset)
        offset = 0;
    for (;;) {
        ssize_t length = pread(control_fd, text, sizeof text, offset);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return;
        size_t start = 0;
        for (size_t i = 0; i < (size_t)length; i++) {
            if (text[i] != '\n')
                continue;
            if (!skipping)
                handle_line(text + start, i - start, handle);
            skipping = false;
            start = i + 1;
        }
        if (start == 0) {
            if ((size_t)length < sizeof text)
                return; /* the rest of this line is still being written */
            skipping = true;
            start = (size_t)length;
        }
        offset += (off_t)start;
    }
}
