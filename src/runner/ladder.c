/* From the first request to the last process: who is sent which signal, and when. */
#define _GNU_SOURCE
#include "ladder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "journal.h"
#include "members.h"
#include "names.h"
#include "processes.h"

#define REST_BEFORE_MS 2000   /* the members that are left are told this long before the deadline at most */
#define COUNT_AT_ONCE_MS 2
#define COUNT_LATER_MS 100
#define QUICK_ROUNDS 50       /* killing rounds a millisecond apart; then they slow down */
#define QUICK_ROUND_MS 1
#define ROUND_MS 20
#define STUCK_ROUND_MS 250
#define KILL_AGAIN_MS 1000
#define STUCK_AFTER_MS 4000
#define STUCK_REPEAT_MS 5000
#define KILL_REPORT_MS 1000
#define STARVED_AFTER_MS 50

enum stage { RUNNING, STOPPING, KILLING };

static struct ladder_options options;
static struct ending *ending;
static pid_t main_pid;
static enum stage stage;
static int asked_by_signal; /* SIGTERM and SIGINT to the runner, so far */

static int64_t grace;
static int64_t deadline;
static bool rest_told;
static int64_t count_at; /* when the members are to be counted, 0: not any more */

static int64_t killing_since;
static int64_t kill_reported_at;
static struct signalled killed; /* since the last line about it */
static int64_t stuck_reported_at;
static struct process stuck[JOURNAL_PIDS]; /* those of the last report */
static size_t stuck_count;

static struct process_list members;
static struct pid_list children;

static int64_t unix_of(int64_t steady)
{
    return clock_unix_ms() + (steady - clock_steady_ms());
}

/* ---- telling: the stop signal, and SIGCONT so that one that was stopped can hear it ---- */

static void tell(struct member *member, struct signalled *group)
{
    if (member->told || process_is_over(&member->process))
        return;
    const struct process process = member->process;
    switch (process_signal(&process, options.stop_signal, SIGCONT)) {
    case DELIVERED:
        member->told = true;
        signalled_add(group, process.pid);
        break;
    case REFUSED:
        member->told = true; /* asking again would change nothing; killing is tried to the end */
        group->refused++;
        break;
    case NOT_THERE:
        break;
    }
}

/* The entry of each of the runner's own children, read from /proc only when it is new. */
static struct member *own_child(pid_t pid)
{
    struct member *member = members_find_own(pid);
    if (member != NULL)
        return member;
    struct process process;
    if (!process_read(pid, &process))
        process = (struct process){ .pid = pid, .parent = getpid(), .threads = 1, .state = '?' };
    member = members_note(&process);
    member->own = true;
    return member;
}

static void tell_main(void)
{
    struct signalled group = { 0 };
    tell(own_child(main_pid), &group);
    journal_signal(options.stop_signal, "main", &group);
}

/* Children the runner has before the stop went down the tree are helpers that were put in the background earlier. Main
   may need them while it saves: they are told when main is gone. */
static void remember_earlier_children(void)
{
    processes_children(&children);
    for (size_t i = 0; i < children.count; i++) {
        struct member *member = own_child(children.at[i]);
        if (!member->told)
            member->earlier = true;
    }
}

static void tell_orphans(void)
{
    struct signalled group = { 0 };
    processes_children(&children);
    for (size_t i = 0; i < children.count; i++) {
        struct member *member = own_child(children.at[i]);
        if (ending->main_ended || !member->earlier)
            tell(member, &group);
    }
    journal_signal(options.stop_signal, "orphans", &group);
}

/* For the record only: how many there are. */
static bool note_members(int64_t until)
{
    const bool complete = processes_members(&members, until);
    for (size_t i = 0; i < members.count; i++)
        members_note(&members.at[i]);
    return complete;
}

static void tell_rest(void)
{
    struct signalled group = { 0 };
    processes_members(&members, 0);
    for (size_t i = 0; i < members.count; i++)
        tell(members_note(&members.at[i]), &group);
    journal_signal(options.stop_signal, "rest", &group);
}

/* ---- requests ---- */

