#ifndef TRAINYARD_STORE_H
#define TRAINYARD_STORE_H

#include <stdbool.h>

#include "json.h"

/* Opens the run's directory and makes its journal. False, with errno set, when that cannot be; EEXIST when a run
   already had this directory. */
bool store_open(const char *directory);
int store_directory(void);

/* Writes `name` so that a reader sees all of it or nothing, also after a power cut. False with errno set. */
bool store_write(const char *name, struct json *record);

/* Writes exit.json in the room kept for it, and makes it outlive a power cut. Returns false only when a first try failed; then try again later. */
bool store_write_exit(struct json *record);

/* True when the directory itself was deleted: nobody can ever read what is written there. */
bool store_is_deleted(void);

/* Adds one line to the journal. The journal explains, exit.json decides: a line that a full disk refuses is lost. */
void store_journal(struct json *line);

/* One line for a person, for the case that the runner could not start. */
void store_complain(const char *directory, const char *what, int error);

#endif
