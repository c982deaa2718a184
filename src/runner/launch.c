/* Starts the trainer: clean, in its own session, and not before the runner says so. */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum stage { STAGE_CHDIR, STAGE_EXEC };

struct report {
    enum stage stage;
    int number;
};

static int release_fd = -1;
static int report_fd = -1;

/* The kernel's memory killer should take the trainer before it takes anything of the desktop. Raising is always
   allowed; if it fails all the same, the run goes on. */
static void offer_to_memory_killer(void)
{
    char text[24];
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    long score = strtol(text, NULL, 10) + 500;
    snprintf(text, sizeof text, "%ld", score > 1000 ? 1000 : score);
    if (write(fd, text, strlen(text)) < 0) {
        /* best effort */
    }
    close(fd);
}

/* As a shell does it: a file without a known format is a script for sh. Returns only when it failed. */
static int try_file(const char *path, char *const *command)
{
    execve(path, command, environ);
    if (errno != ENOEXEC)
        return errno;
    size_t count = 0;
    while (command[count] != NULL)
        count++;
    char **script = calloc(count + 2, sizeof *script);
    if (script == NULL)
        return ENOMEM;
    script[0] = "/bin/sh";
    script[1] = (char *)path;
    for (size_t i = 1; i < count; i++)
        script[i + 1] = command[i];
    execve("/bin/sh", script, environ);
    return ENOEXEC;
}

/* execvp, written out because the C libraries disagree about scripts and about which error to tell. */
static int try_command(char *const *command)
{
    const char *name = command[0];
    if (name[0] == '\0')
        return ENOENT;
    if (strchr(name, '/') != NULL)
        return try_file(name, command);
    const char *search = getenv("PATH");
    if (search == NULL)
        search = "/usr/local/bin:/bin:/usr/bin";
    int answer = ENOENT;
    for (;;) {
        const size_t length = strcspn(search, ":");
        char path[4096];
        const int written = length == 0 ? snprintf(path, sizeof path, "./%s", name)
                                        : snprintf(path, sizeof path, "%.*s/%s", (int)length, search, name);
        const int number = written > 0 && (size_t)written < sizeof path ? try_file(path, command) : ENAMETOOLONG;
        if (number == EACCES)
            answer = EACCES;
        else if (number != ENOENT && number != ENOTDIR && number != ENAMETOOLONG && number != ELOOP)
            return number;
        if (search[length] == '\0')
            return answer;
        search += length + 1;
    }
}

static void reset_signals(void)
{
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number <= 64; number++)
        sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void give_up(int fd, enum stage stage, int number)
{
    struct report report = { stage, number };
    if (write(fd, &report, sizeof report) < 0) {
        /* then the runner sees an exit code of 127 */
    }
    _exit(127);
}

static _Noreturn void become_trainer(int log, int released, int report, const char *cwd, char *const *command)
{
    char go;
    setsid();
    offer_to_memory_killer();
    dup2(log, 1);
    dup2(log, 2);
    reset_signals();
    ssize_t length;
    do
        length = read(released, &go, 1);
    while (length < 0 && errno == EINTR);
    if (length != 1)
        _exit(0); /* withdrawn, or the runner is gone: nobody would look after the trainer */
    if (chdir(cwd) != 0)
        give_up(report, STAGE_CHDIR, errno);
    give_up(report, STAGE_EXEC, try_command(command));
}

static bool fail(struct start_error *error, const char *stage)
{
    error->stage = stage;
    error->number = errno;
    return false;
}

bool launch_fork(int directory, const char *cwd, char *const *command, pid_t *main_pid, struct start_error *error)
{
    int release[2];
    int report[2];
    int log = openat(directory, "output.log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0)
        return fail(error, "log");
    if (pipe2(release, O_CLOEXEC) != 0)
        return fail(error, "fork");
    if (pipe2(report, O_CLOEXEC) != 0)
        return fail(error, "fork");
    *main_pid = fork();
    if (*main_pid < 0)
        return fail(error, "fork");
    if (*main_pid == 0) {
        close(release[1]);
        become_trainer(log, release[0], report[1], cwd, command);
    }
    close(log);
    close(release[0]);
    close(report[1]);
    release_fd = release[1];
    report_fd = report[0];
    return true;
}

void launch_release(void)
{
    if (write(release_fd, "g", 1) < 0) {
        /* it was killed while it waited: that is reaped like any other end */
    }
    close(release_fd);
    release_fd = -1;
}

void launch_withdraw(void)
{
    close(release_fd);
    release_fd = -1;
}

int launch_report(void)
{
    return report_fd;
}

bool launch_read_report(struct start_error *error)
{
    struct report report;
    if (report_fd < 0)
        return false;
    ssize_t length;
    do
        length = read(report_fd, &report, sizeof report);
    while (length < 0 && errno == EINTR);
    if (length == (ssize_t)sizeof report) {
        error->stage = report.stage == STAGE_CHDIR ? "chdir" : "exec";
        error->number = report.number;
    }
    close(report_fd);
    report_fd = -1;
    return length == 0;
}