static int64_t rest_at(void)
{
    return deadline - (grace / 4 < REST_BEFORE_MS ? grace / 4 : REST_BEFORE_MS);
}

static void begin_stopping(int64_t ms)
{
    stage = STOPPING;
    grace = ms;
    deadline = clock_steady_ms() + ms;
    rest_told = false;
}

static void begin_killing(const char *reason)
{
    if (stage == KILLING)
        return;
    stage = KILLING;
    killing_since = clock_steady_ms();
    journal_killing(reason);
}

static void stop(int64_t ms)
{
    if (ending->stopped)
        return;
    ending->stopped = true;
    if (stage == RUNNING) {
        begin_stopping(ms);
        journal_stop(grace, unix_of(deadline));
        remember_earlier_children();
        tell_main();
        /* In a large tree counting takes longer than stopping: then it is done when main has not ended soon. */
        const int64_t now = clock_steady_ms();
        count_at = note_members(now + COUNT_AT_ONCE_MS) ? 0 : now + COUNT_LATER_MS;
        return;
    }
    /* Main has ended by itself and what it left is being stopped already: no more time than was left to them. */
    if (stage == STOPPING && clock_steady_ms() + ms < deadline) {
        grace = ms;
        deadline = clock_steady_ms() + ms;
    }
    journal_stop(ms, unix_of(deadline));
}

static void force(void)
{
    if (!ending->stopped) {
        ending->stopped = true;
        journal_stop(0, clock_unix_ms());
    }
    if (stage != KILLING)
        ending->forced = true;
    begin_killing("force");
}

static void extend(int64_t ms)
{
    if (stage != STOPPING)
        return;
    deadline += ms;
    if (deadline > clock_steady_ms() + CONTROL_LONGEST_MS)
        deadline = clock_steady_ms() + CONTROL_LONGEST_MS;
    rest_told = false; /* whoever was told stays told; this is for those that come by then */
    journal_extended(unix_of(deadline));
}

static void handle_request(enum request request, int64_t ms)
{
    if (request == REQUEST_STOP)
        stop(ms);
    else if (request == REQUEST_FORCE)
        force();
    else
        extend(ms);
}

/* Returns whether the signal asks for a stop, and in `again` whether it is the second such. A hangup is a stop, but
   never the second one: systemd and terminals send SIGTERM and SIGHUP together, and mean one stop. */
static bool asks_for_stop(const struct signalfd_siginfo *signal, bool *again)
{
    *again = false;
    if (signal->ssi_signo == SIGHUP)
        return true;
    if (signal->ssi_signo != SIGTERM && signal->ssi_signo != SIGINT)
        return false;
    *again = ++asked_by_signal > 1;
    return true;
}

static void read_signals(int signals)
{
    struct signalfd_siginfo signal;
    bool again;
    while (read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (!asks_for_stop(&signal, &again))
            continue;
        if (again)
            force();
        else
            stop(options.grace_ms);
    }
}

/* ---- before the release ---- */

static bool early_stop;
static int64_t early_grace;

static void handle_early_request(enum request request, int64_t ms)
{
    if (early_stop || request == REQUEST_EXTEND)
        return;
    early_stop = true;
    early_grace = ms;
}

bool ladder_was_stopped(int signals, const struct ladder_options *given)
{
    struct signalfd_siginfo signal;
    bool again;
    control_read(handle_early_request);
    while (read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
        if (asks_for_stop(&signal, &again))
            handle_early_request(REQUEST_STOP, given->grace_ms);
    if (early_stop)
        journal_stop(early_grace, clock_unix_ms() + early_grace);
    return early_stop;
}

/* ---- reaping ---- */

static void main_has_ended(int status)
{
    ending->main_ended = true;
    ending->main_status = status;
    ending->main_ended_at = clock_unix_ms();
    if (launch_read_report(&ending->start_error))
        journal_started();
    if (ending->start_error.stage == NULL)
        journal_main_exit(status);
}

static void look_at_leftovers(void)
{
    note_members(0);
    for (size_t i = 0; i < members.count; i++)
        if (!process_is_over(&members.at[i]))
            ending->leftovers++;
    journal_leftovers(ending->leftovers);
    begin_stopping(options.kill_after_exit_ms);
    tell_orphans();
}

/* True when the kernel says that no process of the run is left. */
static bool reap(void)
{
    bool any = false;
    bool told = false;
    bool was_main = false;
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return true; /* ECHILD */
        if (pid == 0)
            break;
        any = true;
        ending->reaped++;
        told |= members_reap(pid);
        if (pid == main_pid && !ending->main_ended) {
            was_main = true;
            main_has_ended(status);
        }
    }
    if (was_main && stage == RUNNING)
        look_at_leftovers();
    else if (stage == STOPPING && any && (ending->main_ended || told))
        tell_orphans();
    else if (stage == STOPPING && any)
        remember_earlier_children(); /* what the end of an untold process brought us is not the stop's doing */
    return false;
}

