/* Writes JSON into a fixed buffer. */
#include "json.h"

#include <stdio.h>
#include <string.h>

static void add_character(struct json *json, char character)
{
    if (json->length + 1 >= sizeof json->text) {
        json->overflow = true;
        return;
    }
    json->text[json->length++] = character;
    json->text[json->length] = '\0';
}

static void add_text(struct json *json, const char *text)
{
    while (*text != '\0')
        add_character(json, *text++);
}

static void add_quoted(struct json *json, const char *text)
{
    add_character(json, '"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            add_character(json, '\\');
            add_character(json, (char)byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            add_text(json, escaped);
        } else {
            add_character(json, (char)byte);
        }
    }
    add_character(json, '"');
}

static void add_key(struct json *json, const char *key)
{
    if (json->separate)
        add_character(json, ',');
    json->separate = true;
    if (key == NULL)
        return;
    add_quoted(json, key);
    add_character(json, ':');
}

void json_begin(struct json *json)
{
    json->length = 0;
    json->text[0] = '\0';
    json->separate = false;
    json->overflow = false;
    add_character(json, '{');
}

void json_string(struct json *json, const char *key, const char *value)
{
    add_key(json, key);
    if (value == NULL)
        add_text(json, "null");
    else
        add_quoted(json, value);
}

void json_number(struct json *json, const char *key, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    add_key(json, key);
    add_text(json, digits);
}

void json_bool(struct json *json, const char *key, bool value)
{
    add_key(json, key);
    add_text(json, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
    json_string(json, key, NULL);
}

void json_open(struct json *json, const char *key, char open)
{
    add_key(json, key);
    add_character(json, open);
    json->separate = false;
}

void json_close(struct json *json, char close)
{
    add_character(json, close);
    json->separate = true;
}

bool json_complete(struct json *json)
{
    add_text(json, "}\n");
    return !json->overflow;
}
