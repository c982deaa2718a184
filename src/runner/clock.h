#ifndef TRAINYARD_CLOCK_H
#define TRAINYARD_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ms(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What a person's clock says. For the records only: it jumps. */
static inline int64_t clock_unix_ms(void)
{
    return clock_read_ms(CLOCK_REALTIME);
}

/* What deadlines and durations are measured with. MONOTONIC and not BOOTTIME, on purpose: it stands still while the
   machine is suspended, and so does the trainer. With BOOTTIME a laptop that was closed in the middle of a save would
   kill the trainer the moment it is opened, with most of its grace never given. */
static inline int64_t clock_steady_ms(void)
{
    return clock_read_ms(CLOCK_MONOTONIC);
}

#endif