/* ---- killing ---- */

static void count_killed(struct member *member, enum delivery delivery)
{
    const bool first = member->killed_at == 0;
    if (first) {
        member->killed_at = clock_steady_ms();
        member->killed_round = ending->kill_rounds;
    }
    member->refused = delivery == REFUSED;
    if (first && delivery == REFUSED)
        killed.refused++;
    if (first && delivery == DELIVERED)
        signalled_add(&killed, member->process.pid);
}

static void kill_member(struct member *member)
{
    if (process_is_over(&member->process))
        return;
    /* A SIGKILL that was delivered stays; it is repeated only for the case that something odd swallowed it. */
    if (member->killed_at != 0 && !member->refused && clock_steady_ms() - member->killed_at < KILL_AGAIN_MS)
        return;
    const struct process process = member->process;
    const enum delivery delivery = process_signal(&process, SIGKILL, 0);
    if (delivery != NOT_THERE)
        count_killed(member, delivery);
}

static void report_killed(int64_t now, bool last)
{
    if (kill_reported_at != 0 && now - kill_reported_at < KILL_REPORT_MS && !last)
        return;
    if (killed.sent == 0 && killed.refused == 0)
        return;
    journal_signal(SIGKILL, "all", &killed);
    killed = (struct signalled){ 0 };
    kill_reported_at = now;
}

/* A run that takes all the time of the machine can make each look at a process a matter of milliseconds. */
static bool is_starved(void)
{
    return !ending->main_ended && clock_steady_ms() > killing_since + STARVED_AFTER_MS;
}

/* Main's process group goes at once; those of it that are in the list are not looked at one by one any more. */
static void kill_group(void)
{
    if (process_signal_group(main_pid, SIGKILL) != DELIVERED)
        return;
    for (size_t i = 0; i < members.count; i++)
        if (members.at[i].group == main_pid && !process_is_over(&members.at[i]))
            count_killed(members_note(&members.at[i]), DELIVERED);
}

/* The runner's own children first: one file read and they are killed, microseconds later. Whatever changes its number
   all the time becomes our child with each change, so this is what ends it. Then everything, from a fresh list. */
static void kill_round(void)
{
    bool group_killed = false;
    ending->kill_rounds++;
    processes_children(&children);
    for (size_t i = 0; i < children.count; i++)
        kill_member(own_child(children.at[i]));
    if (!processes_members(&members, ending->main_ended ? 0 : killing_since + STARVED_AFTER_MS)) {
        kill_group();
        group_killed = true;
        processes_members(&members, 0);
    }
    for (size_t i = 0; i < members.count; i++) {
        if (!group_killed && i % 16 == 15 && is_starved()) {
            kill_group();
            group_killed = true;
        }
        kill_member(members_note(&members.at[i]));
    }
    report_killed(clock_steady_ms(), false);
}

static bool is_stuck(struct process *process, int64_t now)
{
    const struct member *member = members_note(process);
    if (member->killed_at == 0 || now - member->killed_at < STUCK_AFTER_MS)
        return false;
    if (member->killed_round == ending->kill_rounds) /* it had no chance to be reaped yet */
        return false;
    const unsigned long long start = process->start;
    if (start != 0 && (!process_read(process->pid, process) || process->start != start))
        return false;
    /* A zombie that a living parent does not reap is not what holds the run; one of ours that cannot be reaped is
       (a debugger from outside has it). */
    return !process_is_over(process) || process->parent == getpid();
}

