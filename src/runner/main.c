/* trainyard-runner: starts one training run, looks after it, and tells how it ended. See PROTOCOL.md. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "journal.h"
#include "ladder.h"
#include "launch.h"
#include "members.h"
#include "names.h"
#include "processes.h"
#include "store.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define PROTOCOL 1
#define COULD_NOT_START 125
#define LONGEST_ID 128

struct arguments {
    const char *directory;
    const char *cwd;
    const char *run;
    const char *boot;
    struct ladder_options ladder;
    char **command;
};

static _Noreturn void refuse(const struct arguments *arguments, const char *what, int error)
{
    if (arguments->directory != NULL)
        store_complain(arguments->directory, what, error);
    exit(COULD_NOT_START);
}

/* -1 when it is not a number from 0 to `largest`. */
static int64_t parse_number(const char *text, int64_t largest)
{
    int64_t value = 0;
    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
        if (value > largest)
            return -1;
    }
    return value;
}

static void parse_arguments(int count, char **values, struct arguments *arguments)
{
    int64_t signal_number = -1;
    int i = 1;
    *arguments = (struct arguments){ .ladder = { .grace_ms = -1, .kill_after_exit_ms = -1 } };
    for (; i + 1 < count && strcmp(values[i], "--") != 0; i += 2) {
        const char *value = values[i + 1];
        if (strcmp(values[i], "--dir") == 0)
            arguments->directory = value;
        else if (strcmp(values[i], "--cwd") == 0)
            arguments->cwd = value;
        else if (strcmp(values[i], "--run") == 0)
            arguments->run = value;
        else if (strcmp(values[i], "--boot") == 0)
            arguments->boot = value;
        else if (strcmp(values[i], "--signal") == 0)
            signal_number = parse_number(value, 64);
        else if (strcmp(values[i], "--grace-ms") == 0)
            arguments->ladder.grace_ms = parse_number(value, CONTROL_LONGEST_MS);
        else if (strcmp(values[i], "--kill-after-exit-ms") == 0)
            arguments->ladder.kill_after_exit_ms = parse_number(value, CONTROL_LONGEST_MS);
        else
            refuse(arguments, "unknown option", 0);
    }
    if (i + 1 >= count || strcmp(values[i], "--") != 0)
        refuse(arguments, "no command after --", 0);
    arguments->command = values + i + 1;
    if (arguments->directory == NULL || arguments->cwd == NULL || arguments->run == NULL || arguments->boot == NULL)
        refuse(arguments, "--dir, --cwd, --run and --boot are needed", 0);
    if (strlen(arguments->run) > LONGEST_ID || strlen(arguments->boot) > LONGEST_ID)
        refuse(arguments, "--run or --boot is longer than 128 characters", 0);
    if (signal_number < 1)
        refuse(arguments, "--signal is not a signal number", 0);
    if (arguments->ladder.grace_ms < 0 || arguments->ladder.kill_after_exit_ms < 0)
        refuse(arguments, "--grace-ms and --kill-after-exit-ms are milliseconds", 0);
    arguments->ladder.stop_signal = (int)signal_number;
}

/* Nothing that the app happened to have open may live on in the runner or the trainer: a socket kept open here is a
   port that cannot be bound, a pipe is an end of file that never comes. */
static void close_inherited(void)
{
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return;
    DIR *open_files = opendir("/proc/self/fd");
    if (open_files == NULL)
        return;
    int own = dirfd(open_files);
    struct dirent *entry;
    while ((entry = readdir(open_files)) != NULL) {
        int fd = atoi(entry->d_name);
        if (fd > 2 && fd != own)
            close(fd);
    }
    closedir(open_files);
}

/* 0, 1 and 2 are /dev/null, also when the parent had closed them: no later file may get one of these numbers. */
static bool silence_standard_files(void)
{
    int fd = open("/dev/null", O_RDWR);
    if (fd < 0)
        return false;
    for (int number = 0; number <= 2; number++)
        if (number != fd && dup2(fd, number) < 0)
            return false;
    if (fd > 2)
        close(fd);
    return true;
}

/* Every signal is blocked, before there is a child: none can end the runner or be lost; those that mean something are
   read from the signalfd. Inherited dispositions go back to default: with SIGCHLD ignored, as some parents have it,
   the kernel would throw the exit codes away. */
