#ifndef TRAINYARD_LAUNCH_H
#define TRAINYARD_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct start_error {
    const char *stage; /* "chdir", "log", "exec", "fork"; NULL: none */
    int number;
};

/* Makes the process that becomes the trainer. It waits; not one instruction of the trainer has run. */
bool launch_fork(int directory, const char *cwd, char *const *command, pid_t *main_pid, struct start_error *error);

/* Lets it go on into the trainer. */
void launch_release(void);

/* Ends it before the trainer began. It has to be reaped. */
void launch_withdraw(void);

/* Readable when it is known whether the trainer could be started; -1 once that is known. */
int launch_report(void);

/* Reads the answer: true when the trainer's program runs now. Fills in `error` when it could not be started. */
bool launch_read_report(struct start_error *error);

#endif