static bool last_stuck_are_gone(void)
{
    for (size_t i = 0; i < stuck_count; i++) {
        struct process now;
        if (process_read(stuck[i].pid, &now) && now.start == stuck[i].start && !process_is_over(&now))
            return false;
    }
    return true;
}

/* SIGKILL was sent long ago and the process is still there: uninterruptible sleep, an exit that hangs in a driver, or
   an owner to whom the kernel lets us send nothing. */
static void look_for_stuck(void)
{
    const int64_t now = clock_steady_ms();
    if (stuck_count > 0 && last_stuck_are_gone()) {
        journal_unstuck();
        stuck_count = 0;
        stuck_reported_at = 0;
    }
    if (now - killing_since < STUCK_AFTER_MS || (stuck_reported_at != 0 && now - stuck_reported_at < STUCK_REPEAT_MS))
        return;
    struct json line;
    size_t count = 0;
    journal_stuck_begin(&line);
    for (size_t i = 0; i < members.count && count < JOURNAL_PIDS; i++) {
        if (!is_stuck(&members.at[i], now))
            continue;
        journal_stuck_add(&line, &members.at[i], members_note(&members.at[i])->refused);
        stuck[count++] = members.at[i];
    }
    if (count == 0)
        return;
    journal_stuck_end(&line);
    stuck_count = count;
    stuck_reported_at = now;
}

/* ---- the loop ---- */

static int ms_until(int64_t when)
{
    const int64_t left = when - clock_steady_ms();
    return left <= 0 ? 0 : left > 1000000000 ? 1000000000 : (int)left;
}

/* Does what is due now and says when the next thing is due: -1 for not before something happens. */
static int advance(void)
{
    if (stage == STOPPING && ms_until(deadline) == 0)
        begin_killing(ending->stopped ? "deadline" : "leftovers");
    if (stage == STOPPING && count_at != 0 && (ending->main_ended || ms_until(count_at) == 0)) {
        if (!ending->main_ended)
            note_members(0);
        count_at = 0;
    }
    if (stage == STOPPING && !rest_told && ms_until(rest_at()) == 0) {
        rest_told = true;
        tell_rest();
    }
    if (stage == STOPPING) {
        const int next = ms_until(rest_told ? deadline : rest_at());
        return count_at != 0 && ms_until(count_at) < next ? ms_until(count_at) : next;
    }
    if (stage == RUNNING)
        return -1;
    kill_round();
    look_for_stuck();
    if (stuck_count > 0)
        return STUCK_ROUND_MS;
    return ending->kill_rounds < QUICK_ROUNDS ? QUICK_ROUND_MS : ROUND_MS;
}

static void wait_for_something(int signals, int timeout)
{
    struct pollfd events[3] = {
        { .fd = signals, .events = POLLIN },
        { .fd = control_watch(), .events = POLLIN },
        { .fd = launch_report(), .events = POLLIN },
    };
    const bool look_at_control = control_watch() < 0;
    if (look_at_control && (timeout < 0 || timeout > CONTROL_POLL_MS))
        timeout = CONTROL_POLL_MS;
    if (poll(events, 3, timeout) < 0)
        return;
    if (events[2].revents != 0 && launch_read_report(&ending->start_error))
        journal_started();
    if (events[1].revents != 0 || look_at_control)
        control_read(handle_request);
    if (events[0].revents != 0)
        read_signals(signals);
}

void ladder_run(int signals, pid_t pid, const struct ladder_options *given, struct ending *result)
{
    options = *given;
    ending = result;
    main_pid = pid;
    own_child(main_pid);
    /* Reap first, each time round: a run that ended by itself a moment before the stop has ended by itself. */
    while (!reap())
        wait_for_something(signals, advance());
    report_killed(clock_steady_ms(), true);
    if (stuck_count > 0)
        journal_unstuck();
    journal_empty(ending->reaped);
}
