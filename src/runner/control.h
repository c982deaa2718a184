#ifndef TRAINYARD_CONTROL_H
#define TRAINYARD_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

enum request { REQUEST_STOP, REQUEST_FORCE, REQUEST_EXTEND };

/* Longer than any grace that means anything, short enough that sums of it cannot overflow: ten years. */
#define CONTROL_LONGEST_MS INT64_C(315360000000)

/* Makes the control file if the app has not, and watches it. */
bool control_open(int directory);

/* Readable when the control file grew; -1 when the kernel gave no watch: then look every CONTROL_POLL_MS. */
int control_watch(void);
#define CONTROL_POLL_MS 200

/* Reads what was added since the last time and hands over each request of a complete line. */
void control_read(void (*handle)(enum request request, int64_t ms));

#endif
