#ifndef TRAINYARD_LADDER_H
#define TRAINYARD_LADDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch.h"

struct ladder_options {
    int stop_signal;
    int64_t grace_ms;
    int64_t kill_after_exit_ms;
};

struct ending {
    struct start_error start_error;
    bool main_ended;
    int main_status; /* as waitpid gives it */
    int64_t main_ended_at;
    bool stopped;
    bool forced;
    int64_t leftovers;
    int64_t reaped;
    int64_t kill_rounds;
};

/* Takes requests that came before the trainer was released. True: it must not start. */
bool ladder_was_stopped(int signals, const struct ladder_options *options);

/* Looks after the run until waitpid says that no process of it is left. `signals` is a signalfd. */
void ladder_run(int signals, pid_t main_pid, const struct ladder_options *options, struct ending *ending);

#endif
