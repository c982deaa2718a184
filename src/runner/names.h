#ifndef TRAINYARD_NAMES_H
#define TRAINYARD_NAMES_H

/* "SIGTERM" for 15. A signal without a name of its own becomes "SIG<number>". The answer lasts until the next call. */
const char *signal_name(int number);

/* "ENOENT" for 2. An error without an entry becomes "E<number>". The answer lasts until the next call. */
const char *errno_name(int number);

#endif
