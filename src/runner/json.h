#ifndef TRAINYARD_JSON_H
#define TRAINYARD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One JSON text in a fixed buffer: the records must be writable when no memory is left. Every record is bounded (32
   pids at most, a run id of 128 characters at most); `json_complete` is false if a text did not fit all the same. */
struct json {
    char text[8192];
    size_t length;
    bool separate;
    bool overflow;
};

void json_begin(struct json *json);
void json_string(struct json *json, const char *key, const char *value); /* NULL is null */
void json_number(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* `open` is '{' or '['. Inside an array, pass a NULL key. */
void json_open(struct json *json, const char *key, char open);
void json_close(struct json *json, char close);
/* Ends the object, adds a newline, and says whether everything fitted. */
bool json_complete(struct json *json);

#endif
