/* The lines of journal.jsonl: what happened, as it happens. */
#define _GNU_SOURCE
#include "journal.h"

#include <sys/wait.h>

#include "clock.h"
#include "names.h"
#include "store.h"

static void begin(struct json *line, const char *event)
{
    json_begin(line);
    json_number(line, "at", clock_unix_ms());
    json_string(line, "event", event);
}

static void end(struct json *line)
{
    if (json_complete(line))
        store_journal(line);
}

void signalled_add(struct signalled *group, pid_t pid)
{
    if (group->sent < JOURNAL_PIDS)
        group->pids[group->sent] = pid;
    group->sent++;
}

void journal_started(void)
{
    struct json line;
    begin(&line, "started");
    end(&line);
}

void journal_stop(int64_t grace_ms, int64_t deadline_at)
{
    struct json line;
    begin(&line, "stop");
    json_number(&line, "grace_ms", grace_ms);
    json_number(&line, "deadline_at", deadline_at);
    end(&line);
}

void journal_signal(int number, const char *to, const struct signalled *group)
{
    struct json line;
    if (group->sent == 0 && group->refused == 0)
        return;
    begin(&line, "signal");
    json_string(&line, "signal", signal_name(number));
    json_number(&line, "sent", group->sent);
    json_number(&line, "refused", group->refused);
    json_string(&line, "to", to);
    json_open(&line, "pids", '[');
    for (int64_t i = 0; i < group->sent && i < JOURNAL_PIDS; i++)
        json_number(&line, NULL, group->pids[i]);
    json_close(&line, ']');
    end(&line);
}

void journal_extended(int64_t deadline_at)
{
    struct json line;
    begin(&line, "extended");
    json_number(&line, "deadline_at", deadline_at);
    end(&line);
}

void journal_main_exit(int status)
{
    struct json line;
    begin(&line, "main-exit");
    if (WIFSIGNALED(status))
        json_string(&line, "signal", signal_name(WTERMSIG(status)));
    else
        json_number(&line, "code", WEXITSTATUS(status));
    end(&line);
}

void journal_leftovers(int64_t count)
{
    struct json line;
    begin(&line, "leftovers");
    json_number(&line, "count", count);
    end(&line);
}

void journal_killing(const char *reason)
{
    struct json line;
    begin(&line, "killing");
    json_string(&line, "reason", reason);
    end(&line);
}

void journal_stuck_begin(struct json *line)
{
    begin(line, "stuck");
    json_open(line, "pids", '[');
}

void journal_stuck_add(struct json *line, const struct process *process, bool refused)
{
    char state[2] = { 0 };
    char function[64];
    process_where(process->pid, &state[0], function, sizeof function);
    json_open(line, NULL, '{');
    json_number(line, "pid", process->pid);
    json_string(line, "state", state);
    json_string(line, "wchan", function[0] == '\0' ? NULL : function);
    if (refused)
        json_bool(line, "refused", true);
    json_close(line, '}');
}

void journal_stuck_end(struct json *line)
{
    json_close(line, ']');
    end(line);
}

void journal_unstuck(void)
{
    struct json line;
    begin(&line, "unstuck");
    end(&line);
}

void journal_empty(int64_t reaped)
{
    struct json line;
    begin(&line, "empty");
    json_number(&line, "reaped", reaped);
    end(&line);
}

void journal_exit(void)
{
    struct json line;
    begin(&line, "exit");
    end(&line);
}