static int take_signals(void)
{
    static const int meant[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    struct sigaction standard;
    sigset_t all;
    sigset_t read_here;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigfillset(&all);
    sigemptyset(&read_here);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        sigaction(meant[i], &standard, NULL);
        sigaddset(&read_here, meant[i]);
    }
    return signalfd(-1, &read_here, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool write_identity(const struct arguments *arguments, pid_t main_pid, int64_t started_at)
{
    struct process self;
    struct process trainer;
    struct json record;
    char namespace[64];
    char number[24];
    ssize_t length = readlink("/proc/self/ns/pid", namespace, sizeof namespace - 1);
    namespace[length > 0 ? length : 0] = '\0';
    if (!process_read(getpid(), &self) || !process_read(main_pid, &trainer))
        return false;
    json_begin(&record);
    json_number(&record, "protocol", PROTOCOL);
    json_string(&record, "run", arguments->run);
    json_string(&record, "boot_id", arguments->boot);
    json_string(&record, "pid_namespace", namespace);
    json_string(&record, "runner", "native");
    json_number(&record, "runner_pid", self.pid);
    snprintf(number, sizeof number, "%llu", self.start);
    json_string(&record, "runner_start", number);
    json_number(&record, "main_pid", trainer.pid);
    snprintf(number, sizeof number, "%llu", trainer.start);
    json_string(&record, "main_start", number);
    json_number(&record, "started_at", started_at);
    return json_complete(&record) && store_write("identity.json", &record);
}

static int64_t ms_of(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

static void describe_main(struct json *record, const struct ending *ending, bool never_started)
{
    const bool has_status = ending->main_ended && !never_started;
    const int status = ending->main_status;
    if (has_status && !WIFSIGNALED(status))
        json_number(record, "code", WEXITSTATUS(status));
    else
        json_null(record, "code");
    json_string(record, "signal", has_status && WIFSIGNALED(status) ? signal_name(WTERMSIG(status)) : NULL);
    json_bool(record, "core_dumped", has_status && WIFSIGNALED(status) && WCOREDUMP(status));
    json_bool(record, "never_started", never_started);
    if (ending->start_error.stage == NULL) {
        json_null(record, "start_error");
        return;
    }
    json_open(record, "start_error", '{');
    json_string(record, "stage", ending->start_error.stage);
    json_number(record, "errno", ending->start_error.number);
    json_string(record, "code", errno_name(ending->start_error.number));
    json_string(record, "message", strerror(ending->start_error.number));
    json_close(record, '}');
}

/* Tries until it is written: a full disk becomes free some day, and the outcome of a run of days is worth the wait, which
   costs one attempt a second. Ends without it only when there is nothing to write to any more (the directory was
   deleted) or when somebody asks the runner itself to go. */
static bool deliver(struct json *record, int signals)
{
    while (!store_write_exit(record)) {
        struct signalfd_siginfo signal;
        struct pollfd event = { .fd = signals, .events = POLLIN };
        if (store_is_deleted())
            return false;
        poll(&event, 1, 1000);
        while (read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
            if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT)
                return store_write_exit(record);
    }
    return true;
}

static bool write_exit(const struct arguments *arguments, const struct ending *ending, int64_t started_at,
                       int64_t wall_ms, int signals)
{
    struct json record;
    struct rusage usage;
    const bool never_started = ending->start_error.stage != NULL || !ending->main_ended;
    memset(&usage, 0, sizeof usage);
    if (!never_started)
        getrusage(RUSAGE_CHILDREN, &usage);
    json_begin(&record);
    json_number(&record, "protocol", PROTOCOL);
    json_string(&record, "run", arguments->run);
    describe_main(&record, ending, never_started);
    if (never_started)
        json_null(&record, "started_at");
    else
        json_number(&record, "started_at", started_at);
    if (never_started)
        json_null(&record, "main_exited_at");
    else
        json_number(&record, "main_exited_at", ending->main_ended_at);
    json_number(&record, "ended_at", clock_unix_ms());
    json_number(&record, "wall_ms", never_started ? 0 : wall_ms);
    json_number(&record, "user_cpu_ms", ms_of(&usage.ru_utime));
    json_number(&record, "system_cpu_ms", ms_of(&usage.ru_stime));
    json_number(&record, "max_rss_kib", usage.ru_maxrss);
    json_bool(&record, "stopped", ending->stopped);
    json_bool(&record, "forced", ending->forced);
    json_number(&record, "leftovers", ending->leftovers);
    json_number(&record, "members_seen", (int64_t)members_seen());
    json_number(&record, "reaped", ending->reaped);
    json_number(&record, "kill_rounds", ending->kill_rounds);
    return json_complete(&record) && deliver(&record, signals);
}

int main(int count, char **values)
{
    struct arguments arguments;
    struct ending ending = { 0 };
    pid_t main_pid;
    close_inherited();
    parse_arguments(count, values, &arguments);
    if (!silence_standard_files())
        refuse(&arguments, "/dev/null", errno);
    if (!processes_usable())
        refuse(&arguments, "/proc is not that of this pid namespace", 0);
    int signals = take_signals();
    if (signals < 0)
        refuse(&arguments, "signalfd", errno);
    setsid(); /* fails only for the leader of a group, which a detached start already made leader of a session */
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        refuse(&arguments, "this kernel has no child subreaper", errno);
    if (!store_open(arguments.directory))
        refuse(&arguments, errno == EEXIST ? "a run already had this directory" : "cannot write here", errno);
    if (!control_open(store_directory()))
        refuse(&arguments, "control", errno);

    const int64_t started_at = clock_unix_ms();
    const int64_t started = clock_steady_ms();
    if (launch_fork(store_directory(), arguments.cwd, arguments.command, &main_pid, &ending.start_error)) {
        /* Keep no folder of the user's busy; the trainer goes to its own. */
        if (chdir("/") != 0) {
            /* then this one stays busy */
        }
        if (!write_identity(&arguments, main_pid, started_at)) {
            const int error = errno;
            launch_withdraw();
            waitpid(main_pid, NULL, __WALL);
            refuse(&arguments, "identity.json", error);
        }
        ending.stopped = ladder_was_stopped(signals, &arguments.ladder);
        if (ending.stopped) {
            launch_withdraw();
            waitpid(main_pid, NULL, __WALL);
            journal_empty(0);
        } else {
            launch_release();
            ladder_run(signals, main_pid, &arguments.ladder, &ending);
        }
    }
    if (!write_exit(&arguments, &ending, started_at, clock_steady_ms() - started, signals))
        return COULD_NOT_START;
    journal_exit();
    return 0;
}
