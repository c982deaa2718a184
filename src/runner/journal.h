#ifndef TRAINYARD_JOURNAL_H
#define TRAINYARD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "json.h"
#include "processes.h"

/* A line names this many pids at most; the count beside them is the true one. */
#define JOURNAL_PIDS 32

/* The processes one signal went to. */
struct signalled {
    int64_t sent;
    int64_t refused;
    pid_t pids[JOURNAL_PIDS];
};

void signalled_add(struct signalled *group, pid_t pid);

void journal_started(void);
void journal_stop(int64_t grace_ms, int64_t deadline_at);
void journal_signal(int number, const char *to, const struct signalled *group); /* nothing when it went to nobody */
void journal_extended(int64_t deadline_at);
void journal_main_exit(int status);
void journal_leftovers(int64_t count);
void journal_killing(const char *reason);
void journal_stuck_begin(struct json *line);
void journal_stuck_add(struct json *line, const struct process *process, bool refused);
void journal_stuck_end(struct json *line);
void journal_unstuck(void);
void journal_empty(int64_t reaped);
void journal_exit(void);

#endif
