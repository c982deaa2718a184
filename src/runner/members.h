#ifndef TRAINYARD_MEMBERS_H
#define TRAINYARD_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "processes.h"

/* What the runner has done with one process. */
struct member {
    struct process process;
    bool own;      /* our child: the number is its own until we reap it */
    bool told;     /* was sent the stop signal */
    bool earlier;  /* was our child before the stop reached its place in the tree: told when main is gone */
    bool refused;  /* the kernel let us send it nothing */
    int64_t killed_at; /* steady clock, 0: not yet */
    int64_t killed_round;
};

/* The entry of this process, made when it is new. Valid until the next call. Never NULL. */
struct member *members_note(const struct process *process);

/* The entry of our own child, or NULL when it has none yet. */
struct member *members_find_own(pid_t pid);

/* Takes a reaped child out. Returns whether it had been told to stop. */
bool members_reap(pid_t pid);

/* How many different processes were ever seen. */
size_t members_seen(void);

#endif
